//! Theories: what is suspected, what became of it, and what speaks for and
//! against it. Leaders want to hear which are ruled out; whoever arrives, which
//! are open.

use std::{fmt, str::FromStr};

use sqlx::PgConnection;

use super::{Author, Entry, Key, New, NotWritten, Opened, Written, log, store};
use crate::{
    App,
    people::Person,
    terms::{Kind, Stance, TheoryState},
    web::Failure,
};

/// A later entry that says what became of a theory.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Its own `seq`.
    pub seq: i64,
    /// What became of it.
    pub state: TheoryState,
    /// Who said so.
    pub author: Option<Author>,
    /// Why.
    pub reason: String,
}

/// A later entry that ties another entry to a theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Its own `seq`.
    pub seq: i64,
    /// What it says.
    pub tie: Tie,
}

/// An entry, and how it speaks to a theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// The entry.
    pub entry: i64,
    /// For or against; `None` when that was taken back.
    pub stance: Option<Stance>,
}

impl Tie {
    /// What the entry does to the theory, up to the theory's number.
    pub const fn says(self) -> &'static str {
        match self.stance {
            Some(Stance::For) => "speaks for the theory",
            Some(Stance::Against) => "speaks against the theory",
            None => "says nothing of the theory",
        }
    }
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.stance.map_or("about", Stance::word), self.entry)
    }
}

impl FromStr for Tie {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (word, number) = text.split_once(" #").ok_or(())?;
        Ok(Self { entry: number.parse().map_err(drop)?, stance: word.parse().ok() })
    }
}

impl Entry {
    /// What became of it, for a theory.
    pub fn theory_state(&self) -> TheoryState {
        self.verdicts.last().map_or(TheoryState::Open, |last| last.state)
    }

    /// What an entry of evidence ties to its theory. Templates call it.
    pub fn tie(&self) -> Option<Tie> {
        if self.kind == Kind::Evidence { self.written.body.parse().ok() } else { None }
    }

    /// Whether a reason says more of a theory than what was said last.
    fn is_news(&self, reason: &str) -> bool {
        !reason.is_empty() && self.verdicts.last().is_none_or(|last| last.reason != reason)
    }

    /// Whether it is a theory that still says something.
    pub fn is_theory(&self) -> bool {
        self.kind == Kind::Theory && self.still_says()
    }

    /// The entries that speak for a theory, or against it, in order.
    pub fn evidence(&self, stance: Stance) -> Vec<i64> {
        let mut entries: Vec<i64> = self.evidence.iter().map(|it| it.tie.entry).collect();
        entries.sort_unstable();
        entries.dedup();
        entries.retain(|entry| self.stance_of(*entry) == Some(stance));
        entries
    }

    fn stance_of(&self, entry: i64) -> Option<Stance> {
        self.evidence.iter().rfind(|it| it.tie.entry == entry).and_then(|it| it.tie.stance)
    }
}

/// The theories of an incident, the open ones first, in the order in which they
/// were written. What was taken out or struck out is none.
pub async fn of(db: &mut PgConnection, incident: i64) -> sqlx::Result<Vec<Entry>> {
    let seqs =
        sqlx::query_scalar!("select seq from entries where incident = $1 and kind = 'theory' order by seq", incident);
    let seqs = seqs.fetch_all(&mut *db).await?;
    if seqs.is_empty() {
        return Ok(vec![]);
    }
    let mut theories = store::some(db, incident, &seqs).await?;
    theories.retain(Entry::is_theory);
    theories.sort_by_key(Entry::theory_state);
    Ok(theories)
}

/// Why a reason is not taken, in words.
const ALONE: &str = "Please say with it what became of the theory, or which entry speaks to it.";

/// What is said of a theory.
#[derive(Debug, Default)]
pub struct Change {
    /// What became of it; `None` leaves it.
    pub state: Option<TheoryState>,
    /// Why, of the state, or else of what speaks to it.
    pub reason: String,
    /// What speaks to it.
    pub tie: Option<Tie>,
}

/// Says what became of a theory, or what speaks to it. What is so already
/// writes nothing, unless a reason is given that was not; the answer is the
/// `seq` of the last entry written.
///
/// Errors: no such theory (404); evidence that is no entry of the incident, or
/// the theory itself, or a reason for nothing (422).
pub async fn change(
    app: &App,
    by: &Person,
    (incident, seq): (i64, i64),
    change: Change,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let mut log = match log::open(app, incident, key).await? {
        Opened::Fresh(log) => log,
        Opened::Already(answer) => return Ok(answer),
    };
    let theory = store::one(log.tx(), incident, seq).await?.filter(Entry::is_theory).ok_or(Failure::NotFound)?;
    let about = |new: New| New { corrects: Some(seq), ..new };
    let state = change.state.unwrap_or_else(|| theory.theory_state());
    let rules = state != theory.theory_state() || (change.tie.is_none() && theory.is_news(&change.reason));
    if rules && state == TheoryState::Open && theory.verdicts.is_empty() {
        return Err(NotWritten::refused("reason", ALONE));
    }
    let mut answer = 0;
    if let Some(tie) = change.tie {
        let spoken = store::one(log.tx(), incident, tie.entry).await?;
        if tie.entry == seq || !spoken.is_some_and(|entry| entry.kind.is_typed()) {
            let why = format!("#{} is no entry of this incident that could speak to it.", tie.entry);
            return Err(NotWritten::refused("evidence", why));
        }
        if theory.stance_of(tie.entry) != tie.stance {
            let why = if rules { "" } else { &change.reason };
            answer = log.append(about(New::by(by, Kind::Evidence, tie.to_string())).because(why)).await?;
        }
    }
    if rules {
        answer = log.append(about(New::by(by, Kind::Verdict, state.word())).because(change.reason)).await?;
    }
    Ok(log.commit(answer).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_is_written_as_it_is_read() {
        for stance in [Some(Stance::For), Some(Stance::Against), None] {
            let tie = Tie { entry: 12, stance };
            assert_eq!(tie.to_string().parse(), Ok(tie));
        }
        assert!("12".parse::<Tie>().is_err() && "for #x".parse::<Tie>().is_err());
    }
}
