use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-22T13:10:00Z".parse().unwrap()
}

fn line(typed: &str) -> Result<Line, String> {
    read(typed, Kind::Note, chrono_tz::Europe::Berlin, now())
}

fn kind_and_body(typed: &str) -> (Kind, String, Option<String>) {
    match line(typed) {
        Ok(Line::Entry { kind, body, occurred_at }) => {
            (kind, body, occurred_at.map(|at| at.format("%H:%M").to_string()))
        }
        other => panic!("{typed}: {other:?}"),
    }
}

#[test]
fn what_is_no_command_is_an_entry() {
    for (typed, kind, body, at) in [
        ("restarted db-3", Kind::Note, "restarted db-3", None),
        ("/var/log is full", Kind::Note, "/var/log is full", None),
        ("/effect back to 0.2 %", Kind::Effect, "back to 0.2 %", None),
        ("/assume the cache is unrelated", Kind::Assumption, "the cache is unrelated", None),
        ("14:05 restarted", Kind::Note, "restarted", Some("13:05")),
        ("14:05 /effect slower", Kind::Effect, "slower", Some("13:05")),
        ("/Action -10m rolled back", Kind::Action, "rolled back", Some("13:00")),
        ("yesterday 23:50 deployed", Kind::Note, "deployed", Some("22:50")),
        ("10:1 odds", Kind::Note, "10:1 odds", None),
        ("- one\n- two", Kind::Note, "- one\n- two", None),
    ] {
        assert_eq!(kind_and_body(typed), (kind, body.to_owned(), at.map(str::to_owned)), "{typed}");
    }
}

#[test]
fn commands_are_read() {
    assert!(matches!(line("/sev 1"), Ok(Line::Severity(Severity::Sev1, reason)) if reason.is_empty()));
    assert!(matches!(line("/sev SEV2 spreading"), Ok(Line::Severity(Severity::Sev2, reason)) if reason == "spreading"));
    assert!(matches!(line("/status Monitoring"), Ok(Line::Status(Status::Monitoring, _))));
    assert!(matches!(line("/resolve"), Ok(Line::Status(Status::Resolved, _))));
    assert!(
        matches!(line("/reopen it came back"), Ok(Line::Status(Status::Investigating, why)) if why == "it came back")
    );
    assert!(matches!(line("/moment impact 13:00"), Ok(Line::Moment(MomentName::ImpactStarted, _, _))));
    assert!(matches!(line("/moment detected -1h first ticket"), Ok(Line::Moment(_, _, why)) if why == "first ticket"));
    assert!(matches!(line("/link call https://meet.example.org/a Bridge one"), Ok(Line::Link(_))));
    for typed in ["/eliminate #12 db-3 is idle", "/Eliminate 12  db-3 is idle"] {
        assert!(
            matches!(line(typed), Ok(Line::Theory(12, TheoryState::Eliminated, why)) if why == "db-3 is idle"),
            "{typed}"
        );
    }
    assert!(matches!(line("/confirm 7"), Ok(Line::Theory(7, TheoryState::Confirmed, why)) if why.is_empty()));
    for (typed, said) in [("/joined", OnCall::Joined), ("/Left", OnCall::Left), ("/relief ", OnCall::Relief)] {
        assert!(matches!(line(typed), Ok(Line::Call(it)) if it == said), "{typed}");
    }
    assert!(matches!(line("/update We roll back."), Ok(Line::Update(text)) if text == "We roll back."));
    assert!(matches!(line("/NoNews "), Ok(Line::NoNews)));
    for typed in ["/snooze 20m the restore runs", "/snooze 20 the restore runs", "/snooze 14:30 the restore runs"] {
        let until: DateTime<Utc> = "2026-11-22T13:30:00Z".parse().unwrap();
        assert!(
            matches!(line(typed), Ok(Line::Snooze(at, why)) if at == until && why == "the restore runs"),
            "{typed}"
        );
    }
    assert!(matches!(line("/title Checkout fails"), Ok(Line::Title(title)) if title == "Checkout fails"));
}

#[test]
fn commands_about_who_holds_what_are_read() {
    let role = |role: &str, to: &str| format!("{:?}", Line::Role(role.into(), to.into()));
    let work = |title: &str, to: Option<&str>| format!("{:?}", Line::Work(title.into(), to.map(str::to_owned)));
    let offer = |what: &str, is_title, to: &str, briefing: &str| {
        let (what, to, briefing) = (what.into(), to.into(), briefing.into());
        format!("{:?}", Line::Handoff(Offered { what, is_title, to, briefing }))
    };
    for (typed, expected) in [
        ("/role commander @ana", role("commander", "@ana")),
        ("/ROLE Scribe me", role("scribe", "me")),
        ("/role scribe nobody", role("scribe", "nobody")),
        ("/work restore the replica", work("restore the replica", None)),
        ("/work restore the replica @me", work("restore the replica", Some("@me"))),
        ("/work ask @ben for logs", work("ask @ben for logs", None)),
        ("/handoff commander @ben", offer("commander", false, "@ben", "")),
        (
            "/handoff Commander @ben db-3 is out\nnext: db-4",
            offer("commander", false, "@ben", "db-3 is out\nnext: db-4"),
        ),
        (
            "/handoff \"restore the replica\" @ben almost done",
            offer("restore the replica", true, "@ben", "almost done"),
        ),
        ("/handoff “restore” @ben", offer("restore", true, "@ben", "")),
    ] {
        assert_eq!(format!("{:?}", line(typed).unwrap()), expected, "{typed}");
    }
}

#[test]
fn a_known_command_that_cannot_be_read_says_why() {
    for typed in [
        "/sev",
        "/sev 6",
        "/status fine",
        "/moment lunch 12:00",
        "/moment detected soon",
        "/link call javascript:alert(1)",
        "/title",
        "/effect",
        "14:05",
        "/role",
        "/role commander",
        "/role commander @ana please",
        "/work",
        "/work @ben",
        "/handoff",
        "/handoff commander",
        "/handoff commander ben",
        "/handoff \"restore @ben",
        "/handoff \"\" @ben",
        "/eliminate",
        "/eliminate the cache",
        "/confirm ##7",
        "/relief I am tired",
        "/left @ben",
        "/update",
        "/nonews at all",
        "/snooze",
        "/snooze 20m",
        "/snooze soon the restore runs",
        "/snooze 0 the restore runs",
    ] {
        assert!(line(typed).is_err(), "{typed}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "(/[a-z]{1,8} )?\\PC{0,40}") {
        let _ = line(&text);
    }
}
