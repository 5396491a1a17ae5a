//! Open streams and the right to them. Access is asked once when a stream
//! opens; afterwards one query for all streams of this process, every few
//! seconds and whenever somebody's access changed, ends those that lost it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{sessions, tokens};

/// All open streams of this process, by session or token.
#[derive(Default)]
pub struct Streams {
    open: Mutex<HashMap<Uuid, Open>>,
}

struct Open {
    ended: CancellationToken,
    streams: usize,
}

/// Held while a stream is open.
pub struct Held {
    /// Cancelled when the stream's session lost its access.
    pub ended: CancellationToken,
    session: Uuid,
    streams: Arc<Streams>,
}

impl Streams {
    /// Registers a stream of a session or a token.
    pub fn hold(self: &Arc<Self>, session: Uuid) -> Held {
        let mut open = self.lock();
        let entry = open.entry(session).or_insert_with(|| Open { ended: CancellationToken::new(), streams: 0 });
        entry.streams += 1;
        Held { ended: entry.ended.clone(), session, streams: self.clone() }
    }

    /// Ends the streams whose session is over.
    pub async fn sweep(&self, db: &PgPool) -> sqlx::Result<()> {
        let open: Vec<Uuid> = self.lock().keys().copied().collect();
        if open.is_empty() {
            return Ok(());
        }
        let mut alive: HashSet<Uuid> = sessions::alive(db, &open).await?.into_iter().collect();
        alive.extend(tokens::alive(db, &open).await?);
        let mut held = self.lock();
        for session in open.iter().filter(|session| !alive.contains(session)) {
            if let Some(over) = held.remove(session) {
                over.ended.cancel();
            }
        }
        Ok(())
    }

    /// Ends every stream: the server stops.
    pub fn end_all(&self) {
        for (_, open) in self.lock().drain() {
            open.ended.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(entry) = open.get_mut(&self.session) {
            entry.streams = entry.streams.saturating_sub(1);
            if entry.streams == 0 {
                open.remove(&self.session);
            }
        }
    }
}
