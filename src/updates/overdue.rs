//! What is said when an update does not come by the promised time: one entry
//! for each promise that was not kept.

use chrono::{DateTime, Duration, Utc};

use super::cadence::{self, Promise};
use crate::{
    App,
    terms::Kind,
    timeline::{
        New, NotWritten,
        log::{self, Opened},
    },
    web::time,
};

/// A promise that was broken so long ago is no news: the server was away, or is new.
const OLD: Duration = Duration::days(7);

/// Says which promises were not kept. Whichever server says it first: what was
/// said is kept under the incident's lock.
pub async fn say(app: &App, now: DateTime<Utc>) -> sqlx::Result<()> {
    let facts = cadence::of_all(&app.db).await?;
    let late = facts.iter().filter_map(|facts| Some((facts.incident, overdue(facts.promise()?, now)?)));
    let (incidents, due): (Vec<i64>, Vec<DateTime<Utc>>) = late.unzip();
    let unsaid = sqlx::query!(
        r#"select incident as "incident!", due_at as "due_at!"
           from unnest($1::bigint[], $2::timestamptz[]) as late (incident, due_at)
           where not exists (select from overdue_updates o where o.incident = late.incident and o.due_at = late.due_at)"#,
        &incidents,
        &due
    );
    for late in unsaid.fetch_all(&app.db).await? {
        if let Err(error) = say_one(app, (late.incident, late.due_at), now).await {
            tracing::warn!(?error, incident = late.incident, "an overdue update was not told of; it is tried again");
        }
    }
    Ok(())
}

/// When it was due, of a promise that was not kept and of which there is something to say.
fn overdue(promise: Promise, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (promise.is_overdue(&now) && promise.due_at >= now - OLD).then_some(promise.due_at)
}

async fn say_one(app: &App, (incident, due_at): (i64, DateTime<Utc>), now: DateTime<Utc>) -> Result<(), NotWritten> {
    let Opened::Fresh(mut log) = log::open(app, incident, None).await? else { return Ok(()) };
    // Under the lock: it may have been kept, moved, said or ended meanwhile.
    if cadence::promise(log.tx(), incident).await?.is_none_or(|promise| promise.due_at != due_at) {
        return Ok(());
    }
    let first = sqlx::query!(
        "insert into overdue_updates (incident, due_at, said_at) values ($1, $2, $3) on conflict do nothing",
        incident,
        due_at,
        now
    );
    if first.execute(log.tx()).await?.rows_affected() == 0 {
        return Ok(());
    }
    let body = format!("the update promised by {} is overdue", time::short(due_at));
    let seq = log.append(New::room(Kind::Update, body)).await?;
    log.commit(seq).await?;
    Ok(())
}
