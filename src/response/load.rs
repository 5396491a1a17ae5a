//! Bridge load: how long somebody has been on a call, on how many calls today,
//! and what their clock says. So that the commander offers relief in time; it
//! blocks nobody and compares nobody.

use chrono::{DateTime, Datelike, Duration, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::incidents::severities::Row;

/// How far back a load looks: a night's rest ago is another day.
pub const DAY: Duration = Duration::hours(24);

/// One stay on the call of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Whose call.
    pub incident: i64,
    /// From when.
    pub since: DateTime<Utc>,
    /// To when; `None` while it goes on.
    pub until: Option<DateTime<Utc>>,
}

/// When relief is to be offered, by the severity of an incident.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// From here on it should be offered; `None` never.
    pub amber: Option<Duration>,
    /// From here on it is overdue; `None` never.
    pub red: Option<Duration>,
}

/// How a time on a call stands against the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Below both.
    Calm,
    /// Relief should be offered.
    Amber,
    /// Relief is overdue.
    Red,
}

impl Level {
    /// As programs read it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// What somebody carries on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Their time on this call in the last 24 hours.
    pub on_call: Duration,
    /// The calls on which they were in the last 24 hours, this one among them.
    pub calls: usize,
    /// What their clock shows.
    pub local: NaiveTime,
    /// Whether they would be off work at this hour.
    pub off_hours: bool,
    /// How their time on this call stands against its limits.
    pub level: Level,
}

impl Load {
    /// What somebody with these stays carries on the call of an incident now.
    pub fn of(stays: &[Stay], incident: i64, limits: Limits, zone: Tz, now: DateTime<Utc>) -> Self {
        let recent = stays.iter().filter_map(|stay| Some((stay.incident, within(stay.since, stay.until, now)?)));
        let mut calls: Vec<i64> = recent.map(|(incident, _)| incident).collect();
        calls.sort_unstable();
        calls.dedup();
        let here = stays.iter().filter(|stay| stay.incident == incident).map(|stay| (stay.since, stay.until));
        let on_call = time_on(here, now);
        let clock = now.with_timezone(&zone);
        let works = !matches!(clock.weekday(), Weekday::Sat | Weekday::Sun) && (8..18).contains(&clock.hour());
        Self { on_call, calls: calls.len(), local: clock.time(), off_hours: !works, level: limits.level(on_call) }
    }

    /// What their clock shows, to the minute. Templates call it.
    pub fn clock(&self) -> String {
        self.local.format("%H:%M").to_string()
    }
}

impl Limits {
    /// How a time on a call stands against them.
    pub fn level(self, on_call: Duration) -> Level {
        let past = |limit: Option<Duration>| limit.is_some_and(|limit| on_call >= limit);
        match (past(self.amber), past(self.red)) {
            (_, true) => Level::Red,
            (true, false) => Level::Amber,
            (false, false) => Level::Calm,
        }
    }
}

impl From<&Row> for Limits {
    fn from(row: &Row) -> Self {
        let minutes = |minutes: Option<i32>| minutes.map(|it| Duration::minutes(it.into()));
        Self { amber: minutes(row.relief_amber_minutes), red: minutes(row.relief_red_minutes) }
    }
}

/// The time of these stays in the last 24 hours. What overlaps counts once.
pub fn time_on(
    stays: impl IntoIterator<Item = (DateTime<Utc>, Option<DateTime<Utc>>)>,
    now: DateTime<Utc>,
) -> Duration {
    let mut stays: Vec<_> = stays.into_iter().filter_map(|(since, until)| within(since, until, now)).collect();
    stays.sort_unstable();
    let mut counted = now - DAY;
    let mut time = Duration::zero();
    for (since, until) in stays {
        let since = since.max(counted);
        if until > since {
            time += until - since;
            counted = until;
        }
    }
    time
}

