//! `/incidents/events`: lists of incidents, live. A row is rendered once when
//! its incident changed, for all lists that are open in this process.

use std::{
    collections::{BTreeSet, HashSet},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};

use axum::{extract::State, response::Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use super::{list, visibility};
use crate::{
    App,
    people::{
        sessions::Session,
        streams::{Held, Shown},
    },
    web::{
        Failure,
        events::{self, frame},
    },
};

/// How long changes are gathered: a room in full swing changes many times a
/// second, and lists need not.
const GATHER: Duration = Duration::from_millis(250);

/// The lists that are open in this process.
pub struct Lists {
    rows: broadcast::Sender<Row>,
}

/// A row that changed, or the request to read the list again.
#[derive(Clone)]
struct Row {
    bytes: Bytes,
    /// Who may see it; `None` is everybody.
    only: Option<Arc<HashSet<Uuid>>>,
}

impl Row {
    /// Too much has changed for single rows.
    fn reset() -> Self {
        Self { bytes: frame("reset", None, "too many changes"), only: None }
    }

    fn is_for(&self, person: Uuid) -> bool {
        self.only.as_ref().is_none_or(|people| people.contains(&person))
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self { rows: broadcast::channel(256).0 }
    }
}

impl Lists {
    /// Sends the rows that change, for as long as the server runs. Nobody
    /// looking, nothing is read.
    pub async fn run(&self, app: &App) {
        let mut numbers = app.wake.numbers();
        loop {
            let mut changed = BTreeSet::new();
            match numbers.recv().await {
                Ok(number) => _ = changed.insert(number),
                // More at once than the channel holds: nobody knows which.
                Err(RecvError::Lagged(_)) => _ = self.rows.send(Row::reset()),
                Err(RecvError::Closed) => return,
            }
            tokio::time::sleep(GATHER).await;
            while let Ok(number) = numbers.try_recv() {
                changed.insert(number);
            }
            if self.rows.receiver_count() > 0
                && let Err(error) = self.publish(app, changed.into_iter().collect()).await
            {
                tracing::warn!(error = format!("{error:#}"), "lists were not told of a change");
            }
        }
    }

    async fn publish(&self, app: &App, numbers: Vec<i64>) -> anyhow::Result<()> {
        for listed in list::some(&app.db, &numbers).await? {
            let only = if listed.incident.private {
                Some(Arc::new(visibility::audience(&app.db, listed.incident.number).await?))
            } else {
                None
            };
            let bytes = frame("incident", None, &list::row(&listed)?);
            let _ = self.rows.send(Row { bytes, only });
        }
        Ok(())
    }
}

/// Somebody who looks at a list.
struct Watcher {
    rows: broadcast::Receiver<Row>,
    held: Held,
    person: Uuid,
}

impl Watcher {
    /// The next event for this person; `None` when their session is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let row = tokio::select! {
                () = self.held.ended.cancelled() => return None,
                row = self.rows.recv() => match row {
                    Ok(row) => row,
                    Err(RecvError::Lagged(_)) => Row::reset(),
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(events::PING) => return Some(frame("ping", None, ".")),
            };
            if row.is_for(self.person) {
                return Some(row.bytes);
            }
        }
    }
}

/// `GET /incidents/events`
pub async fn events(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    Ok(events::response(changes(&app, &session).map(Ok::<_, Infallible>)))
}

/// The rows that change from now on, until the session ends.
pub fn changes(app: &App, session: &Session) -> impl Stream<Item = Bytes> + Send + use<> {
    let held = app.streams.hold(Shown { session: session.id, incident: None });
    let watcher = Watcher { rows: app.lists.rows.subscribe(), held, person: session.person.id };
    let changes = stream::unfold(watcher, async |mut watcher| Some((watcher.next().await?, watcher)));
    // Something at once, so that the browser knows that the line is there.
    stream::once(async { frame("ping", None, ".") }).chain(changes)
}
