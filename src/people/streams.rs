//! Open streams and the right to them. Access is asked once when a stream
//! opens; afterwards one sweep over all streams of this process, every few
//! seconds and whenever somebody's access changed, ends those that lost it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{sessions, tokens};

/// All open streams of this process, by what they show and to whom.
#[derive(Default)]
pub struct Streams {
    open: Mutex<HashMap<Shown, Open>>,
}

/// What a stream shows, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shown {
    /// The session, token or share link that reads.
    pub session: Uuid,
    /// The incident, if it is a room's stream.
    pub incident: Option<i64>,
}

struct Open {
    ended: CancellationToken,
    streams: usize,
}

/// Held while a stream is open.
pub struct Held {
    /// Cancelled when the access to what the stream shows is lost.
    pub ended: CancellationToken,
    shown: Shown,
    streams: Arc<Streams>,
}

impl Streams {
    /// Registers a stream.
    pub fn hold(self: &Arc<Self>, shown: Shown) -> Held {
        let mut open = self.lock();
        let entry = open.entry(shown).or_insert_with(|| Open { ended: CancellationToken::new(), streams: 0 });
        entry.streams += 1;
        Held { ended: entry.ended.clone(), shown, streams: self.clone() }
    }

    /// Ends the streams whose session is over, or whose incident its person may no longer see.
    pub async fn sweep(&self, db: &PgPool) -> sqlx::Result<()> {
        let open: Vec<Shown> = self.lock().keys().copied().collect();
        if open.is_empty() {
            return Ok(());
        }
        let sessions: Vec<Uuid> = open.iter().map(|shown| shown.session).collect();
        let mut alive: HashSet<Uuid> = sessions::alive(db, &sessions).await?.into_iter().collect();
        alive.extend(tokens::alive(db, &sessions).await?);
        alive.extend(links(db, &sessions).await?);
        let hidden = hidden(db, &open).await?;
        let mut held = self.lock();
        for shown in open.iter().filter(|shown| !alive.contains(&shown.session) || hidden.contains(shown)) {
            if let Some(over) = held.remove(shown) {
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

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Shown, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        // One that was ended is gone; another may have begun under its name.
        let Some(entry) = open.get_mut(&self.shown).filter(|_| !self.ended.is_cancelled()) else { return };
        entry.streams = entry.streams.saturating_sub(1);
        if entry.streams == 0 {
            open.remove(&self.shown);
        }
    }
}

/// Which of these share links still lead anywhere.
async fn links(db: &PgPool, links: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select l.id from share_links l
         where l.id = any($1) and l.revoked_at is null and share_link_ends(l) > clock_timestamp()",
        links
    )
    .fetch_all(db)
    .await
}

/// Which of these show an incident that is private, to somebody who may not see it.
async fn hidden(db: &PgPool, open: &[Shown]) -> sqlx::Result<HashSet<Shown>> {
    let rooms = open.iter().filter_map(|shown| shown.incident.map(|incident| (shown.session, incident)));
    let (sessions, incidents): (Vec<Uuid>, Vec<i64>) = rooms.unzip();
    if incidents.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = sqlx::query!(
        r#"select shown.session as "session!", shown.incident as "incident!"
           from unnest($1::uuid[], $2::bigint[]) as shown (session, incident)
           join incidents i on i.number = shown.incident and i.private
           left join sessions s on s.id = shown.session
           left join tokens t on t.id = shown.session
           where not coalesce(may_see_private(i.number, coalesce(s.person_id, t.person_id)), false)"#,
        &sessions,
        &incidents
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows.map(|row| Shown { session: row.session, incident: Some(row.incident) }).collect())
}
