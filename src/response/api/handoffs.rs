//! Hand-offs as programs make and answer them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{HolderJson, incident_of, somebody};
use crate::{
    App,
    incidents::seen::{Reading, Writing},
    people::bearer::Writer,
    response::{
        Thing,
        offers::{self, End, MAX_BRIEFING, NewOffer, Offer},
    },
    terms::HandoffState,
    timeline::{MAX_REASON, json::IdempotencyKey},
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
    },
};

/// An offer of a role or of a piece of work to one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handoff)]
pub struct HandoffJson {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// The role that is offered, or null.
    pub role: Option<String>,
    /// The piece of work that is offered, or null.
    pub work_item: Option<Uuid>,
    /// What became of it: offered, accepted, declined or withdrawn.
    #[schema(value_type = String, example = "offered")]
    pub state: HandoffState,
    /// Who gives it.
    pub from: HolderJson,
    /// Who is to have it.
    pub to: HolderJson,
    /// Where it stands, what was tried, what is next.
    pub briefing: String,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When it was answered or taken back.
    pub ended_at: Option<DateTime<Utc>>,
    /// What whoever declined said.
    pub word: String,
}

impl From<Offer> for HandoffJson {
    fn from(offer: Offer) -> Self {
        let (role, work_item) = match offer.thing {
            Thing::Role(role) => (Some(role), None),
            Thing::Work(id) => (None, Some(id)),
        };
        Self {
            id: offer.id,
            incident: offer.incident,
            role,
            work_item,
            state: offer.state,
            from: offer.from.into(),
            to: offer.to.into(),
            briefing: offer.briefing,
            offered_at: offer.offered_at,
            ended_at: offer.ended_at,
            word: offer.word,
        }
    }
}

/// All offers of an incident, the latest first.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/handoffs", tag = "response", params(("number" = i64, Path)),
    responses((status = 200, body = Items<HandoffJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<HandoffJson>>, Problem> {
    let all = offers::of(&app.db, incident.number).await?;
    Ok(Items::all(all))
}

/// An offer to make: of a role or of a piece of work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHandoff {
    /// A role's name.
    role: Option<String>,
    /// A piece of work's id.
    work_item: Option<Uuid>,
    /// The address of whoever is to have it.
    to: String,
    /// Where it stands, what was tried, what is next.
    #[serde(default)]
    briefing: String,
}

/// Offers a role or a piece of work. Its holder, the commander or an admin may.
/// Until it is accepted, the giver holds it.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/handoffs", tag = "response", request_body = NewHandoff,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = HandoffJson), (status = 200, body = HandoffJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewHandoff>,
) -> Result<Response, Problem> {
    let what = format!("{new:?}");
    let thing = match (new.role, new.work_item) {
        (Some(role), None) => Thing::Role(role),
        (None, Some(id)) => Thing::Work(id),
        _ => return Err(Errors::one("role", "Either a role or a work_item.").into()),
    };
    let briefing = form::optional_text(&new.briefing, MAX_BRIEFING).map_err(|why| Errors::one("briefing", why))?;
    let to = somebody(&app, &person, ("to", &new.to)).await?;
    let key = key.of(&person, &[&incident.path(), "offer", &what]);
    let new = NewOffer { thing, to: &to, briefing };
    let written = offers::offer(&app.clone().by_program(), &person, incident.number, new, key).await?;
    let id = offers::made_by(&app.db, incident.number, written.answer).await?.ok_or(Failure::NotFound)?;
    let offer = one(&app, incident.number, id).await?;
    Ok((written.status(), axum::Json(offer)).into_response())
}

async fn one(app: &App, incident: i64, id: Uuid) -> Result<HandoffJson, Problem> {
    let offer = offers::one(&app.db, incident, id).await?.ok_or(Failure::NotFound)?;
    Ok(offer.into())
}

/// Which offer.
#[derive(Deserialize)]
pub struct HandoffId {
    id: Uuid,
}

/// Accepts an offer: from now on the token's owner holds it.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/accept", tag = "response",
    params(("id" = Uuid, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = HandoffJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 429, body = Problem)))]
pub async fn accept(
    State(app): State<App>,
    Writer(token): Writer,
    Path(HandoffId { id }): Path<HandoffId>,
    key: IdempotencyKey,
) -> Result<axum::Json<HandoffJson>, Problem> {
    end(&app, (token, id), key, End::Accept).await
}

/// What whoever declines says.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// May be nothing.
    #[serde(default)]
    word: String,
}

/// Declines an offer: the giver keeps it.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/decline", tag = "response", request_body = Declined,
    params(("id" = Uuid, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = HandoffJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 415, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn decline(
    State(app): State<App>,
    Writer(token): Writer,
    Path(HandoffId { id }): Path<HandoffId>,
    key: IdempotencyKey,
    Json(Declined { word }): Json<Declined>,
) -> Result<axum::Json<HandoffJson>, Problem> {
    let word = form::optional_text(&word, MAX_REASON).map_err(|why| Errors::one("word", why))?;
    end(&app, (token, id), key, End::Decline(word)).await
}

/// Takes an offer back: the giver keeps it.
#[utoipa::path(post, path = "/api/v1/handoffs/{id}/withdraw", tag = "response",
    params(("id" = Uuid, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = HandoffJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 429, body = Problem)))]
pub async fn withdraw(
    State(app): State<App>,
    Writer(token): Writer,
    Path(HandoffId { id }): Path<HandoffId>,
    key: IdempotencyKey,
) -> Result<axum::Json<HandoffJson>, Problem> {
    end(&app, (token, id), key, End::Withdraw).await
}

async fn end(
    app: &App,
    (token, id): (crate::people::tokens::Token, Uuid),
    key: IdempotencyKey,
    how: End,
) -> Result<axum::Json<HandoffJson>, Problem> {
    let person = token.person;
    let incident = incident_of(app, offers::incident_of(&app.db, id).await?, person.id).await?;
    let key = key.of(&person, &["handoff", &id.to_string(), &format!("{how:?}")]);
    offers::end(&app.clone().by_program(), &person, (incident.number, id), how, key).await?;
    Ok(axum::Json(one(app, incident.number, id).await?))
}
