//! A room in memory. What is done to it leaves the entries and moments that
//! the real functions leave.

use chrono::{DateTime, Utc};

use crate::{
    demo::people,
    terms::{Kind, LinkKind, MomentName, Severity, Source, Status},
};

/// Somebody, by their place among the people.
pub type Hand = usize;

/// An incident with its timeline.
pub struct Room {
    pub title: String,
    pub summary: String,
    pub services: Vec<&'static str>,
    pub severity: Severity,
    pub status: Status,
    pub round: i32,
    pub declared_by: Hand,
    pub declared_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub moments: Vec<Moment>,
    pub links: Vec<(LinkKind, String, String)>,
    pub entries: Vec<Line>,
    /// Who commanded.
    pub commands: Vec<Term>,
    pub work: Vec<Work>,
    pub offers: Vec<Offer>,
}

/// How long somebody held something.
#[derive(Clone, Copy)]
pub struct Term {
    pub by: Hand,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// A piece of work; nobody's while it has no term, done when its term has ended.
pub struct Work {
    pub title: &'static str,
    pub added_at: DateTime<Utc>,
    pub entry: i64,
    pub term: Option<Term>,
}

/// An offer of the command, answered at once or not at all.
pub struct Offer {
    pub from: Hand,
    pub to: Hand,
    pub at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub entry: i64,
}

/// A moment of a round; nobody's when the room itself set it.
pub struct Moment {
    pub round: i32,
    pub name: MomentName,
    pub at: DateTime<Utc>,
    pub set_by: Option<Hand>,
}

/// An entry; its `seq` is its place, from 1 on.
#[derive(Clone)]
pub struct Line {
    pub kind: Kind,
    pub body: String,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub author: Option<Hand>,
    pub corrects: Option<i64>,
    pub strikes: bool,
    pub reason: &'static str,
}

impl Line {
    pub fn source(&self) -> Source {
        if self.author.is_some() { Source::Person } else { Source::System }
    }
}

/// Who does something, and when.
#[derive(Clone, Copy)]
pub struct Act {
    pub by: Hand,
    pub at: DateTime<Utc>,
}

impl Room {
    pub fn declare(act: Act, title: String, severity: Severity) -> Self {
        let declared = Moment { round: 1, name: MomentName::Declared, at: act.at, set_by: None };
        let mut room = Self {
            summary: String::new(),
            services: Vec::new(),
            severity,
            status: Status::Investigating,
            round: 1,
            declared_by: act.by,
            declared_at: act.at,
            ended_at: None,
            moments: vec![declared],
            links: Vec::new(),
            entries: Vec::new(),
            commands: Vec::new(),
            work: Vec::new(),
            offers: Vec::new(),
            title,
        };
        let body = format!("{} as {severity}", room.title);
        room.append(act, Kind::Declared, body);
        room
    }

    /// Somebody wrote an entry about something that happened then.
    pub fn say(&mut self, act: Act, kind: Kind, body: String, occurred_at: DateTime<Utc>) {
        self.append(act, kind, body).occurred_at = occurred_at;
        if self.status.is_open() {
            self.derive(MomentName::Acknowledged, act.at);
        }
    }

    /// Somebody corrected an entry of theirs, or struck it out when there is
    /// nothing to stand instead.
    pub fn correct(&mut self, at: DateTime<Utc>, index: usize, body: Option<String>, reason: &'static str) {
        let target = self.entries[index].clone();
        let by = target.author.unwrap_or_default();
        let strikes = body.is_none();
        let correction = self.append(Act { by, at }, Kind::Correction, body.unwrap_or(target.body));
        correction.occurred_at = target.occurred_at;
        correction.reason = reason;
        correction.strikes = strikes;
        correction.corrects = Some(seq(index));
    }

    pub fn set_severity(&mut self, act: Act, to: Severity) {
        if to != self.severity {
            let body = format!("{} → {to}", self.severity);
            self.severity = to;
            self.append(act, Kind::Severity, body);
        }
    }

