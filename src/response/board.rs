//! The board: who holds what, read at one moment for the room's panels. All of
//! it changes with an entry of the incident's timeline, so that it may be kept.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    held::{self, Held},
    offers::{self, Offer},
    work::{self, Work},
};
use crate::{terms::WorkState, timeline::commander::COMMANDER};

/// Who holds what.
#[derive(Debug, Clone)]
pub struct Board {
    /// Every role, held or free.
    pub roles: Vec<Held>,
    /// The work that goes on.
    pub work: Vec<Work>,
    /// How many pieces of work are done.
    pub done: usize,
    /// How many were dropped.
    pub dropped: usize,
    /// The offers that wait for an answer.
    pub offers: Vec<Offer>,
}

impl Board {
    /// Reads the board.
    pub async fn read(db: &mut PgConnection, incident: i64) -> sqlx::Result<Self> {
        let offers = offers::open(&mut *db, incident).await?;
        let roles = held::of(&mut *db, incident).await?;
        let mut work = work::of(db, incident).await?;
        let count = |state| work.iter().filter(|item| item.state == state).count();
        let (done, dropped) = (count(WorkState::Done), count(WorkState::Dropped));
        work.retain(|item| item.state.is_live());
        Ok(Self { roles, work, done, dropped, offers })
    }

    /// Whether somebody commands.
    pub fn is_commanded_by(&self, person: Uuid) -> bool {
        self.roles.iter().any(|held| held.role == COMMANDER && held.is_held_by(person))
    }

    /// What has ended, in words; nothing when nothing has.
    pub fn ended(&self) -> Option<String> {
        match (self.done, self.dropped) {
            (0, 0) => None,
            (done, 0) => Some(format!("{done} done")),
            (0, dropped) => Some(format!("{dropped} dropped")),
            (done, dropped) => Some(format!("{done} done, {dropped} dropped")),
        }
    }
}
