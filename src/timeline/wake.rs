//! Waking whoever watches an incident: this process at once, the other
//! processes by a notification that carries only the incident's number. One
//! that is lost delays and never loses: watched rooms are swept as well.
//!
//! The notification is sent after the commit and not inside the transaction,
//! where it would hold one lock of the whole server over every commit.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

/// The channel of all rooms.
const CHANNEL: &str = "second_story_wake";
/// How long numbers are gathered before the other processes are told.
const GATHER: Duration = Duration::from_millis(10);

/// Who to wake, and how.
#[derive(Clone)]
pub struct Wake(Arc<Inner>);

struct Inner {
    server: Uuid,
    here: broadcast::Sender<i64>,
    elsewhere: Mutex<HashSet<i64>>,
    gathered: Notify,
}

impl Wake {
    /// For one process, known by `server`.
    pub fn new(server: Uuid) -> Self {
        let (here, _) = broadcast::channel(4096);
        Self(Arc::new(Inner { server, here, elsewhere: Mutex::default(), gathered: Notify::new() }))
    }

    /// Something changed in an incident and is committed.
    pub fn incident(&self, number: i64) {
        // Nobody listening here is fine.
        let _ = self.0.here.send(number);
        self.0.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        self.0.gathered.notify_one();
    }

    /// The numbers of incidents in which something changed, from here and elsewhere.
    pub fn numbers(&self) -> broadcast::Receiver<i64> {
        self.0.here.subscribe()
    }

    /// Tells the other processes, for as long as the server runs.
    pub async fn tell_others(self, db: PgPool) {
        loop {
            self.0.gathered.notified().await;
            tokio::time::sleep(GATHER).await;
            let numbers: Vec<i64> = self.0.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
            if let Err(error) = self.tell(&db, &numbers).await {
                tracing::warn!(%error, "other servers were not told; their sweep will find it");
            }
        }
    }

    /// Tells the other processes at once.
    pub async fn tell(&self, db: &PgPool, numbers: &[i64]) -> sqlx::Result<()> {
        let told = sqlx::query!(
            r#"select pg_notify($1, number || ' ' || $2) as "told: ()" from unnest($3::bigint[]) as number"#,
            CHANNEL,
            self.0.server.to_string(),
            numbers
        );
        told.fetch_all(db).await?;
        Ok(())
    }

    /// Hears the other processes, for as long as the server runs.
    pub async fn hear_others(self, db: PgPool) {
        loop {
            if let Err(error) = self.hear(&db).await {
                tracing::warn!(%error, "the listener lost its connection; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    async fn hear(&self, db: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let notification = listener.recv().await?;
            let Some((number, server)) = notification.payload().split_once(' ') else {
                continue;
            };
            if let Ok(number) = number.parse()
                && server != self.0.server.to_string()
            {
                let _ = self.0.here.send(number);
            }
        }
    }
}
