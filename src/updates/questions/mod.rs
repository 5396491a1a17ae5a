//! Questions of those outside the work. They wait in a queue that belongs to
//! whoever speaks for the response, and interrupt nobody else; others say that
//! they ask the same; an update or a reply answers all of them.

pub mod api;
pub mod pages;
mod store;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{
    incidents::words::{self, Words},
    people::Person,
    response::{Holder, held::Held},
    timeline::{Author, commander::COMMANDER},
    web::time::spoken,
};

pub use store::{Answering, answer, ask, incident_of, of, one, plus_one, similar, told_by};

/// The longest question, in characters.
pub const MAX_QUESTION: usize = 500;
/// The longest reply, in characters.
pub const MAX_REPLY: usize = 2_000;
/// The role whose holder speaks to those outside.
const COMMUNICATIONS: &str = "communications";
/// How much of a question a line beside the timeline shows, in characters.
const GIST: usize = 120;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    /// Somebody who is signed in here.
    Person(&'a Person),
    /// A reader of this share link.
    Reader(Uuid),
}

/// A question, waiting or answered.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// The entry that tells of it.
    pub seq: i64,
    /// What is asked, as plain text; nothing when it was redacted.
    pub body: String,
    /// Who asked.
    pub asked_by: AskedBy,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// How many others ask the same.
    pub votes: i64,
    /// What was answered.
    pub answer: Option<Answer>,
    /// Its text was taken out for good.
    pub is_redacted: bool,
}

/// Who asked something.
#[derive(Debug, Clone)]
pub enum AskedBy {
    /// Somebody who is signed in here.
    Person(Author),
    /// A reader of the share link with this label.
    Reader(String),
}

/// The answer to a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Author,
    /// The entry that tells of it.
    pub seq: Option<i64>,
    /// The update that answers it.
    pub update: Option<Uuid>,
    /// What was replied; nothing when the update says it, or it was redacted.
    pub reply: String,
}

impl Question {
    /// Whether somebody still waits for an answer.
    pub const fn waits(&self) -> bool {
        self.answer.is_none() && !self.is_redacted
    }

    /// Whether this person asked it here.
    pub fn is_asked_by(&self, person: Uuid) -> bool {
        matches!(&self.asked_by, AskedBy::Person(asker) if asker.id == person)
    }

    /// How long it waited, or waits.
    pub fn waited(&self, now: DateTime<Utc>) -> Duration {
        self.answer.as_ref().map_or(now, |answer| answer.at) - self.asked_at
    }

    /// The same, in words. Templates call it.
    pub fn for_so_long(&self, now: &DateTime<Utc>) -> String {
        spoken(self.waited(*now))
    }

    /// What is asked, on one line and short.
    pub fn gist(&self) -> String {
        let line = self.body.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(GIST) {
            _ if self.is_redacted => "(redacted)".to_owned(),
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line,
        }
    }

    /// The address under which it is answered, and said to be one's own.
    pub fn path(&self) -> String {
        format!("/incidents/{}/questions/{}", self.incident, self.id)
    }
}

/// Those that wait, the oldest first.
pub fn waiting(questions: &[Question]) -> impl Iterator<Item = &Question> {
    questions.iter().filter(|question| question.waits())
}

/// How many questions came to nobody's work: those that were answered, and all
/// that were said to be the same as another.
pub fn absorbed(questions: &[Question]) -> i64 {
    questions.iter().map(|question| question.votes + i64::from(question.answer.is_some())).sum()
}

/// To whom the queue belongs: whoever speaks to those outside, or commands while nobody does.
pub fn keeper(roles: &[Held]) -> Option<&Holder> {
    let holder = |role: &str| roles.iter().find(|held| held.role == role).and_then(|held| held.holder.as_ref());
    holder(COMMUNICATIONS).or_else(|| holder(COMMANDER))
}

/// Whether two texts ask the same, or nearly.
fn is_like(asked: &str, other: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).collect::<String>();
    let (one, two) = (Words::of(asked), Words::of(other));
    plain(asked) == plain(other) || words::is_alike(&one, &two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_nearly_the_same_is_like_it() {
        for (asked, other, expected) in [
            ("When will checkout be back?", "Is checkout back yet?", true),
            ("any ETA", "Any ETA?", true),
            ("When?", "when", true),
            ("Are customers' cards at risk?", "Is card data at risk", true),
            ("When will search be fixed?", "When will checkout be back?", false),
            ("Why?", "When?", false),
            ("Is data lost?", "Who is affected, and since when?", false),
        ] {
            assert_eq!(is_like(asked, other), expected, "{asked} {other}");
        }
    }

    #[test]
    fn the_queue_belongs_to_whoever_speaks_or_else_commands() {
        let holder = |name: &str| Some(Holder { id: Uuid::now_v7(), name: name.into(), email: String::new() });
        let held = |role: &str, holder| Held {
            role: role.into(),
            label: String::new(),
            duty: String::new(),
            needed_from: None,
            holder,
            since: None,
        };
        for (commander, communications, expected) in [
            (None, None, None),
            (Some("Ana"), None, Some("Ana")),
            (Some("Ana"), Some("Ben"), Some("Ben")),
            (None, Some("Ben"), Some("Ben")),
        ] {
            let roles = [
                held("commander", commander.and_then(holder)),
                held("communications", communications.and_then(holder)),
                held("scribe", holder("Cem")),
            ];
            assert_eq!(keeper(&roles).map(|it| it.name.as_str()), expected);
        }
    }
}
