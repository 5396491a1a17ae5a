//! How an incident goes, from its declaration to its end.

use chrono::{DateTime, Duration, Utc};

use super::{
    dice::{Dice, minutes},
    room::{Act, Hand, Room},
    words,
};
use crate::terms::{Kind, LinkKind, MomentName, Severity, Status};

/// How many people can write, at the most.
const HANDS: usize = 9;

/// How many entries an incident has besides what people type, at the most.
const BESIDES: usize = 25;

/// How severe incidents are, and how often.
const SEVERITIES: &[(Severity, u32)] =
    &[(Severity::Sev1, 3), (Severity::Sev2, 10), (Severity::Sev3, 42), (Severity::Sev4, 33), (Severity::Sev5, 12)];

/// What people write before it is mended.
const BEFORE: &[(Kind, u32)] = &[
    (Kind::Effect, 24),
    (Kind::Action, 22),
    (Kind::Theory, 16),
    (Kind::Note, 14),
    (Kind::Expectation, 12),
    (Kind::Assumption, 7),
    (Kind::Decision, 5),
];

/// What people write afterwards.
const AFTER: &[(Kind, u32)] =
    &[(Kind::Effect, 36), (Kind::Note, 26), (Kind::Decision, 14), (Kind::Action, 14), (Kind::Expectation, 10)];

/// What is settled about an incident before chance has its say.
pub struct Course {
    /// When it is declared.
    pub declared_at: DateTime<Utc>,
    /// When the year ends: nothing happens later.
    pub midnight: DateTime<Utc>,
    /// Whether it still goes on then.
    pub is_open: bool,
    /// How many entries it has, when that is not left to chance.
    pub entries: Option<usize>,
}

/// What happens to a room besides what people type.
#[derive(Clone, Copy)]
enum Turn {
    Severity(Severity),
    Status(Status, &'static str),
    Call,
    Recovered,
    Command,
    Offer,
    Accept,
    Work { is_held: bool },
    Finish,
}

impl Course {
    /// Runs it. Left to chance, a room has at most so many entries.
    pub fn run(&self, dice: &mut Dice, most: usize) -> Room {
        let severity = if self.entries.is_some() { Severity::Sev1 } else { dice.weighed(SEVERITIES) };
        let team = team(dice, severity);
        let mut room = self.declare(dice, severity, &team);
        let end = self.end(dice, severity);
        let turns = self.turns(dice, severity, end);
        let typed = match self.entries {
            Some(entries) => entries.saturating_sub(entries_besides(&room, &team, &turns)),
            None => typed(dice, severity).min(most.saturating_sub(BESIDES)),
        };
        let mut writing: Vec<_> = std::iter::repeat_with(|| self.some_time(dice, end)).take(typed.max(1)).collect();
        writing.sort_unstable();
        let mut writing = writing.into_iter().peekable();
        for (at, turn) in turns {
            while let Some(at) = writing.next_if(|it| *it <= at) {
                write(dice, &mut room, &team, at);
            }
            take(&mut room, &team, at, turn);
        }
        for at in writing {
            write(dice, &mut room, &team, at);
        }
        room
    }

    fn declare(&self, dice: &mut Dice, severity: Severity, team: &[Hand]) -> Room {
        let service = dice.pick(words::SERVICES);
        let act = Act { by: team[0], at: self.declared_at };
        let title = words::filled(dice, words::TITLES, service);
        let mut room = Room::declare(act, title, severity);
        room.services.push(service);
        if dice.chance(0.25) {
            let other = dice.pick(words::SERVICES);
            room.services.extend((other != service).then_some(other));
        }
        if dice.chance(0.6) {
            room.summary = words::filled(dice, words::SUMMARIES, service);
        }
        if dice.chance(0.7) {
            let started = self.declared_at - dice.length(7.0, 1.0);
            room.record(act, MomentName::ImpactStarted, started);
            if dice.chance(0.6) {
                let noticed = (self.declared_at - started) / 3;
                room.record(act, MomentName::Detected, self.declared_at - noticed);
            }
        }
        room
    }

    /// When it ends; the year's end at the latest.
    fn end(&self, dice: &mut Dice, severity: Severity) -> DateTime<Utc> {
        let median = match severity {
            Severity::Sev1 => 85.0,
            Severity::Sev2 => 65.0,
            Severity::Sev3 => 55.0,
            Severity::Sev4 => 160.0,
            Severity::Sev5 => 420.0,
        };
        let length = dice.length(median, 0.9).max(Duration::minutes(4)).min(Duration::days(6));
        if self.is_open { self.midnight } else { self.midnight.min(self.declared_at + length) }
    }

    fn turns(&self, dice: &mut Dice, severity: Severity, end: DateTime<Utc>) -> Vec<(DateTime<Utc>, Turn)> {
        let length = end - self.declared_at;
        let at = |dice: &mut Dice, from, to| self.declared_at + part(length, dice.between(from, to));
        let mut turns = Vec::new();
        if severity <= Severity::Sev2 {
            turns.push((at(dice, 0.01, 0.05), Turn::Call));
        }
        if dice.chance(0.15) {
            let to = if severity == Severity::Sev1 || dice.chance(0.4) { Severity::Sev2 } else { Severity::Sev3 };
            turns.push((at(dice, 0.05, 0.15), Turn::Severity(to)));
        }
        turns.extend(self.held(dice, severity, length));
        let is_plain = self.is_open || self.entries.is_some();
        if dice.chance(0.02) && !is_plain {
            turns.push((end, Turn::Status(Status::Cancelled, "It was a test that looked like the real thing.")));
            return turns;
        }
        if dice.chance(0.45) {
            turns.push((at(dice, 0.2, 0.4), Turn::Status(Status::Identified, "")));
        }
        if dice.chance(0.65) {
            turns.push((at(dice, 0.5, 0.75), Turn::Status(Status::Monitoring, "")));
        }
        if dice.chance(0.03) && !is_plain {
            turns.push((at(dice, 0.76, 0.8), Turn::Status(Status::Resolved, "")));
            turns.push((at(dice, 0.85, 0.9), Turn::Status(Status::Investigating, "It came back.")));
        }
        if !self.is_open {
            if dice.chance(0.4) {
                turns.push((end, Turn::Recovered));
            }
            turns.push((end, Turn::Status(Status::Resolved, "")));
        }
        turns.sort_by_key(|(at, _)| *at);
        turns
    }

