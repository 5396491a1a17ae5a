//! What changed in the room since the last update: the raw material of the next
//! one, in the room's own words, for whoever writes it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    terms::{Kind, TheoryState},
    timeline::{
        Entry,
        store::{self, Filter},
        theories,
    },
    web::{markdown, time},
};

/// How many pieces there are at most, the last ones.
const MOST: i64 = 60;
/// What the room itself records that may be news outside.
const RECORDED: &[Kind] = &[Kind::Status, Kind::Severity, Kind::Moment, Kind::Verdict];

/// Something that changed, as it may be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its entry.
    pub seq: i64,
    /// What kind of entry that is.
    pub kind: Kind,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
    /// The field of an update into which they belong.
    pub field: &'static str,
}

/// What changed after an entry, the oldest first.
pub async fn since(db: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<Vec<Piece>> {
    let kinds = Kind::TYPED.iter().chain(RECORDED).copied().collect();
    let filter = Filter { kinds, ..Filter::default() };
    let mut entries = store::page(&mut *db, incident, &filter, MOST).await?;
    entries.retain(|entry| entry.seq > seq && entry.still_says());
    let theories = if entries.is_empty() { vec![] } else { theories::of(db, incident).await? };
    Ok(entries.iter().filter_map(|entry| piece(entry, &theories)).collect())
}

fn piece(entry: &Entry, theories: &[Entry]) -> Option<Piece> {
    let body = entry.stands().body.as_str();
    let because = |words: String| match entry.reason.as_str() {
        "" => words,
        reason => format!("{words}: {reason}"),
    };
    let (text, field) = match entry.kind {
        Kind::Verdict => {
            // What became of it since is another entry.
            let theory = theories.iter().find(|theory| Some(theory.seq) == entry.corrects)?;
            theory.verdicts.last().filter(|last| last.seq == entry.seq)?;
            match theory.theory_state() {
                TheoryState::Eliminated => (because(theory.gist()), "ruled_out"),
                TheoryState::Confirmed => (because(format!("It is: {}", theory.gist())), "situation"),
                TheoryState::Open => return None,
            }
        }
        Kind::Moment => (format!("{body} at {}", time::short(entry.happened_at())), "situation"),
        Kind::Status | Kind::Severity => (because(body.to_owned()), "situation"),
        Kind::Action | Kind::Decision => (markdown::plain(body), "doing"),
        _ => (markdown::plain(body), "situation"),
    };
    let at = entry.happened_at();
    (!text.is_empty()).then_some(Piece { seq: entry.seq, kind: entry.kind, at, text, field })
}

/// What was ruled out meanwhile, a line each.
pub fn ruled_out(pieces: &[Piece]) -> String {
    let lines: Vec<_> = pieces.iter().filter(|it| it.field == "ruled_out").map(|it| it.text.as_str()).collect();
    lines.join("\n")
}
