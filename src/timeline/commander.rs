//! Who commands an incident. Asked wherever the commander may do what others
//! may not: correct any entry, cancel, merge, say who sees it, give what
//! somebody else holds.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{people::Person, terms::Role};

/// The role whose holder commands.
pub const COMMANDER: &str = "commander";

/// Whether this person holds the commander's role now.
pub async fn is(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from role_terms where incident = $1 and role = $2 and person_id = $3 and until is null
           ) as "is!""#,
        incident,
        COMMANDER,
        person
    )
    .fetch_one(db)
    .await
}

/// Whether this person may do now what the commander may: admins may as well.
pub async fn leads(db: impl PgExecutor<'_>, incident: i64, person: &Person) -> sqlx::Result<bool> {
    // Asked only of whom it depends on.
    Ok(may_lead(person, person.role == Role::Responder && is(db, incident, person.id).await?))
}

/// The same, where it is known whether they command. Somebody who may no
/// longer respond does not lead, whatever they hold.
pub fn may_lead(person: &Person, commands: bool) -> bool {
    person.role >= Role::Admin || (commands && person.role >= Role::Responder)
}
