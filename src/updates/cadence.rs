//! When the next update is promised. There is one promise an incident, whoever
//! it is for, and it is told from what stands written: the last update or snooze
//! of this round says when; until there is one, the interval does, from the
//! start of the round.

use chrono::{DateTime, Duration, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    App,
    incidents::{
        Incident,
        store::{self, Opened},
    },
    people::Person,
    terms::{Audience, Kind, Status},
    timeline::{Key, Log, New, NotWritten, Written},
    web::time::{self, spoken},
};

/// From so long before it on, an update is due.
const SOON: Duration = Duration::minutes(5);
/// The furthest ahead that one may be promised.
pub const FURTHEST: Duration = Duration::days(7);

/// When the next update is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// By when.
    pub due_at: DateTime<Utc>,
    /// The entry that promised it; `None` when the interval did.
    pub made_by: Option<i64>,
}

/// How a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is time.
    OnTime,
    /// It is due within minutes.
    Due,
    /// It was not kept.
    Overdue,
}

impl State {
    /// As programs and styles have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Due => "due",
            Self::Overdue => "overdue",
        }
    }
}

impl Promise {
    /// How it stands.
    pub fn state(&self, now: &DateTime<Utc>) -> State {
        if *now >= self.due_at {
            State::Overdue
        } else if *now >= self.due_at - SOON {
            State::Due
        } else {
            State::OnTime
        }
    }

    /// Whether it was not kept.
    pub fn is_overdue(&self, now: &DateTime<Utc>) -> bool {
        self.state(now) == State::Overdue
    }

    /// How far it is, in words: "in 4 min", "due now", "12 min late". Templates call it.
    pub fn countdown(&self, now: &DateTime<Utc>) -> String {
        let late = *now - self.due_at;
        if late >= Duration::minutes(1) {
            format!("{} late", spoken(late))
        } else if late >= Duration::zero() {
            "due now".to_owned()
        } else {
            // What is begun of a minute counts: "in 0 min" would be now.
            format!("in {}", spoken(Duration::seconds(59) - late))
        }
    }
}

/// What was said of when the next update comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The entry that said it.
    pub seq: i64,
    /// By when; `None`: none is promised.
    pub next_by: Option<DateTime<Utc>>,
}

/// From what a promise is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The incident.
    pub incident: i64,
    /// Where it stands.
    pub status: Status,
    /// Written down after the fact.
    pub retrospective: bool,
    /// When this round began: declared, accepted from triage, or reopened last.
    pub began: DateTime<Utc>,
    /// How often updates come.
    pub interval: Interval,
    /// What was said last in this round.
    pub said: Option<Said>,
}

/// How often updates come, in minutes. `None`: on change, none is promised by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// To leadership.
    pub leadership: Option<i32>,
    /// To the public, where that is offered of its own.
    pub public: Option<i32>,
    /// It is the incident's own, and not its severity's.
    pub own: bool,
}

impl Interval {
    /// How often updates come for somebody.
    pub fn of(&self, audience: Audience) -> Option<i32> {
        match audience {
            Audience::Leadership => self.leadership,
            Audience::Public => self.public.or(self.leadership),
        }
    }

    /// For the sentence "Updates …". Templates call it.
    pub fn words(&self) -> String {
        self.leadership.map_or_else(|| "on change".to_owned(), |minutes| format!("every {minutes} min"))
    }
}

impl Facts {
    /// Whether anything can be promised at all.
    pub fn may_promise(&self) -> bool {
        self.status.is_open() && self.status != Status::Triage && !self.retrospective
    }

    /// When the next update is promised, if it is.
    pub fn promise(&self) -> Option<Promise> {
        if !self.may_promise() {
            return None;
        }
        match self.said {
            Some(Said { seq, next_by }) => next_by.map(|due_at| Promise { due_at, made_by: Some(seq) }),
            None => self.after(Audience::Leadership, self.began).map(|due_at| Promise { due_at, made_by: None }),
        }
    }

    /// When the next update comes by the interval, after one at this time.
    pub fn after(&self, audience: Audience, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let minutes = self.interval.of(audience).filter(|_| self.may_promise())?;
        Some(at + Duration::minutes(minutes.into()))
    }
}

