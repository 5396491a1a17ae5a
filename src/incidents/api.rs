//! Incidents and their moments as programs read and write them.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Incident, MAX_SUMMARY, MAX_TITLE,
    details::{self, Edits},
    list::{self, Filter},
    moments::{self, Moment},
    seen::{Reading, Writing},
    services, severity,
    status::{self, StatusChange},
    store::{self, Declaration, Opened},
};
use crate::{
    App,
    people::bearer::{Reader, Writer},
    terms::{MomentName, Severity, Status},
    timeline::{MAX_REASON, json::IdempotencyKey},
    web::{
        Failure, Problem,
        form::{self, Edit, Errors},
        problem::{Json, Query},
        time,
    },
};

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub struct IncidentJson {
    /// 1, 2, 3 …
    pub number: i64,
    /// What it is called.
    pub title: String,
    /// How bad it is: sev1 … sev5.
    #[schema(value_type = String, example = "sev3")]
    pub severity: Severity,
    /// Where it stands.
    #[schema(value_type = String, example = "investigating")]
    pub status: Status,
    /// What is known of it.
    pub summary: String,
    /// The services concerned.
    pub services: Vec<String>,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// When it was resolved; null while it is open, and when it ended otherwise.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The address of its room.
    pub url: String,
}

impl IncidentJson {
    fn of(app: &App, incident: Incident) -> Self {
        Self {
            url: app.web.url(&incident.path()),
            number: incident.number,
            title: incident.title,
            severity: incident.severity,
            status: incident.status,
            summary: incident.summary,
            services: incident.services,
            declared_at: incident.declared_at,
            resolved_at: incident.ended_at.filter(|_| incident.status == Status::Resolved),
        }
    }
}

/// A page of incidents, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Incidents {
    items: Vec<IncidentJson>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// What is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Search {
    /// Words of the title or summary, or a number.
    q: String,
    /// sev1 … sev5; may be repeated.
    severity: Vec<String>,
    /// A status, or `open`; may be repeated.
    status: Vec<String>,
    /// A service that is concerned.
    service: String,
    /// At most so many; 50 unless said, 200 at the most.
    limit: Option<usize>,
    /// What the page before gave as `next_cursor`.
    cursor: String,
}

/// Lists incidents, the newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Search), responses(
    (status = 200, body = Incidents), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn index(
    State(app): State<App>,
    Reader(token): Reader,
    Query(search): Query<Search>,
) -> Result<axum::Json<Incidents>, Problem> {
    let limit = search.limit.unwrap_or(50).clamp(1, 200);
    let filter = search.filter()?;
    let mut found = list::find(&mut *app.db.acquire().await?, &filter, token.person.zone(), limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|last| last.incident.number.to_string());
    let items = found.into_iter().map(|listed| IncidentJson::of(&app, listed.incident)).collect();
    Ok(axum::Json(Incidents { items, next_cursor }))
}

impl Search {
    fn filter(self) -> Result<Filter, Errors> {
        let mut errors = Errors::default();
        if self.severity.iter().any(|word| word.parse::<Severity>().is_err()) {
            errors.add("severity", "sev1 to sev5.");
        }
        if self.status.iter().any(|word| word != "open" && word.parse::<Status>().is_err()) {
            errors.add("status", "A status, or open.");
        }
        let before = match self.cursor.as_str() {
            "" => None,
            cursor => errors.take("cursor", cursor.parse().map_err(|_| "Not a cursor of this list.".to_owned())),
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Filter {
            q: self.q,
            severity: self.severity,
            status: self.status,
            service: self.service,
            before,
            ..Filter::default()
        })
    }
}

/// What is declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// What is broken: 1 to 200 characters.
    title: String,
    /// sev1 … sev5; sev3 unless said.
    #[schema(value_type = Option<String>, example = "sev3")]
    severity: Option<String>,
    /// What is known so far.
    #[serde(default)]
    summary: String,
    /// The services concerned.
    #[serde(default)]
    services: Vec<String>,
}

/// Declares an incident.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", request_body = NewIncident,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = IncidentJson), (status = 200, body = IncidentJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 415, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writer(token): Writer,
    key: IdempotencyKey,
    Json(new): Json<NewIncident>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&new.title, MAX_TITLE));
    let summary = errors.take("summary", form::optional_text(&new.summary, MAX_SUMMARY));
    let severity = match new.severity.as_deref() {
        None => Some(Severity::Sev3),
        Some(word) => errors.take("severity", word.parse().map_err(|_| "sev1 to sev5.".to_owned())),
    };
    let services = errors.take("services", services::check(new.services.iter().map(String::as_str)));
    let (Some(title), Some(summary), Some(severity), Some(services)) = (title, summary, severity, services) else {
        return Err(errors.into());
    };
    let named = services.join("\n");
    let key = key.of(&token.person, &["declare", &title, severity.word(), &summary, &named]);
    let declaration = Declaration { title, severity, summary, services, moments: vec![] };
    let written = store::declare(&app.clone().by_program(), &token.person, declaration, key).await?;
    let incident = store::find(&app.db, written.answer).await?.ok_or(Failure::NotFound)?;
    let status = if written.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(IncidentJson::of(&app, incident))).into_response())
}

