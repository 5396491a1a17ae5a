//! Who held which piece of work from when to when.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::timeline::Log;

/// How long one person held a piece of work.
#[derive(Debug, Clone)]
pub struct Term {
    /// The piece of work.
    pub work: Uuid,
    /// Who held it.
    pub person: Uuid,
    /// Their name.
    pub name: String,
    /// From when.
    pub since: DateTime<Utc>,
    /// To when; `None` while they hold it.
    pub until: Option<DateTime<Utc>>,
}

/// Who held which work of an incident, in order.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Term>> {
    sqlx::query_as!(
        Term,
        "select t.work_item as work, p.id as person, p.name, t.since, t.until
         from work_terms t join work_items w on w.id = t.work_item join people p on p.id = t.person_id
         where w.incident = $1 order by t.since, t.id",
        incident
    )
    .fetch_all(db)
    .await
}

/// The term ends, and the next begins, if somebody holds it from now on.
pub async fn pass(log: &mut Log, work: Uuid, to: Option<Uuid>) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!("update work_terms set until = greatest(since, $2) where work_item = $1 and until is null", work, now)
        .execute(log.tx())
        .await?;
    let Some(to) = to else { return Ok(()) };
    sqlx::query!(
        "insert into work_terms (id, work_item, person_id, since) values ($1, $2, $3, $4)",
        Uuid::now_v7(),
        work,
        to,
        now
    )
    .execute(log.tx())
    .await?;
    Ok(())
}
