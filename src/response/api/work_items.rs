//! Pieces of work as programs read and change them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{HolderJson, incident_of, somebody};
use crate::{
    App,
    incidents::seen::{Reading, Writing},
    people::{Person, bearer::Writer},
    response::work::{self, Change, MAX_TITLE, NewWork, Work},
    terms::WorkState,
    timeline::json::IdempotencyKey,
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
    },
};

/// A piece of work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkItem)]
pub struct WorkJson {
    /// Its id.
    pub id: Uuid,
    /// What is to be done.
    pub title: String,
    /// Who holds it; null when nobody does.
    pub holder: Option<HolderJson>,
    /// How far it is: open, `in_progress`, done or dropped.
    #[schema(value_type = String, example = "in_progress")]
    pub state: WorkState,
    /// Since when it stands like this.
    pub since: DateTime<Utc>,
    /// When its holder said to be back.
    pub due_at: Option<DateTime<Utc>>,
    /// The names of those who help.
    pub helpers: Vec<String>,
}

impl From<Work> for WorkJson {
    fn from(item: Work) -> Self {
        let Work { id, title, holder, state, since, due_at, helpers, .. } = item;
        Self { id, title, holder: holder.map(HolderJson::from), state, since, due_at, helpers }
    }
}

/// The work of an incident: what goes on first.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/work-items", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<WorkJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<WorkJson>>, Problem> {
    let all = work::of(&app.db, incident.number).await?;
    Ok(Items::all(all))
}

/// A piece of work to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkItem {
    /// What is to be done: 1 to 200 characters.
    title: String,
    /// The address of whoever holds it from the start; `me` for the token's owner.
    person: Option<String>,
    /// When they are to be back.
    due_at: Option<DateTime<Utc>>,
}

/// Adds a piece of work.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/work-items", tag = "response", request_body = NewWorkItem,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = WorkJson), (status = 200, body = WorkJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewWorkItem>,
) -> Result<Response, Problem> {
    let what = format!("{new:?}");
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&new.title, MAX_TITLE));
    if new.due_at.is_some() && new.person.is_none() {
        errors.add("due_at", "Only work that somebody holds is due back.");
    }
    let due_at = errors.take("due_at", due(&app, new.due_at).await?);
    let (Some(title), Some(due_at), true) = (title, due_at, errors.is_empty()) else {
        return Err(errors.into());
    };
    let to = match new.person {
        Some(name) => Some(somebody(&app, &person, ("person", &name)).await?),
        None => None,
    };
    let key = key.of(&person, &[&incident.path(), "work", &what]);
    let new = NewWork { title, to: to.as_ref(), due_at };
    let written = work::add(&app.clone().by_program(), &person, incident.number, new, key).await?;
    let id = work::added_by(&app.db, incident.number, written.answer).await?.ok_or(Failure::NotFound)?;
    let item = work::one(&app.db, incident.number, id).await?.ok_or(Failure::NotFound)?;
    Ok((written.status(), axum::Json(WorkJson::from(item))).into_response())
}

/// A time that lies within a year of now, so that it is no slip of the pen.
async fn due(app: &App, at: Option<DateTime<Utc>>) -> Result<Result<Option<DateTime<Utc>>, String>, Failure> {
    let now = app.now().await?;
    let plain = at.is_none_or(|at| (at - now).num_days().abs() <= 365);
    Ok(if plain { Ok(at) } else { Err("Within a year of now.".into()) })
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkPatch {
    /// 1 to 200 characters.
    title: Option<String>,
    /// open, `in_progress`, done or dropped.
    state: Option<String>,
    /// Whoever is to hold it, by address; `me` for the token's owner, null for nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    person: Field<String>,
    /// When its holder is to be back; null for no such time.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    due_at: Field<DateTime<Utc>>,
    /// Whether the token's owner helps its holder.
    help: Option<bool>,
}

/// A field that may be left out, and may be null.
#[derive(Debug, Default)]
enum Field<T> {
    #[default]
    Left,
    Said(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        Option::deserialize(field).map(Self::Said)
    }
}

/// Which piece of work.
#[derive(Deserialize)]
pub struct WorkId {
    id: Uuid,
}

/// Changes a piece of work: all of it or nothing.
#[utoipa::path(patch, path = "/api/v1/work-items/{id}", tag = "response", request_body = WorkPatch,
    params(("id" = Uuid, Path)),
    responses((status = 200, body = WorkJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 415, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn update(
    State(app): State<App>,
    Writer(token): Writer,
    Path(WorkId { id }): Path<WorkId>,
    Json(patch): Json<WorkPatch>,
) -> Result<axum::Json<WorkJson>, Problem> {
    let person = token.person;
    let incident = incident_of(&app, work::incident_of(&app.db, id).await?, person.id).await?;
    let changes = patch.check(&app, &person).await?;
    work::change(&app.clone().by_program(), &person, (incident.number, id), changes, None).await?;
    let item = work::one(&app.db, incident.number, id).await?.ok_or(Failure::NotFound)?;
    Ok(axum::Json(item.into()))
}

impl WorkPatch {
    async fn check(self, app: &App, me: &Person) -> Result<Vec<Change>, Problem> {
        let mut errors = Errors::default();
        let mut changes = Vec::new();
        if let Some(title) = self.title {
            changes.extend(errors.take("title", form::line(&title, MAX_TITLE)).map(Change::Title));
        }
        match self.person {
            Field::Left => {}
            Field::Said(None) => changes.push(Change::Holder(None)),
            Field::Said(Some(name)) => {
                changes.push(Change::Holder(Some(somebody(app, me, ("person", &name)).await?)));
            }
        }
        if let Some(state) = self.state {
            let state = state.parse().map_err(|_| "open, in_progress, done or dropped.".to_owned());
            changes.extend(errors.take("state", state).map(Change::State));
        }
        if let Field::Said(at) = self.due_at {
            changes.extend(errors.take("due_at", due(app, at).await?).map(Change::Due));
        }
        changes.extend(self.help.map(Change::Help));
        if errors.is_empty() { Ok(changes) } else { Err(errors.into()) }
    }
}
