//! A room as programs read and write it: its timeline, corrections, and the
//! live stream.

pub mod brief;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    attachment::{self, Which},
    import_form::MOST,
    stream,
};
use crate::{
    App,
    incidents::{
        entries,
        seen::{Reading, Writing},
    },
    people::{Person, bearer::Reader, streams::Shown},
    terms::{Kind, Source},
    timeline::{
        MAX_BODY, MAX_REASON, New,
        corrections::{self, Change},
        image::Image,
        json::{EntryJson, IdempotencyKey},
        pins,
        store::{self, Filter},
        viewer::{Format, Viewer},
    },
    web::{
        Failure, Problem, events,
        form::{self, Edit, Errors, Name},
        items::Items,
        problem::{Json, Path, Query},
        time,
    },
};

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
    responses((status = 200, body = Items<EntryJson>), (status = 401, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)))]
pub async fn timeline(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
    Query(part): Query<Part>,
) -> Result<axum::Json<Items<EntryJson>>, Problem> {
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
    Ok(Items::page(&entries, next_cursor))
}

/// An entry to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// note, action, effect, expectation, assumption, theory or decision.
    #[schema(example = "action")]
    kind: String,
    /// The text, in Markdown: 1 to 20000 characters; with an image it may be empty.
    #[serde(default)]
    body: String,
    /// When it happened; now unless said.
    occurred_at: Option<DateTime<Utc>>,
    /// Up to 4 images.
    #[serde(default)]
    images: Vec<NewImage>,
}

/// An image to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImage {
    /// A PNG, JPEG, GIF or WebP of up to 5 MB, in base64.
    data: String,
    /// What it shows, in words.
    #[serde(default)]
    alt: String,
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
    let Some(entry) = new.check(&person, app.now().await?, Name::from, &mut errors) else {
        return Err(errors.into());
    };
    let mut what = vec![incident.path(), "timeline".into()];
    what.extend(new.said());
    let key = key.of(&person, &what.iter().map(String::as_str).collect::<Vec<_>>());
    let written = entries::append(&app.clone().by_program(), &person, incident.number, entry, key).await?;
    answer(&app, (incident.number, written.answer), written.status()).await
}

/// Entries to write at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// 1 to 500 of them, in their order.
    entries: Vec<NewEntry>,
}

/// The entries that were written.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    items: Vec<EntryJson>,
}

