//! What happened in an incident, as the lanes tell it.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    bands::{self, Band},
    window::Window,
};
use crate::{
    incidents::{Incident, moments},
    response::{
        held,
        offers::{self, Offer},
        work, work_terms,
    },
    room::as_of::CHANGES,
    terms::{Kind, MomentName, Severity, Status, WorkState},
    timeline::{
        Entry,
        store::{self, Filter},
    },
};

/// How many entries are drawn at most.
pub const MOST: i64 = 10_000;

/// What happened, in order.
pub struct Story {
    /// From the first thing that happened to the last one, or to now.
    pub whole: Window,
    /// Where the incident stood.
    pub statuses: Vec<Band<Status>>,
    /// How bad it was.
    pub severities: Vec<Band<Severity>>,
    /// The points of its life, of all its rounds.
    pub moments: Vec<(MomentName, DateTime<Utc>)>,
    /// The roles that were ever held.
    pub roles: Vec<Thing>,
    /// The pieces of work.
    pub work: Vec<Thing>,
    /// What was offered.
    pub offers: Vec<Offer>,
    /// What people typed and what stands of it.
    pub entries: Vec<Entry>,
    /// There are more entries than are drawn.
    pub cut: bool,
}

/// Something that somebody holds.
#[derive(Debug, Clone)]
pub struct Thing {
    /// What it is called.
    pub name: String,
    /// Where it is shown.
    pub path: String,
    /// From when on somebody could hold it.
    pub since: DateTime<Utc>,
    /// Until when; `None` while somebody still can.
    pub until: Option<DateTime<Utc>>,
    /// How far a piece of work is.
    pub state: Option<WorkState>,
    /// Who held it.
    pub terms: Vec<Term>,
}

/// How long one person held something.
#[derive(Debug, Clone)]
pub struct Term {
    /// Who; `None` is nobody.
    pub person: Option<(Uuid, String)>,
    /// From when.
    pub since: DateTime<Utc>,
    /// To when; `None` while they hold it.
    pub until: Option<DateTime<Utc>>,
}

impl Term {
    /// Whose it is, in words.
    pub fn holder(&self) -> &str {
        self.person.as_ref().map_or("nobody", |(_, name)| name)
    }
}

impl Thing {
    /// How a piece of work ended, and when.
    pub fn end(&self) -> Option<(WorkState, DateTime<Utc>)> {
        self.state.filter(|state| !state.is_live()).zip(self.until)
    }

    /// Who held it, and when nobody did.
    pub fn with_gaps(&self) -> Vec<Term> {
        let mut all = Vec::new();
        let mut free = Some(self.since);
        for term in &self.terms {
            all.extend(free.filter(|free| *free < term.since).map(|free| nobody(free, Some(term.since))));
            all.push(term.clone());
            free = term.until;
        }
        if let Some(free) = free.filter(|free| self.until.is_none_or(|until| *free < until)) {
            all.push(nobody(free, self.until));
        }
        all
    }
}

const fn nobody(since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Term {
    Term { person: None, since, until }
}

/// Reads it, from one snapshot.
pub async fn read(db: &mut PgConnection, incident: &Incident, now: DateTime<Utc>) -> sqlx::Result<Story> {
    let number = incident.number;
    let told = Filter { kinds: [Kind::TYPED, CHANGES].concat(), ..Filter::default() };
    let mut entries = store::after(db, number, (0, &told), MOST).await?;
    let cut = entries.len() == usize::try_from(MOST).unwrap_or(usize::MAX);
    entries.sort_by_key(|entry| (entry.happened_at(), entry.seq));
    let (entries, changes): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.kind.is_typed());
    let mut story = Story {
        whole: Window::new(incident.declared_at, now),
        statuses: bands::statuses(&changes, incident),
        severities: bands::severities(&changes, incident),
        moments: moments_of(db, incident).await?,
        roles: roles(db, incident).await?,
        work: work(db, number).await?,
        offers: offers::of(&mut *db, number).await?,
        entries: entries.into_iter().filter(|entry| entry.struck().is_none()).collect(),
        cut,
    };
    story.offers.reverse();
    story.whole = story.extent(incident, now);
    Ok(story)
}

impl Story {
    /// All that somebody could hold: roles, then work.
    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        self.roles.iter().chain(&self.work)
    }

    /// From the first thing to the last. What has ended is followed by a little
    /// room, in which one sees how.
    fn extent(&self, incident: &Incident, now: DateTime<Utc>) -> Window {
        let entries = self.entries.iter().map(Entry::happened_at);
        let moments = self.moments.iter().map(|(_, at)| *at);
        let things = self.things().flat_map(|thing| &thing.terms);
        let held = things.flat_map(|term| [Some(term.since), term.until]).flatten();
        let offers = self.offers.iter().flat_map(|offer| [Some(offer.offered_at), offer.ended_at]).flatten();
        let at = entries.chain(moments).chain(held).chain(offers);
        let (from, to) = at.fold((incident.declared_at, incident.ended_at.unwrap_or(now)), |(from, to), at| {
            (from.min(at), to.max(at))
        });
        let room = if incident.ended_at.is_some() { (to - from) / 14 } else { Duration::zero() };
        Window::new(from, to + room)
    }
}

async fn moments_of(db: &mut PgConnection, incident: &Incident) -> sqlx::Result<Vec<(MomentName, DateTime<Utc>)>> {
    let mut all = Vec::new();
    for round in 1..=incident.round {
        let recorded = moments::of(&mut *db, incident.number, round).await?.into_iter();
        let first = |name| round == 1 || name != MomentName::Declared;
        all.extend(recorded.filter_map(|it| it.at.filter(|_| first(it.name)).map(|at| (it.name, at))));
    }
    all.sort_by_key(|(name, at)| (*at, *name));
    Ok(all)
}

async fn roles(db: &mut PgConnection, incident: &Incident) -> sqlx::Result<Vec<Thing>> {
    let mut terms = held::history(&mut *db, incident.number).await?;
    terms.reverse();
    let roles = held::of(&mut *db, incident.number).await?.into_iter().map(|role| Thing {
        name: role.label,
        path: format!("{}/roles", incident.path()),
        since: incident.declared_at,
        until: incident.ended_at,
        state: None,
        terms: terms
            .iter()
            .filter(|term| term.role == role.role)
            .map(|it| Term { person: Some((it.person, it.name.clone())), since: it.since, until: it.until })
            .collect(),
    });
    Ok(roles.filter(|role| !role.terms.is_empty()).collect())
}

async fn work(db: &mut PgConnection, number: i64) -> sqlx::Result<Vec<Thing>> {
    let terms = work_terms::of(&mut *db, number).await?;
    let mut all = work::of(&mut *db, number).await?;
    all.sort_by_key(|work| (work.added_at, work.id));
    let work = all.into_iter().map(|work| Thing {
        path: work.path(),
        name: work.title,
        since: work.added_at,
        until: (!work.state.is_live()).then_some(work.since),
        state: Some(work.state),
        terms: terms
            .iter()
            .filter(|term| term.work == work.id)
            .map(|it| Term { person: Some((it.person, it.name.clone())), since: it.since, until: it.until })
            .collect(),
    });
    Ok(work.collect())
}
