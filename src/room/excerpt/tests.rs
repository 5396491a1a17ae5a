//! What people paste, and what is read in it.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::{Europe::Berlin, Tz};
use proptest::prelude::*;

use super::*;

fn known(name: &str) -> bool {
    ["Ben Okafor", "ben", "ben@example.org"].contains(&name)
}

/// Noon in Berlin on 24 November 2026, of an incident of the 22nd.
fn calendar() -> Calendar {
    let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    Calendar { zone: Berlin, day, now: "2026-11-24T11:00:00Z".parse().unwrap(), last: None }
}

/// As `time kind said: text`, without what is not there.
fn told(text: &str) -> Vec<String> {
    let calendar = calendar();
    let rows = read(text, calendar.clone(), &known);
    let row = |row: &Row| {
        let when = match &row.when {
            When::Said(at) => calendar.written(*at),
            When::AsBefore(at) => format!("= {}", calendar.written(*at)),
            When::Never(text) => format!("? {text}"),
            When::Unsaid => "-".into(),
        };
        let kind = row.kind.map(|kind| format!(" {}", kind.word())).unwrap_or_default();
        let said = row.said.as_ref().map(|said| format!(" {said}:")).unwrap_or_default();
        format!("{when}{kind}{said} {}", row.text)
    };
    rows.iter().map(row).collect()
}

#[test]
fn a_line_with_a_time_is_an_entry() {
    for (line, row) in [
        // People's notes.
        ("14:05 restarted db-3", "2026-11-22 14:05 restarted db-3"),
        ("9:05 restarted", "2026-11-22 09:05 restarted"),
        ("14:05:33 restarted", "2026-11-22 14:05:33 restarted"),
        ("14:05 - restarted", "2026-11-22 14:05 restarted"),
        ("14:05: restarted", "2026-11-22 14:05 restarted"),
        ("14:05\trestarted", "2026-11-22 14:05 restarted"),
        ("- 14:05 restarted", "2026-11-22 14:05 restarted"),
        ("3. 14:05 restarted", "2026-11-22 14:05 restarted"),
        ("**14:05** restarted", "2026-11-22 14:05 restarted"),
        ("- **14:05:** restarted", "2026-11-22 14:05 restarted"),
        ("| 14:05 | restarted |", "2026-11-22 14:05 restarted"),
        ("2:05 pm restarted", "2026-11-22 14:05 restarted"),
        ("12:05 a.m. restarted", "2026-11-22 00:05 restarted"),
        ("2pm restarted", "2026-11-22 14:00 restarted"),
        ("14:05Z restarted", "2026-11-22 15:05 restarted"),
        ("14:05 UTC restarted", "2026-11-22 15:05 restarted"),
        ("14:05 PST restarted", "2026-11-22 23:05 restarted"),
        ("2017-01-31 17:20 restarted", "2017-01-31 17:20 restarted"),
        ("31.01.2017 17:20 restarted", "2017-01-31 17:20 restarted"),
        ("31.1. 17:20 restarted", "2026-01-31 17:20 restarted"),
        ("1/31/2017 5:20 PM restarted", "2017-01-31 17:20 restarted"),
        ("31/1/2017 17:20 restarted", "2017-01-31 17:20 restarted"),
        ("22 November 2026, 14:05 restarted", "2026-11-22 14:05 restarted"),
        ("Nov 21st, 2026 at 14:05 restarted", "2026-11-21 14:05 restarted"),
        ("yesterday 23:50 restarted", "2026-11-23 23:50 restarted"),
        ("Monday 14:05 restarted", "2026-11-23 14:05 restarted"),
        ("-10m restarted", "2026-11-24 11:50 restarted"),
        // The day that lies nearer to the incident's, if it has been.
        ("11/12/2026 14:05 x", "2026-11-12 14:05 x"),
        ("31.12. 14:05 x", "2025-12-31 14:05 x"),
        ("31/12/2026 14:05 x", "2026-12-31 14:05 x"),
        // Of a kind.
        ("14:05 /effect slower", "2026-11-22 14:05 effect slower"),
        ("14:05 Effect: slower", "2026-11-22 14:05 effect slower"),
        ("14:05 [action] rolled back", "2026-11-22 14:05 action rolled back"),
        ("/assume 14:05 it is the cache", "2026-11-22 14:05 assumption it is the cache"),
        ("decision: 14:05 leave it", "2026-11-22 14:05 decision leave it"),
        ("14:05 /sev 1", "2026-11-22 14:05 /sev 1"),
        // Spans, odds and ratios.
        ("09:00-09:30 backups", "2026-11-22 09:00 09:00-09:30 backups"),
        ("14:05 – 14:10 restarted", "2026-11-22 14:05 14:05 – 14:10 restarted"),
        ("14:05 -1000 users", "2026-11-22 14:05 -1000 users"),
        ("14:05", "2026-11-22 14:05 "),
    ] {
        assert_eq!(told(line), [row], "{line}");
    }
}