/// One incident.
#[utoipa::path(get, path = "/api/v1/incidents/{number}", tag = "incidents", params(("number" = i64, Path)),
    responses((status = 200, body = IncidentJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, Reading { incident, .. }: Reading) -> axum::Json<IncidentJson> {
    axum::Json(IncidentJson::of(&app, incident))
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPatch {
    /// 1 to 200 characters.
    title: Option<String>,
    /// What is known of it.
    summary: Option<String>,
    /// The services concerned, in place of those that are named.
    services: Option<Vec<String>>,
    /// sev1 … sev5.
    severity: Option<String>,
    /// The new status. Reopening and cancelling want a reason.
    status: Option<String>,
    /// Why; stands with the change of severity or status.
    #[serde(default)]
    reason: String,
}

/// Changes an incident: all of it or nothing. What is so already stays so.
#[utoipa::path(patch, path = "/api/v1/incidents/{number}", tag = "incidents", request_body = IncidentPatch,
    params(("number" = i64, Path)),
    responses((status = 200, body = IncidentJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn update(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Json(patch): Json<IncidentPatch>,
) -> Result<axum::Json<IncidentJson>, Problem> {
    let wanted = patch.check()?;
    let Opened::Fresh(mut log, now) = store::open(&app.clone().by_program(), incident.number, None).await? else {
        return Err(anyhow::anyhow!("a change without a key was made before").into());
    };
    let edit = |to: Option<String>| to.map(|to| Edit { to, was: None });
    let edits = Edits { title: edit(wanted.title), summary: edit(wanted.summary), services: wanted.services };
    details::apply(&mut log, &now, &person, edits).await?;
    if let Some(to) = wanted.severity.filter(|to| *to != now.severity) {
        severity::apply(&mut log, &now, &person, (to, wanted.reason.clone())).await?;
    }
    if let Some(status) = wanted.status.filter(|to| *to != now.status) {
        let change = StatusChange { status, reason: wanted.reason, moments: vec![] };
        status::apply(&mut log, &now, &person, change).await?;
    }
    log.commit(0).await?;
    let incident = store::find(&app.db, incident.number).await?.ok_or(Failure::NotFound)?;
    Ok(axum::Json(IncidentJson::of(&app, incident)))
}

struct Wanted {
    title: Option<String>,
    summary: Option<String>,
    services: Option<Vec<String>>,
    severity: Option<Severity>,
    status: Option<Status>,
    reason: String,
}

impl IncidentPatch {
    fn check(self) -> Result<Wanted, Errors> {
        let mut errors = Errors::default();
        let title = self.title.and_then(|it| errors.take("title", form::line(&it, MAX_TITLE)));
        let summary = self.summary.and_then(|it| errors.take("summary", form::optional_text(&it, MAX_SUMMARY)));
        let services =
            self.services.and_then(|it| errors.take("services", services::check(it.iter().map(String::as_str))));
        let severity =
            self.severity.and_then(|it| errors.take("severity", it.parse().map_err(|_| "sev1 to sev5.".to_owned())));
        let status =
            self.status.and_then(|it| errors.take("status", it.parse().map_err(|_| "No such status.".to_owned())));
        let reason = errors.take("reason", form::optional_text(&self.reason, MAX_REASON));
        match reason {
            Some(reason) if errors.is_empty() => Ok(Wanted { title, summary, services, severity, status, reason }),
            _ => Err(errors),
        }
    }
}

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

/// The seven moments, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moments {
    items: Vec<MomentJson>,
    /// Always null: there is one page.
    next_cursor: Option<String>,
}

/// The moments of an incident's current round.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/moments", tag = "moments", params(("number" = i64, Path)),
    responses((status = 200, body = Moments), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list_moments(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Moments>, Problem> {
    let all = moments::of(&app.db, incident.number, incident.round).await?;
    let items = all.into_iter().map(|it| MomentJson { name: it.name, at: it.at, set_by: it.by }).collect();
    Ok(axum::Json(Moments { items, next_cursor: None }))
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
    responses((status = 200, body = Moments), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn record_moment(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewMoment>,
) -> Result<axum::Json<Moments>, Problem> {
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
