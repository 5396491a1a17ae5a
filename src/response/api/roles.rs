//! Roles as programs read and change them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HolderJson, somebody};
use crate::{
    App,
    incidents::seen::{Reading, Writing},
    response::held::{self, Held},
    web::{
        Failure, Problem,
        items::Items,
        problem::{Json, Path},
    },
};

/// A role, and who holds it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleJson {
    /// Its name.
    #[schema(example = "commander")]
    pub role: String,
    /// What it is called.
    pub label: String,
    /// What its holder does.
    pub duty: String,
    /// Who holds it; null when nobody does.
    pub holder: Option<HolderJson>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

impl From<Held> for RoleJson {
    fn from(held: Held) -> Self {
        let Held { role, label, duty, holder, since, .. } = held;
        Self { role, label, duty, holder: holder.map(HolderJson::from), since }
    }
}

/// The roles of an incident, held or free.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/roles", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<RoleJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<RoleJson>>, Problem> {
    let all = held::of(&app.db, incident.number).await?;
    Ok(Items::all(all))
}

/// Who is to hold a role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleHolder {
    /// An address, `me` for the token's owner, or null for nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(example = "ana@example.org")]
    person: Option<String>,
}

/// Which role.
#[derive(Deserialize)]
pub struct Name {
    role: String,
}

/// Gives a role to somebody, or to nobody. Responders take a free one and give
/// up their own; the commander and admins give any. What is so already stays so.
#[utoipa::path(put, path = "/api/v1/incidents/{number}/roles/{role}", tag = "response", request_body = RoleHolder,
    params(("number" = i64, Path), ("role" = String, Path)),
    responses((status = 200, body = RoleJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 415, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn give(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Path(Name { role }): Path<Name>,
    Json(RoleHolder { person: to }): Json<RoleHolder>,
) -> Result<axum::Json<RoleJson>, Problem> {
    named(&app, incident.number, &role).await?;
    let to = match to {
        Some(name) => Some(somebody(&app, &person, ("person", &name)).await?),
        None => None,
    };
    held::set(&app.clone().by_program(), &person, (incident.number, &role), to.as_ref(), None).await?;
    Ok(axum::Json(named(&app, incident.number, &role).await?.into()))
}

async fn named(app: &App, incident: i64, role: &str) -> Result<Held, Failure> {
    let all = held::of(&app.db, incident).await?;
    all.into_iter().find(|it| it.role == role).ok_or(Failure::NotFound)
}