/// When the next update of an incident is promised, if it is.
pub async fn promise(db: &mut PgConnection, incident: i64) -> sqlx::Result<Option<Promise>> {
    Ok(facts(db, incident).await?.and_then(|facts| facts.promise()))
}

/// From what the promise of an incident is told.
pub async fn facts(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Option<Facts>> {
    Ok(read(db, Some(incident)).await?.pop())
}

/// The same of all incidents that go on.
pub async fn of_all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Facts>> {
    read(db, None).await
}

async fn read(db: impl PgExecutor<'_>, incident: Option<i64>) -> sqlx::Result<Vec<Facts>> {
    let rows = sqlx::query!(
        r#"select i.number, i.status as "status: Status", i.retrospective,
                  coalesce(began.recorded_at, i.declared_at) as "began!", own.incident is not null as "own!",
                  case when own.incident is null then s.leadership_minutes else own.minutes end as leadership,
                  case when own.incident is null then s.public_minutes end as public,
                  said.seq as "seq?", said.next_by
           from incidents i
           join severities s on s.level = i.severity
           left join entries began on began.incident = i.number and began.seq = i.round_entry
           left join update_intervals own on own.incident = i.number
           left join lateral (
               select seq, next_by from updates where incident = i.number and seq > coalesce(i.round_entry, 0)
               union all
               select seq, until from snoozes where incident = i.number and seq > coalesce(i.round_entry, 0)
               order by seq desc limit 1
           ) said on true
           where i.number = $1 or ($1::bigint is null and i.ended_at is null)
           order by i.number"#,
        incident
    );
    let facts = rows.fetch_all(db).await?.into_iter().map(|row| Facts {
        incident: row.number,
        status: row.status,
        retrospective: row.retrospective,
        began: row.began,
        interval: Interval { leadership: row.leadership, public: row.public, own: row.own },
        said: row.seq.map(|seq| Said { seq, next_by: row.next_by }),
    });
    Ok(facts.collect())
}

/// How often updates are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the severity says.
    BySeverity,
    /// Every so many minutes.
    Every(i32),
    /// On change: none is promised by itself.
    OnChange,
}

/// Changes how often updates come. What is so already writes nothing.
///
/// Errors: the incident is over (422).
pub async fn set(app: &App, by: &Person, number: i64, pace: Pace, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    goes_on(&incident, "interval")?;
    if !store_pace(&mut log, number, pace).await? {
        return Ok(log.commit(0).await?);
    }
    let body = match pace {
        Pace::BySeverity => "wants updates as often as the severity says".to_owned(),
        Pace::Every(minutes) => format!("wants updates every {minutes} min"),
        Pace::OnChange => "wants updates on change".to_owned(),
    };
    let seq = log.append(New::by(by, Kind::Update, body)).await?;
    Ok(log.commit(seq).await?)
}

/// Whether that was a change.
async fn store_pace(log: &mut Log, number: i64, pace: Pace) -> sqlx::Result<bool> {
    let now = log.now;
    let minutes = match pace {
        Pace::BySeverity => {
            let deleted = sqlx::query!("delete from update_intervals where incident = $1", number);
            return Ok(deleted.execute(log.tx()).await?.rows_affected() == 1);
        }
        Pace::Every(minutes) => Some(minutes),
        Pace::OnChange => None,
    };
    let stored = sqlx::query!(
        "insert into update_intervals as i (incident, minutes, set_at) values ($1, $2, $3)
         on conflict (incident) do update set minutes = excluded.minutes, set_at = excluded.set_at
             where i.minutes is distinct from excluded.minutes",
        number,
        minutes,
        now
    );
    Ok(stored.execute(log.tx()).await?.rows_affected() == 1)
}

