//! Times: how they are shown, and how people type them.

use std::{borrow::Borrow, fmt, fmt::Display};

use askama::filters::HtmlSafe;
use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Utc,
};
use chrono_tz::Tz;

/// How far in the future a typed time without a date may lie and still mean
/// today: clocks differ, and people round up.
pub const AHEAD: Duration = Duration::minutes(5);

/// An exact time for a `datetime` attribute.
pub fn exact(at: impl Borrow<DateTime<Utc>>) -> String {
    at.borrow().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A time as it stands on a page before a script shows the reader's zone.
pub fn short(at: impl Borrow<DateTime<Utc>>) -> String {
    at.borrow().format("%-d %b %H:%M UTC").to_string()
}

/// A `<time>` element in UTC. A script shows the reader's zone instead, UTC on hover.
pub fn stamp(at: impl Borrow<DateTime<Utc>>) -> Stamp {
    let at = at.borrow();
    Stamp(format!(r#"<time datetime="{}">{}</time>"#, exact(at), short(at)))
}

/// A `<time>` element with its year, for lists that span years.
pub fn dated(at: impl Borrow<DateTime<Utc>>) -> Stamp {
    let at = at.borrow();
    let shown = at.format("%-d %b %Y %H:%M UTC");
    Stamp(format!(r#"<time datetime="{}" data-dated>{shown}</time>"#, exact(at)))
}

/// A time as it is written into a page.
pub struct Stamp(String);

impl Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Stamp {}

/// A length of time in words: "41 min", "3 h 05 min", "2 d 4 h". Never negative.
pub fn spoken(length: Duration) -> String {
    let minutes = length.num_minutes().max(0);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Reads a time as people type it, in their zone, seen from `now`: `14:05`,
/// `-10m`, `-1h30m`, `yesterday 23:50`, `2026-11-22 14:05`, an RFC 3339 time.
/// A time without a date is the latest such time not later than five minutes
/// from now.
///
/// Errors are sentences for the person who typed it.
pub fn parse(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return in_range(exact.with_timezone(&Utc), now);
    }
    if let Some(ago) = text.strip_prefix(['-', '−']) {
        let ago = length(ago).ok_or_else(|| format!("“{text}” is not a length of time such as -10m or -1h30m."))?;
        return in_range(now - ago, now);
    }
    if let Some(local) = local_date_time(text) {
        return in_range(on_the_clock(local, zone)?, now);
    }
    let (yesterday, clock) = match text.strip_prefix("yesterday") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let time = clock_time(clock)
        .ok_or_else(|| format!("“{text}” is not a time. Write 14:05, -10m, yesterday 23:50 or 2026-11-22 14:05."))?;
    let today = now.with_timezone(&zone).date_naive();
    if yesterday {
        return on_the_clock(before(today, 1).and_time(time), zone);
    }
    latest(today, time, zone, now)
}

/// Reads a time that lies ahead as people type it, in their zone: `30` or `30m`
/// from now, `1h30m`, `14:30`, `2026-11-22 14:05`, an RFC 3339 time. A time
/// without a date is the next such time.
///
/// Errors are sentences for the person who typed it.
pub fn ahead(text: &str, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let minutes = text.parse::<u16>().ok().map(|minutes| Duration::minutes(minutes.into()));
    let at = if let Some(from_now) = minutes.or_else(|| length(&text.replace(' ', ""))) {
        now + from_now
    } else if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        exact.with_timezone(&Utc)
    } else if let Some(local) = local_date_time(text) {
        on_the_clock(local, zone)?
    } else {
        let time = clock_time(text).ok_or_else(|| {
            format!("“{text}” is not a time ahead. Write 30 for minutes from now, or a time such as 14:30.")
        })?;
        let today = now.with_timezone(&zone).date_naive();
        let today = on_the_clock(today.and_time(time), zone)?;
        // A day later on the clock: not always 24 hours.
        if today > now { today } else { on_the_clock(tomorrow(today.with_timezone(&zone).naive_local()), zone)? }
    };
    if at <= now { Err("This time has passed.".into()) } else { Ok(at.trunc_subsecs(6)) }
}

/// Splits a time off the front of a line: `14:05 restarted db-3`,
/// `-10m …`, `yesterday 23:50 …`, `2026-11-22 14:05 …`. `None` when the line
/// starts with no time.
pub fn split_prefix(line: &str) -> Option<(&str, &str)> {
    let word = |from: usize| line[from..].find(char::is_whitespace).map_or(line.len(), |end| from + end);
    let first = word(0);
    let second = line[first..].find(|c: char| !c.is_whitespace()).map(|gap| word(first + gap));
    let two = second.map(|end| &line[..end]).filter(|two| {
        two.strip_prefix("yesterday ").is_some_and(|clock| clock_time(clock.trim()).is_some())
            || local_date_time(two).is_some()
    });
    let one = Some(&line[..first]).filter(|one| {
        clock_time(one).is_some()
            || local_date_time(one).is_some()
            || one.strip_prefix(['-', '−']).is_some_and(|ago| length(ago).is_some())
            || (one.len() > 16 && DateTime::parse_from_rfc3339(one).is_ok())
    });
    let time = two.or(one)?;
    let rest = line[time.len()..].trim_start();
    // "2:05 pm" is not five past two at night.
    let half = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    (!matches!(half.as_str(), "am" | "pm" | "a.m." | "p.m.")).then_some((time, rest))
}

/// An IANA zone by name; UTC for one that is not known.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The zone in which a form was filled in: what the browser said, or else the
/// zone its writer has set.
pub fn browsers_zone(said: &str, set: Tz) -> Tz {
    said.parse().unwrap_or(set)
}

fn clock_time(text: &str) -> Option<NaiveTime> {
    let digits = |part: &str| part.len() <= 2 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| digits(part)) || parts[1].len() != 2 {
        return None;
    }
    let number = |index: usize| parts.get(index).map_or(Some(0), |part| part.parse().ok());
    NaiveTime::from_hms_opt(number(0)?, number(1)?, number(2)?)
}

fn local_date_time(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// `90s`, `10m`, `1h30m`, `2d`, in that order of size, each at most once.
fn length(text: &str) -> Option<Duration> {
    let mut total = Duration::zero();
    let mut rest = text;
    let mut last = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| (1..=5).contains(at))?;
        let count: i64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes()[digits] {
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        let tail = &rest[digits + 1..];
        rest = if unit == 60 { tail.strip_prefix("in").unwrap_or(tail) } else { tail };
        if unit >= last {
            return None;
        }
        last = unit;
        total += Duration::seconds(count * unit);
    }
    (last != i64::MAX).then_some(total)
}

fn tomorrow(local: NaiveDateTime) -> NaiveDateTime {
    local.checked_add_days(Days::new(1)).unwrap_or(local)
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// The latest of this clock time on the days around `today` that is not more
/// than [`AHEAD`] of now. An hour that the clocks repeat counts twice; one that
/// they skipped today is an error.
fn latest(today: NaiveDate, time: NaiveTime, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    for day in [tomorrow, today, before(today, 1), before(today, 2)] {
        let local = day.and_time(time);
        let times = match zone.from_local_datetime(&local) {
            LocalResult::Single(one) => [Some(one), None],
            LocalResult::Ambiguous(earlier, later) => [Some(later), Some(earlier)],
            LocalResult::None if on_the_clock(local + Duration::hours(1), zone)? <= now => {
                return on_the_clock(local, zone);
            }
            LocalResult::None => [None, None],
        };
        let times = times.into_iter().flatten().map(|it| it.with_timezone(&Utc));
        if let Some(found) = times.into_iter().find(|it| *it <= now + AHEAD) {
            return Ok(found);
        }
    }
    Err(format!("There was no {} in the last two days in {zone}.", time.format("%H:%M")))
}

/// The moment at which clocks in a zone show this; the later one of an hour
/// that comes twice.
///
/// Errors: clocks never showed it.
pub fn on_the_clock(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, String> {
    zone.from_local_datetime(&local)
        .latest()
        .map(|it| it.with_timezone(&Utc))
        .ok_or_else(|| format!("{} did not exist in {zone}: the clocks went forward.", local.format("%Y-%m-%d %H:%M")))
}

/// Refuses times that are plainly errors: the year 0001, next week.
pub fn in_range(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if at > now + AHEAD {
        return Err("This time lies in the future.".into());
    }
    if at.year() < 1990 {
        return Err("This time lies before 1990.".into());
    }
    // What Postgres keeps of it, so that the same time is the same again.
    Ok(at.trunc_subsecs(6))
}

/// The same, of a time that need not be said.
pub fn happened(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
    at.map(|at| in_range(at, now)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Europe::Rome};
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_in_the_writers_zone() {
        let now = utc("2026-11-22T13:10:00Z");
        for (typed, means) in [
            ("14:05", "2026-11-22T13:05:00Z"),
            ("14:14", "2026-11-22T13:14:00Z"),
            ("14:16", "2026-11-21T13:16:00Z"),
            ("9:30:15", "2026-11-22T08:30:15Z"),
            ("-10m", "2026-11-22T13:00:00Z"),
            ("-1h30m", "2026-11-22T11:40:00Z"),
            ("-10min", "2026-11-22T13:00:00Z"),
            ("yesterday 23:50", "2026-11-21T22:50:00Z"),
            ("2026-07-01 08:00", "2026-07-01T06:00:00Z"),
            ("2026-07-01T08:00", "2026-07-01T06:00:00Z"),
            ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"),
        ] {
            assert_eq!(parse(typed, Rome, now), Ok(utc(means)), "{typed}");
        }
    }

    #[test]
    fn times_ahead_are_read_in_the_writers_zone() {
        let now = utc("2026-11-22T13:10:00Z");
        for (typed, means) in [
            ("30", "2026-11-22T13:40:00Z"),
            ("45 min", "2026-11-22T13:55:00Z"),
            ("90m", "2026-11-22T14:40:00Z"),
            ("1h30m", "2026-11-22T14:40:00Z"),
            ("14:30", "2026-11-22T13:30:00Z"),
            ("14:10", "2026-11-23T13:10:00Z"),
            ("13:00", "2026-11-23T12:00:00Z"),
            ("2026-11-23 08:00", "2026-11-23T07:00:00Z"),
            ("2026-11-22T15:00:00Z", "2026-11-22T15:00:00Z"),
        ] {
            assert_eq!(ahead(typed, Rome, now), Ok(utc(means)), "{typed}");
        }
        // 02:30 was skipped on 29 March 2026 in Rome: the day after that has one.
        assert!(ahead("02:15", Rome, utc("2026-03-28T10:00:00Z")).unwrap_err().contains("went forward"));
        assert_eq!(ahead("10:00", Rome, utc("2026-03-28T10:00:00Z")), Ok(utc("2026-03-29T08:00:00Z")));
        for typed in ["", "0", "-5", "soon", "14:5", "25:00", "2026-11-22 14:00", "70000", "+262142-12-31 23:59"] {
            assert!(ahead(typed, Rome, now).is_err(), "{typed}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_in_words() {
        let now = utc("2026-11-22T13:10:00Z");
        for typed in [
            "",
            "25:00",
            "14:5",
            "soon",
            "-10",
            "-m",
            "-5m1h",
            "2026-13-01 10:00",
            "0001-01-01T00:00:00Z",
            "2027-01-01 10:00",
        ] {
            assert!(parse(typed, Rome, now).is_err(), "{typed}");
        }
    }

    #[test]
    fn clocks_that_change_give_one_answer_or_say_why_not() {
        // 02:30 was skipped on 29 March 2026 in Rome, and came twice on 25 October.
        assert!(parse("02:30", Rome, utc("2026-03-29T10:00:00Z")).unwrap_err().contains("went forward"));
        assert_eq!(parse("02:30", Rome, utc("2026-03-29T00:30:00Z")), Ok(utc("2026-03-28T01:30:00Z")));
        assert_eq!(parse("02:30", Rome, utc("2026-10-25T00:40:00Z")), Ok(utc("2026-10-25T00:30:00Z")));
        assert_eq!(parse("02:30", Rome, utc("2026-10-25T09:00:00Z")), Ok(utc("2026-10-25T01:30:00Z")));
        assert_eq!(parse("01:30", New_York, utc("2026-11-01T12:00:00Z")), Ok(utc("2026-11-01T06:30:00Z")));
    }

    #[test]
    fn a_time_is_split_off_a_line_only_where_one_stands() {
        for (line, expected) in [
            ("14:05 restarted db-3", Some(("14:05", "restarted db-3"))),
            ("-10m saw it", Some(("-10m", "saw it"))),
            ("yesterday 23:50 deployed", Some(("yesterday 23:50", "deployed"))),
            ("2026-11-22 14:05 x", Some(("2026-11-22 14:05", "x"))),
            ("14:05", Some(("14:05", ""))),
            ("yesterday was calm", None),
            ("- a list", None),
            ("10:1 odds", None),
            ("2:05 pm restarted", None),
            ("restarted at 14:05", None),
            ("", None),
        ] {
            assert_eq!(split_prefix(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_clock_time_is_always_the_latest_one_not_ahead(minutes in 0u32..1440, now in 0i64..2_000_000_000) {
            let now = DateTime::from_timestamp(now + 700_000_000, 0).unwrap();
            let typed = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            for zone in [Rome, New_York, Tz::UTC, Tz::Asia__Kathmandu] {
                if let Ok(at) = parse(&typed, zone, now) {
                    prop_assert!(at <= now + AHEAD);
                    prop_assert!(at > now + AHEAD - Duration::hours(49));
                    prop_assert_eq!(at.with_timezone(&zone).format("%H:%M").to_string(), typed.clone());
                }
            }
        }

        #[test]
        fn no_text_makes_reading_a_time_panic(text in "\\PC{0,30}") {
            let now = utc("2026-11-22T13:10:00Z");
            let _ = (parse(&text, Rome, now), ahead(&text, Rome, now));
            if let Some((time, rest)) = split_prefix(&text) {
                prop_assert!(text.starts_with(time) && text.ends_with(rest));
            }
        }
    }
}
