//! Incidents in the database: declaring, finding, and the locked row behind
//! every change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{Incident, moments, visibility};
use crate::{
    App,
    people::Person,
    terms::{Kind, MomentName, Severity, Status},
    timeline::{Key, Log, New, NotWritten, Written, key, log},
    web::Failure,
};

/// What is declared.
#[derive(Debug, Clone, Default)]
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
    /// An exercise.
    pub drill: bool,
    /// Seen by these people, by whoever declares it and by admins; `None` for everybody.
    pub private_to: Option<Vec<Uuid>>,
    /// When it began, if that is long past: then it is written down after the fact.
    pub past: Option<Past>,
}

/// When an incident was, that is written down after the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// When people began to respond.
    pub declared_at: DateTime<Utc>,
    /// When they were done; `None` when it still goes on.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl Past {
    /// When an incident was: `None` for one that begins now. Errors are the
    /// field at fault and a sentence for the person.
    pub fn check(
        declared_at: Option<DateTime<Utc>>,
        resolved_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, (&'static str, &'static str)> {
        match (declared_at, resolved_at) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(("declared_at", "Please say when it began, too.")),
            (Some(declared_at), _) if declared_at > now => Err(("declared_at", "This is still to come.")),
            (_, Some(resolved_at)) if resolved_at > now => Err(("resolved_at", "This is still to come.")),
            (Some(declared_at), Some(resolved_at)) if resolved_at < declared_at => {
                Err(("resolved_at", "This is before it began."))
            }
            (Some(declared_at), resolved_at) => Ok(Some(Self { declared_at, resolved_at })),
        }
    }
}

/// Declares an incident; the answer is its number.
pub async fn declare(app: &App, by: &Person, what: Declaration, key: Option<Key>) -> Result<Written, NotWritten> {
    let mut tx = app.db.begin().await?;
    if let Some(written) = key::made_before(&mut tx, key.as_ref()).await? {
        return Ok(written);
    }
    let (number, declared_at) = insert(&mut tx, app, by, &what).await?;
    if let Some(people) = &what.private_to {
        visibility::add_people(&mut tx, number, by.id, people).await?;
    }
    let mut log = log::create(app, tx, number, key).await?;
    let declared = New::by(by, Kind::Declared, format!("{} as {}", what.title, what.severity)).at(declared_at);
    log.append(declared).await?;
    moments::set_first(&mut log, number, 1, MomentName::Declared, declared_at).await?;
    for (name, at) in what.moments {
        moments::set(&mut log, number, 1, moments::Moment { name, at, by }, "").await?;
    }
    if let Some(resolved_at) = what.past.and_then(|past| past.resolved_at) {
        let body = format!("{} → {}", Status::Investigating, Status::Resolved);
        log.append(New::by(by, Kind::Status, body).at(resolved_at)).await?;
        moments::set_first(&mut log, number, 1, MomentName::Resolved, resolved_at).await?;
    }
    Ok(log.commit(number).await?)
}

/// The incident's row: its number, and when it was declared.
async fn insert(
    tx: &mut PgConnection,
    app: &App,
    by: &Person,
    what: &Declaration,
) -> sqlx::Result<(i64, DateTime<Utc>)> {
    let number =
        sqlx::query_scalar!("update incident_numbers set last = last + 1 returning last").fetch_one(&mut *tx).await?;
    let resolved_at = what.past.and_then(|past| past.resolved_at);
    let status = if resolved_at.is_some() { Status::Resolved } else { Status::Investigating };
    let declared_at = sqlx::query_scalar!(
        "insert into incidents (number, title, summary, severity, status, declared_by, declared_at, services,
                                ended_at, drill, retrospective, private)
         values ($1, $2, $3, $4, $5, $6, coalesce($7, clock_timestamp()), $8, $9, $10, $11, $12)
         returning declared_at",
        number,
        what.title,
        what.summary,
        what.severity as Severity,
        status as Status,
        by.id,
        what.past.map(|past| past.declared_at).or(app.at),
        &what.services,
        resolved_at,
        what.drill,
        what.past.is_some(),
        what.private_to.is_some()
    )
    .fetch_one(tx)
    .await?;
    Ok((number, declared_at))
}

