//! Which status and which severity stood from when to when, told from the
//! entries of their changes.

use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::{
    incidents::Incident,
    room::as_of::sides,
    terms::{Kind, Severity, Status},
    timeline::Entry,
};

/// What stood for a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band<T> {
    /// What.
    pub value: T,
    /// From when.
    pub since: DateTime<Utc>,
    /// To when; `None` for what stands now.
    pub until: Option<DateTime<Utc>>,
    /// The entry of the change; 0 for what stood at first.
    pub seq: i64,
}

/// The statuses, in order.
pub fn statuses(changes: &[Entry], now: &Incident) -> Vec<Band<Status>> {
    let merged = |entry: &Entry| entry.kind == Kind::Merge && entry.written.body.starts_with("this into #");
    let made: Vec<_> = changes
        .iter()
        .filter_map(|entry| match entry.kind {
            Kind::Status => sides(entry, Status::ALL).map(|(from, to)| (entry, Some(from), to)),
            _ if merged(entry) => Some((entry, None, Status::Merged)),
            _ => None,
        })
        .collect();
    let first = match made.first() {
        Some((_, from, _)) => from.unwrap_or(Status::Investigating),
        None => now.status,
    };
    bands(first, now.declared_at, made.into_iter().map(|(entry, _, to)| (entry, to)))
}

/// The severities, in order.
pub fn severities(changes: &[Entry], now: &Incident) -> Vec<Band<Severity>> {
    let of_kind = changes.iter().filter(|entry| entry.kind == Kind::Severity);
    let made: Vec<_> = of_kind.filter_map(|entry| sides(entry, Severity::ALL).map(|sides| (entry, sides))).collect();
    let first = made.first().map_or(now.severity, |(_, (from, _))| *from);
    bands(first, now.declared_at, made.into_iter().map(|(entry, (_, to))| (entry, to)))
}

/// One after the other without a gap, from the declaration on.
fn bands<'a, T: Copy + Display>(
    first: T,
    declared_at: DateTime<Utc>,
    changes: impl Iterator<Item = (&'a Entry, T)>,
) -> Vec<Band<T>> {
    let mut bands = vec![Band { value: first, since: declared_at, until: None, seq: 0 }];
    for (entry, value) in changes {
        let at = entry.happened_at();
        if let Some(last) = bands.last_mut() {
            last.until = Some(at.max(last.since));
        }
        bands.push(Band { value, since: at.max(declared_at), until: None, seq: entry.seq });
    }
    bands
}
