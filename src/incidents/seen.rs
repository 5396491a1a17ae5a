//! The incident of a path, loaded through what this person may see. Holding
//! one of these values is the permission.

use axum::{RequestPartsExt, extract::FromRequestParts, http::request::Parts};
use serde::Deserialize;

use super::{Incident, store};
use crate::{
    App,
    people::{Person, Responder, Viewer},
    web::{Failure, Path},
};

/// An incident that this person may see.
pub struct Seen {
    /// The incident.
    pub incident: Incident,
    /// Who sees it.
    pub person: Person,
}

/// An incident in whose room this person may write.
pub struct Responding {
    /// The incident.
    pub incident: Incident,
    /// Who writes.
    pub person: Person,
}

#[derive(Deserialize)]
struct Number {
    number: i64,
}

async fn load(parts: &mut Parts, app: &App) -> Result<Incident, Failure> {
    let Path(Number { number }) = parts.extract::<Path<Number>>().await?;
    store::find(&app.db, number).await?.ok_or(Failure::NotFound)
}

impl FromRequestParts<App> for Seen {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Viewer(person) = Viewer::from_request_parts(parts, app).await?;
        Ok(Self {
            incident: load(parts, app).await?,
            person,
        })
    }
}

impl FromRequestParts<App> for Responding {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Responder(person) = Responder::from_request_parts(parts, app).await?;
        Ok(Self {
            incident: load(parts, app).await?,
            person,
        })
    }
}
