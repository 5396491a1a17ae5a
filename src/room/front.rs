//! The front of a room: what its page shows to everybody alike, the newest
//! entries and what stands beside them. Entries do not change once they are
//! written, so each is rendered once; a front is kept, and brought up to date by
//! what was written since. Whether it is up to date is asked of the database at
//! every request: no page shows less than was committed when it was asked for,
//! whichever process wrote it.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use lru::LruCache;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::panels::Panels;
use crate::{
    App,
    incidents::{merge, severities},
    postgres::batch::Batch,
    response::presence::{self, Here},
    timeline::{
        Author, Entry, look,
        store::{self, Filter},
    },
    web::{Failure, part::Part},
};

/// How many entries a front shows.
const ENTRIES: i64 = 200;
/// How many when they are put in the order in which they happened.
const HAPPENED: i64 = 2_000;
/// How many fronts a process keeps: those that were asked for last.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// How large one that is kept may be.
const LARGEST: usize = 1024 * 1024;

/// What everybody sees of a room.
pub struct Front {
    /// What it was made of.
    pub version: Version,
    /// The entries, finished.
    pub entries: Part,
    /// The first entry shown, if there are earlier ones.
    pub earlier: Option<i64>,
    /// What stands beside them.
    pub beside: Beside,
    lines: Vec<Line>,
}

/// What a front is made of. What happens to an incident is an entry or did not
/// happen: the head of the timeline stands for the incident itself, its moments
/// and its links, too.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// The `seq` of the last entry: up to here everything is shown.
    pub head: i64,
    /// The version of names and severities.
    words: i64,
    /// How often it was said that somebody asks the same.
    votes: i64,
}

/// What stands beside the entries.
pub struct Beside {
    /// The panels.
    pub panels: Panels,
    /// Everybody who wrote in the room.
    pub authors: Vec<Author>,
    /// What the severities mean here.
    pub severities: Vec<severities::Row>,
}

/// A finished entry.
#[derive(Clone)]
struct Line {
    seq: i64,
    html: Bytes,
}

impl Version {
    async fn read(db: &mut PgConnection, incident: i64) -> Result<Self, Failure> {
        let row = sqlx::query!(
            r#"select seq, version, votes(incident) as "votes!"
               from timeline_heads cross join common_words where incident = $1"#,
            incident
        );
        let row = row.fetch_optional(db).await?.ok_or(Failure::NotFound)?;
        Ok(Self { head: row.seq, words: row.version, votes: row.votes })
    }

    fn covers(self, other: Self) -> bool {
        self.head >= other.head && self.words >= other.words && self.votes >= other.votes
    }
}

impl Beside {
    async fn read(db: &mut PgConnection, incident: i64) -> Result<Self, Failure> {
        Ok(Self {
            panels: Panels::read(&mut *db, incident).await?,
            authors: store::authors(&mut *db, incident).await?,
            severities: severities::all(&mut *db).await?,
        })
    }
}

impl Line {
    fn finish(entry: &Entry) -> Result<Self, Failure> {
        let html = look::html(entry).map_err(anyhow::Error::from)? + "\n";
        Ok(Self { seq: entry.seq, html: html.into() })
    }

    /// Puts it in the place of the one that it follows, or at the end. One that
    /// is no longer shown has no place.
    fn put_into(self, lines: &mut Vec<Self>) {
        match lines.binary_search_by_key(&self.seq, |line| line.seq) {
            Ok(at) => lines[at] = self,
            Err(at) if at == lines.len() => lines.push(self),
            Err(_) => {}
        }
    }
}

impl Front {
    /// The entries that a filter lets through.
    pub async fn filtered(app: &App, incident: i64, filter: &Filter, as_it_happened: bool) -> Result<Self, Failure> {
        let mut tx = snapshot(app).await?;
        let version = Version::read(&mut tx, incident).await?;
        let limit = if as_it_happened { HAPPENED } else { ENTRIES };
        // One more than is shown says whether there are earlier ones.
        let mut entries = store::page(&mut tx, incident, filter, limit + 1).await?;
        let beside = Beside::read(&mut tx, incident).await?;
        tx.commit().await?;
        let more = i64::try_from(entries.len()).is_ok_and(|read| read > limit);
        entries.drain(..usize::from(more));
        let earlier = entries.first().map(|first| first.seq).filter(|_| more);
        if as_it_happened {
            entries.sort_by_key(|entry| (entry.happened_at(), entry.seq));
        }
        let lines = entries.iter().map(Line::finish).collect::<Result<_, _>>()?;
        Ok(Self::of(version, lines, earlier, beside))
    }

