//! What a line of the composer means. Only a known command at its start is
//! one: `/var/log is full` is a note.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    incidents::{MAX_TITLE, links::NewLink},
    response::{offers::MAX_BRIEFING, work},
    terms::{Kind, MomentName, Severity, Status, TheoryState},
    timeline::{MAX_BODY, MAX_REASON},
    updates::MAX_TEXT,
    web::{form, time},
};

/// A line, understood.
#[derive(Debug, Clone)]
pub enum Line {
    /// An entry of a typed kind.
    Entry {
        /// Its kind.
        kind: Kind,
        /// Its text.
        body: String,
        /// When it happened, if said.
        occurred_at: Option<DateTime<Utc>>,
    },
    /// `/sev 1`
    Severity(Severity, String),
    /// `/status monitoring`, `/resolve`, `/reopen why`, `/cancel why`
    Status(Status, String),
    /// `/moment detected 14:05 why`
    Moment(MomentName, DateTime<Utc>, String),
    /// `/link call https://…`
    Link(NewLink),
    /// `/title …`
    Title(String),
    /// `/role commander @ana`: the role, and who is to hold it.
    Role(String, String),
    /// `/work restore the replica @ben`: what is to be done, and who does it, if said.
    Work(String, Option<String>),
    /// `/handoff commander @ben briefing`
    Handoff(Offered),
    /// `/eliminate #12 why`, `/confirm #12 why`: the `seq` of a theory, and what became of it.
    Theory(i64, TheoryState, String),
    /// `/update …`: leaders are told this.
    Update(String),
    /// `/nonews`: leaders are told that there is none yet.
    NoNews,
    /// `/snooze 20m why`: when the next update comes instead.
    Snooze(DateTime<Utc>, String),
    /// `/joined`, `/left`, `/relief`: about the call, and no entry.
    Call(OnCall),
}

/// What somebody says of themselves and the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCall {
    /// They are on it.
    Joined,
    /// They are no longer on it.
    Left,
    /// They need relief.
    Relief,
}

/// An offer, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// A role's name, or the title of a piece of work.
    pub what: String,
    /// It stood in quotes, so it is a title.
    pub is_title: bool,
    /// To whom.
    pub to: String,
    /// What is to be known with it.
    pub briefing: String,
}

/// The commands, as the composer's help lists them.
pub const HELP: &[(&str, &str)] = &[
    ("/note, /action, /effect, /expect, /assume, /theory, /decide", "an entry of that kind"),
    ("/sev 2", "change the severity"),
    ("/status identified", "change the status"),
    ("/resolve, /reopen why, /cancel why", "the ends, and back"),
    ("/moment detected 14:05", "record a moment; add why to correct one"),
    ("/link call https://…", "add a call, chat, runbook or dashboard"),
    ("/title …", "change the title"),
    ("/role commander @ana", "who holds a role; me takes it, nobody frees it"),
    ("/work restore the replica @ben", "add work; me or @ben holds it, without a name nobody yet"),
    ("/eliminate #12 why, /confirm #12 why", "what became of the theory #12"),
    ("/handoff commander @ben …", "offer a role with a briefing; work by its title in quotes"),
    ("/update …", "tell leadership; the longer form is under Updates"),
    ("/nonews, /snooze 20m why", "no news yet, or the next update later: both move the promise"),
    ("/relief", "you need relief: only the commander and the operations lead see it"),
    ("/joined, /left", "you are on the call without the room, or no longer; no entry"),
];

/// Reads a line in its writer's zone. `kind` is what the buttons say when the
/// line says nothing.
///
/// Errors are sentences for the person who typed it.
pub fn read(typed: &str, kind: Kind, zone: Tz, now: DateTime<Utc>) -> Result<Line, String> {
    let text = form::text(typed, MAX_BODY)?;
    if let Some((command, rest)) = split_command(&text) {
        return read_command(command, rest, zone, now);
    }
    if let Some((at, rest)) = time::split_prefix(&text)
        && let Some((Command::Kind(kind), rest)) = split_command(rest)
    {
        return entry(kind, &format!("{at} {rest}"), zone, now);
    }
    entry(kind, &text, zone, now)
}

