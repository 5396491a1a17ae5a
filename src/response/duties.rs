//! The roles that this company has: what each is called, what its holder does,
//! and from which severity on somebody should hold it. Edited in the settings.

use sqlx::PgExecutor;

use crate::terms::Severity;

/// A role as this company defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// As it is written in addresses and by programs.
    pub name: String,
    /// As it reads on a page.
    pub label: String,
    /// What its holder does.
    pub duty: String,
    /// Somebody should hold it from this severity on; `None`: nobody has to.
    pub needed_from: Option<Severity>,
    /// How long it may stay empty where somebody should hold it, in minutes.
    pub empty_minutes: i32,
    /// The product itself counts on it.
    pub built_in: bool,
}

/// All of them, in their order.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Duty>> {
    sqlx::query_as!(
        Duty,
        r#"select name, label, duty, needed_from as "needed_from: Severity", empty_minutes, built_in
           from roles order by position, name"#
    )
    .fetch_all(db)
    .await
}

/// Adds one at the end, or changes the one of its name.
pub async fn save(db: impl PgExecutor<'_>, duty: &Duty) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into roles (name, label, duty, needed_from, empty_minutes, position)
         values ($1, $2, $3, $4, $5, (select coalesce(max(position), 0) + 1 from roles))
         on conflict (name) do update
             set label = excluded.label, duty = excluded.duty, needed_from = excluded.needed_from,
                 empty_minutes = excluded.empty_minutes",
        duty.name,
        duty.label,
        duty.duty,
        duty.needed_from as Option<Severity>,
        duty.empty_minutes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes one away that was never held or offered, and that the product does not
/// count on; says whether it was.
pub async fn remove(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<bool> {
    let removed = sqlx::query!(
        "with never_used as (
             select name from roles r
             where name = $1 and not built_in
               and not exists (select from role_terms where role = r.name)
               and not exists (select from handoffs where role = r.name)
         ), unsaid as (
             delete from empty_roles using never_used where role = name
         )
         delete from roles using never_used where roles.name = never_used.name",
        name
    );
    Ok(removed.execute(db).await?.rows_affected() > 0)
}
