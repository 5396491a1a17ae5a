//! The room as it stood when one of its entries was recorded. It is told from
//! the entries alone: what was recorded later had not happened yet. Only a
//! redaction holds backwards: what was taken out is nowhere.

use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::{
    incidents::Incident,
    terms::{Kind, MomentName, Severity, Status},
    timeline::Entry,
};

/// The kinds of entries from which the head of the room is told.
pub const CHANGES: &[Kind] = &[Kind::Declared, Kind::Details, Kind::Severity, Kind::Status, Kind::Moment, Kind::Merge];

/// What the head of the room said. What cannot be told is `None`.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// What the incident was called.
    pub title: Option<String>,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// Where it stood.
    pub status: Option<Status>,
    /// The moments that were recorded by then, of the round that it was.
    pub moments: Vec<(MomentName, Option<DateTime<Utc>>)>,
}

impl Entry {
    /// The entry as it stood at a `seq`: without the corrections that came
    /// later. One that itself came later is as it was first written.
    #[must_use]
    pub fn as_of(&self, seq: i64) -> Self {
        let mut then = self.clone();
        then.corrections.retain(|correction| correction.seq <= seq);
        then.verdicts.retain(|verdict| verdict.seq <= seq);
        then.evidence.retain(|evidence| evidence.seq <= seq);
        // What was in sight then is not told.
        then.pinned = false;
        then
    }
}

impl Head {
    /// Tells it from all entries of [`CHANGES`], in order. What none of them
    /// ever changed is as it is now.
    pub fn at(seq: i64, changes: &[Entry], now: &Incident) -> Self {
        Self {
            title: title(seq, changes),
            severity: value(seq, changes, (Kind::Severity, Severity::ALL), now.severity),
            status: status(seq, changes, now.status),
            moments: moments(seq, changes),
        }
    }
}

/// A merge is a status, too, and it is not what the incident began with.
fn status(seq: i64, changes: &[Entry], now: Status) -> Option<Status> {
    let merges = |entry: &&Entry| entry.kind == Kind::Merge && entry.written.body.starts_with("this into #");
    let changes_it = |entry: &&Entry| entry.kind == Kind::Status || merges(entry);
    match changes.iter().rfind(|entry| entry.seq <= seq && changes_it(entry)) {
        Some(last) if last.kind == Kind::Merge => Some(Status::Merged),
        _ if now == Status::Merged => value(seq, changes, (Kind::Status, Status::ALL), Status::Investigating),
        _ => value(seq, changes, (Kind::Status, Status::ALL), now),
    }
}

/// What the last change by then made of it; or what it was before the first.
fn value<T: Copy + Display>(seq: i64, changes: &[Entry], (kind, all): (Kind, &[T]), now: T) -> Option<T> {
    let mut of_kind = changes.iter().filter(|entry| entry.kind == kind).peekable();
    let Some(first) = of_kind.peek().copied() else {
        return Some(now);
    };
    match of_kind.take_while(|entry| entry.seq <= seq).last() {
        Some(last) => sides(last, all).map(|(_, to)| to),
        None => sides(first, all).map(|(from, _)| from),
    }
}

/// What a change says it was before and after: "Investigating → Identified".
pub(super) fn sides<T: Copy + Display>(change: &Entry, all: &[T]) -> Option<(T, T)> {
    let (from, to) = change.written.body.split_once(" → ")?;
    let named = |label: &str| all.iter().copied().find(|value| value.to_string() == label);
    Some((named(from)?, named(to)?))
}

fn title(seq: i64, changes: &[Entry]) -> Option<String> {
    let last = changes.iter().rfind(|entry| entry.seq <= seq && titles(entry))?;
    let body = last.written.body.as_str();
    let title = match last.kind {
        // "Checkout fails as SEV3"
        Kind::Declared => body.rsplit_once(" as ")?.0,
        _ => body.strip_prefix(TITLE)?.strip_suffix('”')?,
    };
    Some(title.to_owned())
}

const TITLE: &str = "the title to “";

/// Whether an entry says what the incident is called, or may have said so before it was redacted.
fn titles(entry: &Entry) -> bool {
    match entry.kind {
        Kind::Declared => true,
        Kind::Details => entry.redaction.is_some() || entry.written.body.starts_with(TITLE),
        _ => false,
    }
}