/// Moves the promise without an update, and says why.
///
/// Errors: the incident is over, nothing is promised, or not to a time ahead (422).
pub async fn snooze(
    app: &App,
    by: &Person,
    number: i64,
    (until, reason): (DateTime<Utc>, String),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    goes_on(&incident, "until")?;
    let now = log.now;
    lies_ahead(until, now).map_err(|why| NotWritten::refused("until", why))?;
    if promise(log.tx(), number).await?.is_none() {
        return Err(NotWritten::refused("until", "No update is promised that could be moved. Write one, with a time."));
    }
    let body = format!("moved the next update to {}", time::short(until));
    let seq = log.append(New::by(by, Kind::Update, body).because(reason)).await?;
    sqlx::query!("insert into snoozes (incident, seq, until, set_at) values ($1, $2, $3, $4)", number, seq, until, now)
        .execute(log.tx())
        .await?;
    Ok(log.commit(seq).await?)
}

/// Whether the next update may be promised for this time.
///
/// Errors are sentences for the person.
pub fn lies_ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), &'static str> {
    if at <= now {
        Err("This time has passed.")
    } else if at > now + FURTHEST {
        Err("Within seven days.")
    } else {
        Ok(())
    }
}

fn goes_on(incident: &Incident, field: &'static str) -> Result<(), NotWritten> {
    if incident.status.is_open() { Ok(()) } else { Err(NotWritten::refused(field, OVER)) }
}

/// Why nothing is promised any more, in words.
pub const OVER: &str = "The incident is over: no further update is promised. Reopen it if it goes on.";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-22T{text}:00Z").parse().unwrap()
    }

    #[test]
    fn the_last_word_of_this_round_is_the_promise_and_else_the_interval_is() {
        let began = at("03:00");
        let said = |seq, next_by: Option<&str>| Some(Said { seq, next_by: next_by.map(at) });
        for (status, leadership, said, expected) in [
            (Status::Investigating, Some(30), None, Some(("03:30", None))),
            (Status::Investigating, None, None, None),
            (Status::Investigating, Some(30), said(7, Some("03:20")), Some(("03:20", Some(7)))),
            (Status::Monitoring, None, said(7, Some("05:00")), Some(("05:00", Some(7)))),
            // Nothing was promised: that is said, too.
            (Status::Identified, Some(30), said(7, None), None),
            (Status::Triage, Some(30), None, None),
            (Status::Resolved, Some(30), said(7, Some("03:20")), None),
            (Status::Cancelled, Some(30), None, None),
            (Status::Merged, Some(30), said(7, Some("03:20")), None),
        ] {
            let interval = Interval { leadership, public: Some(20), own: false };
            let facts = Facts { incident: 1, status, retrospective: false, began, interval, said };
            let expected = expected.map(|(due, made_by)| Promise { due_at: at(due), made_by });
            assert_eq!(facts.promise(), expected, "{facts:?}");
            assert_eq!(Facts { retrospective: true, ..facts }.promise(), None);
        }
    }

    #[test]
    fn the_public_has_an_interval_of_its_own_where_one_is_set() {
        for (leadership, public, expected) in
            [(Some(30), Some(20), Some(20)), (Some(30), None, Some(30)), (None, Some(20), Some(20)), (None, None, None)]
        {
            let interval = Interval { leadership, public, own: false };
            assert_eq!(interval.of(Audience::Public), expected);
            assert_eq!(interval.of(Audience::Leadership), leadership);
        }
    }

    #[test]
    fn a_promise_is_counted_down_in_minutes_that_have_begun_and_late_in_those_that_are_over() {
        let promise = Promise { due_at: at("03:40"), made_by: None };
        for (now, words, state) in [
            ("02:20:00", "in 1 h 20 min", State::OnTime),
            ("03:34:59", "in 6 min", State::OnTime),
            ("03:35:00", "in 5 min", State::Due),
            ("03:36:20", "in 4 min", State::Due),
            ("03:39:59", "in 1 min", State::Due),
            ("03:40:00", "due now", State::Overdue),
            ("03:40:59", "due now", State::Overdue),
            ("03:41:00", "1 min late", State::Overdue),
            ("05:00:00", "1 h 20 min late", State::Overdue),
        ] {
            let now = format!("2026-11-22T{now}Z").parse().unwrap();
            assert_eq!((&*promise.countdown(&now), promise.state(&now)), (words, state), "{now}");
        }
    }
}
