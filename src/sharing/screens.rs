//! Views behind links, shared: links that show the same share one rendering,
//! kept until something happens, and sent to every open screen when it does. A
//! screen holds no database connection. What it gets is a snapshot and not a
//! timeline: whoever is slow misses only what is no longer so.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError, Weak},
    time,
};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use lru::LruCache;
use sqlx::PgPool;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::timeout,
};

use super::view::{self, Look, Shown};
use crate::{
    App,
    postgres::batch::Batch,
    timeline::hub::{Event, Room},
    web::{Failure, events::frame},
};

/// How many renderings a process keeps: those that were asked for last.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// How long one stands, if nothing happens: it says how long ago things were.
const STANDS: i64 = 20;
/// How often is looked whether the words have changed that all incidents share.
const NOW_AND_THEN: time::Duration = time::Duration::from_secs(2);

/// A rendering, and what it was made of.
pub struct Rendered {
    /// What is shown.
    pub shown: Shown,
    /// The same, as an event.
    pub event: Bytes,
    pulse: Pulse,
}

/// What of an incident is asked at every request: whether anything happened.
#[derive(Debug, Clone, Copy)]
struct Pulse {
    /// The `seq` of its last entry.
    head: i64,
    /// The version of names, severities and roles.
    words: i64,
    /// How often readers said that they ask the same.
    votes: i64,
    now: DateTime<Utc>,
}

impl Pulse {
    /// Whether nothing happened from this one to another.
    const fn knows(&self, other: &Self) -> bool {
        self.head >= other.head && self.words >= other.words && self.votes >= other.votes
    }

    /// Whether what was made of it may still be shown at another.
    fn covers(&self, other: &Self) -> bool {
        self.knows(other) && other.now - self.now < Duration::seconds(STANDS)
    }
}

async fn pulses(db: PgPool, incidents: Vec<i64>) -> sqlx::Result<HashMap<i64, Pulse>> {
    let rows = sqlx::query!(
        r#"select t.incident, t.seq, w.version, clock_timestamp() as "now!",
                  (select count(*) from question_votes v join questions q on q.id = v.question_id
                   where q.incident = t.incident) as "votes!"
           from timeline_heads t cross join common_words w where t.incident = any($1)"#,
        &incidents
    );
    let rows = rows.fetch_all(&db).await?.into_iter();
    let pulse = |row: (i64, i64, i64, DateTime<Utc>)| Pulse { head: row.0, words: row.1, votes: row.2, now: row.3 };
    Ok(rows.map(|row| (row.incident, pulse((row.seq, row.version, row.votes, row.now)))).collect())
}

/// Where a rendering is kept. Whoever renews it locks it, so that the others
/// wait for that one.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Rendered>>>>;

/// The renderings that this process keeps, and the screens that are open here.
pub struct Screens {
    pulses: Batch<i64, Pulse>,
    slots: Mutex<LruCache<Look, Slot>>,
    open: tokio::sync::Mutex<HashMap<Look, Weak<Screen>>>,
}

impl Default for Screens {
    fn default() -> Self {
        Self { pulses: Batch::default(), slots: Mutex::new(LruCache::new(KEPT)), open: tokio::sync::Mutex::default() }
    }
}

/// What all screens with the same look watch.
pub struct Screen {
    shown: watch::Sender<Arc<Rendered>>,
    /// Wakes when the incident changes.
    _room: Arc<Room>,
}

impl Screen {
    /// Shows what is new. That time has passed is not: pages tick by themselves.
    fn show(&self, next: Arc<Rendered>) {
        self.shown.send_if_modified(|shown| {
            let is_new = !shown.pulse.knows(&next.pulse);
            if is_new {
                *shown = next;
            }
            is_new
        });
    }
}

impl Screens {
    /// What a link shows now: no less than was committed when it was asked for.
    pub async fn newest(&self, app: &App, look: Look) -> Result<Arc<Rendered>, Failure> {
        let db = app.db.clone();
        let pulse = self.pulses.find(look.incident, move |incidents| pulses(db.clone(), incidents)).await?;
        let pulse = pulse.ok_or(Failure::NotFound)?;
        let slot = self.slot(look);
        let mut kept = slot.lock().await;
        if let Some(rendered) = kept.as_ref().filter(|rendered| rendered.pulse.covers(&pulse)) {
            return Ok(rendered.clone());
        }
        let shown = view::show(app, look).await?;
        let event = frame("view", None, &shown.html);
        let rendered = Arc::new(Rendered { shown, event, pulse });
        *kept = Some(rendered.clone());
        Ok(rendered)
    }

    fn slot(&self, look: Look) -> Slot {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(look, Slot::default).clone()
    }

    /// Watches what a link shows: as it stands now, and whenever it changes.
    pub async fn watch(&self, app: &App, look: Look) -> anyhow::Result<(Arc<Screen>, watch::Receiver<Arc<Rendered>>)> {
        let now = self.newest(app, look).await?;
        let mut open = self.open.lock().await;
        if let Some(screen) = open.get(&look).and_then(Weak::upgrade) {
            screen.show(now);
            let watching = screen.shown.subscribe();
            return Ok((screen, watching));
        }
        let room = app.hub.room(app, look.incident).await?;
        let events = room.subscribe();
        let (shown, watching) = watch::channel(now);
        let screen = Arc::new(Screen { shown, _room: room });
        open.retain(|_, screen| screen.strong_count() > 0);
        open.insert(look, Arc::downgrade(&screen));
        tokio::spawn(follow(app.clone(), look, Arc::downgrade(&screen), events));
        Ok((screen, watching))
    }
}

/// Renews what is shown whenever something changes, for as long as somebody
/// watches: the incident, of which the room tells, or the words that all
/// incidents share, which are looked at now and then.
async fn follow(app: App, look: Look, screen: Weak<Screen>, mut events: broadcast::Receiver<Event>) {
    loop {
        if let Ok(Err(RecvError::Closed)) = timeout(NOW_AND_THEN, events.recv()).await {
            return;
        }
        // What came meanwhile is shown along with it.
        while events.try_recv().is_ok() {}
        let Some(screen) = screen.upgrade() else { return };
        match app.screens.newest(&app, look).await {
            Ok(next) => screen.show(next),
            Err(error) => tracing::warn!(%error, "a shared view fell behind; trying again"),
        }
    }
}
