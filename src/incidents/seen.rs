//! The incident of a path, loaded through what this person may see. Holding
//! one of these values is the permission.

use axum::{RequestPartsExt, extract::FromRequestParts, http::request::Parts};
use serde::Deserialize;
use uuid::Uuid;

use super::{Incident, store};
use crate::{
    App,
    people::{
        Person, Responder, Viewer,
        bearer::{Asker, Reader, Writer},
    },
    postgres::batch::Batch,
    timeline::{self, Entry, commander},
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

/// An incident that this person commands, or administers.
pub struct Leading {
    /// The incident.
    pub incident: Incident,
    /// Who leads.
    pub person: Person,
}

/// An entry of an incident that this person may see.
pub struct SeenEntry {
    /// The incident.
    pub incident: Incident,
    /// The entry.
    pub entry: Entry,
    /// Who sees them.
    pub person: Person,
}

impl SeenEntry {
    /// The address of its page.
    pub fn path(&self) -> String {
        format!("{}/timeline/{}", self.incident.path(), self.entry.seq)
    }
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

/// An incident about which this program may ask.
pub struct Asking {
    /// The incident.
    pub incident: Incident,
    /// As whom it asks.
    pub person: Person,
}

/// Incidents that are looked up, by number and who wants to see them.
pub type LookUps = Batch<(i64, Uuid), Incident>;

#[derive(Deserialize)]
struct Number {
    number: i64,
}

#[derive(Deserialize)]
struct Seq {
    seq: i64,
}

/// One that this person may not see is answered like one that is not there.
async fn load(parts: &mut Parts, app: &App, person: &Person) -> Result<Incident, Failure> {
    let Path(Number { number }) = parts.extract::<Path<Number>>().await?;
    let db = app.db.clone();
    let found = app.seen.find((number, person.id), move |asked| store::seen_together(db.clone(), asked)).await?;
    found.ok_or(Failure::NotFound)
}

impl FromRequestParts<App> for Seen {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Viewer(person) = Viewer::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app, &person).await?, person })
    }
}

impl FromRequestParts<App> for Responding {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Responder(person) = Responder::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app, &person).await?, person })
    }
}

impl FromRequestParts<App> for Leading {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Responding { incident, person } = Responding::from_request_parts(parts, app).await?;
        if !commander::leads(&app.db, incident.number, &person).await? {
            return Err(Failure::Forbidden(
                "Only the commander of this incident and admins may do this. Ask one of them.",
            ));
        }
        Ok(Self { incident, person })
    }
}

impl FromRequestParts<App> for SeenEntry {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Seen { incident, person } = Seen::from_request_parts(parts, app).await?;
        let Path(Seq { seq }) = parts.extract::<Path<Seq>>().await?;
        let entry = timeline::store::one(&mut *app.db.acquire().await?, incident.number, seq).await?;
        Ok(Self { incident, entry: entry.ok_or(Failure::NotFound)?, person })
    }
}

impl FromRequestParts<App> for Reading {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Reader(token) = Reader::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app, &token.person).await?, person: token.person })
    }
}

impl FromRequestParts<App> for Writing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Writer(token) = Writer::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app, &token.person).await?, person: token.person })
    }
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Asker(token) = Asker::from_request_parts(parts, app).await?;
        Ok(Self { incident: load(parts, app, &token.person).await?, person: token.person })
    }
}
