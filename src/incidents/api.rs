//! Incidents as programs read and write them.

pub mod moments;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Incident, MAX_SUMMARY, MAX_TITLE,
    details::{self, Edits},
    list::{self, Filter},
    merge,
    seen::{Reading, Writing},
    services, severity,
    status::{self, StatusChange},
    store::{self, Declaration, Opened, Past},
    visibility::{self, Visibility},
};
use crate::{
    App,
    people::{
        Person,
        bearer::{Reader, Writer},
    },
    terms::{Severity, Status},
    timeline::{MAX_REASON, json::IdempotencyKey},
    web::{
        Failure, Problem,
        form::{self, Edit, Errors},
        items::Items,
        problem::{Json, Query},
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
    /// An exercise.
    pub drill: bool,
    /// Written down after the fact.
    pub retrospective: bool,
    /// Seen by its people and by admins alone.
    pub private: bool,
    /// The addresses of those who see a private one besides admins.
    pub people: Vec<String>,
    /// The incident together with which it is handled.
    pub merged_into: Option<i64>,
    /// The address of its room.
    pub url: String,
}

impl IncidentJson {
    /// Some incidents, in their order.
    async fn all(app: &App, incidents: Vec<Incident>) -> sqlx::Result<Vec<Self>> {
        let private: Vec<i64> = incidents.iter().filter(|it| it.private).map(|it| it.number).collect();
        let mut people = if private.is_empty() { vec![] } else { visibility::addresses(&app.db, &private).await? };
        let all = incidents.into_iter().map(|incident| {
            let named = people.extract_if(.., |(number, _)| *number == incident.number).map(|(_, email)| email);
            Self::of(app, named.collect(), incident)
        });
        Ok(all.collect())
    }

    /// One incident.
    pub async fn one(app: &App, incident: Incident) -> Result<Self, Problem> {
        Ok(Self::all(app, vec![incident]).await?.pop().ok_or(Failure::NotFound)?)
    }

    /// An incident as it stands now.
    async fn now(app: &App, number: i64) -> Result<Self, Problem> {
        Self::one(app, store::find(&app.db, number).await?.ok_or(Failure::NotFound)?).await
    }

    fn of(app: &App, people: Vec<String>, incident: Incident) -> Self {
        Self {
            drill: incident.drill,
            retrospective: incident.retrospective,
            private: incident.private,
            people,
            merged_into: incident.merged_into,
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
    /// `no` leaves drills out, `only` lists nothing else.
    drill: String,
    /// At most so many; 50 unless said, 200 at the most.
    limit: Option<usize>,
    /// What the page before gave as `next_cursor`.
    cursor: String,
}

/// Lists incidents, the newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Search), responses(
    (status = 200, body = Items<IncidentJson>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn index(
    State(app): State<App>,
    Reader(token): Reader,
    Query(search): Query<Search>,
) -> Result<axum::Json<Items<IncidentJson>>, Problem> {
    let limit = search.limit.unwrap_or(50).clamp(1, 200);
    let filter = search.filter()?;
    let mut found = list::find(&mut *app.db.acquire().await?, &filter, &token.person, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|last| last.incident.number.to_string());
    let items = IncidentJson::all(&app, found.into_iter().map(|listed| listed.incident).collect()).await?;
    Ok(Items::page(items, next_cursor))
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
        if !matches!(self.drill.as_str(), "" | "no" | "only") {
            errors.add("drill", "no or only.");
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
            drill: self.drill,
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
    /// An exercise.
    #[serde(default)]
    drill: bool,
    /// Seen by `people`, by the token's owner and by admins alone.
    #[serde(default)]
    private: bool,
    /// Addresses or handles; only for a private one.
    #[serde(default)]
    people: Vec<String>,
    /// When it began, for one that is written down after the fact.
    declared_at: Option<DateTime<Utc>>,
    /// When that one was resolved.
    resolved_at: Option<DateTime<Utc>>,
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
    let what = format!("{new:?}");
    let declaration = new.check(&app).await?;
    let key = key.of(&token.person, &["declare", &what]);
    let written = store::declare(&app.clone().by_program(), &token.person, declaration, key).await?;
    Ok((written.status(), axum::Json(IncidentJson::now(&app, written.answer).await?)).into_response())
}

impl NewIncident {
    async fn check(self, app: &App) -> Result<Declaration, Problem> {
        let mut errors = Errors::default();
        let title = errors.take("title", form::line(&self.title, MAX_TITLE));
        let summary = errors.take("summary", form::optional_text(&self.summary, MAX_SUMMARY));
        let severity = match self.severity.as_deref() {
            None => Some(Severity::default()),
            Some(word) => errors.take("severity", word.parse().map_err(|_| "sev1 to sev5.".to_owned())),
        };
        let services = errors.take("services", services::check(self.services.iter().map(String::as_str)));
        let private_to = named(app, (self.private, &self.people), &mut errors).await?;
        let past = match Past::check(self.declared_at, self.resolved_at, app.now().await?) {
            Ok(past) => past,
            Err((field, message)) => {
                errors.add(field, message);
                None
            }
        };
        match (title, summary, severity, services) {
            (Some(title), Some(summary), Some(severity), Some(services)) if errors.is_empty() => {
                let private_to = private_to.map(|people| people.into_iter().map(|it| it.id).collect());
                let drill = self.drill;
                Ok(Declaration { title, severity, summary, services, moments: vec![], drill, private_to, past })
            }
            _ => Err(errors.into()),
        }
    }
}

/// The people of an incident that is to be private; `None` for everybody.
async fn named(
    app: &App,
    (private, people): (bool, &[String]),
    errors: &mut Errors,
) -> sqlx::Result<Option<Vec<Person>>> {
    if !private {
        if !people.is_empty() {
            errors.add("people", "Only a private incident names people.");
        }
        return Ok(None);
    }
    let checked = visibility::check_people(&app.db, people.iter().map(String::as_str)).await?;
    Ok(errors.take("people", checked))
}

/// One incident.
#[utoipa::path(get, path = "/api/v1/incidents/{number}", tag = "incidents", params(("number" = i64, Path)),
    responses((status = 200, body = IncidentJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<IncidentJson>, Problem> {
    Ok(axum::Json(IncidentJson::one(&app, incident).await?))
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
    /// Whether it is an exercise.
    drill: Option<bool>,
    /// Whether its people and admins alone see it. The commander's or an admin's to change.
    private: Option<bool>,
    /// Those people, by address or handle, in place of those who are named. The commander's or an admin's to change.
    people: Option<Vec<String>>,
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
    let visible = patch.visibility(&app, &incident).await?;
    let wanted = patch.check()?;
    let both = (incident.number, incident.merged_into);
    let Opened::Fresh(mut log, now) = store::open_both(&app.clone().by_program(), &person, both, None).await? else {
        return Err(anyhow::anyhow!("a change without a key was made before").into());
    };
    let edit = |to: Option<String>| to.map(|to| Edit { to, was: None });
    let edits = Edits {
        title: edit(wanted.title),
        summary: edit(wanted.summary),
        services: wanted.services,
        drill: wanted.drill,
    };
    details::apply(&mut log, &now, &person, edits).await?;
    if let Some(to) = wanted.severity.filter(|to| *to != now.severity) {
        severity::apply(&mut log, &now, &person, (to, wanted.reason.clone())).await?;
    }
    if let Some(status) = wanted.status.filter(|to| *to != now.status) {
        let change = StatusChange { status, reason: wanted.reason, moments: vec![] };
        status::apply(&mut log, &now, &person, change).await?;
    }
    if let Some(to) = visible {
        visibility::apply(&mut log, &now, &person, to).await?;
    }
    log.commit(0).await?;
    Ok(axum::Json(IncidentJson::now(&app, incident.number).await?))
}

struct Wanted {
    title: Option<String>,
    summary: Option<String>,
    services: Option<Vec<String>>,
    severity: Option<Severity>,
    status: Option<Status>,
    drill: Option<bool>,
    reason: String,
}

impl IncidentPatch {
    /// Who is to see it from now on, if that is to change.
    async fn visibility(&self, app: &App, incident: &Incident) -> Result<Option<Visibility>, Problem> {
        if self.private.is_none() && self.people.is_none() {
            return Ok(None);
        }
        let private = self.private.unwrap_or(incident.private);
        let Some(people) = &self.people else {
            // Those who are named stay.
            return Ok(Some(if private {
                Visibility::People(visibility::people_of(&app.db, incident.number).await?)
            } else {
                Visibility::Everybody
            }));
        };
        let mut errors = Errors::default();
        match named(app, (private, people), &mut errors).await? {
            _ if !errors.is_empty() => Err(errors.into()),
            Some(people) => Ok(Some(Visibility::People(people))),
            None => Ok(Some(Visibility::Everybody)),
        }
    }

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
            Some(reason) if errors.is_empty() => {
                Ok(Wanted { title, summary, services, severity, status, drill: self.drill, reason })
            }
            _ => Err(errors),
        }
    }
}

/// Into which incident one is merged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The number of the one that goes on.
    into: i64,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Merges an incident into another: it ends as merged, and both keep their
/// timelines. The commander's or an admin's to do.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/merge", tag = "incidents", request_body = Target,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = IncidentJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn merge(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(Target { into, reason }): Json<Target>,
) -> Result<axum::Json<IncidentJson>, Problem> {
    let reason = form::optional_text(&reason, MAX_REASON).map_err(|why| Errors::one("reason", why))?;
    let key = key.of(&person, &[&incident.path(), "merge", &into.to_string(), &reason]);
    merge::set(&app.clone().by_program(), &person, (incident.number, into), reason, key).await?;
    Ok(axum::Json(IncidentJson::now(&app, incident.number).await?))
}
