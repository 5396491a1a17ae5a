//! People in the database.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Person, handle_of};
use crate::terms::Role;

/// A person as the settings list them.
#[derive(Debug)]
pub struct Listed {
    /// Who.
    pub person: Person,
    /// Whether they have chosen a password.
    pub has_password: bool,
    /// Whether they may sign in.
    pub active: bool,
    /// How many browsers they are signed in on.
    pub sessions: i64,
}

/// Why a change was not made.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The e-mail address belongs to somebody.
    EmailTaken,
    /// The handle belongs to somebody.
    HandleTaken,
    /// Nobody would be left to administer the instance.
    LastAdmin,
    /// There is no such person.
    Nobody,
}

/// Adds a person without a password. Their handle is made unique.
pub async fn add(tx: &mut PgConnection, email: &str, name: &str, role: Role) -> sqlx::Result<Result<Uuid, Refused>> {
    let id = Uuid::now_v7();
    let base = handle_of(email);
    // Serialises additions, so that the handle found free stays free.
    sqlx::query!("lock table people in share row exclusive mode").execute(&mut *tx).await?;
    if with_email(&mut *tx, email).await?.is_some() {
        return Ok(Err(Refused::EmailTaken));
    }
    let handle = sqlx::query_scalar!(
        r#"select candidate as "candidate!" from (
               select case when n = 1 then $1 else $1 || '-' || n end as candidate, n
               from generate_series(1, 1 + (select count(*)::int from people)) as n
           ) as candidates
           where candidate not in (select handle from people)
           order by n limit 1"#,
        base
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into people (id, email, name, handle, role) values ($1, $2, $3, $4, $5)",
        id,
        email,
        name,
        handle,
        role as Role
    )
    .execute(&mut *tx)
    .await?;
    Ok(Ok(id))
}

/// Stores a new password hash.
pub async fn set_password(db: impl PgExecutor<'_>, person: Uuid, hash: &str) -> sqlx::Result<()> {
    sqlx::query!("update people set password_hash = $2 where id = $1", person, hash).execute(db).await?;
    Ok(())
}

/// The stored password hash of somebody who may sign in.
pub async fn password_hash(db: impl PgExecutor<'_>, person: Uuid) -> sqlx::Result<Option<String>> {
    let hash = sqlx::query_scalar!("select password_hash from people where id = $1 and deactivated_at is null", person);
    Ok(hash.fetch_optional(db).await?.flatten())
}

/// The id behind an address, active or not.
pub async fn with_email(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select id from people where email = $1", email).fetch_optional(db).await
}

/// Whether nobody has been added yet.
pub async fn is_empty(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    let any = sqlx::query_scalar!(r#"select exists (select from people) as "any!""#).fetch_one(db).await?;
    Ok(!any)
}

/// A person by id.
pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Person>> {
    sqlx::query_as!(
        Person,
        r#"select id, email, name, handle, role as "role: Role", time_zone from people where id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Those of these addresses and handles that are somebody's who may sign in, by name.
pub async fn named(db: impl PgExecutor<'_>, names: &[String]) -> sqlx::Result<Vec<Person>> {
    sqlx::query_as!(
        Person,
        r#"select id, email, name, handle, role as "role: Role", time_zone from people
           where (email = any($1) or handle = any($1)) and deactivated_at is null order by lower(name), id"#,
        names
    )
    .fetch_all(db)
    .await
}

/// Everybody who may sign in, by name.
pub async fn active(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Person>> {
    sqlx::query_as!(
        Person,
        r#"select id, email, name, handle, role as "role: Role", time_zone from people
           where deactivated_at is null order by lower(name), id"#
    )
    .fetch_all(db)
    .await
}

/// Everybody, by name.
pub async fn list(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query!(
        r#"select id, email, name, handle, role as "role: Role", time_zone,
                  password_hash is not null as "has_password!", deactivated_at is null as "active!",
                  (select count(*) from sessions where person_id = people.id) as "sessions!"
           from people order by deactivated_at is not null, lower(name), email"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            person: Person {
                id: row.id,
                email: row.email,
                name: row.name,
                handle: row.handle,
                role: row.role,
                time_zone: row.time_zone,
            },
            has_password: row.has_password,
            active: row.active,
            sessions: row.sessions,
        })
        .collect())
}

/// Changes what somebody may do. The last active admin stays one.
pub async fn set_role(tx: &mut PgConnection, person: Uuid, role: Role) -> sqlx::Result<Result<(), Refused>> {
    if role != Role::Admin && is_last_admin(tx, person).await? {
        return Ok(Err(Refused::LastAdmin));
    }
    let changed = sqlx::query!("update people set role = $2 where id = $1", person, role as Role);
    Ok(found(changed.execute(tx).await?.rows_affected()))
}

/// Lets somebody in again, or no longer. The last active admin stays.
pub async fn set_active(tx: &mut PgConnection, person: Uuid, active: bool) -> sqlx::Result<Result<(), Refused>> {
    if !active && is_last_admin(tx, person).await? {
        return Ok(Err(Refused::LastAdmin));
    }
    if !active {
        // What they could come in by, or had given out, does not outlast them.
        sqlx::query!("update tokens set revoked_at = coalesce(revoked_at, now()) where person_id = $1", person)
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "delete from one_time_links where used_at is null and (person_id = $1 or created_by = $1)",
            person
        )
        .execute(&mut *tx)
        .await?;
    }
    let changed = sqlx::query!(
        "update people set deactivated_at = case when $2 then null else now() end where id = $1",
        person,
        active
    );
    Ok(found(changed.execute(tx).await?.rows_affected()))
}

/// Changes how somebody appears.
pub async fn set_profile(db: impl PgExecutor<'_>, person: &Person) -> sqlx::Result<Result<(), Refused>> {
    let changed = sqlx::query!(
        "update people set name = $2, handle = $3, time_zone = $4 where id = $1",
        person.id,
        person.name,
        person.handle,
        person.time_zone
    );
    match changed.execute(db).await {
        Ok(done) => Ok(found(done.rows_affected())),
        Err(sqlx::Error::Database(cause)) if cause.constraint() == Some("people_handle_unique") => {
            Ok(Err(Refused::HandleTaken))
        }
        Err(error) => Err(error),
    }
}

fn found(rows: u64) -> Result<(), Refused> {
    if rows == 1 { Ok(()) } else { Err(Refused::Nobody) }
}

/// Locks the active admins, so that two of them cannot remove each other at once.
async fn is_last_admin(tx: &mut PgConnection, person: Uuid) -> sqlx::Result<bool> {
    let admins = sqlx::query_scalar!(
        "select id from people where role = 'admin' and deactivated_at is null order by id for update"
    )
    .fetch_all(tx)
    .await?;
    Ok(admins == [person])
}

/// Whether somebody may sign in.
pub async fn is_active(db: impl PgExecutor<'_>, person: Uuid) -> sqlx::Result<bool> {
    let active = sqlx::query_scalar!(r#"select deactivated_at is null as "active!" from people where id = $1"#, person);
    Ok(active.fetch_optional(db).await?.unwrap_or(false))
}
