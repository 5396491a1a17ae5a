//! What each severity means here and what it promises. Read by many pages,
//! edited in the settings.

use sqlx::PgExecutor;

use crate::terms::Severity;

/// A severity as this company defines it. Times are minutes; `None` is "on
/// change" or "none".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub level: Severity,
    /// What it is called here.
    pub name: String,
    /// What it means here.
    pub definition: String,
    /// Until somebody responds.
    pub acknowledge_minutes: Option<i32>,
    /// Between updates to leadership.
    pub leadership_minutes: Option<i32>,
    /// Between public updates.
    pub public_minutes: Option<i32>,
    /// Until somebody who holds something is offered relief.
    pub relief_amber_minutes: Option<i32>,
    /// Until relief is overdue.
    pub relief_red_minutes: Option<i32>,
}

/// All five, worst first.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select level as "level: Severity", name, definition, acknowledge_minutes, leadership_minutes,
                  public_minutes, relief_amber_minutes, relief_red_minutes
           from severities order by level"#
    )
    .fetch_all(db)
    .await
}

/// One of them.
pub async fn one(db: impl PgExecutor<'_>, level: Severity) -> sqlx::Result<Row> {
    sqlx::query_as!(
        Row,
        r#"select level as "level: Severity", name, definition, acknowledge_minutes, leadership_minutes,
                  public_minutes, relief_amber_minutes, relief_red_minutes
           from severities where level = $1"#,
        level as Severity
    )
    .fetch_one(db)
    .await
}

/// Stores one.
pub async fn save(db: impl PgExecutor<'_>, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        "update severities set name = $2, definition = $3, acknowledge_minutes = $4, leadership_minutes = $5,
                public_minutes = $6, relief_amber_minutes = $7, relief_red_minutes = $8
         where level = $1",
        row.level as Severity,
        row.name,
        row.definition,
        row.acknowledge_minutes,
        row.leadership_minutes,
        row.public_minutes,
        row.relief_amber_minutes,
        row.relief_red_minutes
    )
    .execute(db)
    .await?;
    Ok(())
}
