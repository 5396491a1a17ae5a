//! The call, as programs read it and tell of it: who is on it now. It is no
//! export: of an incident that is over, and of what was before, nothing is told.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{HolderJson, incident_of};
use crate::{
    App,
    incidents::{
        Incident,
        seen::{Reading, Writing},
    },
    people::{Person, bearer::Writer},
    response::{
        bridge::{self, OnCall},
        relief::{self, Asked},
        stays,
    },
    terms::Role,
    timeline::json::IdempotencyKey,
    web::{Failure, Problem, items::Items, problem::Path},
};

/// Somebody on the call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OnCall)]
pub struct OnCallJson {
    /// Who.
    pub person: HolderJson,
    /// Since when, without a longer gap.
    pub since: DateTime<Utc>,
    /// The minutes on this call in the last 24 hours.
    pub minutes: i64,
    /// On how many calls they were in the last 24 hours.
    pub calls: usize,
    /// What their clock shows.
    #[schema(example = "03:12")]
    pub local_time: String,
    /// Whether that is outside 08 to 18, Monday to Friday.
    pub off_hours: bool,
    /// `calm`, `amber` (offer relief) or `red` (relief is overdue), by the severity's limits.
    #[schema(example = "calm")]
    pub level: &'static str,
}

impl From<OnCall> for OnCallJson {
    fn from(it: OnCall) -> Self {
        Self {
            person: HolderJson::from(&it.person),
            since: it.since,
            minutes: it.load.on_call.num_minutes(),
            calls: it.load.calls,
            local_time: it.load.clock(),
            off_hours: it.load.off_hours,
            level: it.load.level.word(),
        }
    }
}

type Call = axum::Json<Items<OnCallJson>>;

/// Who is on the call now, by name. Empty once the incident is over.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/bridge", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<OnCallJson>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
pub async fn list(State(app): State<App>, Reading { incident, person }: Reading) -> Result<Call, Problem> {
    responds(&person)?;
    call(&app, &incident).await
}

async fn call(app: &App, incident: &Incident) -> Result<Call, Problem> {
    Ok(Items::all(bridge::on_call(app, incident).await?))
}

/// What is told of the call and of relief is for those who respond.
fn responds(person: &Person) -> Result<(), Failure> {
    if person.role < Role::Responder {
        return Err(Failure::Forbidden("Viewers read along; this token's owner is one."));
    }
    Ok(())
}

/// The token's owner is on the call, until they leave or the incident is over;
/// answers who is on it. Who is on it already stays so.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/bridge/join", tag = "response",
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call do nothing")),
    responses((status = 200, body = Items<OnCallJson>), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn join(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
) -> Result<Call, Problem> {
    let key = key.of(&person, &[&incident.path(), "join"]);
    stays::join(&app, &person, incident.number, key).await?;
    call(&app, &incident).await
}

/// The token's owner has left the call; answers who is on it.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/bridge/leave", tag = "response",
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call do nothing")),
    responses((status = 200, body = Items<OnCallJson>), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn leave(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
) -> Result<Call, Problem> {
    let key = key.of(&person, &[&incident.path(), "leave"]);
    stays::leave(&app, &person, incident.number, key).await?;
    call(&app, &incident).await
}

/// Relief that somebody asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relief)]
pub struct ReliefJson {
    /// Its id.
    pub id: Uuid,
    /// Who asked.
    pub person: HolderJson,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What they hold, for the commander and the operations lead.
    pub holds: Vec<String>,
    /// Who could take over, by name, likewise.
    pub could_take_over: Vec<HolderJson>,
}

impl From<Asked> for ReliefJson {
    fn from(asked: Asked) -> Self {
        Self {
            id: asked.id,
            person: HolderJson::from(&asked.person),
            asked_at: asked.asked_at,
            holds: asked.holds.into_iter().map(|held| held.called).collect(),
            could_take_over: asked.successors.iter().map(|it| HolderJson::from(&it.person)).collect(),
        }
    }
}

type Reliefs = axum::Json<Items<ReliefJson>>;

/// The relief that is asked for, as far as the token's owner may see it: what
/// they asked for themselves; for the commander and the operations lead, all of it.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/relief", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<ReliefJson>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
pub async fn relief(State(app): State<App>, Reading { incident, person }: Reading) -> Result<Reliefs, Problem> {
    responds(&person)?;
    seen(&app, &incident, &person).await
}

async fn seen(app: &App, incident: &Incident, person: &Person) -> Result<Reliefs, Problem> {
    let relief = relief::seen_by(app, incident, person).await?;
    Ok(Items::all(relief.own.into_iter().chain(relief.others)))
}

/// Asks for relief for the token's owner, and answers what they may see.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/relief", tag = "response",
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call do nothing")),
    responses((status = 200, body = Items<ReliefJson>), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn ask(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
) -> Result<Reliefs, Problem> {
    let key = key.of(&person, &[&incident.path(), "relief"]);
    relief::ask(&app, &person, incident.number, key).await?;
    seen(&app, &incident, &person).await
}

/// Takes back what the token's owner asked for, and answers what they may see.
#[utoipa::path(delete, path = "/api/v1/incidents/{number}/relief", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<ReliefJson>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn take_back(State(app): State<App>, Writing { incident, person }: Writing) -> Result<Reliefs, Problem> {
    relief::take_back(&app, &person, incident.number).await?;
    seen(&app, &incident, &person).await
}

/// Which request.
#[derive(Deserialize)]
pub struct Which {
    id: Uuid,
}

/// They are relieved: for the commander and the operations lead. Answers what is
/// still asked for.
#[utoipa::path(delete, path = "/api/v1/relief/{id}", tag = "response", params(("id" = Uuid, Path)),
    responses((status = 200, body = Items<ReliefJson>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn relieved(
    State(app): State<App>,
    Writer(token): Writer,
    Path(Which { id }): Path<Which>,
) -> Result<Reliefs, Problem> {
    let number = relief::incident_of(&app.db, id).await?;
    let incident = incident_of(&app, number, token.person.id).await?;
    relief::end(&app, &token.person, (incident.number, id)).await?;
    seen(&app, &incident, &token.person).await
}
