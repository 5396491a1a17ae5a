//! The floor: what a bare program of axum, sqlx and askama takes for the same
//! work. No sessions, no permissions, no Markdown, no rules; nothing is kept
//! between requests.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template;
use axum::{
    Form, Router,
    body::Body,
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use sqlx::{
    FromRow, PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{net::TcpListener, sync::broadcast};

const CHANNEL: &str = "floor";

#[derive(Clone)]
struct Floor {
    db: PgPool,
    rooms: Arc<Mutex<HashMap<i64, Room>>>,
}

struct Room {
    last: i64,
    events: broadcast::Sender<Bytes>,
}

/// Serves until it is killed or interrupted.
#[expect(clippy::disallowed_methods, reason = "the floor has no guards and no list of routes")]
pub async fn serve(database: PgConnectOptions) -> anyhow::Result<()> {
    // As many connections as the product, and none tested before it is used.
    let pool = PgPoolOptions::new().max_connections(20).test_before_acquire(false);
    let floor = Floor { db: pool.connect_with(database).await?, rooms: Arc::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("Open http://{}", listener.local_addr()?);
    let router = Router::new()
        .route("/", get(|| async { Html("hello") }))
        .route("/incidents", get(list))
        .route("/incidents/{number}", get(room))
        .route("/s/{number}", get(shared))
        .route("/incidents/{number}/timeline", post(add))
        .route("/incidents/{number}/events", get(events))
        .with_state(floor.clone());
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        heard = hear(floor) => heard?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

type Answer<T> = Result<T, Failure>;

struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (axum::http::StatusCode::INTERNAL_SERVER_ERROR, format!("{:#}", self.0)).into_response()
    }
}

#[derive(FromRow)]
struct Incident {
    number: i64,
    title: String,
    severity: i16,
    status: String,
    declared_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<!doctype html><title>Incidents</title><ol>{% for it in incidents %}
<li><span>#{{ it.number }}</span> <a href=\"/incidents/{{ it.number }}\">{{ it.title }}</a> <b>SEV{{ it.severity }}</b> \
<i>{{ it.status }}</i> <time>{{ it.declared_at }}</time></li>{% endfor %}
</ol>"
)]
struct ListPage {
    incidents: Vec<Incident>,
}

async fn list(State(floor): State<Floor>) -> Answer<Html<String>> {
    let incidents = sqlx::query_as(
        "select number, title, severity, status::text, declared_at from incidents order by number desc limit 50",
    );
    let incidents = incidents.fetch_all(&floor.db).await?;
    Ok(Html(ListPage { incidents }.render()?))
}

#[derive(FromRow)]
struct Entry {
    seq: i64,
    kind: String,
    body: String,
    author: Option<String>,
    occurred_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<!doctype html><title>{{ incident.title }}</title>
<h1>#{{ incident.number }} {{ incident.title }}</h1><p>SEV{{ incident.severity }} {{ incident.status }} \
<time>{{ incident.declared_at }}</time></p><ol>{% for it in entries %}
<li id=\"e{{ it.seq }}\" class=\"entry\" data-kind=\"{{ it.kind }}\"><time>{{ it.occurred_at }}</time> \
<b>{{ it.author.as_deref().unwrap_or_default() }}</b> <i>{{ it.kind }}</i><div class=\"body\"><p>{{ it.body }}</p></div></li>{% endfor %}
</ol>"
)]
struct RoomPage {
    incident: Incident,
    entries: Vec<Entry>,
}

async fn room(State(floor): State<Floor>, Path(number): Path<i64>) -> Answer<Html<String>> {
    let mut db = floor.db.acquire().await?;
    let incident =
        sqlx::query_as("select number, title, severity, status::text, declared_at from incidents where number = $1");
    let incident = incident.bind(number).fetch_one(&mut *db).await?;
    let entries = sqlx::query_as(
        "select e.seq, e.kind::text, e.body, p.name as author, e.occurred_at
         from entries e left join people p on p.id = e.author
         where e.incident = $1 order by e.seq desc limit 200",
    );
    let mut entries: Vec<Entry> = entries.bind(number).fetch_all(&mut *db).await?;
    entries.reverse();
    Ok(Html(RoomPage { incident, entries }.render()?))
}

