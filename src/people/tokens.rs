//! Tokens: programs act as the person who made them, reading only or writing
//! as well. Only a hash is stored.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{Person, secret, secret::Secret};
use crate::terms::{Role, Scope};

/// What a token begins with, so that one that leaked is recognised as what it is.
const PREFIX: &str = "ss_";

/// A token as its owner and admins see it.
#[derive(Debug)]
pub struct Listed {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token that came with a request.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub person: Person,
    /// What it may do.
    pub scope: Scope,
}

/// Makes a token and returns it, the only time it is shown.
pub async fn make(db: impl PgExecutor<'_>, person: Uuid, name: &str, scope: Scope) -> sqlx::Result<String> {
    let token = format!("{PREFIX}{}", Secret::new().reveal());
    sqlx::query!(
        "insert into tokens (id, token_hash, person_id, name, scope) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        secret::hash(&token),
        person,
        name,
        scope as Scope
    )
    .execute(db)
    .await?;
    Ok(token)
}

/// The token behind what a request carries, while it is not revoked and its
/// owner may sign in.
pub async fn find(db: &PgPool, token: &str) -> sqlx::Result<Option<Token>> {
    let row = sqlx::query!(
        r#"select t.id, t.scope as "scope: Scope",
                  coalesce(t.last_used_at < now() - interval '1 minute', true) as "stale!",
                  p.id as person_id, p.email, p.name, p.handle, p.role as "role: Role", p.time_zone
           from tokens t join people p on p.id = t.person_id
           where t.token_hash = $1 and t.revoked_at is null and p.deactivated_at is null"#,
        secret::hash(token)
    );
    let Some(row) = row.fetch_optional(db).await? else {
        return Ok(None);
    };
    if row.stale {
        sqlx::query!("update tokens set last_used_at = now() where id = $1", row.id).execute(db).await?;
    }
    let person = Person {
        id: row.person_id,
        email: row.email,
        name: row.name,
        handle: row.handle,
        role: row.role,
        time_zone: row.time_zone,
    };
    Ok(Some(Token { id: row.id, person, scope: row.scope }))
}

/// A person's tokens, or everybody's, the newest first.
pub async fn list(db: impl PgExecutor<'_>, of: Option<Uuid>) -> sqlx::Result<Vec<Listed>> {
    sqlx::query_as!(
        Listed,
        r#"select t.id, t.name, p.name as owner, t.scope as "scope: Scope", t.created_at, t.last_used_at, t.revoked_at
           from tokens t join people p on p.id = t.person_id
           where $1::uuid is null or t.person_id = $1
           order by t.created_at desc, t.id desc"#,
        of
    )
    .fetch_all(db)
    .await
}

/// Revokes a token, of this person or of anybody. One that was stays revoked.
pub async fn revoke(db: impl PgExecutor<'_>, id: Uuid, of: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query!(
        "update tokens set revoked_at = coalesce(revoked_at, now())
         where id = $1 and ($2::uuid is null or person_id = $2)",
        id,
        of
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Which of these tokens still let a program in.
pub async fn alive(db: impl PgExecutor<'_>, tokens: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select t.id from tokens t join people p on p.id = t.person_id
         where t.id = any($1) and t.revoked_at is null and p.deactivated_at is null",
        tokens
    )
    .fetch_all(db)
    .await
}