#[test]
fn chats_say_who_speaks() {
    for (line, row) in [
        ("[14:05] ana: it is down", "2026-11-22 14:05 ana: it is down"),
        ("[10:32 AM] Ana Lindqvist: it is down", "2026-11-22 10:32 Ana Lindqvist: it is down"),
        ("[10:32\u{202f}AM] Ana Lindqvist: it is down", "2026-11-22 10:32 Ana Lindqvist: it is down"),
        ("[14:05]Ana: it is down", "2026-11-22 14:05 Ana: it is down"),
        ("[14:05] ana: effect: down", "2026-11-22 14:05 effect ana: down"),
        ("14:05 <ana> it is down", "2026-11-22 14:05 ana: it is down"),
        ("[14:05:33] <@ana> it is down", "2026-11-22 14:05:33 ana: it is down"),
        ("[22/11/2026, 14:05:33] Ana Lindqvist: down", "2026-11-22 14:05:33 Ana Lindqvist: down"),
        ("22/11/2026, 14:05 - Ana Lindqvist: down", "2026-11-22 14:05 Ana Lindqvist: down"),
        ("14:05:33 From Ana Lindqvist to Everyone: down", "2026-11-22 14:05:33 Ana Lindqvist: down"),
        ("Ana (14:05): down", "2026-11-22 14:05 Ana: down"),
        // Only who is known is believed without a bracket.
        ("14:05 Ben Okafor: down", "2026-11-22 14:05 Ben Okafor: down"),
        ("14:05 ben: down", "2026-11-22 14:05 ben: down"),
        ("14:05 db-3: down", "2026-11-22 14:05 db-3: down"),
        ("[14:05] ERROR: down", "2026-11-22 14:05 ERROR: down"),
        ("[14:05] see https://x.example.org", "2026-11-22 14:05 see https://x.example.org"),
    ] {
        assert_eq!(told(line), [row], "{line}");
    }
    let said = |line: &str| read(line, calendar(), &known)[0].said.clone();
    for line in ["14:05 db-3: down", "[14:05] ERROR: down", "14:05 restarted db-3: down", "2026-11-22T14:05:00Z app: x"]
    {
        assert_eq!(said(line), None, "{line}");
    }
}

