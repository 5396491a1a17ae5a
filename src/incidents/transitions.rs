//! The rules of an incident's status, without I/O.

use crate::terms::Status;

/// What a change of status amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Forward or back, among the open ones.
    Move,
    /// Resolved.
    Resolve,
    /// Cancelled.
    Cancel,
    /// Open again, in a new round.
    Reopen,
}

/// Whether somebody may bring an incident from one status to another, and what
/// that is; `leads` says that they command it, or are an admin. Errors are the
/// field at fault and a sentence for the person.
pub fn change(from: Status, to: Status, reason: &str, leads: bool) -> Result<Change, (&'static str, &'static str)> {
    use Status as S;
    let change = match (from, to) {
        _ if from == to => return Err(("status", "It has this status already.")),
        (_, S::Merged) => return Err(("status", "An incident is merged from its own page.")),
        (_, S::Triage) => return Err(("status", "Only an alert opens an incident in triage.")),
        (S::Resolved | S::Cancelled | S::Merged, S::Resolved | S::Cancelled) => {
            return Err(("status", "It has ended. Reopen it first."));
        }
        (S::Resolved | S::Cancelled | S::Merged, _) => Change::Reopen,
        (_, S::Resolved) => Change::Resolve,
        (_, S::Cancelled) => Change::Cancel,
        _ => Change::Move,
    };
    if change == Change::Cancel && !leads {
        return Err(("status", "Only the commander or an admin may cancel an incident. Ask one, or resolve it."));
    }
    if matches!(change, Change::Cancel | Change::Reopen) && reason.is_empty() {
        let ask = if change == Change::Cancel {
            "Please say why this is not an incident after all."
        } else {
            "Please say why it is open again."
        };
        return Err(("reason", ask));
    }
    Ok(change)
}

/// The statuses that somebody may choose, a reason given.
pub fn offered(from: Status, leads: bool) -> Vec<Status> {
    let allowed = |to: &Status| change(from, *to, "a reason", leads).is_ok();
    Status::ALL.iter().copied().filter(allowed).collect()
}

/// Whether a status is one click away: among the open ones, nothing is asked.
pub fn is_one_click(from: Status, to: Status) -> bool {
    from.is_open() && to.is_open()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status as S;

    #[test]
    fn open_ones_move_freely_in_both_directions() {
        let open = [S::Triage, S::Investigating, S::Identified, S::Monitoring];
        for from in open {
            for to in &open[1..] {
                let expected = if from == *to { Err("status") } else { Ok(Change::Move) };
                assert_eq!(change(from, *to, "", false).map_err(|it| it.0), expected);
            }
            assert_eq!(change(from, S::Resolved, "", false), Ok(Change::Resolve));
        }
    }

    #[test]
    fn reopening_and_cancelling_want_a_reason() {
        for ended in [S::Resolved, S::Cancelled, S::Merged] {
            assert_eq!(change(ended, S::Investigating, "", true).unwrap_err().0, "reason");
            assert_eq!(change(ended, S::Monitoring, "again", false), Ok(Change::Reopen));
        }
        assert_eq!(change(S::Monitoring, S::Cancelled, "", true).unwrap_err().0, "reason");
        assert_eq!(change(S::Monitoring, S::Cancelled, "a drill", true), Ok(Change::Cancel));
        assert_eq!(change(S::Monitoring, S::Cancelled, "a drill", false).unwrap_err().0, "status");
    }

    #[test]
    fn what_has_ended_does_not_end_again_and_nobody_merges_or_triages_by_status() {
        for from in S::ALL {
            for to in S::ALL {
                let result = change(*from, *to, "reason", true);
                let never = from == to || matches!(to, S::Merged | S::Triage) || (!from.is_open() && !to.is_open());
                assert_eq!(result.is_err(), never, "{from} to {to}");
            }
        }
    }
}
