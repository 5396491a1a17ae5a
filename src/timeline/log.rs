//! The one way to write. `open` takes the incident's lock and its counter;
//! then the permission and the rule are checked on what is now true; then the
//! state rows change; then the entries are appended; then it commits, and
//! whoever watches is woken. So `seq` has no holes and follows commit order.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use super::{Key, New, NotWritten, Written, attachments, key};
use crate::{
    App,
    terms::{Kind, Source},
    web::Failure,
};

/// An incident's timeline, locked for writing. Dropped without
/// [`commit`](Self::commit), nothing was written.
pub struct Log {
    tx: Transaction<'static, Postgres>,
    incident: i64,
    key: Option<Key>,
    app: App,
    /// The time when the lock was taken.
    pub now: DateTime<Utc>,
}

/// What opening a timeline for a write finds.
pub enum Opened {
    /// It is locked, and the write is to be made.
    Fresh(Box<Log>),
    /// This very write was made before.
    Already(Written),
}

/// Locks an incident's timeline for one write.
///
/// Errors: no such incident (404); the key was used for another write (422).
pub async fn open(app: &App, incident: i64, key: Option<Key>) -> Result<Opened, NotWritten> {
    let mut tx = app.db.begin().await?;
    let head = sqlx::query!(
        r#"select greatest(coalesce($2, clock_timestamp()), last_recorded_at) as "now!"
           from timeline_heads where incident = $1 for update"#,
        incident,
        app.at
    );
    let head = head.fetch_optional(&mut *tx).await?.ok_or(Failure::NotFound)?;
    if let Some(written) = key::made_before(&mut tx, key.as_ref()).await? {
        return Ok(Opened::Already(written));
    }
    Ok(Opened::Fresh(Box::new(Log { tx, incident, key, app: app.clone(), now: head.now })))
}

/// Creates the timeline of an incident that this transaction has just made,
/// and locks it.
pub async fn create(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    incident: i64,
    key: Option<Key>,
) -> Result<Log, NotWritten> {
    let head = sqlx::query!(
        r#"insert into timeline_heads (incident) values ($1) returning coalesce($2, clock_timestamp()) as "now!""#,
        incident,
        app.at
    );
    let now = head.fetch_one(&mut *tx).await?.now;
    Ok(Log { tx, incident, key, app: app.clone(), now })
}

impl Log {
    /// The transaction, for the state rows of the feature that writes.
    pub fn tx(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Appends an entry and returns its `seq`.
    pub async fn append(&mut self, new: New) -> sqlx::Result<i64> {
        let source = if new.source == Source::Person { self.app.source } else { new.source };
        let row = sqlx::query!(
            r#"with head as (
                   update timeline_heads
                   set seq = seq + 1, last_recorded_at = greatest(coalesce($10, clock_timestamp()), last_recorded_at)
                   where incident = $1
                   returning seq, last_recorded_at
               )
               insert into entries (incident, seq, kind, body, occurred_at, recorded_at, author, source,
                                    corrects, strikes, reason)
               select $1, seq, $2, $3, coalesce($4, last_recorded_at), last_recorded_at, $5, $6, $7, $8, $9
               from head
               returning seq"#,
            self.incident,
            new.kind as Kind,
            new.body,
            new.occurred_at,
            new.author,
            source as Source,
            new.corrects,
            new.strikes,
            new.reason,
            self.app.at
        );
        let seq = row.fetch_one(&mut *self.tx).await?.seq;
        attachments::add(&mut self.tx, self.incident, seq, &new.images).await?;
        Ok(seq)
    }

    /// Commits, remembers `answer` under the write's key, and wakes whoever
    /// watches.
    pub async fn commit(mut self, answer: i64) -> sqlx::Result<Written> {
        if let Some(key) = &self.key {
            key.settle(&mut self.tx, answer).await?;
        }
        self.tx.commit().await?;
        self.app.wake.incident(self.incident);
        Ok(Written { answer, again: false })
    }
}
