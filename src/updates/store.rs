//! Updates in the database: read, and written together with their entry.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    Texts, Update, Version,
    cadence::{self, Facts, OVER},
    entry,
};
use crate::{
    App,
    incidents::{
        Incident, moments,
        store::{Opened, open},
    },
    people::Person,
    terms::{Audience, Kind},
    timeline::{Author, Key, Log, New, NotWritten, Written},
    web::Failure,
};

/// The updates of an incident, the newest first.
pub async fn of(db: &mut PgConnection, incident: i64) -> sqlx::Result<Vec<Update>> {
    read(db, incident, Which::All).await
}

/// One of them.
pub async fn one(db: &mut PgConnection, incident: i64, id: Uuid) -> sqlx::Result<Option<Update>> {
    Ok(read(db, incident, Which::Id(id)).await?.pop())
}

/// The one that an entry tells of.
pub async fn told_by(db: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<Option<Update>> {
    Ok(read(db, incident, Which::Seq(seq)).await?.pop())
}

/// The last one that still says something; else the last one.
pub async fn last(db: &mut PgConnection, incident: i64) -> sqlx::Result<Option<Update>> {
    let mut last = read(db, incident, Which::Last).await?;
    let says = last.iter().position(|update| !update.struck).unwrap_or_default();
    Ok((says < last.len()).then(|| last.swap_remove(says)))
}

/// The incident of an update.
pub async fn incident_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select incident from updates where id = $1", id).fetch_optional(db).await
}

/// Which updates are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Only so many as are needed to find the last that says something.
    Last,
    Id(Uuid),
    Seq(i64),
}

async fn read(db: &mut PgConnection, incident: i64, which: Which) -> sqlx::Result<Vec<Update>> {
    let rows = sqlx::query!(
        r#"select u.id, u.seq, u.audience as "audience: Audience", u.situation, u.impact, u.doing, u.ruled_out, u.next_by,
                  u.written_at, p.id as person, p.name,
                  exists (select from entries r where r.incident = u.incident and r.corrects = u.seq
                                                  and r.kind = 'redacted') as "redacted!",
                  coalesce((select c.strikes from entries c
                            where c.incident = u.incident and c.corrects = u.seq and c.kind = 'correction'
                            order by c.seq desc limit 1), false) as "struck!"
           from updates u join people p on p.id = u.written_by
           where u.incident = $1 and ($2::uuid is null or u.id = $2) and ($3::bigint is null or u.seq = $3)
           order by u.seq desc limit $4"#,
        incident,
        if let Which::Id(id) = which { Some(id) } else { None },
        if let Which::Seq(seq) = which { Some(seq) } else { None },
        if which == Which::Last { Some(5) } else { None }
    );
    let rows = rows.fetch_all(&mut *db).await?.into_iter();
    let mut updates: Vec<Update> = rows
        .map(|row| Update {
            id: row.id,
            incident,
            seq: row.seq,
            audience: row.audience,
            texts: texts((row.situation, row.impact, row.doing, row.ruled_out)),
            next_by: row.next_by,
            written_by: Author { id: row.person, name: row.name },
            written_at: row.written_at,
            struck: row.struck || row.redacted,
            redacted: row.redacted,
            corrections: Vec::new(),
        })
        .collect();
    if !updates.is_empty() {
        add_versions(db, &mut updates).await?;
    }
    Ok(updates)
}

fn texts((situation, impact, doing, ruled_out): (String, String, String, String)) -> Texts {
    Texts { situation, impact, doing, ruled_out }
}

async fn add_versions(db: &mut PgConnection, updates: &mut [Update]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = updates.iter().map(|update| update.id).collect();
    let rows = sqlx::query!(
        "select v.update_id, v.seq, v.situation, v.impact, v.doing, v.ruled_out, v.corrected_at, v.reason,
                p.id as person, p.name, e.strikes
         from update_versions v join updates u on u.id = v.update_id
         join entries e on e.incident = u.incident and e.seq = v.seq
         join people p on p.id = v.corrected_by
         where v.update_id = any($1) order by v.seq",
        &ids
    );
    for row in rows.fetch_all(db).await? {
        if let Some(update) = updates.iter_mut().find(|update| update.id == row.update_id) {
            update.corrections.push(Version {
                seq: row.seq,
                texts: texts((row.situation, row.impact, row.doing, row.ruled_out)),
                corrected_at: row.corrected_at,
                corrected_by: Author { id: row.person, name: row.name },
                reason: row.reason,
                strikes: row.strikes,
            });
        }
    }
    Ok(())
}

/// An update to write.
#[derive(Debug, Clone)]
pub struct NewUpdate {
    /// For whom.
    pub audience: Audience,
    /// What it says; nothing: there is no news yet.
    pub texts: Texts,
    /// When the next one comes.
    pub next: Next,
}

/// When the next update is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// By this time.
    By(DateTime<Utc>),
    /// As the interval says.
    ByInterval,
    /// Nothing is promised.
    Unsaid,
}

/// Writes an update. The answer is the `seq` of the entry, by which [`told_by`] finds it.
///
/// Errors: a promise that cannot be made, or no news without one (422).
pub async fn write(
    app: &App,
    by: &Person,
    number: i64,
    new: NewUpdate,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let next_by = promised(&mut log, &incident, &new).await?;
    let body = entry(new.audience, &new.texts, next_by);
    let seq = log.append(New::by(by, Kind::Update, body)).await?;
    insert(&mut log, by, (number, seq), &new, next_by).await?;
    if !new.texts.is_no_news() {
        // What was being written is said.
        sqlx::query!("delete from update_drafts where incident = $1 and person_id = $2", number, by.id)
            .execute(log.tx())
            .await?;
    }
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}

async fn promised(log: &mut Log, incident: &Incident, new: &NewUpdate) -> Result<Option<DateTime<Utc>>, NotWritten> {
    let now = log.now;
    let facts: Facts = cadence::facts(log.tx(), incident.number).await?.ok_or(Failure::NotFound)?;
    let refused = |why: &str| Err(NotWritten::refused("next_by", why));
    let next_by = match new.next {
        Next::By(_) if !incident.status.is_open() => return refused(OVER),
        Next::By(_) if !facts.may_promise() => return refused("Nothing is promised before the incident is accepted."),
        Next::By(at) => Some(at),
        Next::ByInterval => facts.after(new.audience, now),
        Next::Unsaid => None,
    };
    if let Some(Err(why)) = next_by.map(|at| cadence::lies_ahead(at, now)).filter(|_| new.next != Next::ByInterval) {
        return refused(why);
    }
    if new.texts.is_no_news() && next_by.is_none() {
        return refused(if incident.status.is_open() { NO_INTERVAL } else { OVER });
    }
    Ok(next_by)
}

/// Why there is no "no news yet", in words.
const NO_INTERVAL: &str = "Updates come on change here, so please say by when the next one comes.";

async fn insert(
    log: &mut Log,
    by: &Person,
    (number, seq): (i64, i64),
    new: &NewUpdate,
    next_by: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "insert into updates (id, incident, seq, audience, situation, impact, doing, ruled_out, next_by,
                              written_by, written_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        Uuid::now_v7(),
        number,
        seq,
        new.audience as Audience,
        new.texts.situation,
        new.texts.impact,
        new.texts.doing,
        new.texts.ruled_out,
        next_by,
        by.id,
        now
    )
    .execute(log.tx())
    .await?;
    Ok(())
}
