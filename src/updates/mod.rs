//! What is said to those outside the work: written updates for leadership and
//! the public, and the promise of the next one.

pub mod api;
pub mod cadence;
pub mod cadence_form;
pub mod corrections;
pub mod drafts;
pub mod marks;
pub mod material;
pub mod one;
pub mod overdue;
pub mod pages;
pub mod questions;
pub mod standing;
pub mod store;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    terms::Audience,
    timeline::{Author, SAID_TO},
    web::time,
};

/// The longest of each text, in characters.
pub const MAX_TEXT: usize = 2_000;

/// An update as it stands.
#[derive(Debug, Clone)]
pub struct Update {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// The entry that tells of it.
    pub seq: i64,
    /// For whom it is written.
    pub audience: Audience,
    /// What it says now; nothing when it was redacted.
    pub texts: Texts,
    /// The promised time of the next one.
    pub next_by: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub written_by: Author,
    /// When.
    pub written_at: DateTime<Utc>,
    /// It says nothing any more: struck out, or redacted. Its promise stands.
    pub struck: bool,
    /// Its text was taken out for good.
    pub redacted: bool,
    /// What it said before, the oldest first.
    pub corrections: Vec<Version>,
}

/// What an update said before it was corrected or struck out.
#[derive(Debug, Clone)]
pub struct Version {
    /// The correction's own entry.
    pub seq: i64,
    /// What stood.
    pub texts: Texts,
    /// When it was corrected.
    pub corrected_at: DateTime<Utc>,
    /// By whom.
    pub corrected_by: Author,
    /// Why.
    pub reason: String,
    /// It was struck out.
    pub strikes: bool,
}

/// The words of an update, as plain text. Any of them may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// What is known.
    pub situation: String,
    /// What it means for those concerned.
    pub impact: String,
    /// What is being done.
    pub doing: String,
    /// What was ruled out.
    pub ruled_out: String,
}

impl Texts {
    /// Whether it says that there is no news yet, and no more.
    pub const fn is_no_news(&self) -> bool {
        self.situation.is_empty() && self.impact.is_empty() && self.doing.is_empty() && self.ruled_out.is_empty()
    }

    /// All of them: the field's name, how it reads before its text, and the text.
    pub fn all(&self) -> [(&'static str, &'static str, &str); 4] {
        [
            ("situation", "Situation", &self.situation),
            ("impact", "Impact", &self.impact),
            ("doing", "What is being done", &self.doing),
            ("ruled_out", "Ruled out", &self.ruled_out),
        ]
    }

    /// Those that say something: how each reads before its text, and the text.
    pub fn said(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.all().into_iter().filter(|(_, _, text)| !text.is_empty()).map(|(_, label, text)| (label, text))
    }
}

impl Update {
    /// The address of its page.
    pub fn path(&self) -> String {
        format!("/incidents/{}/updates/{}", self.incident, self.id)
    }

    /// What it says, on one line and short.
    pub fn gist(&self) -> String {
        match self.texts.said().next() {
            _ if self.redacted => "(redacted)".to_owned(),
            Some((_, text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            None => "No news yet".to_owned(),
        }
    }

    /// The correction that struck it out, if it is struck out.
    pub fn strike(&self) -> Option<&Version> {
        self.corrections.last().filter(|last| last.strikes)
    }
}

impl Audience {
    /// Those to whom it is said, after "to".
    pub const fn addressed(self) -> &'static str {
        match self {
            Self::Leadership => "leadership",
            Self::Public => "the public",
        }
    }
}

/// What the entry of an update says, in Markdown.
pub fn entry(audience: Audience, texts: &Texts, next_by: Option<DateTime<Utc>>) -> String {
    let to = audience.addressed();
    let next = next_by.map(|at| format!("Next update by {}.", time::short(at)));
    if texts.is_no_news() {
        let words = [Some(format!("told {to} that there is no news yet.")), next];
        return words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    }
    let [(_, _, situation), rest @ ..] = texts.all();
    let rest = rest.into_iter().filter(|(_, _, text)| !text.is_empty());
    let first = format!("{SAID_TO}{to}:** {situation}").trim_end().to_owned();
    let rest = rest.map(|(_, label, text)| format!("**{label}:** {text}"));
    [first].into_iter().chain(rest).chain(next).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_what_its_update_says_and_leaves_out_what_is_not_said() {
        let texts = |situation: &str, doing: &str| Texts {
            situation: situation.into(),
            doing: doing.into(),
            ..Texts::default()
        };
        let at = "2026-11-22T03:40:00Z".parse().ok();
        for (audience, texts, next_by, expected) in [
            (
                Audience::Leadership,
                texts("Checkout fails.", "We roll back."),
                at,
                "**To leadership:** Checkout fails.\n\n**What is being done:** We roll back.\n\nNext update by 22 Nov 03:40 UTC.",
            ),
            (
                Audience::Public,
                texts("", "We mend it."),
                None,
                "**To the public:**\n\n**What is being done:** We mend it.",
            ),
            (
                Audience::Leadership,
                Texts::default(),
                at,
                "told leadership that there is no news yet. Next update by 22 Nov 03:40 UTC.",
            ),
        ] {
            assert_eq!(entry(audience, &texts, next_by), expected);
            assert_eq!(texts.is_no_news(), !expected.starts_with(SAID_TO));
        }
    }
}
