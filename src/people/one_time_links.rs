//! One-time links: the first admin's set-up, an invitation, a forgotten
//! password. Opening one changes nothing (mail scanners open links); sending
//! its form uses it up.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{secret, secret::Secret};
use crate::terms::Role;

/// What an unused link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Makes the first admin of an empty instance.
    Setup,
    /// Lets a new person in.
    Invite {
        /// Where the invitation was addressed.
        email: String,
        /// Their name, if the admin knew it.
        name: String,
        /// What they will be allowed.
        role: Role,
    },
    /// Lets somebody choose a new password.
    Reset {
        /// Whose.
        person: Uuid,
    },
}

impl Purpose {
    /// Whether it makes the first admin.
    pub const fn is_setup(&self) -> bool {
        matches!(self, Self::Setup)
    }

    /// Whether it is for somebody who is here already.
    pub const fn is_reset(&self) -> bool {
        matches!(self, Self::Reset { .. })
    }

    /// The first segment of the link's path.
    const fn segment(&self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invite { .. } => "invite",
            Self::Reset { .. } => "reset",
        }
    }
}

/// Makes a link and returns its path, the only time the secret is shown.
/// It lasts for three days, and replaces an earlier one for the same purpose.
pub async fn make(tx: &mut PgConnection, purpose: &Purpose, by: Option<Uuid>) -> sqlx::Result<String> {
    let secret = Secret::new();
    let hash = secret.hash();
    match purpose {
        Purpose::Setup => {
            sqlx::query!("delete from one_time_links where purpose = 'setup'").execute(&mut *tx).await?;
            sqlx::query!(
                "insert into one_time_links (token_hash, purpose, expires_at)
                 values ($1, 'setup', now() + interval '3 days')",
                hash
            )
            .execute(tx)
            .await?;
        }
        Purpose::Invite { email, name, role } => {
            sqlx::query!(
                "delete from one_time_links where purpose = 'invite' and email = $1 and used_at is null",
                email
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "insert into one_time_links (token_hash, purpose, email, name, role, created_by, expires_at)
                 values ($1, 'invite', $2, $3, $4, $5, now() + interval '3 days')",
                hash,
                email,
                name,
                *role as Role,
                by
            )
            .execute(tx)
            .await?;
        }
        Purpose::Reset { person } => {
            end_resets(&mut *tx, *person).await?;
            sqlx::query!(
                "insert into one_time_links (token_hash, purpose, person_id, created_by, expires_at)
                 values ($1, 'reset', $2, $3, now() + interval '3 days')",
                hash,
                person,
                by
            )
            .execute(tx)
            .await?;
        }
    }
    Ok(format!("/{}/{}", purpose.segment(), secret.reveal()))
}

/// Ends what was made for somebody to choose a new password with.
pub async fn end_resets(db: impl PgExecutor<'_>, person: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from one_time_links where purpose = 'reset' and person_id = $1 and used_at is null", person)
        .execute(db)
        .await?;
    Ok(())
}

/// What a link is for, while it is unused and lasts. A set-up link ends when
/// there is a person.
pub async fn find(db: impl PgExecutor<'_>, token: &str) -> sqlx::Result<Option<Purpose>> {
    let row = sqlx::query!(
        r#"select purpose::text as "purpose!", email, name, role as "role: Role", person_id from one_time_links
           where token_hash = $1 and used_at is null and expires_at > now()
             and (purpose <> 'setup' or not exists (select from people))
             and (person_id is null or exists (select from people p where p.id = person_id and p.deactivated_at is null))"#,
        secret::hash(token)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| match row.purpose.as_str() {
        "invite" => Some(Purpose::Invite { email: row.email?, name: row.name.unwrap_or_default(), role: row.role? }),
        "reset" => Some(Purpose::Reset { person: row.person_id? }),
        _ => Some(Purpose::Setup),
    }))
}

/// Uses a link up; `false` when somebody was faster.
pub async fn use_up(tx: &mut PgConnection, token: &str) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        "update one_time_links set used_at = now()
         where token_hash = $1 and used_at is null and expires_at > now()",
        secret::hash(token)
    );
    Ok(used.execute(tx).await?.rows_affected() == 1)
}