fn moments(seq: i64, changes: &[Entry]) -> Vec<(MomentName, Option<DateTime<Utc>>)> {
    let mut moments: Vec<_> = MomentName::ALL.iter().map(|name| (*name, None)).collect();
    for entry in changes.iter().take_while(|entry| entry.seq <= seq) {
        match entry.kind {
            Kind::Declared => moments[MomentName::Declared as usize].1 = Some(entry.written.occurred_at),
            Kind::Moment => {
                let named = moments.iter_mut().find(|(name, _)| name.label() == entry.written.body);
                if let Some((_, at)) = named {
                    *at = Some(entry.written.occurred_at);
                }
            }
            // A reopening begins a round of its own.
            Kind::Status if sides(entry, Status::ALL).is_some_and(|(from, to)| !from.is_open() && to.is_open()) => {
                let again = moments.iter_mut().filter(|(name, _)| *name != MomentName::Declared);
                again.for_each(|(_, at)| *at = None);
            }
            _ => {}
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        terms::Source,
        timeline::{Correction, Redaction, Version},
    };

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::minutes(minute)
    }

    fn entry(seq: i64, kind: Kind, body: &str) -> Entry {
        Entry {
            incident: 1,
            seq,
            kind,
            author: None,
            source: Source::Person,
            recorded_at: minute(seq),
            written: Version { body: body.into(), occurred_at: minute(seq) },
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

    fn redacted(entry: Entry) -> Entry {
        let redaction = Redaction { seq: 99, author: None, recorded_at: minute(99), reason: "a name".into() };
        Entry { written: Version { body: String::new(), ..entry.written }, redaction: Some(redaction), ..entry }
    }

    fn now() -> Incident {
        Incident {
            number: 1,
            title: "Called so now".into(),
            summary: String::new(),
            services: vec![],
            severity: Severity::Sev1,
            status: Status::Monitoring,
            round: 2,
            acknowledged: 0,
            declared_at: minute(1),
            ended_at: None,
            drill: false,
            retrospective: false,
            private: false,
            merged_into: None,
        }
    }

    fn story() -> Vec<Entry> {
        vec![
            entry(1, Kind::Declared, "Known as flaky as SEV3"),
            entry(2, Kind::Moment, "Impact started"),
            entry(4, Kind::Severity, "SEV3 → SEV2"),
            entry(5, Kind::Details, "the summary to: the title to “no”"),
            entry(6, Kind::Status, "Investigating → Resolved"),
            entry(7, Kind::Moment, "Resolved"),
            entry(8, Kind::Details, "the title to “Checkout fails”"),
            entry(9, Kind::Status, "Resolved → Investigating"),
            entry(10, Kind::Severity, "SEV2 → SEV1"),
            entry(11, Kind::Status, "Investigating → Monitoring"),
        ]
    }

    #[test]
    fn the_head_is_told_from_what_was_recorded_by_then() {
        use MomentName::{Declared, ImpactStarted, Resolved};
        for (seq, title, severity, status, moments) in [
            (1, "Known as flaky", Severity::Sev3, Status::Investigating, vec![Declared]),
            (3, "Known as flaky", Severity::Sev3, Status::Investigating, vec![ImpactStarted, Declared]),
            (5, "Known as flaky", Severity::Sev2, Status::Investigating, vec![ImpactStarted, Declared]),
            (7, "Known as flaky", Severity::Sev2, Status::Resolved, vec![ImpactStarted, Declared, Resolved]),
            (8, "Checkout fails", Severity::Sev2, Status::Resolved, vec![ImpactStarted, Declared, Resolved]),
            (9, "Checkout fails", Severity::Sev2, Status::Investigating, vec![Declared]),
            (11, "Checkout fails", Severity::Sev1, Status::Monitoring, vec![Declared]),
        ] {
            let head = Head::at(seq, &story(), &now());
            let recorded: Vec<_> = head.moments.iter().filter(|(_, at)| at.is_some()).map(|(name, _)| *name).collect();
            assert_eq!(
                (head.title.as_deref(), head.severity, head.status),
                (Some(title), Some(severity), Some(status))
            );
            assert_eq!(recorded, moments, "{seq}");
        }
    }

    #[test]
    fn what_never_changed_is_as_it_is_and_what_cannot_be_told_is_not_known() {
        let head = Head::at(1, &[entry(1, Kind::Declared, "A as SEV1")], &now());
        assert_eq!((head.severity, head.status), (Some(Severity::Sev1), Some(Status::Monitoring)));

        let taken_out: Vec<_> = story().into_iter().map(redacted).collect();
        let head = Head::at(11, &taken_out, &now());
        assert_eq!((head.title, head.severity, head.status), (None, None, None));
        // It may have been the title that was taken out.
        let mut story = story();
        story[3] = redacted(story[3].clone());
        assert_eq!(Head::at(6, &story, &now()).title, None);
        assert_eq!(Head::at(8, &story, &now()).title.as_deref(), Some("Checkout fails"));
    }

    proptest! {
        #[test]
        fn no_text_that_was_recorded_later_stands(later in proptest::collection::vec(2..40_i64, 0..8), at in 1..50_i64) {
            let mut seqs = later;
            seqs.sort_unstable();
            seqs.dedup();
            let mut note = entry(1, Kind::Note, "text 1");
            note.corrections.extend(seqs.iter().map(|seq| Correction {
                seq: *seq,
                author: None,
                recorded_at: minute(*seq),
                stands: Version { body: format!("text {seq}"), occurred_at: minute(0) },
                strikes: seq % 3 == 0,
                reason: format!("reason {seq}"),
            }));
            let then = note.as_of(at);
            let last = seqs.iter().copied().rfind(|seq| *seq <= at).unwrap_or(1);
            prop_assert_eq!(&then.stands().body, &format!("text {last}"));
            prop_assert_eq!(then.struck().is_some(), last != 1 && last % 3 == 0);
            let said = format!("{then:?}");
            for seq in seqs.iter().filter(|seq| **seq > at) {
                prop_assert!(!said.contains(&format!("text {seq}\"")) && !said.contains(&format!("reason {seq}\"")), "{}", said);
            }
        }
    }
}
