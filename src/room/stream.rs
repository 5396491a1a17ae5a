//! `GET /incidents/{number}/events`: the room, live.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::Response,
};
use futures_util::StreamExt;
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
    Seen { incident, person }: Seen,
    session: Session,
    headers: HeaderMap,
    Query(page): Query<From>,
) -> Result<Response, Failure> {
    let after = last_event_id(&headers).unwrap_or(page.after.max(0));
    let held = app.streams.hold(Shown { session: session.id, incident: Some(incident.number) });
    let stay = presence::arrive(&app, incident.number, person.id).await?;
    let viewer = Viewer::new(app, incident.number, (after, Format::Html), held).await?;
    let stream = viewer.stream().map(move |event| {
        // Here for as long as the stream is open.
        let _ = &stay;
        event
    });
    Ok(events::response(stream))
}

/// The `seq` after which a stream goes on, if the client says one. What is no
/// number of ours counts as one beyond the end, which is answered by a reset.
pub fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    let id = headers.get(HeaderName::from_static("last-event-id"))?;
    let known = id.to_str().ok().and_then(|id| id.parse().ok()).filter(|id| *id >= 0);
    Some(known.unwrap_or(i64::MAX))
}
