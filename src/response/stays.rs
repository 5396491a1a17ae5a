//! Who is on the call of an incident. A stay begins when somebody who responds
//! opens the room, goes on over gaps, and ends when they have been away for
//! longer, or with the incident; or it is told by hand. Never in the log.

use chrono::{DateTime, Duration, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{
    load::{DAY, Limits, Load, Stay},
    relief,
};
use crate::{
    App,
    incidents::store,
    people::Person,
    terms::Role,
    timeline::{Key, NotWritten, Written, key},
    web::Failure,
};

/// How long somebody may be away and still be on the call.
pub const GRACE: Duration = Duration::minutes(5);

/// Somebody who responds, with all their stays of the last 24 hours.
#[derive(Debug, Clone)]
pub struct Responder {
    /// Who.
    pub person: Person,
    /// On whatever call.
    pub stays: Vec<Stay>,
}

impl Responder {
    /// Whether they are on the call of this incident.
    pub fn is_on(&self, incident: i64) -> bool {
        self.since(incident).is_some()
    }

    /// Whether they are on any call.
    pub fn is_on_a_call(&self) -> bool {
        self.stays.iter().any(|stay| stay.until.is_none())
    }

    /// Since when they are on the call of this incident, if they are.
    pub fn since(&self, incident: i64) -> Option<DateTime<Utc>> {
        let open = self.stays.iter().find(|stay| stay.incident == incident && stay.until.is_none());
        open.map(|stay| stay.since)
    }

    /// When they left the call of this incident, if they were on it and are no more.
    pub fn left(&self, incident: i64) -> Option<DateTime<Utc>> {
        let here = self.stays.iter().filter(|stay| stay.incident == incident);
        here.map(|stay| stay.until).max().flatten().filter(|_| !self.is_on(incident))
    }

    /// What they carry on the call of this incident.
    pub fn load(&self, incident: i64, limits: Limits, now: DateTime<Utc>) -> Load {
        Load::of(&self.stays, incident, limits, self.person.zone(), now)
    }
}

/// Everybody who responds and may see this incident, by name.
pub async fn responders(db: impl PgExecutor<'_>, incident: i64, now: DateTime<Utc>) -> sqlx::Result<Vec<Responder>> {
    let rows = sqlx::query!(
        r#"select p.id, p.email, p.name, p.handle, p.role as "role: Role", p.time_zone, s.incident as "incident?",
                  s.since as "since?", coalesce(s.until, c.ended_at) as until
           from incidents i
           join people p on p.role <> 'viewer' and p.deactivated_at is null
                        and (not i.private or may_see_private(i.number, p.id))
           left join (stays s join incidents c on c.number = s.incident)
             on s.person_id = p.id and (s.until is null or s.until > $2)
           where i.number = $1
           order by lower(p.name), p.id, s.id"#,
        incident,
        now - DAY
    );
    let mut responders: Vec<Responder> = Vec::new();
    for row in rows.fetch_all(db).await? {
        let stay = row.incident.zip(row.since).map(|(incident, since)| Stay { incident, since, until: row.until });
        match responders.last_mut().filter(|last| last.person.id == row.id) {
            Some(last) => last.stays.extend(stay),
            None => responders.push(Responder {
                person: Person {
                    id: row.id,
                    email: row.email,
                    name: row.name,
                    handle: row.handle,
                    role: row.role,
                    time_zone: row.time_zone,
                },
                stays: stay.into_iter().collect(),
            }),
        }
    }
    Ok(responders)
}

/// What opening a call for a change by hand finds.
pub(super) enum Call {
    /// The change is to be made, at this time.
    Fresh(Transaction<'static, Postgres>, DateTime<Utc>),
    /// This very change was made before.
    Already(Written),
}

/// Opens the call of an incident for a change by hand. Not the timeline: it is
/// not in the log.
///
/// Errors: no such incident, or none that they may see (404); it is over (409);
/// the key was used for another write (422).
pub(super) async fn open(app: &App, by: &Person, number: i64, key: Option<Key>) -> Result<Call, NotWritten> {
    let now = app.now().await?;
    let mut tx = app.db.begin().await?;
    if let Some(written) = key::made_before(&mut tx, key.as_ref()).await? {
        return Ok(Call::Already(written));
    }
    let incident = store::seen_by(&mut *tx, number, by.id).await?.ok_or(Failure::NotFound)?;
    if !incident.status.is_open() {
        return Err(Failure::Conflict("This incident is over: nobody is on its call.").into());
    }
    Ok(Call::Fresh(tx, now))
}

/// "I am on the call": on the phone, say. It goes on until they leave by hand or
/// the incident is over.
///
/// Errors: as `open`.
pub async fn join(app: &App, by: &Person, number: i64, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut tx, now) = match open(app, by, number, key).await? {
        Call::Fresh(tx, now) => (tx, now),
        Call::Already(written) => return Ok(written),
    };
    sqlx::query!(
        "insert into stays (incident, person_id, since, seen_at, by_hand) values ($1, $2, $3, $3, true)
         on conflict (incident, person_id) where until is null do update set by_hand = true",
        number,
        by.id,
        now
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    app.wake.incident(number);
    Ok(Written { answer: 0, again: false })
}

/// "I have left the call". A room that merely stays open does not bring them
/// back. If they had asked for relief, that is over.
///
/// Errors: as `open`.
pub async fn leave(app: &App, by: &Person, number: i64, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut tx, now) = match open(app, by, number, key).await? {
        Call::Fresh(tx, now) => (tx, now),
        Call::Already(written) => return Ok(written),
    };
    sqlx::query!(
        "update stays set until = greatest(since, $3), seen_at = greatest(seen_at, $3), left_by_hand = true
         where incident = $1 and person_id = $2 and until is null",
        number,
        by.id,
        now
    )
    .execute(&mut *tx)
    .await?;
    relief::end_with_the_stay(&mut tx, now).await?;
    tx.commit().await?;
    app.wake.incident(number);
    Ok(Written { answer: 0, again: false })
}

/// Whoever asks for relief is on the call.
pub(super) async fn is_on(tx: &mut PgConnection, number: i64, person: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        "insert into stays (incident, person_id, since, seen_at, by_hand)
         select $1, $2, $3, $3, not exists (select from presence where incident = $1 and person_id = $2)
         on conflict (incident, person_id) where until is null do nothing",
        number,
        person,
        now
    );
    Ok(begun.execute(tx).await?.rows_affected() == 1)
}

