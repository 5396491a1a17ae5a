//! One viewer's live stream of a room: replay first, then live, nothing lost
//! and nothing twice. A viewer holds no database connection while it waits.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    hub::{self, Event, Room},
    look::Finished,
    store,
};
use crate::{
    App,
    people::streams::Held,
    web::events::{PING, frame},
};

/// Who reads along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page: entries and panels as HTML.
    Html,
    /// A program: entries as JSON.
    Json,
}

/// A viewer of a room.
pub struct Viewer {
    app: App,
    room: Arc<Room>,
    events: broadcast::Receiver<Event>,
    held: Held,
    /// The `seq` of the last entry that was sent.
    last: i64,
    format: Format,
    ready: VecDeque<Bytes>,
}

impl Viewer {
    /// Begins to watch after a cursor. A cursor beyond the end of the timeline
    /// (a database that was restored, say) is answered by a `reset`.
    pub async fn new(app: App, incident: i64, (after, format): (i64, Format), held: Held) -> anyhow::Result<Self> {
        let room = app.hub.room(&app, incident).await?;
        let events = room.subscribe();
        let mut ready = VecDeque::from([Bytes::from_static(b"retry: 1000\n\n")]);
        let mut last = after;
        if after > room.head() {
            let end = store::head(&mut *app.db.acquire().await?, incident).await?.unwrap_or_default();
            if after > end {
                ready.push_back(frame("reset", None, "beyond the end"));
                last = end;
            }
        }
        let mut viewer = Self { app, room, events, held, last, format, ready };
        viewer.catch_up().await?;
        viewer.show_panels();
        Ok(viewer)
    }

    /// The stream's bytes, until the viewer leaves or loses access.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
        stream::unfold(self, async |mut viewer| viewer.next().await.map(|bytes| (Ok(bytes), viewer)))
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.held.ended.is_cancelled() {
                return None;
            }
            if let Some(bytes) = self.ready.pop_front() {
                return Some(bytes);
            }
            if self.last < self.room.head() {
                if let Err(error) = self.catch_up().await {
                    tracing::warn!(error = format!("{error:#}"), "a stream could not be caught up; it reconnects");
                    return None;
                }
                continue;
            }
            tokio::select! {
                () = self.held.ended.cancelled() => return None,
                event = self.events.recv() => match event {
                    Ok(Event::Entry(entry)) if entry.seq == self.last + 1 => self.show(entry),
                    // Sent already, or after a gap that the head now shows.
                    Ok(Event::Entry(_)) => {}
                    // Lagged: too slow for the channel. The entries are read again, the panels sent whole.
                    Ok(Event::Panels) | Err(RecvError::Lagged(_)) => self.show_panels(),
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(PING) => return Some(frame("ping", None, ".")),
            }
        }
    }

    /// Makes the next entries ready: what the room keeps, or a page of the table.
    async fn catch_up(&mut self) -> anyhow::Result<()> {
        let next = match self.room.kept(self.last) {
            Some(kept) => kept,
            None => hub::finished(&self.app, self.room.incident, self.last).await?,
        };
        for entry in next {
            self.show(entry);
        }
        Ok(())
    }

    fn show(&mut self, entry: Finished) {
        self.last = entry.seq;
        self.ready.push_back(if self.format == Format::Html { entry.html } else { entry.json });
    }

    fn show_panels(&mut self) {
        if self.format == Format::Html {
            self.ready.push_back(self.room.panels());
        }
    }
}
