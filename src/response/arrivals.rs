//! Who arrives in a room: whether they are told where it stands, what is new
//! since they were last here, and whether all of this is new to them.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

/// After how long an absence somebody is told again where it stands.
const ABSENCE: Duration = Duration::minutes(10);
/// In how many other rooms somebody has been who is no newcomer any more.
const AT_HOME: i64 = 3;

/// Somebody who arrives in a room.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When and how far into the timeline they were last here.
    pub last: Option<Left>,
    /// They put the brief away.
    pub briefed: bool,
    /// Since when they have the room open.
    pub here_since: Option<DateTime<Utc>>,
    /// Somebody else wrote here: there is something to tell.
    pub others_wrote: bool,
    /// In how many other rooms they have been.
    pub other_rooms: i64,
}

/// Where somebody left off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When.
    pub at: DateTime<Utc>,
    /// The `seq` of the last entry by then.
    pub seq: i64,
}

impl Arrival {
    /// Whether they are to be told where it stands without asking: until they
    /// put it away, and again when they come back to something new.
    pub fn is_due(&self, head: i64, now: DateTime<Utc>) -> bool {
        self.others_wrote && (!self.briefed || self.missed(head, now).is_some())
    }

    /// Where they left off, if they were away and something was written since.
    pub fn missed(&self, head: i64, now: DateTime<Utc>) -> Option<Left> {
        let stayed = |left: &Left| self.here_since.is_some_and(|since| since <= left.at);
        self.last.filter(|left| head > left.seq && now - left.at >= ABSENCE && !stayed(left))
    }

    /// Whether they are new to the product or to incidents.
    pub fn is_newcomer(&self) -> bool {
        self.other_rooms < AT_HOME
    }
}

/// What is known of somebody who arrives.
pub async fn of(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<Arrival> {
    let row = sqlx::query!(
        r#"select a.left_at as "left_at?", a.left_seq as "left_seq?", coalesce(a.briefed, false) as "briefed!",
                  (select min(since) from presence where incident = $1 and person_id = $2) as here_since,
                  exists (select from entries where incident = $1 and author <> $2 or incident = $1 and source = 'alert')
                      as "others_wrote!",
                  (select count(*) from (select from arrivals where person_id = $2 and incident <> $1 limit $3) other)
                      as "other_rooms!"
           from (select) one left join arrivals a on a.incident = $1 and a.person_id = $2"#,
        incident,
        person,
        AT_HOME
    );
    let row = row.fetch_one(db).await?;
    Ok(Arrival {
        last: row.left_at.zip(row.left_seq).map(|(at, seq)| Left { at, seq }),
        briefed: row.briefed,
        here_since: row.here_since,
        others_wrote: row.others_wrote,
        other_rooms: row.other_rooms,
    })
}

/// Somebody no longer has the room open.
pub async fn left(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into arrivals (incident, person_id, left_at, left_seq, briefed)
         select incident, $2, clock_timestamp(), seq, false from timeline_heads where incident = $1
         on conflict (incident, person_id) do update set left_at = excluded.left_at, left_seq = excluded.left_seq",
        incident,
        person
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody has read where it stands, up to an entry, and puts that away.
pub async fn briefed(db: impl PgExecutor<'_>, incident: i64, person: Uuid, seq: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into arrivals (incident, person_id, left_at, left_seq, briefed)
         select incident, $2, clock_timestamp(), least(seq, $3), true from timeline_heads where incident = $1
         on conflict (incident, person_id) do update
             set left_at = excluded.left_at, left_seq = greatest(excluded.left_seq, arrivals.left_seq), briefed = true",
        incident,
        person,
        seq
    )
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::from_timestamp(1_000_000, 0).unwrap();

    fn minutes_ago(minutes: i64) -> DateTime<Utc> {
        NOW - Duration::minutes(minutes)
    }

    #[test]
    fn a_brief_is_due_until_put_away_and_after_an_absence_with_news() {
        let left = |minutes, seq| Some(Left { at: minutes_ago(minutes), seq });
        let here = |minutes| Some(minutes_ago(minutes));
        // What they last saw, put away, here since, others wrote; of 20 entries: due, and what they missed.
        for (last, briefed, here_since, others_wrote, due, missed) in [
            (None, false, here(0), true, true, None),
            (None, false, None, true, true, None),
            (None, false, here(0), false, false, None),
            // Put away while here, and loaded again later.
            (left(30, 12), true, here(45), true, false, None),
            // Gone for a moment.
            (left(9, 12), true, here(0), true, false, None),
            (left(9, 12), false, here(0), true, true, None),
            // Back after a while, to something new or to nothing.
            (left(10, 12), true, here(0), true, true, left(10, 12)),
            (left(10, 12), true, None, true, true, left(10, 12)),
            (left(10, 20), true, here(0), true, false, None),
            (left(600, 12), false, here(0), true, true, left(600, 12)),
            // Nothing that they have not written themselves.
            (left(600, 12), true, here(0), false, false, left(600, 12)),
        ] {
            let arrival = Arrival { last, briefed, here_since, others_wrote, other_rooms: 0 };
            assert_eq!(arrival.is_due(20, NOW), due, "{arrival:?}");
            assert_eq!(arrival.missed(20, NOW), missed, "{arrival:?}");
        }
    }
}
