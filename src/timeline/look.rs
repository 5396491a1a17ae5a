//! How an entry looks. The HTML is the same for everybody who may see it, so
//! that it is rendered once and shared: times are UTC `<time>` elements, and
//! nothing in it depends on who looks.

use askama::Template;
use bytes::Bytes;

use super::Entry;
use crate::{
    terms::Kind,
    web::{
        events::frame,
        markdown::{self, Rendered},
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

/// An entry as a server-sent event: its own `<li>`, and before it that of the
/// entry it is about, as that looks now.
pub fn event(entry: &Entry, target: Option<&Entry>) -> askama::Result<Bytes> {
    let mut lines = String::new();
    for shown in target.into_iter().chain([entry]) {
        lines.push_str(&html(shown)?);
        lines.push('\n');
    }
    Ok(frame("entry", Some(entry.seq), &lines))
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
            Self::Theory => "diamond",
            Self::Decision => "signpost",
            Self::Declared => "flag",
            Self::Status => "arrow-right",
            Self::Severity => "gauge",
            Self::Moment => "clock",
            Self::Link => "link",
            Self::Details | Self::Correction => "pencil",
            Self::Redacted => "eye-off",
        }
    }
}
