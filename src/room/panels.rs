//! What the room shows beside its timeline, read at one moment: the head, the
//! moments, the links, who is here. One snapshot, rendered once for everybody
//! and sent whole after every change and every connect.

use std::pin::Pin;

use askama::Template;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    App,
    incidents::{
        Incident,
        links::{self, Link},
        merge::{self, Joined},
        moments::{self, Recorded},
        severities, store,
    },
    response::{
        board::Board,
        load::Limits,
        presence::{self, Here},
    },
    terms::{LinkKind, Stance, Status, TheoryState},
    timeline::{Entry, pins, theories},
    updates::{
        questions::{self, Question},
        standing::Standing,
    },
    web::{Failure, events::frame, time::spoken},
};

/// The snapshot.
#[derive(Clone)]
pub struct Panels {
    /// The incident as it stands.
    pub incident: Incident,
    /// The incidents that are handled together with it.
    pub joined: Vec<Joined>,
    /// Who holds what.
    pub board: Board,
    /// What is kept in sight.
    pub pinned: Vec<Entry>,
    /// What is suspected, the open theories first.
    pub theories: Vec<Entry>,
    /// How it stands with those outside.
    pub standing: Standing,
    /// What those outside asked.
    pub questions: Vec<Question>,
    /// The moments of this round.
    pub moments: Vec<Recorded>,
    /// Where people are pulled to.
    pub links: Vec<Link>,
    /// Who has the room open, or is on the call.
    pub here: Vec<Here>,
    /// When they are to be offered relief.
    pub limits: Limits,
    /// When this was read.
    pub now: DateTime<Utc>,
}

impl Panels {
    /// Reads the snapshot.
    pub async fn read(db: &mut PgConnection, number: i64) -> Result<Self, Failure> {
        let incident = store::find(&mut *db, number).await?.ok_or(Failure::NotFound)?;
        let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(&mut *db).await?;
        Ok(Self {
            board: Board::read(&mut *db, number).await?,
            pinned: pins::of(&mut *db, number).await?,
            theories: theories::of(&mut *db, number).await?,
            questions: questions::of(&mut *db, number).await?,
            joined: merge::joined(&mut *db, &incident).await?,
            standing: Standing::read(&mut *db, number).await?,
            moments: moments::of(&mut *db, number, incident.round).await?,
            links: links::of(&mut *db, number).await?,
            here: presence::here(&mut *db, number, now).await?,
            limits: Limits::from(&severities::one(&mut *db, incident.severity).await?),
            now,
            incident,
        })
    }

    /// Whether a moment is missing that somebody should be asked for.
    pub fn asks_for_moments(&self) -> bool {
        self.incident.status == Status::Resolved && self.moments.iter().any(|moment| moment.at.is_none())
    }

    /// The incident into which this one is merged, as far as it may be named.
    pub fn goes_on(&self) -> Option<&Joined> {
        self.joined.iter().find(|it| Some(it.number) == self.incident.merged_into)
    }

    /// The incidents that are merged into this one.
    pub fn merged_here(&self) -> impl Iterator<Item = &Joined> {
        self.joined.iter().filter(|it| Some(it.number) != self.incident.merged_into)
    }

    /// Up to when people held their roles: they hold none in what is over.
    pub fn until(&self) -> DateTime<Utc> {
        self.incident.ended_at.unwrap_or(self.now)
    }

    /// The questions that wait, the oldest first. Templates call it.
    pub fn waiting(&self) -> impl Iterator<Item = &Question> {
        questions::waiting(&self.questions)
    }

    /// To whom they belong: theirs stand out. Templates call it.
    pub fn keeper(&self) -> Option<Uuid> {
        questions::keeper(&self.board.roles).map(|keeper| keeper.id)
    }

    /// How long ago this was, in words.
    pub fn ago(&self, at: &DateTime<Utc>) -> String {
        spoken(self.now - *at)
    }

    /// The times from which somebody on the call should be offered relief: as
    /// styles and words have it, and when. The page shows each when it has come.
    pub fn relief_due(&self, on_call_from: &DateTime<Utc>) -> Vec<(&'static str, &'static str, DateTime<Utc>)> {
        let Limits { amber, red } = self.limits;
        let levels = [("amber", "offer relief", amber), ("red", "relief overdue", red)];
        levels.into_iter().filter_map(|(level, words, limit)| Some((level, words, *on_call_from + limit?))).collect()
    }
}

#[derive(Template)]
#[template(path = "room/_panels.html")]
struct PanelsLook<'a> {
    panels: &'a Panels,
}

/// The snapshot as an event, for the live hub.
pub fn event(app: App, number: i64) -> Pin<Box<dyn Future<Output = anyhow::Result<Bytes>> + Send>> {
    Box::pin(async move {
        let mut db = app.db.acquire().await?;
        let panels = Panels::read(&mut db, number).await?;
        Ok(frame("panels", None, &PanelsLook { panels: &panels }.render()?))
    })
}
