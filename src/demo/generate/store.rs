//! Many rooms into the database at once.

mod held;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::room::{Line, Room, seq};

/// The beginning of today.
pub async fn midnight(db: &PgPool) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"select date_trunc('day', now()) as "midnight!""#).fetch_one(db).await
}

/// Writes rooms in one transaction, under the next numbers, and returns the first one's.
pub async fn save(db: &PgPool, hands: &[Uuid], rooms: &[Room]) -> anyhow::Result<i64> {
    let mut tx = db.begin().await?;
    let count = i64::try_from(rooms.len())?;
    let given = sqlx::query_scalar!("update incident_numbers set last = last + $1 returning last", count);
    let first = given.fetch_one(&mut *tx).await? - count + 1;
    let numbered: Vec<(i64, &Room)> = (first..).zip(rooms).collect();
    incidents(&mut tx, hands, &numbered).await?;
    moments(&mut tx, hands, &numbered).await?;
    links(&mut tx, &numbered).await?;
    heads(&mut tx, &numbered).await?;
    entries(&mut tx, hands, &numbered).await?;
    held::save(&mut tx, hands, &numbered).await?;
    tx.commit().await?;
    Ok(first)
}

/// Tells the planner how much there is now.
pub async fn analyze(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!("analyze incidents, entries, moments, timeline_heads, role_terms, work_items, work_terms, handoffs")
        .execute(db)
        .await?;
    Ok(())
}

/// One value of every row.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

async fn incidents(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into incidents (number, title, summary, severity, status, round, declared_by, declared_at,
                                ended_at, services)
         select number, title, summary, severity, status::incident_status, round, declared_by, declared_at,
                ended_at, string_to_array(services, ',')
         from unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::int[], $7::uuid[],
                     $8::timestamptz[], $9::timestamptz[], $10::text[])
              as made (number, title, summary, severity, status, round, declared_by, declared_at, ended_at,
                       services)",
        &column(rooms, |(number, _)| *number),
        &column(rooms, |(_, room)| room.title.as_str()) as &[&str],
        &column(rooms, |(_, room)| room.summary.as_str()) as &[&str],
        &column(rooms, |(_, room)| room.severity as i16),
        &column(rooms, |(_, room)| room.status.word()) as &[&str],
        &column(rooms, |(_, room)| room.round),
        &column(rooms, |(_, room)| hands[room.declared_by]),
        &column(rooms, |(_, room)| room.declared_at),
        &column(rooms, |(_, room)| room.ended_at) as &[Option<DateTime<Utc>>],
        &column(rooms, |(_, room)| room.services.join(","))
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn moments(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<_> =
        rooms.iter().flat_map(|(number, room)| room.moments.iter().map(move |moment| (*number, moment))).collect();
    sqlx::query!(
        "insert into moments (incident, round, name, at, set_by)
         select incident, round, name::moment_name, at, set_by
         from unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[], $5::uuid[])
              as made (incident, round, name, at, set_by)",
        &column(&all, |(number, _)| *number),
        &column(&all, |(_, moment)| moment.round),
        &column(&all, |(_, moment)| moment.name.word()) as &[&str],
        &column(&all, |(_, moment)| moment.at),
        &column(&all, |(_, moment)| moment.set_by.map(|hand| hands[hand])) as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn links(tx: &mut PgConnection, rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<_> =
        rooms.iter().flat_map(|(number, room)| room.links.iter().map(move |link| (*number, link))).collect();
    sqlx::query!(
        "insert into incident_links (id, incident, kind, label, url)
         select id, incident, kind::link_kind, label, url
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])
              as made (id, incident, kind, label, url)",
        &column(&all, |_| Uuid::now_v7()),
        &column(&all, |(number, _)| *number),
        &column(&all, |(_, (kind, ..))| kind.word()) as &[&str],
        &column(&all, |(_, (_, label, _))| label.as_str()) as &[&str],
        &column(&all, |(_, (.., url))| url.as_str()) as &[&str]
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn heads(tx: &mut PgConnection, rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let last = |room: &Room| room.entries.last().map_or(room.declared_at, |line| line.recorded_at);
    sqlx::query!(
        "insert into timeline_heads (incident, seq, last_recorded_at)
         select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[])",
        &column(rooms, |(number, _)| *number),
        &column(rooms, |(_, room)| seq(room.entries.len()) - 1),
        &column(rooms, |(_, room)| last(room))
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn entries(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<(i64, i64, &Line)> = rooms
        .iter()
        .flat_map(|(number, room)| (1..).zip(&room.entries).map(move |(seq, line)| (*number, seq, line)))
        .collect();
    sqlx::query!(
        "insert into entries (incident, seq, kind, body, occurred_at, recorded_at, author, source, corrects,
                              strikes, reason)
         select incident, seq, kind::entry_kind, body, occurred_at, recorded_at, author, source::entry_source,
                corrects, strikes, reason
         from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                     $7::uuid[], $8::text[], $9::bigint[], $10::bool[], $11::text[])
              as made (incident, seq, kind, body, occurred_at, recorded_at, author, source, corrects, strikes,
                       reason)",
        &column(&all, |(number, ..)| *number),
        &column(&all, |(_, seq, _)| *seq),
        &column(&all, |(.., line)| line.kind.word()) as &[&str],
        &column(&all, |(.., line)| line.body.as_str()) as &[&str],
        &column(&all, |(.., line)| line.occurred_at),
        &column(&all, |(.., line)| line.recorded_at),
        &column(&all, |(.., line)| line.author.map(|hand| hands[hand])) as &[Option<Uuid>],
        &column(&all, |(.., line)| line.source().word()) as &[&str],
        &column(&all, |(.., line)| line.corrects) as &[Option<i64>],
        &column(&all, |(.., line)| line.strikes),
        &column(&all, |(.., line)| line.reason) as &[&str]
    )
    .execute(tx)
    .await?;
    Ok(())
}