#[derive(Clone, Copy)]
enum Command {
    Kind(Kind),
    Severity,
    Status,
    Resolve,
    Reopen,
    Cancel,
    Moment,
    Link,
    Title,
    Role,
    Work,
    Handoff,
    Theory(TheoryState),
    Update,
    NoNews,
    Snooze,
    Call(OnCall),
}

fn split_command(text: &str) -> Option<(Command, &str)> {
    let rest = text.strip_prefix('/')?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let word = &rest[..end];
    if let Some(kind) = kind(word) {
        return Some((Command::Kind(kind), rest[end..].trim()));
    }
    let command = match &word.to_lowercase()[..] {
        "sev" | "severity" => Command::Severity,
        "status" => Command::Status,
        "resolve" => Command::Resolve,
        "reopen" => Command::Reopen,
        "cancel" => Command::Cancel,
        "moment" => Command::Moment,
        "link" => Command::Link,
        "title" => Command::Title,
        "role" => Command::Role,
        "work" => Command::Work,
        "handoff" => Command::Handoff,
        "eliminate" => Command::Theory(TheoryState::Eliminated),
        "confirm" => Command::Theory(TheoryState::Confirmed),
        "update" => Command::Update,
        "nonews" => Command::NoNews,
        "snooze" => Command::Snooze,
        "joined" => Command::Call(OnCall::Joined),
        "left" => Command::Call(OnCall::Left),
        "relief" => Command::Call(OnCall::Relief),
        _ => return None,
    };
    Some((command, rest[end..].trim()))
}

/// The kind that a command's word stands for.
pub fn kind(word: &str) -> Option<Kind> {
    Some(match &word.to_lowercase()[..] {
        "note" => Kind::Note,
        "action" => Kind::Action,
        "effect" => Kind::Effect,
        "expect" | "expectation" => Kind::Expectation,
        "assume" | "assumption" => Kind::Assumption,
        "theory" => Kind::Theory,
        "decide" | "decision" => Kind::Decision,
        _ => return None,
    })
}

fn read_command(command: Command, rest: &str, zone: Tz, now: DateTime<Utc>) -> Result<Line, String> {
    let (first, tail) = rest.split_once(char::is_whitespace).map_or((rest, ""), |(first, tail)| (first, tail.trim()));
    match command {
        Command::Kind(kind) => entry(kind, rest, zone, now),
        Command::Severity => {
            let digit = first.to_lowercase();
            let digit = digit.strip_prefix("sev").unwrap_or(&digit);
            let severity = format!("sev{digit}").parse();
            let severity = severity.map_err(|_| "Write /sev and a number from 1 to 5, such as /sev 2.".to_owned())?;
            Ok(Line::Severity(severity, reason(tail)?))
        }
        Command::Status => {
            let status = first.to_lowercase().parse().map_err(|_| {
                "Write /status and one of investigating, identified, monitoring, resolved, cancelled.".to_owned()
            })?;
            Ok(Line::Status(status, reason(tail)?))
        }
        Command::Resolve => Ok(Line::Status(Status::Resolved, reason(rest)?)),
        Command::Reopen => Ok(Line::Status(Status::Investigating, reason(rest)?)),
        Command::Cancel => Ok(Line::Status(Status::Cancelled, reason(rest)?)),
        Command::Moment => moment(first, tail, zone, now),
        Command::Link => link(first, tail),
        Command::Title => Ok(Line::Title(form::line(rest, MAX_TITLE)?)),
        Command::Role if first.is_empty() || tail.is_empty() || tail.contains(char::is_whitespace) => {
            Err("Write /role, then a role and who holds it: /role commander @ana, me or nobody.".into())
        }
        Command::Role => Ok(Line::Role(first.to_lowercase(), tail.to_owned())),
        Command::Work => work(rest),
        Command::Handoff => handoff(rest).map(Line::Handoff),
        Command::Theory(state) => {
            let seq = first.strip_prefix('#').unwrap_or(first).parse();
            let seq = seq.map_err(|_| "Write the number of a theory after it, such as #12, and why.".to_owned())?;
            Ok(Line::Theory(seq, state, reason(tail)?))
        }
        Command::Update if rest.is_empty() => Err("Write /update and what leaders are to know now.".into()),
        Command::Update => Ok(Line::Update(form::text(rest, MAX_TEXT)?)),
        Command::NoNews if rest.is_empty() => Ok(Line::NoNews),
        Command::NoNews => Err("Write /nonews alone. What there is to say, say it with /update.".into()),
        Command::Snooze => snooze(first, tail, zone, now),
        Command::Call(said) if rest.is_empty() => Ok(Line::Call(said)),
        Command::Call(_) => Err("Write it alone: it takes no reason and no name, and is no entry.".into()),
    }
}