/// The part of a stay that lies in the last 24 hours.
fn within(
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let part = (since.max(now - DAY), until.unwrap_or(now).min(now));
    // Somebody who comes this very moment is on the call already.
    (part.0 < part.1 || (until.is_none() && part.0 == part.1)).then_some(part)
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::New_York, Asia::Tokyo, Europe::Berlin};
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { amber: Some(Duration::minutes(60)), red: Some(Duration::minutes(180)) };

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn stay(incident: i64, since: &str, until: &str) -> Stay {
        let at = |time: &str| utc(&format!("2026-11-{time}:00Z"));
        Stay { incident, since: at(since), until: (!until.is_empty()).then(|| at(until)) }
    }

    #[test]
    fn the_time_on_a_call_is_counted_once_and_for_a_day() {
        let now = utc("2026-11-24T12:00:00Z");
        for (stays, minutes, calls, level) in [
            (vec![], 0, 0, Level::Calm),
            (vec![stay(1, "24T11:01", "")], 59, 1, Level::Calm),
            (vec![stay(1, "24T11:00", "")], 60, 1, Level::Amber),
            (vec![stay(1, "24T09:00", "")], 180, 1, Level::Red),
            // A break does not start it anew, and another call is another one.
            (vec![stay(1, "24T08:00", "24T09:00"), stay(1, "24T11:30", "")], 90, 1, Level::Amber),
            (vec![stay(2, "24T08:00", "24T11:00"), stay(1, "24T11:30", "")], 30, 2, Level::Calm),
            // What overlaps counts once.
            (vec![stay(1, "24T11:00", ""), stay(1, "24T10:30", "24T11:30")], 90, 1, Level::Amber),
            (vec![stay(1, "24T10:00", "24T11:00"), stay(1, "24T10:10", "24T10:20")], 60, 1, Level::Amber),
            // A day ago is another day, and what is to come has not been.
            (vec![stay(1, "22T12:00", "23T11:00")], 0, 0, Level::Calm),
            (vec![stay(1, "22T12:00", "23T12:30")], 30, 1, Level::Calm),
            (vec![stay(1, "24T12:00", ""), stay(3, "24T13:00", "24T14:00")], 0, 1, Level::Calm),
        ] {
            let load = Load::of(&stays, 1, LIMITS, Tz::UTC, now);
            let said = (load.on_call.num_minutes(), load.calls, load.level);
            assert_eq!(said, (minutes, calls, level), "{stays:?}");
        }
    }

    #[test]
    fn without_limits_nobody_is_ever_due() {
        let days = Duration::hours(24);
        assert_eq!(Limits::default().level(days), Level::Calm);
        assert_eq!(Limits { red: None, ..LIMITS }.level(days), Level::Amber);
        assert_eq!(Limits { amber: None, ..LIMITS }.level(Duration::minutes(100)), Level::Calm);
        assert_eq!(Limits { amber: None, ..LIMITS }.level(days), Level::Red);
    }

    #[test]
    fn off_hours_are_those_of_their_own_clock() {
        for (now, zone, clock, off_hours) in [
            // A Tuesday.
            ("2026-11-24T07:00:00Z", Berlin, "08:00", false),
            ("2026-11-24T06:59:00Z", Berlin, "07:59", true),
            ("2026-11-24T16:59:00Z", Berlin, "17:59", false),
            ("2026-11-24T17:00:00Z", Berlin, "18:00", true),
            ("2026-11-24T17:00:00Z", New_York, "12:00", false),
            ("2026-11-24T17:00:00Z", Tokyo, "02:00", true),
            // Sunday there, still Saturday here; Monday there, still Sunday here.
            ("2026-11-21T23:30:00Z", Tokyo, "08:30", true),
            ("2026-11-22T23:30:00Z", Tokyo, "08:30", false),
            // The clocks change on 25 October in Berlin, and on 1 November in New York.
            ("2026-10-23T06:00:00Z", Berlin, "08:00", false),
            ("2026-10-26T06:00:00Z", Berlin, "07:00", true),
            ("2026-10-30T12:00:00Z", New_York, "08:00", false),
            ("2026-11-02T12:00:00Z", New_York, "07:00", true),
        ] {
            let load = Load::of(&[], 1, LIMITS, zone, utc(now));
            assert_eq!((load.clock().as_str(), load.off_hours), (clock, off_hours), "{now} {zone}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_never_more_than_the_minutes_in_which_somebody_was_there(
            stays in prop::collection::vec((0i64..3000, prop::option::of(0i64..3000)), 0..8),
        ) {
            let now = utc("2026-11-24T12:00:00Z");
            let start = now - Duration::minutes(2000);
            let at = |minutes: i64| start + Duration::minutes(minutes);
            let times = stays.iter().map(|(since, length)| (at(*since), length.map(|it| at(since + it))));
            let there = |minute: i64| {
                stays.iter().any(|(since, length)| *since <= minute && length.is_none_or(|it| minute < since + it))
            };
            let counted = (2000 - 1440..2000).filter(|minute| there(*minute)).count();
            prop_assert_eq!(usize::try_from(time_on(times, now).num_minutes()), Ok(counted));
        }
    }
}
