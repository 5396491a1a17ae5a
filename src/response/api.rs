//! Who is on the call, who holds what and what is suspected, as programs read and
//! change it.

pub mod bridge;
pub mod handoffs;
pub mod roles;
pub mod theories;
pub mod work_items;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Holder, roles::responder};
use crate::{
    App,
    incidents::{Incident, store},
    people::Person,
    web::{Failure, Problem, form::Errors},
};

/// Somebody who holds something, or is to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holder)]
pub struct HolderJson {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
}

impl From<Holder> for HolderJson {
    fn from(holder: Holder) -> Self {
        Self { email: holder.email, name: holder.name }
    }
}

impl From<&Person> for HolderJson {
    fn from(person: &Person) -> Self {
        Self { email: person.email.clone(), name: person.name.clone() }
    }
}

/// Whoever an address or handle names, if they respond; `me` is whoever asks.
async fn somebody(app: &App, me: &Person, (field, name): (&'static str, &str)) -> Result<Person, Problem> {
    if name.trim() == "me" {
        return Ok(me.clone());
    }
    Ok(responder(app, name).await?.map_err(|why| Errors::one(field, why))?)
}

/// The incident of something that is addressed by its own id, if this person
/// may see it.
async fn incident_of(app: &App, number: Option<i64>, person: Uuid) -> Result<Incident, Problem> {
    let number = number.ok_or(Failure::NotFound)?;
    Ok(store::seen_by(&app.db, number, person).await?.ok_or(Failure::NotFound)?)
}