#[derive(FromRow)]
struct Update {
    situation: String,
    impact: String,
    doing: String,
    ruled_out: String,
    next_by: Option<DateTime<Utc>>,
    written_at: DateTime<Utc>,
    author: String,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<!doctype html><title>{{ incident.title }}</title>
<h1>#{{ incident.number }} {{ incident.title }}</h1><p>SEV{{ incident.severity }} {{ incident.status }} \
<time>{{ incident.declared_at }}</time></p><ol>{% for it in updates %}
<li><time>{{ it.written_at }}</time> {{ it.author }}<h3>Situation</h3><p>{{ it.situation }}</p><h3>Impact</h3><p>{{ it.impact }}</p>\
<h3>Doing</h3><p>{{ it.doing }}</p><h3>Ruled out</h3><p>{{ it.ruled_out }}</p>{% if let Some(at) = it.next_by %}<p>Next by {{ at }}</p>{% endif %}</li>{% endfor %}
</ol>"
)]
struct SharedPage {
    incident: Incident,
    updates: Vec<Update>,
}

async fn shared(State(floor): State<Floor>, Path(number): Path<i64>) -> Answer<Html<String>> {
    let mut db = floor.db.acquire().await?;
    let incident =
        sqlx::query_as("select number, title, severity, status::text, declared_at from incidents where number = $1");
    let incident = incident.bind(number).fetch_one(&mut *db).await?;
    let updates = sqlx::query_as(
        "select u.situation, u.impact, u.doing, u.ruled_out, u.next_by, u.written_at, p.name as author
         from updates u join people p on p.id = u.written_by where u.incident = $1 order by u.seq desc",
    );
    let updates = updates.bind(number).fetch_all(&mut *db).await?;
    let count = sqlx::query("update share_links set views = views + 1 where incident = $1");
    count.bind(number).execute(&mut *db).await?;
    Ok(Html(SharedPage { incident, updates }.render()?))
}

#[derive(Deserialize)]
struct New {
    kind: String,
    body: String,
}

async fn add(State(floor): State<Floor>, Path(number): Path<i64>, Form(new): Form<New>) -> Answer<Redirect> {
    let mut tx = floor.db.begin().await?;
    let insert = sqlx::query("insert into floor_entries (incident, kind, body) values ($1, $2, $3)");
    insert.bind(number).bind(new.kind).bind(new.body).execute(&mut *tx).await?;
    let notify = sqlx::query("select pg_notify($1, $2)");
    notify.bind(CHANNEL).bind(number.to_string()).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/incidents/{number}")))
}

async fn events(State(floor): State<Floor>, Path(number): Path<i64>) -> Answer<Response> {
    let last = sqlx::query_scalar("select coalesce(max(id), 0) from floor_entries where incident = $1");
    let last = last.bind(number).fetch_one(&floor.db).await?;
    let events = {
        let mut rooms = floor.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.entry(number).or_insert_with(|| Room { last, events: broadcast::channel(256).0 });
        room.events.subscribe()
    };
    let events = stream::unfold(events, async |mut events| Some((events.recv().await.ok()?, events)));
    let start = stream::once(async { Bytes::from_static(b": hello\n\n") });
    let body = Body::from_stream(start.chain(events).map(Ok::<_, Infallible>));
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], body).into_response())
}

async fn hear(floor: Floor) -> anyhow::Result<()> {
    let mut listener = PgListener::connect_with(&floor.db).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let number: i64 = listener.recv().await?.payload().parse()?;
        let last = floor.rooms.lock().unwrap_or_else(PoisonError::into_inner).get(&number).map(|room| room.last);
        let Some(last) = last else { continue };
        let new =
            sqlx::query_as("select id, kind, body from floor_entries where incident = $1 and id > $2 order by id");
        let new: Vec<(i64, String, String)> = new.bind(number).bind(last).fetch_all(&floor.db).await?;
        let mut rooms = floor.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(room) = rooms.get_mut(&number) else { continue };
        for (id, kind, body) in new {
            room.last = id;
            let event = format!("id: {id}\nevent: entry\ndata: <li data-kind=\"{kind}\"><p>{body}</p></li>\n\n");
            let _ = room.events.send(event.into());
        }
    }
}
