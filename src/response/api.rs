//! Who holds what, as programs read and change it.

pub mod handoffs;
pub mod roles;
pub mod work_items;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Holder;
use crate::{
    App,
    incidents::{Incident, store},
    people::{self, Person},
    terms::Role,
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

/// Whoever an address or handle names, if they respond.
async fn somebody(app: &App, field: &'static str, name: &str) -> Result<Person, Problem> {
    let name = name.trim().trim_start_matches('@').to_lowercase();
    let unknown = || Errors::one(field, "Nobody here who responds has this address.");
    if name.contains('\0') {
        return Err(unknown().into());
    }
    let found = people::store::named(&app.db, &[name]).await?;
    let able = found.into_iter().find(|it| it.role >= Role::Responder);
    Ok(able.ok_or_else(unknown)?)
}

/// The incident of something that is addressed by its own id, if this person
/// may see it.
async fn incident_of(app: &App, number: Option<i64>, person: Uuid) -> Result<Incident, Problem> {
    let number = number.ok_or(Failure::NotFound)?;
    Ok(store::seen_by(&app.db, number, person).await?.ok_or(Failure::NotFound)?)
}

/// 201 for what was made, 200 for what had been made before under the same key.
const fn made(again: bool) -> StatusCode {
    if again { StatusCode::OK } else { StatusCode::CREATED }
}
