//! The people who respond: who is here and on the call, for how long and who
//! needs relief; who holds which role and which piece of work, and how it passes
//! from one to the next.

pub mod api;
pub mod arrivals;
pub mod board;
pub mod bridge;
pub mod duties;
pub mod empty_roles;
pub mod handoffs;
pub mod held;
pub mod load;
pub mod offers;
pub mod presence;
pub mod relief;
pub mod retention;
pub mod roles;
pub mod stays;
pub mod theories;
pub mod work;
pub mod work_entries;
pub mod work_items;
pub mod work_terms;

use uuid::Uuid;

use crate::web::Failure;

/// Somebody who holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// What may be offered: a role, or a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A role, by its name.
    Role(String),
    /// A piece of work.
    Work(Uuid),
}

impl Thing {
    /// As an entry names it: a piece of work by its title, in quotes.
    fn named(&self, called: &str) -> String {
        match self {
            Self::Role(_) => called.to_owned(),
            Self::Work(_) => format!("“{called}”"),
        }
    }
}

/// What is true of a thing when somebody wants to change who holds it.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Who asks.
    pub by: Uuid,
    /// They command the incident, or are an admin: then they may give it to anybody.
    pub leads: bool,
    /// Who holds it now.
    pub holder: Option<Uuid>,
    /// Who is to hold it.
    pub to: Option<Uuid>,
}

/// What a claim comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It is so already.
    Same,
    /// It changes hands.
    Given,
    /// Somebody else holds it: 409.
    Taken,
    /// Not theirs to give: 403.
    NotTheirs,
}

impl Claim {
    /// Whether the thing changes hands. Responders take what is free and give
    /// up what they hold; whoever leads gives anything to anybody.
    pub fn ruling(self) -> Ruling {
        if self.holder == self.to {
            Ruling::Same
        } else if self.leads || (self.holder == Some(self.by) && self.to.is_none()) {
            Ruling::Given
        } else if self.to == Some(self.by) {
            if self.holder.is_none() { Ruling::Given } else { Ruling::Taken }
        } else {
            Ruling::NotTheirs
        }
    }

    /// Whether anything is to be done for it.
    ///
    /// Errors: not theirs to give (403), held by another (409).
    pub fn changes_hands(self) -> Result<bool, Failure> {
        match self.ruling() {
            Ruling::Same => Ok(false),
            Ruling::Given => Ok(true),
            Ruling::Taken => Err(Failure::Conflict(TAKEN)),
            Ruling::NotTheirs => Err(Failure::Forbidden(NOT_THEIRS)),
        }
    }
}

/// Why something is not theirs to give, in words.
const NOT_THEIRS: &str = "One takes what is free and gives up what one holds. To pass it on, offer it; the commander and admins give anything.";
/// Why it was not taken, in words.
const TAKEN: &str = "Somebody else holds it now. Ask them to offer it to you, or the commander to give it.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responders_take_what_is_free_and_whoever_leads_gives_anything() {
        let (me, other, third) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let some = Some;
        for (leads, holder, to, expected) in [
            (false, None, some(me), Ruling::Given),
            (false, some(other), some(me), Ruling::Taken),
            (false, some(me), None, Ruling::Given),
            (false, some(me), some(me), Ruling::Same),
            (false, None, None, Ruling::Same),
            (false, some(me), some(other), Ruling::NotTheirs),
            (false, None, some(other), Ruling::NotTheirs),
            (false, some(other), None, Ruling::NotTheirs),
            (false, some(other), some(third), Ruling::NotTheirs),
            (true, some(other), some(me), Ruling::Given),
            (true, some(other), some(third), Ruling::Given),
            (true, some(other), None, Ruling::Given),
            (true, None, some(other), Ruling::Given),
            (true, some(other), some(other), Ruling::Same),
        ] {
            let claim = Claim { by: me, leads, holder, to };
            assert_eq!(claim.ruling(), expected, "{claim:?}");
        }
    }
}
