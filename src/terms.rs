//! The vocabulary that features share: the field's words, how they are written
//! in URLs, JSON and the database, how they read on a page, and their order.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that is none of a vocabulary's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of the words known here")]
pub struct UnknownWord;

/// Declares a closed vocabulary: one enum, its database type, its word and its label.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident in $database:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $label:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(type_name = $database)]
        pub enum $name {
            $(#[doc = $label] $(#[$variant_doc])* #[sqlx(rename = $word)] $variant,)+
        }

        vocabulary!(@words $name { $($variant = $word, $label;)+ });
    };
    // Words that the database keeps as text.
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $label:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $label] $(#[$variant_doc])* $variant,)+
        }

        vocabulary!(@words $name { $($variant = $word, $label;)+ });
    };
    (@words $name:ident { $($variant:ident = $word:literal, $label:literal;)+ }) => {
        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written in URLs, forms, JSON and the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// As it reads on a page.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        vocabulary!(@text $name);
    };
    (@text $name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.label())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|it| it.word() == text).ok_or(UnknownWord)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

vocabulary! {
    /// What a person may do here; each includes the one before it.
    Role in "person_role" {
        Viewer = "viewer", "Viewer";
        Responder = "responder", "Responder";
        Admin = "admin", "Admin";
    }
}

impl Role {
    /// What the role allows, for the page on which one is chosen.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Viewer => "sees rooms and lists",
            Self::Responder => "declares incidents and writes in rooms",
            Self::Admin => "also invites people, edits settings and redacts",
        }
    }
}

vocabulary! {
    /// What a token may do.
    Scope in "token_scope" {
        Read = "read", "Read";
        Write = "write", "Read and write";
    }
}

vocabulary! {
    /// Where an incident stands.
    Status in "incident_status" {
        /// Opened by an alert and not yet accepted by a person.
        Triage = "triage", "Triage";
        Investigating = "investigating", "Investigating";
        Identified = "identified", "Identified";
        Monitoring = "monitoring", "Monitoring";
        Resolved = "resolved", "Resolved";
        Cancelled = "cancelled", "Cancelled";
        /// Handled together with another incident.
        Merged = "merged", "Merged";
    }
}

impl Status {
    /// Whether people still respond.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Cancelled | Self::Merged)
    }
}

vocabulary! {
    /// What kind of line an entry is. The first seven are typed by people; the
    /// room itself records the others.
    Kind in "entry_kind" {
        Note = "note", "Note";
        Action = "action", "Action";
        Effect = "effect", "Effect";
        Expectation = "expectation", "Expectation";
        Assumption = "assumption", "Assumption";
        Theory = "theory", "Theory";
        Decision = "decision", "Decision";
        Declared = "declared", "Declared";
        Status = "status", "Status";
        Severity = "severity", "Severity";
        Moment = "moment", "Moment";
        Link = "link", "Link";
        Details = "details", "Details";
        Merge = "merge", "Merge";
        Visibility = "visibility", "Visibility";
        Correction = "correction", "Correction";
        Redacted = "redacted", "Redacted";
        Pin = "pin", "Pin";
        Role = "role", "Role";
        Work = "work", "Work";
        Handoff = "handoff", "Hand-off";
        /// What became of a theory.
        Verdict = "verdict", "Verdict";
        /// What speaks for or against a theory.
        Evidence = "evidence", "Evidence";
        Update = "update", "Update";
        Question = "question", "Question";
        /// A link for readers outside was made or revoked.
        Shared = "shared", "Shared";
    }
}

vocabulary! {
    /// What became of a theory.
    TheoryState {
        Open = "open", "Open";
        Confirmed = "confirmed", "Confirmed";
        Eliminated = "eliminated", "Eliminated";
    }
}

impl TheoryState {
    /// What is meant, for the page on which one is chosen.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Open => "it may still explain what happens",
            Self::Confirmed => "it does explain it",
            Self::Eliminated => "it is ruled out",
        }
    }
}

vocabulary! {
    /// How an entry speaks to a theory.
    Stance {
        For = "for", "For";
        Against = "against", "Against";
    }
}

impl Kind {
    /// The kinds a person writes.
    pub const TYPED: &'static [Self] =
        &[Self::Note, Self::Action, Self::Effect, Self::Expectation, Self::Assumption, Self::Theory, Self::Decision];

    /// Whether a person writes entries of this kind.
    pub fn is_typed(self) -> bool {
        Self::TYPED.contains(&self)
    }

