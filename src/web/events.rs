//! Server-sent events: ready bytes, and the response that streams them.

use std::{convert::Infallible, fmt::Write as _, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::Stream;

/// Silence after which a stream says that it is alive, so that a browser (and
/// every proxy between) knows a dead line from a quiet one.
pub const PING: Duration = Duration::from_secs(15);

/// A server-sent event. Every line of the data gets a prefix of its own, so
/// that no text can end the event and begin another.
pub fn frame(event: &str, id: Option<i64>, data: &str) -> Bytes {
    let mut frame = String::with_capacity(data.len() + 64);
    if let Some(id) = id {
        let _ = writeln!(frame, "id: {id}");
    }
    let _ = writeln!(frame, "event: {event}");
    // A lone carriage return ends a line of an event stream, too.
    for line in data.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        frame.push_str("data: ");
        frame.push_str(line);
        frame.push('\n');
    }
    frame.push('\n');
    frame.into()
}

/// A response that streams ready-made events.
pub fn response(events: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers before they pass them on would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    (headers, Body::from_stream(events)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_an_event_and_begin_another() {
        let bytes = frame("entry", Some(7), "a\n\nevent: admin\rdata: x\n");
        assert_eq!(bytes, "id: 7\nevent: entry\ndata: a\ndata: event: admin\ndata: data: x\n\n");
    }
}
