//! The one way to write. `open` takes the incident's lock and its counter;
//! then the permission and the rule are checked on what is now true; then the
//! state rows change; then the entries are appended; then it commits, and
//! whoever watches is woken. So `seq` has no holes and follows commit order.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};

use super::{Key, New, NotWritten, Written, attachments};
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
    /// Another incident whose timeline is locked along with it.
    also: Option<i64>,
    key: Option<Key>,
    /// What the key answers unless told otherwise.
    foreseen: Option<i64>,
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
    open_both(app, (incident, None), key).await
}

/// Locks an incident's timeline for one write, and that of another which the
/// write changes as well: always the lower number first, so that two such
/// writes never wait for each other.
///
/// Errors: no such incident (404); the key was used for another write (422).
pub async fn open_both(
    app: &App,
    (incident, also): (i64, Option<i64>),
    key: Option<Key>,
) -> Result<Opened, NotWritten> {
    let mut tx = app.db.begin().await?;
    // The key is claimed behind the lock, where it is known which entry is next:
    // most writes answer that.
    let heads = sqlx::query!(
        r#"with heads as (
               select incident, seq + 1 as next, greatest(coalesce($3, clock_timestamp()), last_recorded_at) as now
               from timeline_heads where incident in ($1, $2) order by incident for update
           ), claimed as (
               insert into client_keys (person_id, key, body_hash, answer)
               select $4, $5, $6, next from heads where incident = $1 and $5::uuid is not null
               on conflict do nothing returning key
           )
           select count(*) as "locked!", max(now) as now, exists (select from claimed) as "claimed!",
                  max(next) filter (where incident = $1) as next
           from heads"#,
        incident,
        also.unwrap_or(incident),
        app.at,
        key.as_ref().map(|key| key.person),
        key.as_ref().map(|key| key.id),
        key.as_ref().map(|key| key.hash.as_slice())
    );
    let heads = heads.fetch_one(&mut *tx).await?;
    let wanted = if also.is_some() { 2 } else { 1 };
    let now = heads.now.filter(|_| heads.locked == wanted).ok_or(Failure::NotFound)?;
    if let Some(key) = key.as_ref().filter(|_| !heads.claimed) {
        return Ok(Opened::Already(key.made(&mut tx).await?));
    }
    Ok(Opened::Fresh(Box::new(Log { tx, incident, also, key, foreseen: heads.next, app: app.clone(), now })))
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
    Ok(Log { tx, incident, also: None, key, foreseen: None, app: app.clone(), now })
}

impl Log {
    /// The transaction, for the state rows of the feature that writes.
    pub fn tx(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Appends an entry and returns its `seq`.
    pub async fn append(&mut self, new: New) -> sqlx::Result<i64> {
        self.append_to(self.incident, new).await
    }

    /// Appends an entry to the other timeline that is locked, if it is this
    /// incident's. Returns whether it was.
    pub async fn append_also(&mut self, incident: i64, new: New) -> sqlx::Result<bool> {
        if self.also != Some(incident) {
            return Ok(false);
        }
        self.append_to(incident, new).await?;
        Ok(true)
    }

    async fn append_to(&mut self, incident: i64, new: New) -> sqlx::Result<i64> {
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
            incident,
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
        attachments::add(&mut self.tx, incident, seq, &new.images).await?;
        Ok(seq)
    }

    /// Commits, remembers `answer` under the write's key, and wakes whoever
    /// watches.
    pub async fn commit(mut self, answer: i64) -> sqlx::Result<Written> {
        if let Some(key) = self.key.as_ref().filter(|_| self.foreseen != Some(answer)) {
            key.settle(&mut self.tx, answer).await?;
        }
        self.tx.commit().await?;
        for incident in [Some(self.incident), self.also].into_iter().flatten() {
            self.app.wake.incident(incident);
        }
        Ok(Written { answer, again: false })
    }
}
