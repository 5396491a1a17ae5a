//! `/incidents/{number}/brief`: where we are, for whoever arrives. What is
//! known, what is being tried, who holds what and what is open, read from what
//! stands written; and for those who come back, what is new since they left.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::IntoResponse};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{front::Front, panels::Panels};
use crate::{
    App,
    incidents::Seen,
    people::Person,
    response::{
        arrivals::{self, Left},
        held::Held,
        work::Work,
    },
    terms::{Kind, MomentName, Role, TheoryState, WorkState},
    timeline::{
        Entry,
        store::{self, Filter},
    },
    web::{Answer, Failure, Place, Query, Shell, form::Form, page, see, time::spoken},
};

/// How many actions and decisions are told, the last ones.
const LAST: usize = 3;
/// How many of the turns since somebody left.
const TURNS: usize = 8;
/// What turns the course of an incident.
const TURNING: &[Kind] = &[
    Kind::Status,
    Kind::Severity,
    Kind::Decision,
    Kind::Moment,
    Kind::Role,
    Kind::Handoff,
    Kind::Verdict,
    Kind::Merge,
    Kind::Update,
];

/// Where an incident stands.
pub struct Brief {
    /// What stands beside the timeline.
    pub panels: Panels,
    /// What was done last.
    pub actions: Vec<Entry>,
    /// What was decided last.
    pub decisions: Vec<Entry>,
    /// The `seq` of the last entry that it tells of.
    pub head: i64,
}

impl Brief {
    /// Reads it.
    pub async fn read(app: &App, number: i64) -> Result<Self, Failure> {
        let (front, panels, _) = app.fronts.newest(app, number).await?;
        Self::beside(app, &front, panels).await
    }

    /// Reads what a front and its panels leave out.
    async fn beside(app: &App, front: &Front, panels: Panels) -> Result<Self, Failure> {
        let number = panels.incident.number;
        Ok(Self {
            actions: last(app, number, &[Kind::Action], LAST).await?,
            decisions: last(app, number, &[Kind::Decision], LAST).await?,
            head: front.version.head,
            panels,
        })
    }

    /// Since when it has hurt, as far as that is recorded.
    pub fn since(&self) -> DateTime<Utc> {
        let began = self.panels.moments.iter().find(|it| it.name == MomentName::ImpactStarted);
        began.and_then(|it| it.at).unwrap_or(self.panels.incident.declared_at)
    }

    fn for_so_long(&self) -> String {
        let incident = &self.panels.incident;
        spoken(incident.ended_at.unwrap_or(self.panels.now) - self.since())
    }

    fn work(&self, state: WorkState) -> impl Iterator<Item = &Work> {
        self.panels.board.work.iter().filter(move |item| item.state == state)
    }

    fn theories(&self, state: TheoryState) -> impl Iterator<Item = &Entry> {
        self.panels.theories.iter().filter(move |theory| theory.theory_state() == state)
    }

    fn missing(&self) -> impl Iterator<Item = &Held> {
        self.panels.board.roles.iter().filter(|held| held.is_missing(&self.panels.incident))
    }

    fn held_by(&self, person: &Person) -> impl Iterator<Item = &Held> {
        let id = person.id;
        self.panels.board.roles.iter().filter(move |held| held.is_held_by(id))
    }
}

/// The last entries of some kinds that still say something, oldest first.
async fn last(app: &App, number: i64, kinds: &[Kind], most: usize) -> sqlx::Result<Vec<Entry>> {
    let filter = Filter { kinds: kinds.to_vec(), ..Filter::default() };
    // Some of them may be struck out.
    let read = i64::try_from(2 * most).unwrap_or(i64::MAX);
    let mut entries = store::page(&mut *app.db.acquire().await?, number, &filter, read).await?;
    entries.retain(Entry::still_says);
    entries.drain(..entries.len().saturating_sub(most));
    Ok(entries)
}

/// What is new since somebody was here.
struct News {
    left: Left,
    /// How many entries.
    count: i64,
    /// Those that turned its course, the last of them.
    turns: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "room/brief.html")]
struct BriefPage {
    shell: Shell,
    me: Person,
    brief: Brief,
    news: Option<News>,
    newcomer: bool,
}

/// Who asks.
#[derive(Deserialize)]
pub struct Asked {
    /// Said at all: only if they are to be told unasked.
    arriving: Option<String>,
}

/// `GET /incidents/{number}/brief`: with `?arriving=1`, nothing (204) unless it
/// is due for this person.
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen, Query(asked): Query<Asked>) -> Answer {
    let arrival = arrivals::of(&app.db, incident.number, person.id).await?;
    let (front, panels, _) = app.fronts.newest(&app, incident.number).await?;
    let (head, now) = (front.version.head, panels.now);
    if asked.arriving.is_some() && !(incident.status.is_open() && arrival.is_due(head, now)) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let news = match arrival.missed(head, now) {
        Some(left) => Some(news(&app, incident.number, left, head).await?),
        None => None,
    };
    page(&BriefPage {
        shell: Shell::from(&person).at(Place::Incidents),
        newcomer: arrival.is_newcomer(),
        me: person,
        brief: Brief::beside(&app, &front, panels).await?,
        news,
    })
}

async fn news(app: &App, number: i64, left: Left, head: i64) -> sqlx::Result<News> {
    let mut turns = last(app, number, TURNING, TURNS).await?;
    turns.retain(|entry| entry.seq > left.seq);
    Ok(News { count: head - left.seq, turns, left })
}

/// Up to which entry it was read.
#[derive(Deserialize)]
pub struct Read {
    seq: i64,
}

/// `POST /incidents/{number}/brief`: puts it away.
pub async fn put_away(State(app): State<App>, Seen { incident, person }: Seen, Form(read): Form<Read>) -> Answer {
    arrivals::briefed(&app.db, incident.number, person.id, read.seq).await?;
    see(&incident.path())
}