    pub fn set_status(&mut self, act: Act, to: Status, reason: &'static str) {
        if !self.status.is_open() && to.is_open() {
            self.round += 1;
        }
        let body = format!("{} → {to}", self.status);
        self.status = to;
        self.ended_at = (!to.is_open()).then_some(act.at);
        self.append(act, Kind::Status, body).reason = reason;
        match to {
            Status::Monitoring => self.derive(MomentName::Mitigated, act.at),
            Status::Resolved => self.derive(MomentName::Resolved, act.at),
            _ => {}
        }
    }

    /// Somebody recorded a moment.
    pub fn record(&mut self, act: Act, name: MomentName, at: DateTime<Utc>) {
        self.moments.push(Moment { round: self.round, name, at, set_by: Some(act.by) });
        self.append(act, Kind::Moment, name.label().into()).occurred_at = at;
    }

    pub fn add_link(&mut self, act: Act, kind: LinkKind, label: &str, url: String) {
        self.append(act, Kind::Link, format!("added the {} “{label}”", kind.word()));
        self.links.push((kind, label.to_owned(), url));
    }

    /// Somebody takes the command, which nobody has.
    pub fn take_command(&mut self, act: Act) {
        self.append(act, Kind::Role, format!("took {COMMANDER}"));
        self.commands.push(Term { by: act.by, since: act.at, until: None });
        self.derive(MomentName::Acknowledged, act.at);
    }

    /// Whoever commands offers that to somebody.
    pub fn offer_command(&mut self, act: Act, to: Hand) {
        let body = format!("offered {COMMANDER} to {}", people::responder(to));
        self.append(act, Kind::Handoff, body).reason = BRIEFING;
        let entry = seq(self.entries.len() - 1);
        self.offers.push(Offer { from: act.by, to, at: act.at, accepted_at: None, entry });
    }

    /// Whoever was offered the command has it from now on.
    pub fn accept_command(&mut self, act: Act) {
        let Some(offer) = self.offers.last_mut() else { return };
        offer.accepted_at = Some(act.at);
        let body = format!("accepted {COMMANDER} from {}", people::responder(offer.from));
        if let Some(last) = self.commands.last_mut() {
            last.until = Some(act.at);
        }
        self.commands.push(Term { by: act.by, since: act.at, until: None });
        self.append(act, Kind::Handoff, body);
    }

    /// Somebody adds work that they do, or that nobody does yet.
    pub fn add_work(&mut self, act: Act, title: &'static str, is_held: bool) {
        let body = if is_held {
            format!("works on “{title}”")
        } else {
            format!("added “{title}”, which nobody holds yet")
        };
        self.append(act, Kind::Work, body);
        let term = is_held.then_some(Term { by: act.by, since: act.at, until: None });
        self.work.push(Work { title, added_at: act.at, entry: seq(self.entries.len() - 1), term });
    }

    /// Whoever holds the first work is done with it.
    pub fn finish_work(&mut self, at: DateTime<Utc>) {
        let Some((work, term)) = self.work.first_mut().and_then(|work| Some((work.title, work.term.as_mut()?))) else {
            return;
        };
        term.until = Some(at);
        let act = Act { by: term.by, at };
        self.append(act, Kind::Work, format!("finished “{work}”"));
    }

    /// The room itself records a moment, once a round.
    fn derive(&mut self, name: MomentName, at: DateTime<Utc>) {
        if !self.moments.iter().any(|it| it.round == self.round && it.name == name) {
            self.moments.push(Moment { round: self.round, name, at, set_by: None });
            self.append(Act { by: 0, at }, Kind::Moment, name.label().into()).author = None;
        }
    }

    /// Nothing is written before what was written last.
    fn append(&mut self, Act { by, at }: Act, kind: Kind, body: String) -> &mut Line {
        let recorded_at = self.entries.last().map_or(at, |last| last.recorded_at.max(at));
        self.entries.push_mut(Line {
            kind,
            body,
            occurred_at: recorded_at,
            recorded_at,
            author: Some(by),
            corrects: None,
            strikes: false,
            reason: "",
        })
    }
}

/// How the role reads.
const COMMANDER: &str = "Incident commander";
/// What is said with every offer.
pub const BRIEFING: &str = "It is all in the timeline; nothing waits for a decision.";

/// The `seq` of the entry at a place.
pub fn seq(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)
}