#[test]
fn logs_are_read_to_the_second_and_keep_their_words() {
    for (line, row) in [
        ("2026-11-22T14:05:00Z ERROR out of memory", "2026-11-22 15:05 ERROR out of memory"),
        ("2026-11-22T14:05:00.25+01:00 x", "2026-11-22 14:05:00.250 x"),
        ("2026-11-22T14:05:00+0000 host prog[1]: x", "2026-11-22 15:05 host prog[1]: x"),
        ("2026-11-22 14:05:00,123 INFO x", "2026-11-22 14:05:00.123 INFO x"),
        ("2026-11-22 14:05:00.123 UTC [1234] LOG:  x", "2026-11-22 15:05:00.123 [1234] LOG:  x"),
        ("2026-11-22 14:05:00 +0000 x", "2026-11-22 15:05 x"),
        ("2026/11/22 14:05:07 [error] x", "2026-11-22 14:05:07 [error] x"),
        ("Nov 22 14:05:33 host prog[1]: x: y", "2026-11-22 14:05:33 host prog[1]: x: y"),
        ("Nov  2 14:05:33 host prog: x", "2026-11-02 14:05:33 host prog: x"),
        ("Dec 31 23:59:59 host prog: x", "2025-12-31 23:59:59 host prog: x"),
        ("E1122 14:05:33.5    1 a.go:1] x", "2026-11-22 14:05:33.500 E1122 14:05:33.5    1 a.go:1] x"),
        (
            r#"::1 - - [22/Nov/2026:14:05:00 +0000] "GET /" 500"#,
            r#"2026-11-22 15:05 ::1 - - [22/Nov/2026:14:05:00 +0000] "GET /" 500"#,
        ),
        (r#"{"time":"2026-11-22T14:05:00Z","a":1}"#, r#"2026-11-22 15:05 {"time":"2026-11-22T14:05:00Z","a":1}"#),
        ("level=info ts=2026-11-22T14:05:00Z msg=x", "2026-11-22 15:05 level=info ts=2026-11-22T14:05:00Z msg=x"),
    ] {
        assert_eq!(told(line), [row], "{line}");
    }
}

#[test]
fn a_line_without_a_time_goes_on_or_takes_the_time_before_it() {
    assert_eq!(
        told("14:05 ERROR x\n\tat a(b.java:1)\n\n    at c\n14:06 y"),
        ["2026-11-22 14:05 ERROR x\n\tat a(b.java:1)\n\n    at c", "2026-11-22 14:06 y"]
    );
    assert_eq!(
        told("14:05 looked\neffect: 31 % errors\nstill\n<ana> seen"),
        ["2026-11-22 14:05 looked", "= 2026-11-22 14:05 effect 31 % errors\nstill", "= 2026-11-22 14:05 ana: seen"]
    );
    assert_eq!(
        told("What we know\n\naction: looked\n14:05 x"),
        ["- What we know", "- action looked", "2026-11-22 14:05 x"]
    );
    assert_eq!(told("one\ntwo\n"), ["- one", "- two"]);
    assert_eq!(
        told("until 14:05\nrestarted db-3 (14:05)\nat 2pm"),
        ["- until 14:05", "- restarted db-3 (14:05)", "- at 2pm"]
    );
    assert_eq!(told(" \n\n\t"), Vec::<String>::new());
}

#[test]
fn names_stand_above_what_was_said() {
    // Slack, as it is copied now, and as it was.
    let slack = "Ana Lindqvist\n  10:32 AM\nit is down\nall of it\n10:35\nrolling back\n\nBen Okafor\n  10:36 AM\nok";
    assert_eq!(
        told(slack),
        [
            "2026-11-22 10:32 Ana Lindqvist: it is down\nall of it",
            "2026-11-22 10:35 Ana Lindqvist: rolling back",
            "2026-11-22 10:36 Ben Okafor: ok"
        ]
    );
    assert_eq!(
        told("Ana Lindqvist  10:32 AM\neffect: down\nBen Okafor  10:33 AM\nok"),
        ["2026-11-22 10:32 effect Ana Lindqvist: down", "2026-11-22 10:33 Ben Okafor: ok"]
    );
    // Discord, Teams, Telegram, Zoom.
    assert_eq!(
        told("Ana — Yesterday at 14:05\nit is down\nben — 14:06\nok"),
        ["2026-11-23 14:05 Ana: it is down", "2026-11-23 14:06 ben: ok"]
    );
    assert_eq!(
        told("[14:05] Ana Lindqvist\n    it is down\n[14:06] Ben Okafor\n    ok"),
        ["2026-11-22 14:05 Ana Lindqvist: it is down", "2026-11-22 14:06 Ben Okafor: ok"]
    );
    assert_eq!(told("Ana Lindqvist, [22.11.2026 14:05]\nit is down"), ["2026-11-22 14:05 Ana Lindqvist: it is down"]);
    assert_eq!(told("14:05:33 From Ana to Everyone:\n\tit is down"), ["2026-11-22 14:05:33 Ana: it is down"]);
    // A name without words is what happened.
    assert_eq!(
        told("Deployed — 14:05\nRolled Back  14:20"),
        ["2026-11-22 14:05 Deployed", "2026-11-22 14:20 Rolled Back"]
    );
    assert_eq!(
        told("[14:05] Database Failover\n[14:06] x"),
        ["2026-11-22 14:05 Database Failover", "2026-11-22 14:06 x"]
    );
}

#[test]
fn clocks_run_on_past_midnight_and_never_ahead_of_now() {
    assert_eq!(
        told("23:50 a\n23:48 b\n00:10 c\n09:00 d\n03:00 e"),
        ["2026-11-22 23:50 a", "2026-11-22 23:48 b", "2026-11-23 00:10 c", "2026-11-23 09:00 d", "2026-11-23 03:00 e"]
    );
    assert_eq!(
        told("2026-11-23 22:00 a\n07:00 b\n13:00 c"),
        ["2026-11-23 22:00 a", "2026-11-24 07:00 b", "2026-11-23 13:00 c"]
    );
    let today = Calendar { day: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(), ..calendar() };
    let rows = read("23:50 a\n00:10 b\n12:04 c\n12:06 d", today, &known);
    let at: Vec<_> = rows.iter().map(|row| row.when.at().unwrap().to_rfc3339()).collect();
    assert_eq!(
        at,
        [
            "2026-11-23T22:50:00+00:00",
            "2026-11-23T23:10:00+00:00",
            "2026-11-24T11:04:00+00:00",
            "2026-11-23T11:06:00+00:00"
        ]
    );
}

#[test]
fn hours_that_come_twice_or_never_are_told_apart() {
    let day = NaiveDate::from_ymd_opt(2026, 10, 25).unwrap();
    let autumn = Calendar { day, ..calendar() };
    let rows = read("01:50 a\n02:10 b\n02:50 c\n02:50 UTC d", autumn.clone(), &known);
    let written: Vec<_> = rows.iter().map(|row| autumn.written(row.when.at().unwrap())).collect();
    assert_eq!(written[0], "2026-10-25 01:50");
    assert_eq!(written[1], "2026-10-25T02:10:00+02:00");
    for (row, typed) in rows.iter().zip(written) {
        assert_eq!(autumn.clone().read(&typed).ok(), row.when.at(), "{typed}");
    }
    assert_eq!(told("29.03.2026 02:30 x\ngone on"), ["? 29.03.2026 02:30 x\ngone on"]);
    assert!(calendar().read("29.03.2026 02:30").unwrap_err().contains("went forward"));
}

#[test]
fn a_time_that_was_read_can_be_typed_anew() {
    let mut calendar = calendar();
    let mut typed = |text: &str| calendar.read(text).map(|at| at.to_rfc3339());
    assert_eq!(typed("2026-11-21 14:05:33.25").unwrap(), "2026-11-21T13:05:33.250+00:00");
    assert_eq!(typed("14:06").unwrap(), "2026-11-21T13:06:00+00:00", "on the day of the one before");
    assert_eq!(typed("2:07 pm").unwrap(), "2026-11-21T13:07:00+00:00");
    assert_eq!(typed("-1h").unwrap(), "2026-11-24T10:00:00+00:00");
    for wrong in ["", "soon", "14:05 or so", "25:00", "2026-11-25 10:00", "1980-01-01 10:00", "30.02.2026 10:00"] {
        assert!(typed(wrong).is_err(), "{wrong}");
    }
}

/// Lines as they come from anywhere, whole and broken.
fn lines() -> impl Strategy<Value = String> {
    let time = "(\\[|\\(|\\*\\*)?((Mon |today at |[0-9]{1,2}[./][0-9]{1,2}[./]?|20[0-9]{2}-[01][0-9]-[0-3][0-9][T ]|Nov [0-9]{1,2} |yesterday )?[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?( ?[AP]M|Z| UTC|[+-][0-9]{2}:?[0-9]{2})?)(\\]|\\)|\\*\\*)?";
    let words = "[ \t]?(/effect |action: |<ana> |Ana Lindqvist: |ben: |From A to B: | - | — |E1122 )?\\PC{0,24}";
    let line = prop_oneof![
        (time, words).prop_map(|(time, words)| time + &words),
        (words, time).prop_map(|(words, time)| words + &time),
        words.prop_map(|words| words),
        "\\PC{0,40}".prop_map(|any| any),
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_makes_reading_it_panic_and_every_line_is_in_some_row(text in lines()) {
        let rows = read(&text, calendar(), &known);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let parts = Line::read(line, &known);
            if let Some(name) = parts.said {
                prop_assert!(rows.iter().any(|row| row.said.as_deref() == Some(name) || row.text == name), "{name}");
            }
            let text = parts.text.trim();
            let kept = text.is_empty() || rows.iter().any(|row| row.text.contains(text) || row.said.as_deref() == Some(text));
            prop_assert!(kept, "{line:?} in {rows:?}");
        }
    }

    #[test]
    fn taken_apart_a_line_loses_no_word(line in lines().prop_map(|text| text.lines().next().unwrap_or_default().to_owned())) {
        let parts = Line::read(&line, &known);
        let time = match &parts.time {
            Some(line::Time::Stamp(stamp)) => stamp.text.clone(),
            Some(line::Time::Typed(text)) => (*text).to_owned(),
            None => String::new(),
        };
        let kept = format!("{time} {} {}", parts.said.unwrap_or_default(), parts.text);
        for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            // The mark of a list, the word for a kind, and "From … to B:".
            let mark = line.trim_start().starts_with(&format!("{word}.")) || line.trim_start().starts_with(&format!("{word})"));
            let taken = mark || ["From", "to", "B"].contains(&word) || crate::room::command::kind(word).is_some();
            prop_assert!(taken || kept.contains(word), "{word:?} of {line:?} in {parts:?}");
        }
    }

    #[test]
    fn a_time_as_it_is_shown_is_read_as_the_same_again(seconds in 700_000_000i64..1_790_000_000, nanos in 0u32..1_000_000) {
        let at = chrono::DateTime::from_timestamp(seconds, nanos * 1000).unwrap();
        for zone in [Berlin, Tz::America__New_York, Tz::Asia__Kathmandu, Tz::Pacific__Apia, Tz::UTC] {
            let calendar = Calendar { zone, ..calendar() };
            prop_assert_eq!(calendar.clone().read(&calendar.written(at)), Ok(at));
            // Whatever time stood in the line before it.
            let last = Some(at - TimeDelta::minutes(90));
            prop_assert_eq!(Calendar { last, ..calendar.clone() }.read(&calendar.written(at)), Ok(at));
        }
    }
}
