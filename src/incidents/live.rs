//! `/incidents/events`: lists of incidents, live. A row is rendered once when
//! its incident changed, for all lists that are open in this process.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use axum::{extract::State, response::Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use super::list;
use crate::{
    App,
    people::sessions::Session,
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
    rows: broadcast::Sender<Bytes>,
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
                Err(RecvError::Lagged(_)) => _ = self.rows.send(frame("reset", None, "too many changes")),
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
            let _ = self.rows.send(frame("incident", None, &list::row(&listed)?));
        }
        Ok(())
    }
}

/// `GET /incidents/events`
pub async fn events(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    Ok(events::response(changes(&app, &session).map(Ok::<_, Infallible>)))
}

/// The rows that change from now on, until the session ends.
pub fn changes(app: &App, session: &Session) -> impl Stream<Item = Bytes> + Send + use<> {
    let held = app.streams.hold(session.id);
    let rows = app.lists.rows.subscribe();
    let changes = stream::unfold((rows, held), async |(mut rows, held)| {
        let bytes = tokio::select! {
            () = held.ended.cancelled() => return None,
            row = rows.recv() => match row {
                Ok(bytes) => bytes,
                Err(RecvError::Lagged(_)) => frame("reset", None, "too many changes"),
                Err(RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(events::PING) => frame("ping", None, "."),
        };
        Some((bytes, (rows, held)))
    });
    // Something at once, so that the browser knows that the line is there.
    stream::once(async { frame("ping", None, ".") }).chain(changes)
}
