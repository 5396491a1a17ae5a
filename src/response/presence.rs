//! Who is here now. Kept in a table of its own, never in the log: every
//! process writes the people whose streams it holds, and says every few
//! seconds that it still does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{arrivals, load};
use crate::App;

/// How often a process says that its people are still here.
const BEAT: Duration = Duration::from_secs(5);
/// How long somebody whose stream ended still counts as here: reloads and
/// short gaps of a phone are not departures.
const GRACE: Duration = Duration::from_secs(4);

/// Somebody who has the room open, or is on the call without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Their name.
    pub name: String,
    /// Since when, without a longer gap.
    pub since: DateTime<Utc>,
    /// They have the room open.
    pub in_room: bool,
    /// If they are on the call: from when, had they been on it without a gap.
    pub on_call_from: Option<DateTime<Utc>>,
}

/// Somebody here, as the database tells it.
pub struct Row {
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// They have the room open.
    pub in_room: bool,
    /// They are on the call.
    pub on_call: bool,
    /// When their stays on this call began.
    pub stays_since: Vec<DateTime<Utc>>,
    /// When those ended.
    pub stays_until: Vec<Option<DateTime<Utc>>>,
}

impl Row {
    /// The same, counted until now.
    pub fn at(self, now: DateTime<Utc>) -> Here {
        let time = || load::time_on(self.stays_since.into_iter().zip(self.stays_until), now);
        let on_call_from = self.on_call.then(|| now - time());
        Here { name: self.name, since: self.since, in_room: self.in_room, on_call_from }
    }
}

/// The people whose streams this process holds, and how many each has open.
#[derive(Clone, Default)]
pub struct Presence {
    streams: Arc<Mutex<HashMap<(i64, Uuid), usize>>>,
}

/// Held while a person has a stream of a room open.
pub struct Stay {
    app: App,
    incident: i64,
    person: Uuid,
}

/// Somebody opens a room.
pub async fn arrive(app: &App, incident: i64, person: Uuid) -> sqlx::Result<Stay> {
    *app.presence.lock().entry((incident, person)).or_default() += 1;
    let stay = Stay { app: app.clone(), incident, person };
    let first = sqlx::query_scalar!(
        r#"insert into presence (incident, person_id, server) values ($1, $2, $3)
           on conflict (incident, person_id, server) do update set seen_at = now()
           returning since = seen_at as "first!""#,
        incident,
        person,
        app.server
    );
    if first.fetch_one(&app.db).await? {
        app.wake.incident(incident);
    }
    Ok(stay)
}

impl Drop for Stay {
    fn drop(&mut self) {
        let (app, incident, person) = (self.app.clone(), self.incident, self.person);
        if let Some(streams) = app.presence.lock().get_mut(&(incident, person)) {
            *streams = streams.saturating_sub(1);
        }
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            if app.presence.forget_if_gone(incident, person)
                && let Err(error) = leave(&app, incident, person).await
            {
                tracing::warn!(%error, "a departure was not written; it will time out");
            }
        });
    }
}

impl Presence {
    fn lock(&self) -> MutexGuard<'_, HashMap<(i64, Uuid), usize>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_if_gone(&self, incident: i64, person: Uuid) -> bool {
        let mut streams = self.lock();
        let gone = streams.get(&(incident, person)) == Some(&0);
        if gone {
            streams.remove(&(incident, person));
        }
        gone
    }
}

async fn leave(app: &App, incident: i64, person: Uuid) -> sqlx::Result<()> {
    // Before anybody sees that they are gone.
    arrivals::left(&app.db, incident, person).await?;
    sqlx::query!(
        "delete from presence where incident = $1 and person_id = $2 and server = $3",
        incident,
        person,
        app.server
    )
    .execute(&app.db)
    .await?;
    app.wake.incident(incident);
    Ok(())
}

/// Everybody who has the room open, on any server, or is on the call, by name.
pub async fn here(db: impl PgExecutor<'_>, incident: i64, now: DateTime<Utc>) -> sqlx::Result<Vec<Here>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select name as "name!", since as "since!", in_room as "in_room!", on_call as "on_call!",
                  stays_since as "stays_since!", stays_until as "stays_until!: Vec<Option<DateTime<Utc>>>"
           from here($1)"#,
        incident
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| row.at(now)).collect())
}

/// Says that this process's people are here, and clears what a process that
/// died left behind. For as long as the server runs.
pub async fn run(app: App) {
    let mut beat = tokio::time::interval(BEAT);
    loop {
        beat.tick().await;
        if let Err(error) = say_still_here(&app).await {
            tracing::warn!(%error, "presence was not written");
        }
    }
}

async fn say_still_here(app: &App) -> sqlx::Result<()> {
    let (incidents, people): (Vec<i64>, Vec<Uuid>) = app.presence.lock().keys().copied().unzip();
    // Rows, not only their time: while the database was away, or this process
    // slept, another one may have taken it for dead and cleared them.
    let back = sqlx::query!(
        r#"insert into presence as h (incident, person_id, server)
           select held.incident, held.person, $3 from unnest($1::bigint[], $2::uuid[]) as held (incident, person)
           on conflict (incident, person_id, server) do update set seen_at = now()
           returning h.incident, h.since = h.seen_at as "first!""#,
        &incidents,
        &people,
        app.server
    );
    for row in back.fetch_all(&app.db).await? {
        if row.first {
            app.wake.incident(row.incident);
        }
    }
    let left =
        sqlx::query_scalar!("delete from presence where seen_at < now() - interval '20 seconds' returning incident");
    for incident in left.fetch_all(&app.db).await? {
        app.wake.incident(incident);
    }
    Ok(())
}

/// This process stops: its people are no longer here through it.
pub async fn stop(app: &App) -> sqlx::Result<()> {
    let left = sqlx::query_scalar!("delete from presence where server = $1 returning incident", app.server);
    let left = left.fetch_all(&app.db).await?;
    // Nothing runs beside any more that would tell them.
    app.wake.tell(&app.db, &left).await
}
