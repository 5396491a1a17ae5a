//! The timeline, the only log: entries, what stands of them after their
//! corrections, and the rules of writing. Everything that happens to an
//! incident is an entry, appended through [`log::open`].

pub mod attachments;
pub mod commander;
pub mod corrections;
pub mod hub;
pub mod image;
pub mod json;
pub mod key;
pub mod log;
pub mod look;
pub mod pins;
pub mod store;
pub mod theories;
pub mod viewer;
pub mod wake;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{
    people::Person,
    terms::{Kind, Role, Source, TheoryState},
    web::{Failure, Problem, form::Errors, markdown},
};

use attachments::Attachment;
use image::Image;
pub use key::Key;
pub use log::{Log, Opened};
use theories::{Evidence, Verdict};

/// The longest body, in characters.
pub const MAX_BODY: usize = 20_000;
/// What the body of a pin says; another one unpins.
pub const PINNED: &str = "pinned";
/// How the entry of a written update begins, up to those to whom it was said.
pub const SAID_TO: &str = "**To ";
/// How much of an entry a line beside the timeline shows, in characters.
const GIST: usize = 120;
/// The longest reason, in characters.
pub const MAX_REASON: usize = 2_000;

/// A line of an incident's timeline, with all that was later said of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The incident's number.
    pub incident: i64,
    /// 1, 2, 3 … within the incident, without holes, in commit order.
    pub seq: i64,
    /// What kind of line it is.
    pub kind: Kind,
    /// Who wrote it; `None` when the room itself did.
    pub author: Option<Author>,
    /// Where it came from.
    pub source: Source,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// The words and the time as first written.
    pub written: Version,
    /// The reason given with it, or nothing.
    pub reason: String,
    /// For a correction or redaction: the `seq` of the entry it is about.
    pub corrects: Option<i64>,
    /// For a correction: it strikes its target out.
    pub strikes: bool,
    /// The corrections of this entry, in order.
    pub corrections: Vec<Correction>,
    /// Set when an admin took the text out.
    pub redaction: Option<Redaction>,
    /// Kept in sight.
    pub pinned: bool,
    /// For a theory: what was said to have become of it, in order.
    pub verdicts: Vec<Verdict>,
    /// For a theory: what speaks to it, in the order in which that was said.
    pub evidence: Vec<Evidence>,
    /// The images in it.
    pub attachments: Vec<Attachment>,
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
}

/// What an entry says and when that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The text, in Markdown.
    pub body: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// A later entry that says what stands instead.
#[derive(Debug, Clone)]
pub struct Correction {
    /// Its own `seq`.
    pub seq: i64,
    /// Who corrected.
    pub author: Option<Author>,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// What stands after it.
    pub stands: Version,
    /// Whether it strikes the entry out.
    pub strikes: bool,
    /// Why.
    pub reason: String,
}

/// A later entry that took the text out for good.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// Its own `seq`.
    pub seq: i64,
    /// The admin.
    pub author: Option<Author>,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Entry {
    /// What stands now.
    pub fn stands(&self) -> &Version {
        self.corrections.last().map_or(&self.written, |last| &last.stands)
    }

    /// The correction that struck it out, if it is struck out now.
    pub fn struck(&self) -> Option<&Correction> {
        self.corrections.last().filter(|last| last.strikes)
    }

    /// Whether it still says something: it is neither struck out nor taken out.
    pub fn still_says(&self) -> bool {
        self.redaction.is_none() && self.struck().is_none()
    }

    /// Whether it is shown in full, as what people type is: an update that was
    /// written to those outside, too.
    pub fn is_told_in_full(&self) -> bool {
        self.kind.is_typed() || (self.kind == Kind::Update && self.written.body.starts_with(SAID_TO))
    }

    /// Whether it was written noticeably after it happened.
    pub fn is_late(&self) -> bool {
        self.recorded_at - self.stands().occurred_at >= Duration::minutes(1)
    }

    /// The author's name, or what the room calls itself.
    pub fn by(&self) -> &str {
        self.author.as_ref().map_or("The room", |author| &author.name)
    }

    /// The time that stands beside it: when it happened. A correction happened
    /// when it was written; what it carries is its target's time.
    pub fn happened_at(&self) -> DateTime<Utc> {
        if self.corrects.is_some() { self.recorded_at } else { self.stands().occurred_at }
    }

    /// What the author of a system entry did, up to its body.
    pub fn did(&self) -> &'static str {
        match self.kind {
            Kind::Declared => "declared",
            Kind::Status => "changed the status:",
            Kind::Severity => "changed the severity:",
            Kind::Moment => "recorded",
            Kind::Details => "changed",
            Kind::Merge => "merged",
            Kind::Visibility => "made this",
            Kind::Correction if self.strikes => "struck out",
            Kind::Correction => "corrected",
            Kind::Redacted => "redacted",
            Kind::Pin if self.pins() => "pinned",
            Kind::Pin => "unpinned",
            Kind::Verdict => match self.written.body.parse() {
                Ok(TheoryState::Eliminated) => "eliminated the theory",
                Ok(TheoryState::Confirmed) => "confirmed the theory",
                _ => "opened again the theory",
            },
            Kind::Evidence => "said that",
            _ => "",
        }
    }

    /// For a pin: whether it keeps the other entry in sight, or no longer does.
    pub fn pins(&self) -> bool {
        self.written.body == PINNED
    }

    /// Its text without marks, cut to fit a line. Nothing that was taken out.
    pub fn gist(&self) -> String {
        let words = markdown::plain(&self.stands().body);
        let text = match self.attachments.first() {
            Some(image) if words.is_empty() => image.words().to_owned(),
            _ => words,
        };
        match text.char_indices().nth(GIST) {
            Some((end, _)) => format!("{}…", text[..end].trim_end()),
            None => text,
        }
    }

    /// Whether this person may correct it or strike it out: responders their
    /// own, whoever leads any. What the room recorded is corrected where it was set.
    pub fn may_correct(&self, person: &Person, leads: bool) -> bool {
        let own = self.author.as_ref().is_some_and(|author| author.id == person.id);
        let allowed = leads || (own && person.role >= Role::Responder);
        allowed && self.kind.is_typed() && self.redaction.is_none()
    }
}

