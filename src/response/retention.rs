//! How long it is kept who was on a call and who asked for relief. After that
//! only counts are left, and no person.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// The fewest and the most days. Client keys know for seven who sent what.
pub const DAYS: std::ops::RangeInclusive<i32> = 7..=3650;

/// How many days after an incident's end.
pub async fn days(db: impl PgExecutor<'_>) -> sqlx::Result<i32> {
    sqlx::query_scalar!("select call_days from instance").fetch_one(db).await
}

/// Sets it. It holds for what is kept already, too.
pub async fn set_days(db: impl PgExecutor<'_>, days: i32) -> sqlx::Result<()> {
    sqlx::query!("update instance set call_days = $1", days).execute(db).await?;
    Ok(())
}

/// How many people were on the call of an incident, where only that is left.
pub async fn people(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!("select people from call_counts where incident = $1", incident).fetch_optional(db).await
}

/// Puts counts in the place of people where the time is over. Of an incident
/// that was reopened since, what comes later is added: who was there both times
/// counts twice, since nobody knows any more.
pub async fn sweep(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"with over as (
               select number from incidents
               where ended_at < $1::timestamptz - make_interval(days => (select call_days from instance))
           ), stayed as (
               delete from stays s using over o where s.incident = o.number returning s.incident, s.person_id
           ), asked as (
               delete from relief_requests r using over o where r.incident = o.number returning r.incident
           )
           insert into call_counts as c (incident, people, relief_asked)
           select o.number, (select count(distinct s.person_id) from stayed s where s.incident = o.number),
                  (select count(*) from asked a where a.incident = o.number)
           from over o where o.number in (select incident from stayed union select incident from asked)
           on conflict (incident) do update
           set people = c.people + excluded.people, relief_asked = c.relief_asked + excluded.relief_asked"#,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
