//! The incident of a path, loaded through what this person may see. Holding
//! one of these values is the permission.

use axum::{RequestPartsExt, extract::FromRequestParts, http::request::Parts};
use serde::Deserialize;

use super::{Incident, store};
use crate::{
    App,
    people::{
        Person, Responder, Viewer,
        bearer::{Reader, Writer},
    },
    postgres::batch::Batch,
    web::{Failure, Path, Problem},
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

/// An incident that this program may read.
pub struct Reading {
    /// The incident.
    pub incident: Incident,
    /// As whom it reads.
    pub person: Person,
}

/// An incident that this program may write to.
pub struct Writing {
    /// The incident.
    pub incident: Incident,
    /// As whom it writes.
    pub person: Person,
}

/// Incidents that are looked up, by number.
pub type LookUps = Batch<i64, Incident>;

#[derive(Deserialize)]
struct Number {
    number: i64,
}

async fn load(parts: &mut Parts, app: &App) -> Result<Incident, Failure> {
    let Path(Number { number }) = parts.extract::<Path<Number>>().await?;
    let db = app.db.clone();
    let found = app.seen.find(number, move |numbers| store::some(db.clone(), numbers)).await?;
    found.ok_or(Failure::NotFound)
}

impl FromRequestParts<App> for Seen {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Viewer(person) = Viewer::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app).await?, person })
    }
}

impl FromRequestParts<App> for Responding {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Responder(person) = Responder::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app).await?, person })
    }
}

impl FromRequestParts<App> for Reading {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Reader(token) = Reader::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app).await?, person: token.person })
    }
}

impl FromRequestParts<App> for Writing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Writer(token) = Writer::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app).await?, person: token.person })
    }
}
