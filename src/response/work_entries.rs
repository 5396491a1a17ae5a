//! The entries of a piece of work: who took it and gave it on, and what people
//! wrote on it. They stand in the incident's timeline like all others.

use sqlx::PgConnection;
use uuid::Uuid;

use super::work;
use crate::{
    App,
    incidents::{
        moments,
        store::{self, Opened},
    },
    people::Person,
    timeline::{self, Entry, Key, Log, New, NotWritten, Written},
    web::Failure,
};

/// An entry belongs to a piece of work.
pub async fn tie(log: &mut Log, (incident, work_item): (i64, Uuid), seq: i64) -> sqlx::Result<()> {
    sqlx::query!("insert into work_entries (work_item, incident, seq) values ($1, $2, $3)", work_item, incident, seq)
        .execute(log.tx())
        .await?;
    Ok(())
}

/// The entries of a piece of work, oldest first.
pub async fn of(db: &mut PgConnection, incident: i64, work_item: Uuid) -> sqlx::Result<Vec<Entry>> {
    let seqs = sqlx::query_scalar!("select seq from work_entries where work_item = $1 order by seq", work_item);
    let seqs = seqs.fetch_all(&mut *db).await?;
    timeline::store::some(db, incident, &seqs).await
}

/// Writes a typed entry on a piece of work.
///
/// Errors: no such work in this incident (404).
pub async fn write(
    app: &App,
    by: &Person,
    (number, work_item): (i64, Uuid),
    new: New,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    work::one(log.tx(), number, work_item).await?.ok_or(Failure::NotFound)?;
    let seq = log.append(new).await?;
    tie(&mut log, (number, work_item), seq).await?;
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}
