//! A room in memory. What is done to it leaves the entries and moments that
//! the real functions leave.

use chrono::{DateTime, Utc};

use crate::terms::{Kind, LinkKind, MomentName, Severity, Source, Status};

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

/// The `seq` of the entry at a place.
pub fn seq(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)
}
