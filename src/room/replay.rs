//! `GET /incidents/{number}/replay`: the room as it stood at any moment of its
//! timeline, and, toned down, what was recorded next.

use std::fmt::Display;

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;

use super::as_of::{CHANGES, Head};
use crate::{
    App,
    incidents::{Incident, Seen},
    people::Person,
    timeline::{
        Entry, look,
        store::{self, Filter},
    },
    web::{Answer, Failure, Place, Query, Shell, form::Errors, page, refused, time},
};

/// How many entries are shown up to the moment.
const BEFORE: i64 = 50;
/// How many of what was recorded later.
const LATER: i64 = 10;
/// From how many changes the head is told at most.
const MOST_CHANGES: i64 = 10_000;

/// Which moment, as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Moment {
    /// An entry's `seq`, or a time.
    at: String,
    time_zone: String,
}

#[derive(Template)]
#[template(path = "room/replay.html")]
struct ReplayPage {
    shell: Shell,
    incident: Incident,
    typed: Moment,
    errors: Errors,
    /// The `seq` of the last entry that was recorded by then.
    at: i64,
    /// The `seq` of the last entry of all.
    end: i64,
    /// The last entry that was recorded by then.
    last: Option<Entry>,
    head: Head,
    known: Vec<String>,
    /// What was recorded next, as it was first written.
    later: Vec<String>,
    /// When the next entry was recorded.
    next: Option<DateTime<Utc>>,
}

/// `GET /incidents/{number}/replay`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen, Query(typed): Query<Moment>) -> Answer {
    let now = app.now().await?;
    // One snapshot: the entries, and how many there are.
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let end = store::head(&mut tx, incident.number).await?.ok_or(Failure::NotFound)?;
    let found = typed.find(&mut tx, (incident.number, end), &person, now).await?;
    let (at, errors) = match found {
        Ok(at) => (at, Errors::default()),
        Err(message) => (end, Errors::one("at", message)),
    };
    let shown = read(&mut tx, incident, at).await?;
    tx.commit().await?;
    let shell = Shell::from(&person).at(Place::Incidents);
    let replay = ReplayPage { shell, typed, errors, end, ..shown };
    if replay.errors.is_empty() { page(&replay) } else { refused(&replay) }
}

async fn read(db: &mut PgConnection, incident: Incident, at: i64) -> Result<ReplayPage, Failure> {
    let number = incident.number;
    let by_then = Filter { before: Some(at + 1), ..Filter::default() };
    let mut known = store::page(db, number, &by_then, BEFORE).await?;
    let later = store::after(db, number, (at, &Filter::default()), LATER).await?;
    let changes = Filter { kinds: CHANGES.to_vec(), ..Filter::default() };
    let changes = store::after(db, number, (0, &changes), MOST_CHANGES).await?;
    Ok(ReplayPage {
        head: Head::at(at, &changes, &incident),
        next: later.first().map(|next| next.recorded_at),
        known: known.iter().map(|entry| html(entry, at)).collect::<Result<_, _>>()?,
        later: later.iter().map(|entry| html(entry, at)).collect::<Result<_, _>>()?,
        last: known.pop().map(|last| last.as_of(at)),
        shell: Shell::default(),
        typed: Moment::default(),
        errors: Errors::default(),
        end: at,
        incident,
        at,
    })
}

/// An entry as it stood then. Its number leads to the room as it stood when it
/// was recorded.
fn html(entry: &Entry, at: i64) -> anyhow::Result<String> {
    let html = look::html(&entry.as_of(at))?;
    let (incident, seq) = (entry.incident, entry.seq);
    let own_page = format!(r#"class="seq" href="/incidents/{incident}/timeline/{seq}" aria-label="Entry {seq}""#);
    let replay = format!(r#"class="seq" href="{}" aria-label="As it stood at entry {seq}""#, address(incident, seq));
    Ok(html.replace(&own_page, &replay))
}

/// Where the room is shown as it stood at an entry.
pub fn address(incident: impl Display, seq: impl Display) -> String {
    format!("/incidents/{incident}/replay?at={seq}#now")
}

impl Moment {
    /// The `seq` of the last entry recorded by then; or a sentence, if what was
    /// typed is no moment. A time is read as seen from the end of the timeline.
    async fn find(
        &self,
        db: &mut PgConnection,
        (incident, end): (i64, i64),
        person: &Person,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Result<i64, String>> {
        let typed = self.at.trim().trim_start_matches('#');
        if typed.is_empty() {
            return Ok(Ok(end.min(1)));
        }
        if let Ok(seq) = typed.parse::<i64>() {
            return Ok(Ok(seq.clamp(end.min(1), end)));
        }
        let zone = time::browsers_zone(&self.time_zone, person.zone());
        let ended = store::one(db, incident, end).await?.map_or(now, |entry| entry.recorded_at);
        let at = time::parse(typed, zone, ended).or_else(|_| time::parse(typed, zone, now));
        Ok(match at {
            Ok(at) => Ok(recorded_by(db, incident, at).await?.max(end.min(1))),
            Err(message) => Err(message),
        })
    }
}

/// The `seq` of the last entry that was recorded by a time; 0 before the first.
async fn recorded_by(db: &mut PgConnection, incident: i64, at: DateTime<Utc>) -> sqlx::Result<i64> {
    let seq = sqlx::query_scalar!(
        r#"select coalesce(max(seq), 0) as "seq!" from entries where incident = $1 and recorded_at <= $2"#,
        incident,
        at
    );
    seq.fetch_one(db).await
}

impl ReplayPage {
    fn address(&self, seq: impl Display) -> String {
        address(self.incident.number, seq)
    }

    /// The first entry that is shown, if there are earlier ones.
    fn first(&self) -> Option<i64> {
        Some(self.at - BEFORE).filter(|before| *before > 0)
    }

    /// How long after the declaration it was, in words.
    fn elapsed(&self) -> Option<String> {
        let last = self.last.as_ref()?;
        Some(time::spoken(last.recorded_at - self.incident.declared_at))
    }

    /// What was just recorded, for who moves the slider without seeing it.
    fn what(&self) -> String {
        let Some(last) = &self.last else { return String::new() };
        let did = if last.kind.is_typed() { last.kind.word() } else { last.did() };
        let said: String = last.stands().body.chars().take(80).collect();
        format!("{} {did} {said}", last.by())
    }
}
