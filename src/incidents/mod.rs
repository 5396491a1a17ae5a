//! Incidents: something broke and people respond. Declaring, listing,
//! severity, status, moments, and the links people are pulled to.

pub mod api;
pub mod declare;
pub mod details;
pub mod entries;
pub mod links;
pub mod list;
pub mod live;
pub mod merge;
pub mod moments;
pub mod seen;
pub mod services;
pub mod severities;
pub mod severity;
pub mod similar;
pub mod status;
pub mod store;
pub mod transitions;
pub mod visibility;
pub mod words;

use chrono::{DateTime, Duration, Utc};

use crate::{
    terms::{Severity, Status},
    web::time::spoken,
};

pub use seen::{Leading, Responding, Seen};

/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// The longest summary, in characters.
pub const MAX_SUMMARY: usize = 5_000;

/// An incident as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// 1, 2, 3 …
    pub number: i64,
    /// What it is called.
    pub title: String,
    /// What is known of it, in a few sentences; may be empty.
    pub summary: String,
    /// The services concerned.
    pub services: Vec<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: Status,
    /// 1, and one more with every reopening.
    pub round: i32,
    /// The last round in which somebody had begun to respond; 0 for none.
    pub acknowledged: i32,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// When it was resolved, cancelled or merged.
    pub ended_at: Option<DateTime<Utc>>,
    /// An exercise.
    pub drill: bool,
    /// Written down after the fact.
    pub retrospective: bool,
    /// Seen by its people and by admins alone.
    pub private: bool,
    /// The incident together with which it is handled.
    pub merged_into: Option<i64>,
}

impl Incident {
    /// The address of its room.
    pub fn path(&self) -> String {
        path(self.number)
    }

    /// How long it has been going on, or went on, in words.
    pub fn lasted(&self, now: &DateTime<Utc>) -> String {
        spoken(self.length(*now))
    }

    fn length(&self, now: DateTime<Utc>) -> Duration {
        self.ended_at.unwrap_or(now) - self.declared_at
    }
}

/// The address of an incident's room.
pub fn path(number: i64) -> String {
    format!("/incidents/{number}")
}

impl Status {
    /// The symbol in `static/icons.svg` that stands for it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Triage => "circle-dashed",
            Self::Investigating => "search",
            Self::Identified => "crosshair",
            Self::Monitoring => "eye",
            Self::Resolved => "circle-check",
            Self::Cancelled => "circle-slash",
            Self::Merged => "git-merge",
        }
    }

    /// What it says, for the menu in which one is chosen.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Triage => "Opened by an alert, not yet accepted",
            Self::Investigating => "We are finding out what is wrong",
            Self::Identified => "We know what is wrong",
            Self::Monitoring => "Mended, and being watched",
            Self::Resolved => "Over; asks for the moments that are missing",
            Self::Cancelled => "Not an incident after all, with a reason",
            Self::Merged => "Handled together with another incident",
        }
    }
}