fn reason(typed: &str) -> Result<String, String> {
    form::optional_text(typed, MAX_REASON).map_err(|why| format!("The reason is too long. {why}"))
}

fn entry(kind: Kind, text: &str, zone: Tz, now: DateTime<Utc>) -> Result<Line, String> {
    let (occurred_at, body) = match time::split_prefix(text) {
        Some((at, rest)) => (Some(time::parse(at, zone, now)?), rest),
        None => (None, text),
    };
    if body.is_empty() {
        return Err("Please write what happened after it.".into());
    }
    Ok(Line::Entry { kind, body: body.to_owned(), occurred_at })
}

fn moment(name: &str, at: &str, zone: Tz, now: DateTime<Utc>) -> Result<Line, String> {
    let name = match name.to_lowercase().as_str() {
        "impact" | "started" => MomentName::ImpactStarted,
        word => word.parse().map_err(|_| {
            "Write /moment and one of impact, detected, acknowledged, mitigated, recovered, resolved, then a time."
                .to_owned()
        })?,
    };
    if at.is_empty() {
        return Ok(Line::Moment(name, now, String::new()));
    }
    let (at, why) = time::split_prefix(at).unwrap_or((at, ""));
    let at = time::parse(at, zone, now)?;
    let why = form::optional_text(why, MAX_REASON)?;
    Ok(Line::Moment(name, at, why))
}

fn link(kind: &str, rest: &str) -> Result<Line, String> {
    let (url, label) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let link = NewLink::check(&kind.to_lowercase(), label.trim(), url);
    link.map(Line::Link).map_err(|_| {
        "Write /link, then call, chat, runbook or dashboard, then an address that starts with https://.".into()
    })
}

/// The last word says who, if it is a handle.
fn work(rest: &str) -> Result<Line, String> {
    let (title, to) = match rest.rsplit_once(char::is_whitespace) {
        Some((title, last)) if last.starts_with('@') => (title, Some(last.to_owned())),
        _ => (rest, None),
    };
    if title.is_empty() || title.starts_with('@') {
        return Err("Write /work and what is to be done, and @ben or @me at the end if somebody holds it.".into());
    }
    Ok(Line::Work(form::line(title, work::MAX_TITLE)?, to))
}

fn snooze(until: &str, why: &str, zone: Tz, now: DateTime<Utc>) -> Result<Line, String> {
    let why = form::text(why, MAX_REASON)
        .map_err(|_| "Write /snooze, how long or until when, and why: /snooze 20m the restore runs.".to_owned())?;
    Ok(Line::Snooze(time::ahead(until, zone, now)?, why))
}

fn handoff(rest: &str) -> Result<Offered, String> {
    let how = || "Write /handoff, then a role or the title of work in quotes, then to whom: /handoff commander @ben.";
    let (what, is_title, tail) = if let Some(quoted) = rest.strip_prefix(['"', '“', '”', '„']) {
        let (title, tail) = quoted.split_once(['"', '“', '”']).ok_or_else(how)?;
        (title.trim().to_owned(), true, tail.trim())
    } else {
        let (role, tail) = rest.split_once(char::is_whitespace).ok_or_else(how)?;
        (role.to_lowercase(), false, tail.trim())
    };
    let (to, briefing) = tail.split_once(char::is_whitespace).unwrap_or((tail, ""));
    if what.is_empty() || !to.starts_with('@') {
        return Err(how().into());
    }
    let briefing = form::optional_text(briefing, MAX_BRIEFING).map_err(|why| format!("The briefing: {why}"))?;
    Ok(Offered { what, is_title, to: to.to_owned(), briefing })
}

#[cfg(test)]
mod tests;
