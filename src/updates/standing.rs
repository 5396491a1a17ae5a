//! How it stands with those outside, as the room shows it: what was said last,
//! and by when the next word is promised. All of it changes with an entry of the
//! incident's timeline, or with the severities, so that it may be kept.

use sqlx::PgConnection;

use super::{
    Update,
    cadence::{self, Facts, Promise},
    store,
};
use crate::web::Failure;

/// How it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What was said last.
    pub last: Option<Update>,
    /// From what the promise is told.
    pub facts: Facts,
}

impl Standing {
    /// Reads it.
    pub async fn read(db: &mut PgConnection, incident: i64) -> Result<Self, Failure> {
        let facts = cadence::facts(&mut *db, incident).await?.ok_or(Failure::NotFound)?;
        Ok(Self { last: store::last(db, incident).await?, facts })
    }

    /// When the next update is promised, if it is. Templates call it.
    pub fn promise(&self) -> Option<Promise> {
        self.facts.promise()
    }
}
