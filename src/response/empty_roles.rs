//! What is said when a role that somebody should hold stays empty: one entry
//! for as long as nobody takes it.

use chrono::{DateTime, Utc};

use crate::{
    App,
    terms::Kind,
    timeline::{
        New, NotWritten,
        log::{self, Opened},
    },
};

struct Empty {
    incident: i64,
    role: String,
    label: String,
    minutes: i32,
}

/// Says which roles have been empty for too long. Whichever server says it
/// first: what was said is kept under the incident's lock.
pub async fn say(app: &App, now: DateTime<Utc>) -> sqlx::Result<()> {
    // What has been empty for days is no news: the server was away, or is new.
    let empty = sqlx::query_as!(
        Empty,
        r#"select i.number as incident, r.name as role, r.label, r.empty_minutes as minutes
           from incidents i join roles r on i.severity <= r.needed_from
           cross join lateral (
               select greatest(
                   i.declared_at,
                   (select max(until) from role_terms where incident = i.number and role = r.name),
                   (select max(recorded_at) from entries where incident = i.number and kind = 'severity')
               ) as since
           ) vacancy
           where i.ended_at is null and not i.retrospective
             and vacancy.since between $1::timestamptz - interval '7 days' and $1 - make_interval(mins => r.empty_minutes)
             and not exists (select from role_terms t where t.incident = i.number and t.role = r.name and t.until is null)
             and not exists (select from empty_roles e where e.incident = i.number and e.role = r.name)
           order by i.number, r.position"#,
        now
    );
    for empty in empty.fetch_all(&app.db).await? {
        if let Err(error) = say_one(app, &empty, now).await {
            tracing::warn!(?error, incident = empty.incident, "an empty role was not told of; it is tried again");
        }
    }
    Ok(())
}

async fn say_one(app: &App, empty: &Empty, now: DateTime<Utc>) -> Result<(), NotWritten> {
    let Opened::Fresh(mut log) = log::open(app, empty.incident, None).await? else { return Ok(()) };
    // Under the lock: it may have been taken, said or ended meanwhile.
    let first = sqlx::query!(
        "insert into empty_roles (incident, role, said_at)
         select number, $2, $3 from incidents i
         where number = $1 and ended_at is null
           and not exists (select from role_terms where incident = $1 and role = $2 and until is null)
         on conflict do nothing",
        empty.incident,
        empty.role,
        now
    );
    if first.execute(log.tx()).await?.rows_affected() == 0 {
        return Ok(());
    }
    let body = format!("nobody has held {} for {} min, and somebody should", empty.label, empty.minutes);
    let seq = log.append(New::room(Kind::Role, body)).await?;
    log.commit(seq).await?;
    Ok(())
}
