//! What people held and handed over in them.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::column;
use crate::{
    demo::generate::room::{BRIEFING, Offer, Room, Term, Work},
    terms::{HandoffState, WorkState},
};

/// Roles, work and offers of all rooms.
pub async fn save(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    commands(tx, hands, rooms).await?;
    work(tx, hands, rooms).await?;
    offers(tx, hands, rooms).await
}

async fn commands(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<(i64, &Term)> =
        rooms.iter().flat_map(|(number, room)| room.commands.iter().map(move |term| (*number, term))).collect();
    sqlx::query!(
        "insert into role_terms (id, incident, role, person_id, since, until)
         select id, incident, 'commander', person, since, until
         from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
              as made (id, incident, person, since, until)",
        &column(&all, |_| Uuid::now_v7()),
        &column(&all, |(number, _)| *number),
        &column(&all, |(_, term)| hands[term.by]),
        &column(&all, |(_, term)| term.since),
        &column(&all, |(_, term)| term.until) as &[Option<DateTime<Utc>>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn work(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<(Uuid, i64, &Work)> = rooms
        .iter()
        .flat_map(|(number, room)| room.work.iter().map(move |work| (Uuid::now_v7(), *number, work)))
        .collect();
    sqlx::query!(
        "insert into work_items (id, incident, title, state, holder, since, created_at, entry)
         select id, incident, title, state::work_state, holder, since, created_at, entry
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[],
                     $7::timestamptz[], $8::bigint[])
              as made (id, incident, title, state, holder, since, created_at, entry)",
        &column(&all, |(id, ..)| *id),
        &column(&all, |(_, number, _)| *number),
        &column(&all, |(.., work)| work.title) as &[&str],
        &column(&all, |(.., work)| state(work).word()) as &[&str],
        &column(&all, |(.., work)| work.term.map(|term| hands[term.by])) as &[Option<Uuid>],
        &column(&all, |(.., work)| work.term.and_then(|term| term.until).unwrap_or(work.added_at)),
        &column(&all, |(.., work)| work.added_at),
        &column(&all, |(.., work)| work.entry)
    )
    .execute(&mut *tx)
    .await?;
    let held: Vec<(Uuid, Term)> = all.iter().filter_map(|(id, _, work)| Some((*id, work.term?))).collect();
    sqlx::query!(
        "insert into work_terms (id, work_item, person_id, since, until)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])",
        &column(&held, |_| Uuid::now_v7()),
        &column(&held, |(work, _)| *work),
        &column(&held, |(_, term)| hands[term.by]),
        &column(&held, |(_, term)| term.since),
        &column(&held, |(_, term)| term.until) as &[Option<DateTime<Utc>>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How far a piece of work is.
fn state(work: &Work) -> WorkState {
    match work.term {
        None => WorkState::Open,
        Some(Term { until: None, .. }) => WorkState::InProgress,
        Some(_) => WorkState::Done,
    }
}

async fn offers(tx: &mut PgConnection, hands: &[Uuid], rooms: &[(i64, &Room)]) -> sqlx::Result<()> {
    let all: Vec<(i64, &Offer)> =
        rooms.iter().flat_map(|(number, room)| room.offers.iter().map(move |offer| (*number, offer))).collect();
    let state = |offer: &Offer| match offer.accepted_at {
        Some(_) => HandoffState::Accepted,
        None => HandoffState::Offered,
    };
    sqlx::query!(
        "insert into handoffs (id, incident, role, from_person, to_person, offered_by, briefing, state, offered_at,
                               ended_at, entry)
         select id, incident, 'commander', giver, receiver, giver, $9, state::handoff_state, offered_at, ended_at, entry
         from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::bigint[])
              as made (id, incident, giver, receiver, state, offered_at, ended_at, entry)",
        &column(&all, |_| Uuid::now_v7()),
        &column(&all, |(number, _)| *number),
        &column(&all, |(_, offer)| hands[offer.from]),
        &column(&all, |(_, offer)| hands[offer.to]),
        &column(&all, |(_, offer)| state(offer).word()) as &[&str],
        &column(&all, |(_, offer)| offer.at),
        &column(&all, |(_, offer)| offer.accepted_at) as &[Option<DateTime<Utc>>],
        &column(&all, |(_, offer)| offer.entry),
        BRIEFING
    )
    .execute(tx)
    .await?;
    Ok(())
}