    /// What the composer asks for, in the words of the review.
    pub const fn prompt(self) -> &'static str {
        match self {
            Self::Action => "What did you do?",
            Self::Effect => "What did you observe?",
            Self::Expectation => "What do you expect to happen?",
            Self::Assumption => "What are you taking to be true?",
            Self::Theory => "What might explain it?",
            Self::Decision => "What was decided?",
            _ => "What should the others know?",
        }
    }
}

vocabulary! {
    /// For whom an update is written.
    Audience in "audience" {
        Leadership = "leadership", "Leadership";
        /// Leaders read these as well.
        Public = "public", "Public";
    }
}

vocabulary! {
    /// What a share link shows.
    SharedView in "shared_view" {
        Leadership = "leadership", "Leadership view";
        Postmortem = "postmortem", "Postmortem";
    }
}

vocabulary! {
    /// How people appear behind a share link.
    SharedNames in "shared_names" {
        Roles = "roles", "As roles";
        Names = "names", "By name";
    }
}

vocabulary! {
    /// Where an entry came from.
    Source in "entry_source" {
        Person = "person", "Person";
        System = "system", "System";
        Api = "api", "API";
        Alert = "alert", "Alert";
        Import = "import", "Import";
    }
}

vocabulary! {
    /// A point of the incident's life.
    MomentName in "moment_name" {
        ImpactStarted = "impact_started", "Impact started";
        Detected = "detected", "Detected";
        Declared = "declared", "Declared";
        Acknowledged = "acknowledged", "Acknowledged";
        Mitigated = "mitigated", "Mitigated";
        Recovered = "recovered", "Recovered";
        Resolved = "resolved", "Resolved";
    }
}

impl MomentName {
    /// What exactly is meant, for the person asked for it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ImpactStarted => "The first customer was affected, known or not",
            Self::Detected => "A person or a monitor first noticed",
            Self::Declared => "The incident was declared here",
            Self::Acknowledged => "Somebody began to respond",
            Self::Mitigated => "The impact was stopped or made bearable",
            Self::Recovered => "Service was back to normal for customers",
            Self::Resolved => "The response ended",
        }
    }
}

vocabulary! {
    /// How far a piece of work is.
    WorkState in "work_state" {
        /// Nobody holds it.
        Open = "open", "Open";
        InProgress = "in_progress", "In progress";
        Done = "done", "Done";
        Dropped = "dropped", "Dropped";
    }
}

impl WorkState {
    /// Whether there is still something to do.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }
}

vocabulary! {
    /// What became of an offer.
    HandoffState in "handoff_state" {
        Offered = "offered", "Offered";
        Accepted = "accepted", "Accepted";
        Declined = "declined", "Declined";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

vocabulary! {
    /// What a link of the room leads to.
    LinkKind in "link_kind" {
        Call = "call", "Call";
        Chat = "chat", "Chat";
        Runbook = "runbook", "Runbook";
        Dashboard = "dashboard", "Dashboard";
    }
}

/// How bad it is, from SEV1 (worst) to SEV5. Unsure means the higher.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[repr(i16)]
pub enum Severity {
    /// Critical for most.
    Sev1 = 1,
    /// Critical for many; a major incident from here on.
    Sev2 = 2,
    /// Minor, needs somebody now. What a declaration starts with.
    #[default]
    Sev3 = 3,
    /// Minor, during working hours.
    Sev4 = 4,
    /// Cosmetic.
    Sev5 = 5,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: &'static [Self] = &[Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4, Self::Sev5];

    /// As it is written in URLs, forms and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
            Self::Sev5 => "sev5",
        }
    }

    /// As it reads on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sev1 => "SEV1",
            Self::Sev2 => "SEV2",
            Self::Sev3 => "SEV3",
            Self::Sev4 => "SEV4",
            Self::Sev5 => "SEV5",
        }
    }
}

vocabulary!(@text Severity);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(*kind));
        }
        for severity in Severity::ALL {
            assert_eq!(severity.word().parse(), Ok(*severity));
        }
        assert_eq!("SEV1".parse::<Severity>(), Err(UnknownWord));
    }

    #[test]
    fn an_incident_is_open_until_one_of_its_ends() {
        let open: Vec<_> = Status::ALL.iter().filter(|status| status.is_open()).collect();
        assert_eq!(open, [&Status::Triage, &Status::Investigating, &Status::Identified, &Status::Monitoring]);
    }

    #[test]
    fn roles_are_ordered_by_what_they_allow() {
        assert!(Role::Viewer < Role::Responder && Role::Responder < Role::Admin);
    }
}