/// What opening an incident for a change finds.
pub enum Opened {
    /// Its timeline is locked, and this is how it stands behind the lock.
    Fresh(Box<Log>, Incident),
    /// This very change was made before.
    Already(Written),
}

/// Opens an incident's timeline for a change by somebody, and reads the
/// incident as it is now, behind the lock.
///
/// Errors: no such incident, or none that they may see (404).
pub async fn open(app: &App, by: &Person, number: i64, key: Option<Key>) -> Result<Opened, NotWritten> {
    open_both(app, by, (number, None), key).await
}

/// The same, along with the timeline of another incident that the change concerns.
pub async fn open_both(
    app: &App,
    by: &Person,
    (number, also): (i64, Option<i64>),
    key: Option<Key>,
) -> Result<Opened, NotWritten> {
    match log::open_both(app, (number, also), key).await? {
        log::Opened::Already(answer) => Ok(Opened::Already(answer)),
        log::Opened::Fresh(mut log) => {
            let incident = seen_by(log.tx(), number, by.id).await?.ok_or(Failure::NotFound)?;
            Ok(Opened::Fresh(log, incident))
        }
    }
}

/// An incident by its number, for whoever has been found to see it.
pub async fn find(db: impl PgExecutor<'_>, number: i64) -> sqlx::Result<Option<Incident>> {
    read(db, number, None).await
}

/// An incident by its number, if this person may see it.
pub async fn seen_by(db: impl PgExecutor<'_>, number: i64, person: Uuid) -> sqlx::Result<Option<Incident>> {
    read(db, number, Some(person)).await
}

async fn read(db: impl PgExecutor<'_>, number: i64, person: Option<Uuid>) -> sqlx::Result<Option<Incident>> {
    sqlx::query_as!(
        Incident,
        r#"select number, title, summary, services, severity as "severity: Severity", status as "status: Status",
                  round, acknowledged, declared_at, ended_at, drill, retrospective, private, merged_into
           from incidents
           where number = $1 and (not private or $2::uuid is null or may_see_private(number, $2))"#,
        number,
        person
    )
    .fetch_optional(db)
    .await
}

/// Incidents by number, each asked for by somebody who may see it.
pub async fn seen_together(db: PgPool, asked: Vec<(i64, Uuid)>) -> sqlx::Result<HashMap<(i64, Uuid), Incident>> {
    let (numbers, people): (Vec<i64>, Vec<Uuid>) = asked.into_iter().unzip();
    let rows = sqlx::query!(
        r#"select asked.person as "person!", number as "number!", title, summary, services, severity as "severity: Severity",
                  status as "status: Status", round, acknowledged, declared_at, ended_at, drill, retrospective, private, merged_into
           from unnest($1::bigint[], $2::uuid[]) as asked (number, person) join incidents using (number)
           where not private or may_see_private(number, asked.person)"#,
        &numbers,
        &people
    );
    let incidents = rows.fetch_all(&db).await?.into_iter().map(|row| {
        let incident = Incident {
            number: row.number,
            title: row.title,
            summary: row.summary,
            services: row.services,
            severity: row.severity,
            status: row.status,
            round: row.round,
            acknowledged: row.acknowledged,
            declared_at: row.declared_at,
            ended_at: row.ended_at,
            drill: row.drill,
            retrospective: row.retrospective,
            private: row.private,
            merged_into: row.merged_into,
        };
        ((row.number, row.person), incident)
    });
    Ok(incidents.collect())
}

/// Stores a status; the round grows with a reopening.
pub async fn store_status(log: &mut Log, number: i64, status: Status, round: i32) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "update incidents set status = $2, round = $3, merged_into = null,
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

/// An entry begins a round: reopened, or accepted from triage. What was promised before is past.
pub async fn begin_round(log: &mut Log, number: i64, entry: i64) -> sqlx::Result<()> {
    sqlx::query!("update incidents set round_entry = $2 where number = $1", number, entry).execute(log.tx()).await?;
    Ok(())
}
