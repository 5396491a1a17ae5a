//! `GET /events`: whatever the tabs of one browser show, over one connection.
//! Browsers allow six to a host, and every room and every list needs one.

use std::{convert::Infallible, fmt, future};

use axum::{extract::State, response::Response};
use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use uuid::Uuid;

use super::stream::watch;
use crate::{
    App,
    incidents::{live, store},
    people::sessions::Session,
    web::{
        Failure, Query,
        events::{self, frame},
    },
};

/// How many rooms one stream carries.
const ROOMS: usize = 32;
const TOO_MANY: &str = "One stream carries 32 rooms at most. Ask for the others with another one.";

/// What the tabs show.
#[derive(Deserialize)]
pub struct Tabs {
    /// Whose pages they are: somebody else may have signed in since.
    person: Option<Uuid>,
    /// The rooms; may be repeated.
    #[serde(default)]
    room: Vec<From>,
    /// Said at all: there is a list as well.
    #[serde(default)]
    list: Vec<String>,
}

/// A room, and the `seq` up to which its tabs show everything: `7:123`.
#[derive(Deserialize, Clone, Copy)]
#[serde(try_from = "String")]
struct From {
    number: i64,
    after: i64,
}

impl TryFrom<String> for From {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read =
            |(number, after): (&str, &str)| Some(Self { number: number.parse().ok()?, after: after.parse().ok()? });
        text.split_once(':').and_then(read).ok_or("not a room and a seq")
    }
}

/// What an event belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Room(i64),
    List,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(number) => number.fmt(f),
            Self::List => f.write_str("list"),
        }
    }
}

/// The events of one topic. `None` is its end: whoever reads is to connect again.
type Events = BoxStream<'static, (Topic, Option<Bytes>)>;

/// Sends what the rooms' own streams and the list's would send. Before each
/// change from one to another stands an event `from`, with a room's number or
/// `list`. A room that is not this person's to see is told `gone`.
pub async fn events(State(app): State<App>, session: Session, Query(tabs): Query<Tabs>) -> Result<Response, Failure> {
    if tabs.person.is_some_and(|person| person != session.person.id) {
        return Err(Failure::SignInFirst { next: "/".into() });
    }
    if tabs.room.len() > ROOMS {
        return Err(Failure::BadRequest(TOO_MANY));
    }
    let mut all = Vec::new();
    for from in tabs.room {
        all.push(room(&app, &session, from).await?);
    }
    if !tabs.list.is_empty() {
        all.push(going_on(Topic::List, live::changes(&app, &session)));
    }
    Ok(events::response(together(all).map(Ok::<_, Infallible>)))
}

async fn room(app: &App, session: &Session, From { number, after }: From) -> Result<Events, Failure> {
    let topic = Topic::Room(number);
    // The same check as of the room's page: see `incidents::Seen`.
    if store::seen_by(&app.db, number, session.person.id).await?.is_none() {
        return Ok(stream::iter([(topic, Some(frame("gone", None, ".")))]).boxed());
    }
    Ok(going_on(topic, watch(app, session, number, after).await?))
}

fn going_on(topic: Topic, events: impl Stream<Item = Bytes> + Send + 'static) -> Events {
    let end = stream::iter([None]);
    events.map(Some).chain(end).map(move |event| (topic, event)).boxed()
}

/// All of them as they come, until the first one ends.
fn together(all: Vec<Events>) -> impl Stream<Item = Bytes> {
    let mut told = None;
    let events = stream::select_all(all).take_while(|(_, event)| future::ready(event.is_some()));
    events.flat_map(move |(topic, event)| {
        let from = (told.replace(topic) != Some(topic)).then(|| frame("from", None, &topic.to_string()));
        stream::iter(from.into_iter().chain(event))
    })
}