    /// The newest entries, going on from a front that was made before.
    async fn newest(app: &App, incident: i64, before: Option<&Self>) -> Result<Self, Failure> {
        let mut tx = snapshot(app).await?;
        let version = Version::read(&mut tx, incident).await?;
        let goes_on = |it: &&Self| it.version.words == version.words && version.head - it.version.head < ENTRIES;
        let before = before.filter(goes_on);
        let new = match before {
            Some(before) => store::since_with_targets(&mut tx, incident, before.version.head, ENTRIES).await?,
            None => store::page(&mut tx, incident, &Filter::default(), ENTRIES).await?,
        };
        let beside = Beside::read(&mut tx, incident).await?;
        tx.commit().await?;
        let mut lines = before.map(|before| before.lines.clone()).unwrap_or_default();
        for entry in &new {
            Line::finish(entry)?.put_into(&mut lines);
        }
        let shown = usize::try_from(ENTRIES).unwrap_or(usize::MAX);
        lines.drain(..lines.len().saturating_sub(shown));
        let earlier = lines.first().map(|first| first.seq).filter(|seq| *seq > 1);
        Ok(Self::of(version, lines, earlier, beside))
    }

    fn of(version: Version, lines: Vec<Line>, earlier: Option<i64>, beside: Beside) -> Self {
        let entries = Part::new(lines.iter().map(|line| line.html.clone()).collect());
        Self { version, entries, earlier, beside, lines }
    }
}

/// The entries shown, and the `seq` from which the stream goes on, are of one moment.
async fn snapshot(app: &App) -> sqlx::Result<Transaction<'static, Postgres>> {
    app.db.begin_with("begin isolation level repeatable read read only").await
}

/// What of a room is asked at every request.
#[derive(Clone)]
struct Pulse {
    version: Version,
    here: Vec<Here>,
    /// Somebody asked for relief. Who, is told to those alone who may see it.
    relief: bool,
    now: DateTime<Utc>,
}

async fn pulses(db: PgPool, incidents: Vec<i64>) -> sqlx::Result<HashMap<i64, Pulse>> {
    let rows = sqlx::query!(
        r#"select t.incident, t.seq, w.version, votes(t.incident) as "votes!", clock_timestamp() as "now!",
                  exists (select from relief_requests r where r.incident = t.incident and r.ended_at is null) as "relief!",
                  h.name as "name?", h.since as "since?", h.in_room as "in_room?", h.on_call as "on_call?",
                  h.stays_since as "stays_since?", h.stays_until as "stays_until?: Vec<Option<DateTime<Utc>>>"
           from timeline_heads t cross join common_words w left join lateral here(t.incident) h on true
           where t.incident = any($1) order by lower(h.name)"#,
        &incidents
    );
    let mut pulses = HashMap::new();
    for row in rows.fetch_all(&db).await? {
        let version = Version { head: row.seq, words: row.version, votes: row.votes };
        let (now, relief) = (row.now, row.relief);
        let pulse = pulses.entry(row.incident).or_insert_with(|| Pulse { version, here: Vec::new(), relief, now });
        if let (Some(name), Some(since), Some(in_room), Some(on_call), Some(stays_since), Some(stays_until)) =
            (row.name, row.since, row.in_room, row.on_call, row.stays_since, row.stays_until)
        {
            pulse.here.push(presence::Row { name, since, in_room, on_call, stays_since, stays_until }.at(now));
        }
    }
    Ok(pulses)
}

/// The fronts that this process keeps.
pub struct Fronts {
    pulses: Batch<i64, Pulse>,
    slots: Mutex<LruCache<i64, Slot>>,
}

/// Where a front is kept. Whoever brings it up to date locks it, so that the
/// others wait for that one and do not read the same.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Front>>>>;

impl Default for Fronts {
    fn default() -> Self {
        Self { pulses: Batch::default(), slots: Mutex::new(LruCache::new(KEPT)) }
    }
}

impl Fronts {
    /// The front of a room as it stands now, its panels with who is here, and
    /// whether somebody asked for relief.
    pub async fn newest(&self, app: &App, incident: i64) -> Result<(Arc<Front>, Panels, bool), Failure> {
        let db = app.db.clone();
        let pulse = self.pulses.find(incident, move |incidents| pulses(db.clone(), incidents)).await?;
        let Pulse { version, here, relief, now } = pulse.ok_or(Failure::NotFound)?;
        let front = self.up_to(app, incident, version).await?;
        let mut panels = Panels { here, now, ..front.beside.panels.clone() };
        if !panels.joined.is_empty() {
            // What they are called is written in their own timelines.
            panels.joined = merge::joined(&app.db, &panels.incident).await?;
        }
        Ok((front, panels, relief))
    }

    async fn up_to(&self, app: &App, incident: i64, version: Version) -> Result<Arc<Front>, Failure> {
        let slot = self.slot(incident);
        let mut kept = slot.lock().await;
        if let Some(front) = kept.as_ref().filter(|front| front.version.covers(version)) {
            return Ok(front.clone());
        }
        let front = Arc::new(Front::newest(app, incident, kept.as_deref()).await?);
        *kept = (front.entries.len() <= LARGEST).then(|| front.clone());
        Ok(front)
    }

    fn slot(&self, incident: i64) -> Slot {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(incident, Slot::default).clone()
    }
}
