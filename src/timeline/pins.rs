//! Pins: entries that are kept in sight while the timeline goes on.

use sqlx::PgConnection;

use super::{Entry, Key, New, NotWritten, Opened, PINNED, Written, log, store};
use crate::{App, people::Person, terms::Kind, web::Failure};

/// Why an entry is not pinned, in words.
pub const NOTHING_OF_ITS_OWN: &str = "This entry says nothing of its own that could be kept in sight.";

/// Keeps an entry in sight, or no longer. What is so already writes nothing.
///
/// Errors: no such entry (404); one that is about another, or whose text was
/// taken out (422).
pub async fn pin(
    app: &App,
    by: &Person,
    (incident, seq): (i64, i64),
    pinned: bool,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let mut log = match log::open(app, incident, key).await? {
        Opened::Fresh(log) => log,
        Opened::Already(answer) => return Ok(answer),
    };
    let entry = store::one(log.tx(), incident, seq).await?.ok_or(Failure::NotFound)?;
    if pinned && !entry.may_be_pinned() {
        return Err(NotWritten::refused("pin", NOTHING_OF_ITS_OWN));
    }
    if entry.pinned == pinned {
        return Ok(log.commit(0).await?);
    }
    let body = if pinned { PINNED } else { "unpinned" };
    let pin = New { corrects: Some(seq), ..New::by(by, Kind::Pin, body) };
    let answer = log.append(pin).await?;
    Ok(log.commit(answer).await?)
}

impl Entry {
    /// Whether it says something of its own.
    pub fn may_be_pinned(&self) -> bool {
        self.corrects.is_none() && self.redaction.is_none()
    }
}

/// The entries that are kept in sight, in the order in which they were written.
pub async fn of(db: &mut PgConnection, incident: i64) -> sqlx::Result<Vec<Entry>> {
    let pinned = sqlx::query_scalar!(
        r#"select corrects as "seq!" from (
               select distinct on (corrects) corrects, body from entries
               where incident = $1 and corrects is not null and kind::text = 'pin'
               order by corrects, seq desc
           ) as last
           where body = $2"#,
        incident,
        PINNED
    );
    let pinned = pinned.fetch_all(&mut *db).await?;
    if pinned.is_empty() { Ok(vec![]) } else { store::some(db, incident, &pinned).await }
}
