//! The moments of an incident as programs read and write them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    incidents::{
        moments::{self, Moment},
        seen::{Reading, Writing},
    },
    terms::MomentName,
    timeline::{MAX_REASON, json::IdempotencyKey},
    web::{
        Problem,
        form::{self, Errors},
        items::Items,
        problem::Json,
        time,
    },
};

/// A point of an incident's life.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Moment)]
pub struct MomentJson {
    /// Which.
    #[schema(value_type = String, example = "detected")]
    name: MomentName,
    /// When; null is "not recorded".
    at: Option<DateTime<Utc>>,
    /// Who set it; null when the room did, or nobody.
    set_by: Option<String>,
}

/// The moments of an incident's current round.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/moments", tag = "moments", params(("number" = i64, Path)),
    responses((status = 200, body = Items<MomentJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list_moments(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<MomentJson>>, Problem> {
    let all = moments::of(&app.db, incident.number, incident.round).await?;
    Ok(Items::all(all.into_iter().map(|it| MomentJson { name: it.name, at: it.at, set_by: it.by })))
}

/// A moment to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMoment {
    /// Which.
    #[schema(value_type = String, example = "detected")]
    name: String,
    /// When.
    at: DateTime<Utc>,
    /// Needed when a recorded moment changes.
    #[serde(default)]
    reason: String,
}

/// Records or corrects a moment.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/moments", tag = "moments", request_body = NewMoment,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = Items<MomentJson>), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn record_moment(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewMoment>,
) -> Result<axum::Json<Items<MomentJson>>, Problem> {
    let mut errors = Errors::default();
    let name = errors.take("name", new.name.parse().map_err(|_| "No such moment.".to_owned()));
    let at = errors.take("at", time::in_range(new.at, app.now().await?));
    let reason = errors.take("reason", form::optional_text(&new.reason, MAX_REASON));
    let (Some(name), Some(at), Some(reason)) = (name, at, reason) else {
        return Err(errors.into());
    };
    let key = key.of(&person, &[&incident.path(), "moment", &new.name, &at.to_rfc3339(), &reason]);
    moments::record(&app.clone().by_program(), incident.number, Moment { name, at, by: &person }, &reason, key).await?;
    list_moments(State(app), Reading { incident, person }).await
}
