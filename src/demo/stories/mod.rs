//! The stories of the demo: outages that happened, after the public accounts of
//! those who had them, and two that are invented. One file a story.
//!
//! A file says when a thing was done, by whom, and what: one key. To tell more,
//! add a key and a [`What`]; whoever tells stories then has to tell it.
//!
//! A role is called by its name and a piece of work by its title; a theory by
//! the words with which it begins.

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::Error};

use crate::{
    terms::{Audience, Kind, MomentName, Severity, Stance, Status, TheoryState},
    updates::Texts,
};

/// Those that happened, the oldest first.
const TRUE: &[(&str, &str)] = &[
    ("gitlab-2017", include_str!("gitlab-2017.toml")),
    ("github-2018", include_str!("github-2018.toml")),
    ("cloudflare-2019", include_str!("cloudflare-2019.toml")),
    ("slack-2021", include_str!("slack-2021.toml")),
    ("roblox-2021", include_str!("roblox-2021.toml")),
];

/// A story of one incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What happened really, in words that go on a sentence: "the outage of …".
    pub event: String,
    /// What the incident is called at first.
    pub title: String,
    /// What is known at first.
    pub summary: String,
    /// The services concerned.
    pub services: Vec<String>,
    /// How bad it seems at first.
    pub severity: Severity,
    /// When it was declared.
    #[serde(deserialize_with = "instant")]
    pub declared: DateTime<Utc>,
    /// The public accounts; none when it is invented.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Where people are pulled to. What really happened has none.
    #[serde(default)]
    pub links: Vec<Link>,
    /// What happened, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// A public account of what happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Whose it is, and what it is called.
    pub title: String,
    /// Where it is.
    pub url: String,
}

/// A link of the room.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it leads to: call, chat, runbook, dashboard.
    pub kind: String,
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// One thing that was done.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    /// When.
    #[serde(deserialize_with = "instant")]
    pub at: DateTime<Utc>,
    /// By whom: a role where it happened, somebody of the demo where it is invented.
    pub by: String,
    /// When it had happened, if it was noted later; for a moment, when that was.
    #[serde(default, deserialize_with = "later")]
    pub happened: Option<DateTime<Utc>>,
    /// Why, where a reason is given; what whoever declines says.
    #[serde(default)]
    pub reason: String,
    /// To whom something is offered.
    #[serde(default)]
    pub to: String,
    /// Where it stands, said with an offer.
    #[serde(default)]
    pub briefing: String,
    /// When work that is started is due back; by when the next update is promised.
    #[serde(default, deserialize_with = "later")]
    pub due: Option<DateTime<Utc>>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What somebody did.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Key")]
pub enum What {
    /// Wrote an entry.
    Say(Kind, String),
    /// Corrected the text of their last entry.
    Correct(String),
    /// Struck their last entry out, and why.
    Strike(String),
    /// Recorded a moment.
    Moment(MomentName),
    /// Changed the severity.
    Severity(Severity),
    /// Changed the status.
    Status(Status),
    /// Changed what the incident is called.
    Title(String),
    /// Told those outside.
    Update(Update),
    /// Changed who holds a role or a piece of work, or offered to.
    Hold(Hold, String),
    /// Said what became of a theory.
    Judge(TheoryState, String),
    /// Said that their last entry speaks for a theory, or against it.
    Speak(Stance, String),
}

/// What those outside were told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// For whom it was written.
    pub audience: Audience,
    #[serde(default)]
    situation: String,
    #[serde(default)]
    impact: String,
    #[serde(default)]
    doing: String,
    #[serde(default)]
    ruled_out: String,
}

impl Update {
    /// The words.
    pub fn texts(&self) -> Texts {
        let Self { situation, impact, doing, ruled_out, .. } = self.clone();
        Texts { situation, impact, doing, ruled_out }
    }

    /// The first of the words.
    pub fn first(&self) -> &str {
        let texts = [&self.situation, &self.impact, &self.doing, &self.ruled_out];
        texts.into_iter().find(|text| !text.is_empty()).map_or("", String::as_str)
    }
}

/// What somebody did with a role or a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Took what nobody held.
    Take,
    /// Gave it up.
    GiveUp,
    /// Added work that nobody holds yet.
    Add,
    /// Added work that they do themselves.
    Start,
    /// Finished it.
    Finish,
    /// Dropped it.
    Drop,
    /// Offered it to another one.
    Offer,
    /// Accepted it.
    Accept,
    /// Declined it.
    Decline,
    /// Took the offer back.
    Withdraw,
}

impl Hold {
    /// What was done, up to what it was done with.
    pub const fn did(self) -> &'static str {
        match self {
            Self::Take => "took",
            Self::GiveUp => "gave up",
            Self::Add => "added",
            Self::Start => "works on",
            Self::Finish => "finished",
            Self::Drop => "dropped",
            Self::Offer => "offered",
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::Withdraw => "withdrew the offer of",
        }
    }
}

/// What somebody did, as the files have it: one key.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    Note(String),
    Action(String),
    Effect(String),
    Expectation(String),
    Assumption(String),
    Theory(String),
    Decision(String),
    Correct(String),
    Strike(String),
    Moment(MomentName),
    Severity(Severity),
    Status(Status),
    Title(String),
    Update(Update),
    Take(String),
    GiveUp(String),
    Work(String),
    Start(String),
    Finish(String),
    Drop(String),
    Offer(String),
    Accept(String),
    Decline(String),
    Withdraw(String),
    Confirm(String),
    Eliminate(String),
    Supports(String),
    Contradicts(String),
}