/// Brings the stays up to what presence says: ends, goes on with, and begins
/// them. Returns the incidents in whose call somebody came or went. Any number
/// of servers may do it, one after the other.
pub async fn keep(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<Vec<i64>> {
    let mut tx = db.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtext('stays'))").execute(&mut *tx).await?;
    let mut changed = end(&mut tx, now).await?;
    sqlx::query!(
        "update stays s set seen_at = greatest(s.seen_at, $1) from presence h
         where h.incident = s.incident and h.person_id = s.person_id and h.seen_at > now() - interval '20 seconds'
           and s.seen_at > $2 and (s.until is null or s.left_by_hand)",
        now,
        now - GRACE
    )
    .execute(&mut *tx)
    .await?;
    let begun = sqlx::query_scalar!(
        "insert into stays (incident, person_id, since, seen_at)
         select distinct h.incident, h.person_id, $1::timestamptz, $1::timestamptz
         from presence h join incidents i on i.number = h.incident join people p on p.id = h.person_id
         where h.seen_at > now() - interval '20 seconds' and i.ended_at is null
           and p.role <> 'viewer' and p.deactivated_at is null
           and not exists (
               select from stays s where s.incident = h.incident and s.person_id = h.person_id
                 and (s.until is null or (s.left_by_hand and s.seen_at > $2)))
         on conflict do nothing
         returning incident",
        now,
        now - GRACE
    );
    changed.extend(begun.fetch_all(&mut *tx).await?);
    relief::end_with_the_stay(&mut tx, now).await?;
    tx.commit().await?;
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}

/// Ends the stays of those who have been away for longer, who may no longer be
/// there, and of incidents that are over.
async fn end(tx: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<i64>> {
    let ended = sqlx::query_scalar!(
        "update stays s
         set until = greatest(s.since, coalesce(i.ended_at, case when may.be_here then s.seen_at else $1 end))
         from incidents i, people p,
              lateral (select p.role <> 'viewer' and p.deactivated_at is null
                              and (not i.private or may_see_private(i.number, p.id)) as be_here) may
         where s.until is null and i.number = s.incident and p.id = s.person_id
           and (i.ended_at is not null or not may.be_here or (not s.by_hand and s.seen_at < $2))
         returning s.incident",
        now,
        now - GRACE
    );
    ended.fetch_all(tx).await
}
