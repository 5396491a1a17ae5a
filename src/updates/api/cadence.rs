//! How often updates come and when the next one is promised, for programs.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Field;
use crate::{
    App,
    incidents::seen::{Reading, Writing},
    timeline::MAX_REASON,
    updates::cadence::{self, Pace},
    web::{
        Failure, Problem,
        form::{self, Errors},
        problem::Json,
    },
};

/// How often updates come, and the promise of the next one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cadence)]
pub struct CadenceJson {
    /// Minutes between updates; null: on change, none is promised by itself.
    pub interval_minutes: Option<i32>,
    /// Where that comes from: `severity` or `incident`.
    #[schema(value_type = String, example = "severity")]
    pub interval_of: &'static str,
    /// When the next update is promised; null when none is.
    pub next_by: Option<DateTime<Utc>>,
    /// `none`, `on_time`, `due` (within five minutes) or `overdue`.
    #[schema(value_type = String, example = "on_time")]
    pub state: &'static str,
}

async fn one(app: &App, incident: i64) -> Result<axum::Json<CadenceJson>, Problem> {
    let facts = cadence::facts(&app.db, incident).await?.ok_or(Failure::NotFound)?;
    let (promise, now) = (facts.promise(), app.now().await?);
    Ok(axum::Json(CadenceJson {
        interval_minutes: facts.interval.leadership,
        interval_of: if facts.interval.own { "incident" } else { "severity" },
        next_by: promise.map(|promise| promise.due_at),
        state: promise.map_or("none", |promise| promise.state(&now).word()),
    }))
}

/// How often updates come here, and when the next one is promised.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/cadence", tag = "updates", params(("number" = i64, Path)),
    responses((status = 200, body = CadenceJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<CadenceJson>, Problem> {
    one(&app, incident.number).await
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CadenceChange {
    /// Minutes between updates, 1 to 100000; null: on change.
    #[serde(default)]
    #[schema(value_type = Option<i32>)]
    interval_minutes: Field<i32>,
    /// `severity`: the interval is its severity's again.
    interval_of: Option<String>,
    /// Moves the promise without an update.
    snooze: Option<Snooze>,
}

/// To when the promise moves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// When the next update comes instead.
    until: DateTime<Utc>,
    /// Why.
    reason: String,
}

/// Changes how often updates come, or moves the promise with a reason, and answers what stands then.
#[utoipa::path(put, path = "/api/v1/incidents/{number}/cadence", tag = "updates", request_body = CadenceChange,
    params(("number" = i64, Path)),
    responses((status = 200, body = CadenceJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Json(new): Json<CadenceChange>,
) -> Result<axum::Json<CadenceJson>, Problem> {
    let program = app.clone().by_program();
    match new.check()? {
        Some(Change::Interval(pace)) => _ = cadence::set(&program, &person, incident.number, pace, None).await?,
        Some(Change::Promise(to)) => _ = cadence::snooze(&program, &person, incident.number, to, None).await?,
        None => {}
    }
    one(&app, incident.number).await
}

/// One change, checked.
enum Change {
    Interval(Pace),
    /// Until when, and why.
    Promise((DateTime<Utc>, String)),
}

impl CadenceChange {
    fn check(self) -> Result<Option<Change>, Errors> {
        let pace = match (self.interval_minutes, self.interval_of.as_deref()) {
            (Field::Left, None) => None,
            (Field::Left, Some("severity")) => Some(Pace::BySeverity),
            (Field::Said(None), None | Some("incident")) => Some(Pace::OnChange),
            (Field::Said(Some(minutes @ 1..=100_000)), None | Some("incident")) => Some(Pace::Every(minutes)),
            (Field::Said(Some(_)), None | Some("incident")) => {
                return Err(Errors::one("interval_minutes", "1 to 100000, or null."));
            }
            _ => {
                return Err(Errors::one("interval_of", "`severity` and no minutes, or minutes of the incident's own."));
            }
        };
        match (pace, self.snooze) {
            (Some(_), Some(_)) => Err(Errors::one("snooze", "One change at a time: the interval, or the promise.")),
            (pace, None) => Ok(pace.map(Change::Interval)),
            (None, Some(Snooze { until, reason })) => {
                let reason = form::text(&reason, MAX_REASON).map_err(|why| Errors::one("snooze.reason", why))?;
                Ok(Some(Change::Promise((until, reason))))
            }
        }
    }
}