impl From<Key> for What {
    fn from(key: Key) -> Self {
        match key {
            Key::Note(text) => Self::Say(Kind::Note, text),
            Key::Action(text) => Self::Say(Kind::Action, text),
            Key::Effect(text) => Self::Say(Kind::Effect, text),
            Key::Expectation(text) => Self::Say(Kind::Expectation, text),
            Key::Assumption(text) => Self::Say(Kind::Assumption, text),
            Key::Theory(text) => Self::Say(Kind::Theory, text),
            Key::Decision(text) => Self::Say(Kind::Decision, text),
            Key::Correct(text) => Self::Correct(text),
            Key::Strike(why) => Self::Strike(why),
            Key::Moment(name) => Self::Moment(name),
            Key::Severity(to) => Self::Severity(to),
            Key::Status(to) => Self::Status(to),
            Key::Title(to) => Self::Title(to),
            Key::Update(update) => Self::Update(update),
            Key::Take(thing) => Self::Hold(Hold::Take, thing),
            Key::GiveUp(thing) => Self::Hold(Hold::GiveUp, thing),
            Key::Work(title) => Self::Hold(Hold::Add, title),
            Key::Start(title) => Self::Hold(Hold::Start, title),
            Key::Finish(title) => Self::Hold(Hold::Finish, title),
            Key::Drop(title) => Self::Hold(Hold::Drop, title),
            Key::Offer(thing) => Self::Hold(Hold::Offer, thing),
            Key::Accept(thing) => Self::Hold(Hold::Accept, thing),
            Key::Decline(thing) => Self::Hold(Hold::Decline, thing),
            Key::Withdraw(thing) => Self::Hold(Hold::Withdraw, thing),
            Key::Confirm(theory) => Self::Judge(TheoryState::Confirmed, theory),
            Key::Eliminate(theory) => Self::Judge(TheoryState::Eliminated, theory),
            Key::Supports(theory) => Self::Speak(Stance::For, theory),
            Key::Contradicts(theory) => Self::Speak(Stance::Against, theory),
        }
    }
}

impl Story {
    /// Whether it happened.
    pub fn is_true(&self) -> bool {
        !self.sources.is_empty()
    }

    /// What stands in an entry. Whoever tells a true story has one hand for
    /// many people, so the role speaks in the text.
    pub fn said(&self, by: &str, text: &str) -> String {
        if self.is_true() { format!("**{by}:** {text}") } else { text.to_owned() }
    }

    /// The same for a reason, which is plain text.
    pub fn reasoned(&self, by: &str, reason: &str) -> String {
        if self.is_true() && !reason.is_empty() { format!("{by}: {reason}") } else { reason.to_owned() }
    }

    /// What is known at first, and that this is told: "A re-enactment", say.
    pub fn summary_told(&self, how: &str) -> String {
        if !self.is_true() {
            return self.summary.clone();
        }
        let urls: Vec<_> = self.sources.iter().map(|source| source.url.as_str()).collect();
        format!("{}\n\n{how} of {}, after {}", self.summary, self.event, urls.join(" and "))
    }

    /// What is written in the end: where it is from.
    pub fn closing(&self) -> Option<String> {
        let links: Vec<_> = self.sources.iter().map(|it| format!("[{}]({})", it.title, it.url)).collect();
        let event = &self.event;
        self.is_true().then(|| {
            format!("This was {event}, after {}. People stand here as roles; minutes between the recorded times, expectations and assumptions are how we read the record.", links.join(" and "))
        })
    }
}

/// What was written, and what was added, while a story is told: by what it is
/// called there, where it is now.
#[derive(Debug)]
pub struct Told<Id> {
    /// Everybody's last entry.
    pub last: HashMap<String, i64>,
    theories: Vec<(String, i64)>,
    /// The pieces of work, by title.
    pub work: HashMap<String, Id>,
    /// The last offer of each thing.
    pub offers: HashMap<String, Id>,
}

impl<Id> Default for Told<Id> {
    fn default() -> Self {
        Self { last: HashMap::new(), theories: vec![], work: HashMap::new(), offers: HashMap::new() }
    }
}

impl<Id> Told<Id> {
    /// An entry was written.
    pub fn said(&mut self, by: &str, (kind, text): (Kind, &str), seq: i64) {
        self.last.insert(by.to_owned(), seq);
        if kind == Kind::Theory {
            self.theories.push((text.to_owned(), seq));
        }
    }

    /// The theory that begins with these words.
    pub fn theory(&self, begins: &str) -> Option<i64> {
        self.theories.iter().find(|(text, _)| text.starts_with(begins)).map(|(_, seq)| *seq)
    }
}

/// The names of those that happened, the oldest first.
pub fn names() -> impl Iterator<Item = &'static str> {
    TRUE.iter().map(|(name, _)| *name)
}

/// One that happened, by its name.
pub fn find(name: &str) -> anyhow::Result<Story> {
    let (name, text) = TRUE.iter().find(|(it, _)| *it == name).with_context(|| {
        let names: Vec<_> = names().collect();
        format!("there is no story “{name}”; there are {}", names.join(", "))
    })?;
    read(name, text)
}

/// Those that happened, the oldest first.
pub fn true_ones() -> anyhow::Result<Vec<Story>> {
    TRUE.iter().map(|(name, text)| read(name, text)).collect()
}

/// An invented one that is still open at its end.
pub fn checkout() -> anyhow::Result<Story> {
    read("checkout", include_str!("checkout.toml"))
}

/// An invented one that was resolved.
pub fn sign_in() -> anyhow::Result<Story> {
    read("sign-in", include_str!("sign-in.toml"))
}

fn read(name: &str, text: &str) -> anyhow::Result<Story> {
    toml::from_str(text).with_context(|| format!("the story {name}"))
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    toml::value::Datetime::deserialize(deserializer)?.to_string().parse().map_err(D::Error::custom)
}

fn later<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    instant(deserializer).map(Some)
}
