//! How an entry looks. The HTML is the same for everybody who may see it, so
//! that it is rendered once and shared: times are UTC `<time>` elements, and
//! nothing in it depends on who looks.

use askama::Template;
use bytes::Bytes;
use chrono::Duration;

use super::{Entry, json::EntryJson};
use crate::{
    terms::{Kind, Source, TheoryState},
    web::{
        events::frame,
        markdown::{self, Rendered},
        time,
    },
};

#[derive(Template)]
#[template(path = "timeline/_entry.html")]
struct EntryLook<'a> {
    entry: &'a Entry,
    body: Rendered,
}

/// The `<li>` of an entry.
pub fn html(entry: &Entry) -> askama::Result<String> {
    let body = markdown::render(&entry.stands().body);
    EntryLook { entry, body }.render()
}

/// An entry, rendered once for everybody: as an event for pages, and as one
/// for programs.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its `seq`.
    pub seq: i64,
    /// It takes text out: what was finished before may still hold it.
    pub redacts: bool,
    /// It changes who may see the incident: whoever may no longer is not to read it.
    pub hides: bool,
    /// Its own `<li>`, and before it that of the entry it is about, as that
    /// looks now.
    pub html: Bytes,
    /// The entry as JSON.
    pub json: Bytes,
}

/// Renders an entry and the entry it is about.
pub fn finish(entry: &Entry, target: Option<&Entry>) -> anyhow::Result<Finished> {
    let mut lines = String::new();
    for shown in target.into_iter().chain([entry]) {
        lines.push_str(&html(shown)?);
        lines.push('\n');
    }
    let json = serde_json::to_string(&EntryJson::from(entry))?;
    Ok(Finished {
        seq: entry.seq,
        redacts: entry.kind == Kind::Redacted,
        hides: entry.kind == Kind::Visibility,
        html: frame("entry", Some(entry.seq), &lines),
        json: frame("entry", Some(entry.seq), &json),
    })
}

impl Entry {
    /// When it was written, as it stands beside when it happened: with its
    /// date where that is another day's. Templates call it.
    fn when_written(&self) -> time::Stamp {
        let later = self.recorded_at - self.stands().occurred_at;
        if later > Duration::hours(12) { time::dated(self.recorded_at) } else { time::stamp(self.recorded_at) }
    }
}

impl Kind {
    /// The symbol in `static/icons.svg` that stands for it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Note => "text",
            Self::Action => "play",
            Self::Effect => "activity",
            Self::Expectation => "hourglass",
            Self::Assumption => "cloud",
            Self::Theory | Self::Verdict => "diamond",
            Self::Decision => "signpost",
            Self::Declared => "flag",
            Self::Status => "arrow-right",
            Self::Severity => "gauge",
            Self::Moment => "clock",
            Self::Link => "link",
            Self::Details | Self::Correction => "pencil",
            Self::Merge => "git-merge",
            Self::Visibility => "lock",
            Self::Redacted => "eye-off",
            Self::Pin => "pin",
            Self::Role => "user",
            Self::Work => "list-todo",
            Self::Handoff => "arrow-left-right",
            Self::Evidence => "search",
            Self::Update => "megaphone",
            Self::Question => "circle-help",
            Self::Shared => "share-2",
        }
    }
}
