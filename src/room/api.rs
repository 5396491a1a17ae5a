//! A room as programs read and write it: its timeline, corrections, and the
//! live stream.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{composer, stream};
use crate::{
    App,
    incidents::seen::{Reading, Writing},
    people::bearer::Reader,
    terms::Kind,
    timeline::{
        MAX_BODY, MAX_REASON, New,
        corrections::{self, Change},
        json::{EntryJson, IdempotencyKey},
        store::{self, Filter},
        viewer::{Format, Viewer},
    },
    web::{
        Failure, Problem, events,
        form::{self, Edit, Errors},
        problem::{Json, Path, Query},
        time,
    },
};

/// A page of a timeline, in the order in which it was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    items: Vec<EntryJson>,
    /// The `after` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// Which part of the timeline.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Part {
    /// Only entries after this `seq`.
    after: i64,
    /// The same, as the page before gave it.
    cursor: String,
    /// Only entries of this kind; may be repeated.
    kind: Vec<String>,
    /// At most so many; 200 unless said, 1000 at the most.
    limit: Option<i64>,
}

/// The timeline of an incident.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/timeline", tag = "timeline",
    params(("number" = i64, Path), Part),
    responses((status = 200, body = Timeline), (status = 401, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)))]
pub async fn timeline(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
    Query(part): Query<Part>,
) -> Result<axum::Json<Timeline>, Problem> {
    let mut errors = Errors::default();
    let kinds: Vec<Kind> = part
        .kind
        .iter()
        .filter_map(|word| errors.take("kind", word.parse().map_err(|_| "No such kind of entry.".to_owned())))
        .collect();
    let after = match part.cursor.as_str() {
        "" => Some(part.after),
        cursor => errors.take("cursor", cursor.parse().map_err(|_| "Not a cursor of this list.".to_owned())),
    };
    let (Some(after), true) = (after, errors.is_empty()) else {
        return Err(errors.into());
    };
    let limit = part.limit.unwrap_or(200).clamp(1, 1000);
    let filter = Filter { kinds, ..Filter::default() };
    let mut db = app.db.acquire().await?;
    let mut entries = store::after(&mut db, incident.number, (after, &filter), limit + 1).await?;
    let more = entries.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        entries.pop();
    }
    let next_cursor = entries.last().filter(|_| more).map(|last| last.seq.to_string());
    Ok(axum::Json(Timeline { items: entries.iter().map(EntryJson::from).collect(), next_cursor }))
}

/// An entry to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// note, action, effect, expectation, assumption, theory or decision.
    #[schema(example = "action")]
    kind: String,
    /// The text, in Markdown: 1 to 20000 characters.
    body: String,
    /// When it happened; now unless said.
    occurred_at: Option<DateTime<Utc>>,
}

/// Writes an entry.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/timeline", tag = "timeline", request_body = NewEntry,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = EntryJson), (status = 200, body = EntryJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn add(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewEntry>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let kind = new.kind.parse().ok().filter(|kind: &Kind| kind.is_typed());
    let kind = errors.take("kind", kind.ok_or_else(|| "One of the kinds that are typed.".to_owned()));
    let body = errors.take("body", form::text(&new.body, MAX_BODY));
    let occurred_at = errors.take("occurred_at", happened(&app, new.occurred_at).await?);
    let (Some(kind), Some(body), Some(occurred_at)) = (kind, body, occurred_at) else {
        return Err(errors.into());
    };
    let at = occurred_at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let key = key.of(&person, &[&incident.path(), "timeline", kind.word(), &body, &at]);
    let entry = New { occurred_at, ..New::by(&person, kind, body) };
    let written = composer::append(&app.clone().by_program(), incident.number, entry, key).await?;
    let status = if written.again { StatusCode::OK } else { StatusCode::CREATED };
    answer(&app, (incident.number, written.answer), status).await
}

async fn answer(app: &App, (incident, seq): (i64, i64), status: StatusCode) -> Result<Response, Problem> {
    let mut db = app.db.acquire().await?;
    let entry = store::one(&mut db, incident, seq).await?.ok_or(Failure::NotFound)?;
    Ok((status, axum::Json(EntryJson::from(&entry))).into_response())
}

/// When an entry happened, unless that is plainly an error.
async fn happened(app: &App, at: Option<DateTime<Utc>>) -> Result<Result<Option<DateTime<Utc>>, String>, Failure> {
    let now = app.now().await?;
    Ok(at.map(|at| time::in_range(at, now)).transpose())
}

/// What is to stand instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// The new text; the one that stands unless said.
    body: Option<String>,
    /// When it happened; as it stands unless said.
    occurred_at: Option<DateTime<Utc>>,
    /// Strikes the entry out. Needs a reason.
    #[serde(default)]
    strike: bool,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Where a correction goes.
#[derive(Deserialize)]
pub struct Target {
    seq: i64,
}

/// Corrects an entry or strikes it out, and answers what stands now.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/timeline/{seq}/corrections", tag = "timeline",
    request_body = NewCorrection, params(("number" = i64, Path), ("seq" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = EntryJson), (status = 200, body = EntryJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn correct(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Path(Target { seq }): Path<Target>,
    key: IdempotencyKey,
    Json(new): Json<NewCorrection>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let body = new.body.as_ref();
    let body = body.and_then(|body| errors.take("body", form::text(body, MAX_BODY)));
    let reason = errors.take("reason", form::optional_text(&new.reason, MAX_REASON));
    let occurred_at = errors.take("occurred_at", happened(&app, new.occurred_at).await?);
    let (Some(reason), Some(occurred_at), true) = (reason, occurred_at, errors.is_empty()) else {
        return Err(errors.into());
    };
    let what = format!("{:?} {:?} {}", new.body, new.occurred_at, new.strike);
    let key = key.of(&person, &[&incident.path(), "correct", &seq.to_string(), &what, &reason]);
    let change = Change { body: body.map(|to| Edit { to, was: None }), occurred_at, strike: new.strike, reason };
    let written = corrections::correct(&app.clone().by_program(), &person, (incident.number, seq), change, key).await?;
    let status = if written.again { StatusCode::OK } else { StatusCode::CREATED };
    answer(&app, (incident.number, seq), status).await
}

/// The timeline, live: server-sent events with the entry as JSON in `data` and
/// its `seq` as `id`. `Last-Event-ID: 0` replays everything; without it the
/// stream starts now.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/events", tag = "timeline",
    params(("number" = i64, Path), ("Last-Event-ID" = Option<i64>, Header, description = "Where to go on")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = Problem),
    (status = 404, body = Problem)))]
pub async fn live(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
    Reader(token): Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match stream::last_event_id(&headers) {
        Some(after) => after,
        None => store::head(&mut *app.db.acquire().await?, incident.number).await?.unwrap_or_default(),
    };
    let held = app.streams.hold(token.id);
    let viewer = Viewer::new(app, incident.number, (after, Format::Json), held).await?;
    Ok(events::response(viewer.stream()))
}