/// An entry to append.
#[derive(Debug, Clone)]
pub struct New {
    /// Its kind.
    pub kind: Kind,
    /// Its text.
    pub body: String,
    /// When it happened; when it is written, unless said.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Who writes it; `None` for the room itself.
    pub author: Option<Uuid>,
    /// Where it comes from.
    pub source: Source,
    /// The entry it is about, for corrections and redactions.
    pub corrects: Option<i64>,
    /// Whether it strikes that entry out.
    pub strikes: bool,
    /// Why, where a reason is given.
    pub reason: String,
    /// The images in it.
    pub images: Vec<Image>,
}

impl New {
    /// What a person writes or does.
    pub fn by(person: &Person, kind: Kind, body: impl Into<String>) -> Self {
        Self { author: Some(person.id), source: Source::Person, ..Self::room(kind, body) }
    }

    /// What the room itself records.
    pub fn room(kind: Kind, body: impl Into<String>) -> Self {
        Self {
            kind,
            body: body.into(),
            occurred_at: None,
            author: None,
            source: Source::System,
            corrects: None,
            strikes: false,
            reason: String::new(),
            images: Vec::new(),
        }
    }

    /// With the time it happened.
    #[must_use]
    pub fn at(self, occurred_at: DateTime<Utc>) -> Self {
        Self { occurred_at: Some(occurred_at), ..self }
    }

    /// With a reason.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }
}

/// What a write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The number or `seq` that it made; 0 when there was nothing to write.
    pub answer: i64,
    /// It had been made before, under the same key.
    pub again: bool,
}

/// Why a write was not made.
#[derive(Debug)]
pub enum NotWritten {
    /// What was typed cannot be taken: messages beside the fields.
    Refused(Errors),
    /// Anything else.
    Failed(Failure),
}

impl NotWritten {
    /// A message beside one field.
    pub fn refused(field: &'static str, message: impl Into<String>) -> Self {
        Self::Refused(Errors::one(field, message))
    }
}

impl From<sqlx::Error> for NotWritten {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NotWritten> for Problem {
    fn from(reason: NotWritten) -> Self {
        match reason {
            NotWritten::Refused(errors) => errors.into(),
            NotWritten::Failed(failure) => failure.into(),
        }
    }
}

impl From<Failure> for NotWritten {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Role) -> Person {
        Person {
            id: Uuid::now_v7(),
            email: "ana@example.org".into(),
            name: "Ana".into(),
            handle: "ana".into(),
            role,
            time_zone: "UTC".into(),
        }
    }

    fn entry(author: &Person, kind: Kind) -> Entry {
        let at = DateTime::UNIX_EPOCH;
        Entry {
            incident: 1,
            seq: 1,
            kind,
            author: Some(Author { id: author.id, name: author.name.clone() }),
            source: Source::Person,
            recorded_at: at,
            written: Version { body: "first".into(), occurred_at: at },
            reason: String::new(),
            corrects: None,
            strikes: false,
            corrections: vec![],
            redaction: None,
            pinned: false,
            verdicts: vec![],
            evidence: vec![],
            attachments: vec![],
        }
    }

    fn corrected(mut entry: Entry, body: &str, strikes: bool) -> Entry {
        entry.corrections.push(Correction {
            seq: entry.seq + 1,
            author: None,
            recorded_at: entry.recorded_at,
            stands: Version { body: body.into(), occurred_at: entry.recorded_at },
            strikes,
            reason: String::new(),
        });
        entry
    }

    #[test]
    fn the_last_correction_stands() {
        let ana = person(Role::Responder);
        let entry = entry(&ana, Kind::Note);
        assert_eq!(entry.stands().body, "first");
        let struck = corrected(corrected(entry, "second", false), "second", true);
        assert!(struck.struck().is_some());
        let restored = corrected(struck, "third", false);
        assert!(restored.struck().is_none());
        assert_eq!(restored.stands().body, "third");
    }

    #[test]
    fn one_corrects_ones_own_and_whoever_leads_corrects_any() {
        let (ana, ben) = (person(Role::Responder), person(Role::Responder));
        let note = entry(&ana, Kind::Note);
        assert!(note.may_correct(&ana, false) && !note.may_correct(&ben, false) && note.may_correct(&ben, true));
        let demoted = Person { role: Role::Viewer, ..ana.clone() };
        assert!(!note.may_correct(&demoted, false));
        assert!(!entry(&ana, Kind::Status).may_correct(&person(Role::Admin), true));
    }

    #[test]
    fn an_entry_is_late_from_a_minute_on() {
        let mut note = entry(&person(Role::Responder), Kind::Note);
        note.recorded_at += Duration::seconds(59);
        assert!(!note.is_late());
        note.recorded_at += Duration::seconds(1);
        assert!(note.is_late());
    }
}
