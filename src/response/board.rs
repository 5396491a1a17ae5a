//! The board: who holds what, read at one moment for the room's panels.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    offers::{self, Offer},
    roles::{self, Held},
    work::{self, Work},
};
use crate::terms::HandoffState;

/// How long work that has ended stays on the board, in minutes.
const LINGERS: i64 = 30;

/// Who holds what.
#[derive(Debug, Clone)]
pub struct Board {
    /// Every role, held or free.
    pub roles: Vec<Held>,
    /// The work that goes on, and what ended lately.
    pub work: Vec<Work>,
    /// The offers that wait for an answer.
    pub offers: Vec<Offer>,
}

impl Board {
    /// Reads the board.
    pub async fn read(db: &mut PgConnection, incident: i64, now: DateTime<Utc>) -> sqlx::Result<Self> {
        let mut work = work::of(&mut *db, incident).await?;
        work.retain(|item| item.state.is_live() || (now - item.since).num_minutes() < LINGERS);
        let mut open = offers::of(&mut *db, incident, None).await?;
        open.retain(|offer| offer.state == HandoffState::Offered);
        Ok(Self { roles: roles::of(db, incident).await?, work, offers: open })
    }

    /// The offer of a role that waits, if one does. Templates call it.
    pub fn offer_of_role(&self, role: &str) -> Option<&Offer> {
        self.offers.iter().find(|offer| matches!(&offer.thing, super::Thing::Role(it) if it == role))
    }

    /// The offer of a piece of work that waits, if one does. Templates call it.
    pub fn offer_of_work(&self, id: &uuid::Uuid) -> Option<&Offer> {
        self.offers.iter().find(|offer| matches!(&offer.thing, super::Thing::Work(it) if it == id))
    }

    /// How many pieces of work nobody holds.
    pub fn unheld(&self) -> usize {
        self.work.iter().filter(|item| item.state == crate::terms::WorkState::Open).count()
    }
}
