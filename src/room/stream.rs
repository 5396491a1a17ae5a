//! `GET /incidents/{number}/events`: the room, live.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Deserialize;

use crate::{
    App,
    incidents::Seen,
    people::{sessions::Session, streams::Shown},
    response::presence,
    timeline::viewer::{Format, Viewer},
    web::{Failure, Query, events},
};

/// Where the page stands.
#[derive(Deserialize)]
pub struct From {
    /// The `seq` that the page was rendered at.
    #[serde(default)]
    after: i64,
}

/// Sends the entries after `Last-Event-ID`, or else after the page's
/// `?after=`, and goes on live.
pub async fn events(
    State(app): State<App>,
    Seen { incident, .. }: Seen,
    session: Session,
    headers: HeaderMap,
    Query(page): Query<From>,
) -> Result<Response, Failure> {
    let after = last_event_id(&headers).unwrap_or(page.after);
    let events = watch(&app, &session, incident.number, after).await?;
    Ok(events::response(events.map(Ok::<_, Infallible>)))
}

/// A room's events after a `seq`, for somebody who may see it. They are here
/// for as long as the stream is open.
pub async fn watch(
    app: &App,
    session: &Session,
    incident: i64,
    after: i64,
) -> Result<impl Stream<Item = Bytes> + Send + use<>, Failure> {
    let held = app.streams.hold(Shown { session: session.id, incident: Some(incident) });
    let stay = presence::arrive(app, incident, session.person.id).await?;
    let viewer = Viewer::new(app.clone(), incident, (after.max(0), Format::Html), held).await?;
    Ok(viewer.stream().map(move |Ok(event)| {
        let _ = &stay;
        event
    }))
}

/// The `seq` after which a stream goes on, if the client says one. What is no
/// number of ours counts as one beyond the end, which is answered by a reset.
pub fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    let id = headers.get(HeaderName::from_static("last-event-id"))?;
    let known = id.to_str().ok().and_then(|id| id.parse().ok()).filter(|id| *id >= 0);
    Some(known.unwrap_or(i64::MAX))
}
