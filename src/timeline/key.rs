//! Client keys: a form or a program may send the same write twice, and it is
//! made once.

use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{NotWritten, Written};
use crate::people::Person;

/// How long a key is remembered.
pub const DAYS: i32 = 7;

/// A write's key, with a hash of what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub(super) person: Uuid,
    pub(super) id: Uuid,
    pub(super) hash: Vec<u8>,
}

impl Key {
    /// The key of a person's write. `None` when the form carried none.
    ///
    /// `what` are all the parts of the write, in a fixed order.
    pub fn new(person: &Person, key: &str, what: &[&str]) -> Option<Self> {
        let id = key.trim().parse().ok()?;
        let mut hash = Sha256::new();
        for part in what {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        Some(Self { person: person.id, id, hash: hash.finalize().to_vec() })
    }

    /// The key of a program's write, under any text. A text that is no UUID
    /// stands for the first half of its hash.
    pub fn named(person: &Person, name: &str, what: &[&str]) -> Option<Self> {
        Self::new(person, &id_of(name)?.to_string(), what)
    }

    /// Claims the key for a write, unless it was claimed before. A second claim
    /// at the same time waits for the first to commit or give up.
    async fn claim(&self, tx: &mut PgConnection) -> sqlx::Result<bool> {
        let claimed = sqlx::query!(
            "insert into client_keys (person_id, key, body_hash) values ($1, $2, $3) on conflict do nothing",
            self.person,
            self.id,
            self.hash
        );
        Ok(claimed.execute(tx).await?.rows_affected() == 1)
    }

    /// What the write came to that claimed the key before.
    ///
    /// Errors: that was another write (422).
    pub(super) async fn made(&self, tx: &mut PgConnection) -> Result<Written, NotWritten> {
        let made = sqlx::query!(
            "select body_hash, answer from client_keys where person_id = $1 and key = $2",
            self.person,
            self.id
        );
        let made = made.fetch_one(tx).await?;
        if made.body_hash != self.hash {
            return Err(NotWritten::refused("key", REUSED));
        }
        Ok(Written { answer: made.answer.unwrap_or_default(), again: true })
    }

    /// Keeps what the write answers, in the write's own transaction.
    pub async fn settle(&self, tx: &mut PgConnection, answer: i64) -> sqlx::Result<()> {
        sqlx::query!(
            "update client_keys set answer = $3 where person_id = $1 and key = $2",
            self.person,
            self.id,
            answer
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// Claims a write's key, if it has one: what the write came to, when it was
/// made before.
///
/// Errors: the key was used for another write (422).
pub async fn made_before(tx: &mut PgConnection, key: Option<&Key>) -> Result<Option<Written>, NotWritten> {
    match key {
        Some(key) if !key.claim(tx).await? => Ok(Some(key.made(tx).await?)),
        _ => Ok(None),
    }
}

/// The id that a program's key stands for.
pub(super) fn id_of(name: &str) -> Option<Uuid> {
    let hash = Sha256::digest(name.as_bytes());
    name.parse().or_else(|_| Uuid::from_slice(&hash[..16])).ok()
}

/// What a form says when its key was used for another text.
pub const REUSED: &str =
    "This form was already sent with another text. Nothing was written: look it over and send it again.";

/// A fresh key for a form.
pub fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// Forgets the keys whose time is over.
pub async fn sweep(db: &sqlx::PgPool) -> sqlx::Result<()> {
    sqlx::query!("delete from client_keys where created_at < now() - make_interval(days => $1)", DAYS)
        .execute(db)
        .await?;
    Ok(())
}
