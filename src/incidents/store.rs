//! Incidents in the database: declaring, finding, and the locked row behind
//! every change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

use super::{Incident, moments};
use crate::{
    App,
    people::Person,
    terms::{Kind, MomentName, Severity, Status},
    timeline::{Key, Log, New, NotWritten, Written, key, log},
    web::Failure,
};

/// What is declared.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// What it is called.
    pub title: String,
    /// How bad it seems.
    pub severity: Severity,
    /// What is known; may be empty.
    pub summary: String,
    /// The services concerned.
    pub services: Vec<String>,
    /// Points of its life that are known already.
    pub moments: Vec<(MomentName, DateTime<Utc>)>,
}

/// Declares an incident; the answer is its number.
pub async fn declare(app: &App, by: &Person, what: Declaration, key: Option<Key>) -> Result<Written, NotWritten> {
    let mut tx = app.db.begin().await?;
    if let Some(written) = key::made_before(&mut tx, key.as_ref()).await? {
        return Ok(written);
    }
    let number =
        sqlx::query_scalar!("update incident_numbers set last = last + 1 returning last").fetch_one(&mut *tx).await?;
    let declared_at = sqlx::query_scalar!(
        "insert into incidents (number, title, summary, severity, status, declared_by, declared_at, services)
         values ($1, $2, $3, $4, 'investigating', $5, coalesce($6, clock_timestamp()), $7)
         returning declared_at",
        number,
        what.title,
        what.summary,
        what.severity as Severity,
        by.id,
        app.at,
        &what.services
    )
    .fetch_one(&mut *tx)
    .await?;
    let mut log = log::create(app, tx, number, key).await?;
    let declared = New::by(by, Kind::Declared, format!("{} as {}", what.title, what.severity));
    log.append(declared).await?;
    moments::set_first(&mut log, number, 1, MomentName::Declared, declared_at).await?;
    for (name, at) in what.moments {
        moments::set(&mut log, number, 1, moments::Moment { name, at, by }, "").await?;
    }
    Ok(log.commit(number).await?)
}

/// What opening an incident for a change finds.
pub enum Opened {
    /// Its timeline is locked, and this is how it stands behind the lock.
    Fresh(Box<Log>, Incident),
    /// This very change was made before.
    Already(Written),
}

/// Opens an incident's timeline for a change, and reads the incident as it is
/// now, behind the lock.
pub async fn open(app: &App, number: i64, key: Option<Key>) -> Result<Opened, NotWritten> {
    match log::open(app, number, key).await? {
        log::Opened::Already(answer) => Ok(Opened::Already(answer)),
        log::Opened::Fresh(mut log) => {
            let incident = find(log.tx(), number).await?.ok_or(Failure::NotFound)?;
            Ok(Opened::Fresh(log, incident))
        }
    }
}

/// An incident by its number.
pub async fn find(db: impl PgExecutor<'_>, number: i64) -> sqlx::Result<Option<Incident>> {
    sqlx::query_as!(
        Incident,
        r#"select number, title, summary, services, severity as "severity: Severity", status as "status: Status",
                  round, declared_at, ended_at
           from incidents where number = $1"#,
        number
    )
    .fetch_optional(db)
    .await
}

/// Some incidents, by number.
pub async fn some(db: PgPool, numbers: Vec<i64>) -> sqlx::Result<HashMap<i64, Incident>> {
    let found = sqlx::query_as!(
        Incident,
        r#"select number, title, summary, services, severity as "severity: Severity", status as "status: Status",
                  round, declared_at, ended_at
           from incidents where number = any($1)"#,
        &numbers
    );
    Ok(found.fetch_all(&db).await?.into_iter().map(|incident| (incident.number, incident)).collect())
}

/// Stores a status; the round grows with a reopening.
pub async fn store_status(log: &mut Log, number: i64, status: Status, round: i32) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "update incidents set status = $2, round = $3,
                ended_at = case when $4 then null else coalesce(ended_at, $5) end
         where number = $1",
        number,
        status as Status,
        round,
        status.is_open(),
        now
    )
    .execute(log.tx())
    .await?;
    Ok(())
}
