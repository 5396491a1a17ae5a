//! Who commands an incident. Asked wherever the commander may do what others
//! may not: correct any entry, cancel, merge, give what somebody else holds.

use sqlx::PgExecutor;
use uuid::Uuid;

/// Whether this person holds the commander's role now.
pub async fn is(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from role_terms
               where incident = $1 and role = 'commander' and person_id = $2 and until is null
           ) as "is!""#,
        incident,
        person
    )
    .fetch_one(db)
    .await
}
