//! Theories as programs read and change them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    incidents::{
        entries,
        seen::{Reading, Writing},
    },
    terms::{Kind, Stance, TheoryState},
    timeline::{
        Entry, MAX_BODY, MAX_REASON, New,
        json::IdempotencyKey,
        store,
        theories::{self, Change, Tie},
    },
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
        time,
    },
};

/// A theory, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Theory)]
pub struct TheoryJson {
    /// The `seq` of its entry.
    pub seq: i64,
    /// What might explain it, in Markdown.
    pub body: String,
    /// `open`, `confirmed` or `eliminated`.
    #[schema(value_type = String, example = "open")]
    pub state: TheoryState,
    /// Why, or nothing.
    pub reason: String,
    /// When it was first thought of.
    pub occurred_at: DateTime<Utc>,
    /// Who wrote it; null when the room did.
    pub author: Option<String>,
    /// The entries that speak for it, as `seq`s.
    pub r#for: Vec<i64>,
    /// The entries that speak against it.
    pub against: Vec<i64>,
}

impl From<&Entry> for TheoryJson {
    fn from(theory: &Entry) -> Self {
        Self {
            seq: theory.seq,
            body: theory.stands().body.clone(),
            state: theory.theory_state(),
            reason: theory.verdicts.last().map(|last| last.reason.clone()).unwrap_or_default(),
            occurred_at: theory.stands().occurred_at,
            author: theory.author.as_ref().map(|author| author.name.clone()),
            r#for: theory.evidence(Stance::For),
            against: theory.evidence(Stance::Against),
        }
    }
}

/// The theories of an incident, the open ones first.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/theories", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<TheoryJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<TheoryJson>>, Problem> {
    let all = theories::of(&mut *app.db.acquire().await?, incident.number).await?;
    Ok(Items::all(&all))
}

/// What might explain it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTheory {
    #[schema(example = "The cache serves what the old deploy wrote")]
    body: String,
    /// When it was thought of; now unless said.
    occurred_at: Option<DateTime<Utc>>,
}

/// Adds a theory: an entry of that kind.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/theories", tag = "response", request_body = NewTheory,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = TheoryJson), (status = 200, body = TheoryJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewTheory>,
) -> Result<Response, Problem> {
    let app = app.by_program();
    let now = app.now().await?;
    let mut errors = Errors::default();
    let body = errors.take("body", form::text(&new.body, MAX_BODY));
    let occurred_at = errors.take("occurred_at", time::happened(new.occurred_at, now));
    let (Some(body), Some(occurred_at)) = (body, occurred_at) else {
        return Err(errors.into());
    };
    let when = new.occurred_at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let key = key.of(&person, &[&incident.path(), "theory", &new.body, &when]);
    let theory = New { occurred_at, ..New::by(&person, Kind::Theory, body) };
    let written = entries::append(&app, &person, incident.number, theory, key).await?;
    Ok((written.status(), axum::Json(one(&app, incident.number, written.answer).await?)).into_response())
}

async fn one(app: &App, incident: i64, seq: i64) -> Result<TheoryJson, Problem> {
    let theory = store::one(&mut *app.db.acquire().await?, incident, seq).await?;
    Ok(TheoryJson::from(&theory.filter(Entry::is_theory).ok_or(Failure::NotFound)?))
}

/// What is said of a theory. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TheoryChange {
    /// `open`, `confirmed` or `eliminated`.
    #[schema(value_type = Option<String>, example = "eliminated")]
    state: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
    /// An entry that speaks to it.
    evidence: Option<NewEvidence>,
}

/// How an entry speaks to a theory.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidence {
    /// Its `seq`.
    entry: i64,
    /// `for`, `against`, or null when it says nothing of it after all.
    #[schema(value_type = Option<String>, example = "against")]
    #[serde(deserialize_with = "Option::deserialize")]
    stance: Option<Stance>,
}

/// Which theory.
#[derive(Deserialize)]
pub struct Which {
    seq: i64,
}

/// Says what became of a theory, or what speaks to it, and answers it.
#[utoipa::path(patch, path = "/api/v1/incidents/{number}/theories/{seq}", tag = "response",
    request_body = TheoryChange, params(("number" = i64, Path), ("seq" = i64, Path)),
    responses((status = 200, body = TheoryJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn update(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Path(Which { seq }): Path<Which>,
    Json(new): Json<TheoryChange>,
) -> Result<axum::Json<TheoryJson>, Problem> {
    let mut errors = Errors::default();
    let state = new.state.map(|word| word.parse().map_err(|_| "open, confirmed or eliminated.".to_owned()));
    let state = errors.take("state", state.transpose());
    let reason = errors.take("reason", form::optional_text(&new.reason, MAX_REASON));
    let (Some(state), Some(reason)) = (state, reason) else {
        return Err(errors.into());
    };
    let tie = new.evidence.map(|NewEvidence { entry, stance }| Tie { entry, stance });
    let change = Change { state, reason, tie };
    theories::change(&app.clone().by_program(), &person, (incident.number, seq), change, None).await?;
    Ok(axum::Json(one(&app, incident.number, seq).await?))
}