    /// Who takes what in the worse incidents, and hands it over in the long ones.
    fn held(&self, dice: &mut Dice, severity: Severity, length: Duration) -> Vec<(DateTime<Utc>, Turn)> {
        if severity > Severity::Sev2 {
            return vec![];
        }
        let at = |fraction| self.declared_at + part(length, fraction);
        let mut turns = vec![(at(0.02), Turn::Command), (at(0.05), Turn::Work { is_held: true })];
        if dice.chance(0.4) {
            turns.push((at(0.15), Turn::Work { is_held: false }));
        }
        if length > Duration::hours(2) || self.entries.is_some() {
            turns.extend([(at(0.5), Turn::Offer), (at(0.52), Turn::Accept)]);
        }
        turns.push((at(0.7), Turn::Finish));
        turns
    }

    /// Some time between declaration and end: more is written at the start.
    fn some_time(&self, dice: &mut Dice, end: DateTime<Utc>) -> DateTime<Utc> {
        let early = dice.between(0.0, 1.0);
        self.declared_at + part(end - self.declared_at, early * early)
    }
}

/// Who responds: the first one declares and leads.
fn team(dice: &mut Dice, severity: Severity) -> Vec<Hand> {
    let size = match severity {
        Severity::Sev1 => 7,
        Severity::Sev2 => 5,
        Severity::Sev3 => 3,
        Severity::Sev4 | Severity::Sev5 => 2,
    };
    let first = dice.below(HANDS);
    (0..size).map(|index| (first + index * 2) % HANDS).collect()
}

/// How much people type.
fn typed(dice: &mut Dice, severity: Severity) -> usize {
    let median = match severity {
        Severity::Sev1 => 26.0,
        Severity::Sev2 => 12.0,
        Severity::Sev3 => 3.5,
        Severity::Sev4 | Severity::Sev5 => 1.6,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of entries")]
    let typed = dice.size(median, 0.8) as usize;
    typed
}

/// How many entries a room will have besides what people type: tried out.
fn entries_besides(room: &Room, team: &[Hand], turns: &[(DateTime<Utc>, Turn)]) -> usize {
    let mut trial = Room::declare(Act { by: team[0], at: room.declared_at }, String::new(), room.severity);
    for (at, turn) in turns {
        take(&mut trial, team, *at, *turn);
    }
    let acknowledged = usize::from(!trial.moments.iter().any(|it| it.name == MomentName::Acknowledged));
    room.entries.len() - 1 + trial.entries.len() + acknowledged
}

fn part(length: Duration, fraction: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of days fit")]
    let whole = length.num_milliseconds() as f64 / 60_000.0;
    minutes(whole * fraction)
}

/// The first of the team does it, but for what the next one takes over.
fn take(room: &mut Room, team: &[Hand], at: DateTime<Utc>, turn: Turn) {
    let (act, next) = (Act { by: team[0], at }, Act { by: team[1], at });
    match turn {
        Turn::Severity(to) => room.set_severity(act, to),
        Turn::Status(to, reason) => room.set_status(act, to, reason),
        Turn::Call => room.add_link(act, LinkKind::Call, "Join the call", "https://meet.demo.example/incident".into()),
        Turn::Recovered => room.record(act, MomentName::Recovered, act.at - Duration::minutes(2)),
        Turn::Command => room.take_command(act),
        Turn::Offer => room.offer_command(act, next.by),
        Turn::Accept => room.accept_command(next),
        Turn::Work { is_held: true } => room.add_work(next, "Find what changed", true),
        Turn::Work { is_held: false } => room.add_work(act, "Ask the vendor what they see", false),
        Turn::Finish => room.finish_work(at),
    }
}

/// One entry: mostly something new; now and then what the same person wrote
/// just before is corrected or struck out.
fn write(dice: &mut Dice, room: &mut Room, team: &[Hand], at: DateTime<Utc>) {
    let last = room.entries.len() - 1;
    if room.entries[last].kind.is_typed() && dice.chance(0.05) {
        if dice.chance(0.3) {
            room.correct(at, last, None, dice.pick(words::STRIKES));
        } else {
            let body = format!("{} {}", room.entries[last].body, dice.pick(words::ADDED));
            room.correct(at, last, Some(body), dice.pick(words::CORRECTIONS));
        }
        return;
    }
    let mended = matches!(room.status, Status::Monitoring | Status::Resolved);
    let kind = dice.weighed(if mended { AFTER } else { BEFORE });
    let service = room.services[0];
    let body = words::filled(dice, words::said(kind), service);
    let late = if dice.chance(0.08) { dice.length(4.0, 0.8) } else { Duration::zero() };
    room.say(Act { by: dice.pick(team), at }, kind, body, at - late);
}