/// Writes many entries, all or none: what was noted elsewhere.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/timeline/import", tag = "timeline", request_body = Import,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = Imported), (status = 200, body = Imported, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn import(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<Import>,
) -> Result<Response, Problem> {
    if !(1..=MOST).contains(&new.entries.len()) {
        return Err(Errors::one("entries", format!("1 to {MOST} entries.")).into());
    }
    let now = app.now().await?;
    let mut errors = Errors::default();
    let mut entries = Vec::with_capacity(new.entries.len());
    let mut what = vec![incident.path(), "import".into()];
    for (index, entry) in new.entries.iter().enumerate() {
        let named = |field| format!("entries[{index}].{field}").into();
        what.extend(entry.said());
        let entry = entry.check(&person, now, named, &mut errors);
        entries.extend(entry.map(|entry| New { source: Source::Import, ..entry }));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let key = key.of(&person, &what.iter().map(String::as_str).collect::<Vec<_>>());
    let written = entries::append_all(&app.clone().by_program(), &person, incident.number, entries, key).await?;
    let mut db = app.db.acquire().await?;
    let count = i64::try_from(new.entries.len()).unwrap_or(i64::MAX);
    let items = store::since(&mut db, incident.number, written.answer - 1, count).await?;
    let items = items.iter().map(EntryJson::from).collect();
    Ok((written.status(), axum::Json(Imported { items })).into_response())
}

impl NewEntry {
    /// The entry, if it can be taken; else messages beside its fields, by the
    /// names they have in the call.
    fn check(
        &self,
        by: &Person,
        now: DateTime<Utc>,
        named: impl Fn(&'static str) -> Name,
        errors: &mut Errors,
    ) -> Option<New> {
        let kind = self.kind.parse().ok().filter(|kind: &Kind| kind.is_typed());
        let kind = errors.take(named("kind"), kind.ok_or_else(|| "One of the kinds that are typed.".to_owned()));
        let check = if self.images.is_empty() { form::text } else { form::optional_text };
        let body = errors.take(named("body"), check(&self.body, MAX_BODY));
        let images = errors.take(named("images"), self.images());
        let occurred_at = errors.take(named("occurred_at"), time::happened(self.occurred_at, now))?;
        Some(New { occurred_at, images: images?, ..New::by(by, kind?, body?) })
    }

    fn images(&self) -> Result<Vec<Image>, String> {
        let data = self.images.iter().map(|image| BASE64.decode(image.data.as_bytes()).map(Bytes::from));
        let data: Vec<Bytes> = data.collect::<Result<_, _>>().map_err(|_| "`data` is not base64.".to_owned())?;
        let alts: Vec<String> = self.images.iter().map(|image| image.alt.clone()).collect();
        Image::all(&data, &alts)
    }

    /// What a key stands for.
    fn said(&self) -> Vec<String> {
        let at = self.occurred_at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let images = self.images.iter().flat_map(|image| [image.data.clone(), image.alt.clone()]);
        [self.kind.clone(), self.body.clone(), at].into_iter().chain(images).collect()
    }
}

async fn answer(app: &App, (incident, seq): (i64, i64), status: StatusCode) -> Result<Response, Problem> {
    let mut db = app.db.acquire().await?;
    let entry = store::one(&mut db, incident, seq).await?.ok_or(Failure::NotFound)?;
    Ok((status, axum::Json(EntryJson::from(&entry))).into_response())
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
    let occurred_at = errors.take("occurred_at", time::happened(new.occurred_at, app.now().await?));
    let (Some(reason), Some(occurred_at), true) = (reason, occurred_at, errors.is_empty()) else {
        return Err(errors.into());
    };
    let what = format!("{:?} {:?} {}", new.body, new.occurred_at, new.strike);
    let key = key.of(&person, &[&incident.path(), "correct", &seq.to_string(), &what, &reason]);
    let change = Change { body: body.map(|to| Edit { to, was: None }), occurred_at, strike: new.strike, reason };
    let written = corrections::correct(&app.clone().by_program(), &person, (incident.number, seq), change, key).await?;
    answer(&app, (incident.number, seq), written.status()).await
}

/// Keeps an entry in sight, and answers it. One that is pinned stays so.
#[utoipa::path(put, path = "/api/v1/incidents/{number}/timeline/{seq}/pin", tag = "timeline",
    params(("number" = i64, Path), ("seq" = i64, Path)),
    responses((status = 200, body = EntryJson), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn pin(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Path(Target { seq }): Path<Target>,
) -> Result<Response, Problem> {
    pins::pin(&app.clone().by_program(), &person, (incident.number, seq), true, None).await?;
    answer(&app, (incident.number, seq), StatusCode::OK).await
}

/// No longer keeps an entry in sight, and answers it.
#[utoipa::path(delete, path = "/api/v1/incidents/{number}/timeline/{seq}/pin", tag = "timeline",
    params(("number" = i64, Path), ("seq" = i64, Path)),
    responses((status = 200, body = EntryJson), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn unpin(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    Path(Target { seq }): Path<Target>,
) -> Result<Response, Problem> {
    pins::pin(&app.clone().by_program(), &person, (incident.number, seq), false, None).await?;
    answer(&app, (incident.number, seq), StatusCode::OK).await
}

/// The bytes of an image.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/attachments/{id}", tag = "timeline",
    params(("number" = i64, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = 401, body = Problem),
    (status = 404, body = Problem)))]
pub async fn attachment(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
    Path(Which { id }): Path<Which>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(attachment::answer(&app, incident.number, id, &headers).await?)
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
    let held = app.streams.hold(Shown { session: token.id, incident: Some(incident.number) });
    let viewer = Viewer::new(app, incident.number, (after, Format::Json), held).await?;
    Ok(events::response(viewer.stream()))
}
