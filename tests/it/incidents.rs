//! Declaring, severity, status, title and summary.

use std::time::Duration;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use reqwest::StatusCode;
use second_story::terms::{Role, Status};

use crate::support::{
    Reply, Server, html, key,
    rows::{self, Line},
    together,
};

#[tokio::test]
async fn a_title_alone_declares_an_incident_as_sev3_and_investigating() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;

    let reply = ana.post("/incidents", &[("title", " Checkout fails ")]).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/incidents/1"));

    let room = ana.room(1).await;
    assert!(part(&room, "live-title").contains("<bdi>Checkout fails"));
    assert!(part(&room, "live-severity").contains(r#"data-severity="sev3""#));
    assert!(part(&room, "live-status").contains(r#"data-status="investigating""#));
    let timeline = rows::timeline(&server.app.db, 1).await;
    assert_eq!(timeline.len(), 1);
    assert_eq!((timeline[0].kind.as_str(), timeline[0].body.as_str()), ("declared", "Checkout fails as SEV3"));
    assert_eq!(timeline[0].author, ana.person.as_ref().map(|it| it.id));
    let declared: bool = sqlx::query_scalar(
        "select m.at = i.declared_at and m.set_by is null from moments m join incidents i on i.number = m.incident
         where m.name = 'declared'",
    )
    .fetch_one(&server.app.db)
    .await
    .unwrap();
    assert!(declared, "the room set the moment, at the very instant");
}

#[tokio::test]
async fn what_a_declaration_cannot_take_stands_beside_its_field_and_nothing_is_written() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let long = "x".repeat(201);
    let much = "y".repeat(5_001);
    for (field, value) in [
        ("title", ""),
        ("title", "  "),
        ("title", "two\nlines"),
        ("title", "a\0b"),
        ("title", long.as_str()),
        ("summary", much.as_str()),
        ("severity", "sev6"),
        ("severity", "SEV1"),
        ("impact_started", "soon"),
        ("detected", "25:00"),
        ("detected", "2999-01-01 10:00"),
    ] {
        let key = key();
        let kept = "what was typed elsewhere";
        let mut fields = vec![("title", "A title"), ("summary", kept), ("key", &key)];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let kept = if field == "summary" { &much } else { kept };
        ana.post("/incidents", &fields).await.assert_refused(field, kept, &key);
    }
    let written = "select (select count(*) from incidents) + (select count(*) from entries)
                   + (select count(*) from client_keys) + (select last from incident_numbers)";
    assert_eq!(rows::count(&server.app.db, written).await, 0);
}

#[tokio::test]
async fn only_responders_declare() {
    let server = Server::start().await;
    let vera = server.person("Vera", Role::Viewer).await;
    let fields = [("title", "Checkout fails")];
    assert_eq!(vera.submit("/incidents", &fields).await.status, 403);
    assert!(server.anybody().submit("/incidents", &fields).await.asks_to_sign_in());
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 0);
}

#[tokio::test]
async fn numbers_are_1_2_3_without_holes_when_many_declare_at_once_and_some_fail_or_are_cut_off() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    // What fails after a number was taken.
    sqlx::query("alter table incidents add check (title <> 'Too much')").execute(&server.app.db).await.unwrap();

    let declared = together((0..60).map(|index| {
        let ana = ana.clone();
        async move {
            match index % 3 {
                0 => Some(ana.declare(&format!("Incident {index}")).await),
                1 => {
                    let failed = ana.submit("/incidents", &[("title", "Too much")]).await;
                    assert_eq!(failed.status, 500);
                    None
                }
                _ => {
                    let after = Duration::from_micros(300 * index);
                    ana.cut_off("/incidents", &[("title", "Cut off")], after).await;
                    None
                }
            }
        }
    }))
    .await;

    assert_eq!(declared.iter().flatten().count(), 20);
    // One more waits behind whatever was cut off and is still at work.
    let last = ana.declare("The last").await;
    let numbers: Vec<i64> =
        sqlx::query_scalar("select number from incidents order by number").fetch_all(&server.app.db).await.unwrap();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    let without_log =
        "select count(*) from incidents i where not exists (select from entries where incident = i.number and seq = 1)";
    assert_eq!(rows::count(&server.app.db, without_log).await, 0);
}

#[tokio::test]
async fn a_declaration_sent_twice_makes_one_incident_and_answers_the_same_address() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    ana.declare("An earlier one").await;
    let key = key();

    let replies = together((0..10).map(|_| {
        let (ana, key) = (ana.clone(), key.clone());
        async move {
            let fields = [("title", "Checkout fails"), ("key", key.as_str())];
            ana.post("/incidents", &fields).await
        }
    }))
    .await;

    for reply in replies {
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/incidents/2"));
    }
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 2);
    assert_eq!(rows::timeline(&server.app.db, 2).await.len(), 1);

    let other = [("title", "Search fails"), ("key", key.as_str())];
    let reply = ana.post("/incidents", &other).await;
    reply.assert_refused("key", r#"value="Search fails""#, &key);
    let fresh = html::input(&reply.body, "key").unwrap();
    let again = [("title", "Search fails"), ("key", fresh)];
    assert_eq!(ana.post("/incidents", &again).await.location(), "/incidents/3");
}

#[tokio::test]
async fn the_severity_changes_with_one_click_and_not_to_what_it_is() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;

    // The menu in the room sends the severity and nothing else.
    let clicked = ana.post("/incidents/1/severity", &[("severity", "sev1")]).await;
    assert_eq!((clicked.status, clicked.location()), (StatusCode::SEE_OTHER, "/incidents/1"));
    ana.change(incident, "severity", &[("severity", "sev2"), ("reason", "half of them")]).await;
    let room = ana.room(incident).await;
    assert!(part(&room, "live-severity").contains("SEV2"));
    let timeline = rows::timeline(&server.app.db, incident).await;
    assert_eq!(timeline[1].body, "SEV3 → SEV1");
    assert_eq!((timeline[2].body.as_str(), timeline[2].reason.as_str()), ("SEV1 → SEV2", "half of them"));

    let key = key();
    let same = [("severity", "sev2"), ("reason", "still"), ("key", key.as_str())];
    let reply = ana.post("/incidents/1/severity", &same).await;
    reply.assert_refused("severity", r#"value="still""#, &key);
    for bad in ["", "2", "sev0"] {
        let reply = ana.submit("/incidents/1/severity", &[("severity", bad)]).await;
        assert!(reply.error("severity").is_some(), "{bad}");
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
}

#[tokio::test]
async fn title_and_summary_change_and_what_stays_writes_nothing() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;

    let both = [("title", "Payments fail"), ("summary", "Since <noon>")];
    ana.change(incident, "details", &both).await;
    ana.change(incident, "details", &both).await;
    ana.change(incident, "details", &[("title", "Payments fail"), ("summary", "")]).await;
    assert_eq!(ana.say(incident, "/title Cards fail").await.status, 303);

    let timeline = rows::timeline(&server.app.db, incident).await;
    let bodies: Vec<&str> = timeline[1..].iter().map(|line| line.body.as_str()).collect();
    assert_eq!(
        bodies,
        [
            "the title to “Payments fail”",
            "the summary to: Since <noon>",
            "the summary to nothing",
            "the title to “Cards fail”"
        ]
    );
    assert!(part(&ana.room(incident).await, "live-title").contains("Cards fail"));

    let key = key();
    let fields = [("title", ""), ("summary", "kept words"), ("key", key.as_str())];
    let reply = ana.post("/incidents/1/details", &fields).await;
    reply.assert_refused("title", "kept words", &key);
}

#[tokio::test]
async fn two_people_who_change_title_and_summary_at_once_lose_nothing() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let path = "/incidents/1/details";
    let opened = ana.get(path).await.body;
    let filled = |title, summary| {
        let was = |name| html::input(&opened, name).unwrap();
        vec![
            ("title", title),
            ("summary", summary),
            ("title_was", was("title_was")),
            ("summary_was", was("summary_was")),
        ]
    };

    // Ben changes the summary while Ana, whose page is older, changes the title.
    assert_eq!(ben.submit(path, &filled("Checkout fails", "Cards only")).await.status, 303);
    assert_eq!(ana.submit(path, &filled("Payments fail", "")).await.status, 303);
    let (title, summary): (String, String) = sqlx::query_as("select title, summary from incidents where number = $1")
        .bind(incident)
        .fetch_one(&server.app.db)
        .await
        .unwrap();
    assert_eq!((title.as_str(), summary.as_str()), ("Payments fail", "Cards only"));

    // Now both change the summary: the second sees the first's, and decides.
    let late = ana.submit(path, &filled("Checkout fails", "All payments")).await;
    assert_eq!(late.status, 422);
    assert!(late.error("summary").unwrap().contains("Cards only"));
    assert_eq!(html::text_area(&late.body, "summary"), Some("All payments"));
    let was = html::input(&late.body, "summary_was").unwrap();
    let again =
        [("title", "Payments fail"), ("summary", "All payments"), ("title_was", "Payments fail"), ("summary_was", was)];
    assert_eq!(ana.submit(path, &again).await.status, 303);
    let lines = rows::timeline(&server.app.db, incident).await;
    assert_eq!(lines.len(), 4, "{lines:?}");
}

/// One attempt at a change of status, as somebody might make it.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    to: Status,
    reason: &'static str,
    admin: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    // Ends are rarer than moves, so that histories get long.
    let to = prop_oneof![
        6 => proptest::sample::select(vec![Status::Investigating, Status::Identified, Status::Monitoring]),
        3 => proptest::sample::select(vec![Status::Resolved, Status::Cancelled]),
        1 => proptest::sample::select(vec![Status::Triage, Status::Merged]),
    ];
    let attempt = (to, prop_oneof![3 => Just("because"), 1 => Just(""), 1 => Just("  ")], any::<bool>());
    let attempt = attempt.prop_map(|(to, reason, admin)| Attempt { to, reason, admin });
    proptest::collection::vec(attempt, 1..14)
}

/// What an incident's status must do, said a second time and differently: the
/// field that is refused, if any.
fn refuses(from: Status, attempt: Attempt) -> Option<&'static str> {
    let open = [Status::Investigating, Status::Identified, Status::Monitoring];
    let moves = open.contains(&attempt.to) && attempt.to != from;
    let ends = open.contains(&from) && [Status::Resolved, Status::Cancelled].contains(&attempt.to);
    let cancels = attempt.to == Status::Cancelled;
    let reopens = !open.contains(&from);
    if !(moves || ends) || (cancels && !attempt.admin) {
        Some("status")
    } else if (cancels || reopens) && attempt.reason.trim().is_empty() {
        Some("reason")
    } else {
        None
    }
}

#[tokio::test]
async fn any_sequence_of_attempts_leaves_the_status_that_the_rules_allow() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let olga = server.person("Olga", Role::Admin).await;
    let mut runner = TestRunner::new(Config::default());
    for case in 0..40 {
        let attempts = attempts().new_tree(&mut runner).unwrap().current();
        let incident = ana.declare(&format!("Case {case}")).await;
        let (mut status, mut round, mut changes) = (Status::Investigating, 1, 0);
        for attempt in &attempts {
            let who = if attempt.admin { &olga } else { &ana };
            let path = format!("/incidents/{incident}/status");
            let fields = [("status", attempt.to.word()), ("reason", attempt.reason)];
            let reply = who.submit(&path, &fields).await;
            let context = format!("{status} then {attempt:?} of {attempts:?}");
            if let Some(field) = refuses(status, *attempt) {
                assert_eq!(reply.status, 422, "{context}");
                assert!(reply.error(field).is_some(), "{context}: {}", reply.body);
            } else {
                assert_eq!(reply.status, 303, "{context}: {}", reply.body);
                round += i32::from(!status.is_open());
                status = attempt.to;
                changes += 1;
            }
            let stored: (String, i32, bool) =
                sqlx::query_as("select status::text, round, ended_at is not null from incidents where number = $1")
                    .bind(incident)
                    .fetch_one(&server.app.db)
                    .await
                    .unwrap();
            let expected = (status.word().to_owned(), round, !status.is_open());
            assert_eq!(stored, expected, "{context}");
        }
        let timeline = rows::timeline(&server.app.db, incident).await;
        assert_eq!(legal_history(&timeline), (changes, status));
    }
}

#[tokio::test]
async fn status_changes_at_the_same_time_leave_exactly_one_legal_history() {
    let server = Server::start().await;
    let olga = server.person("Olga", Role::Admin).await;
    for round in 0..12 {
        let incident = olga.declare(&format!("Round {round}")).await;
        let both = ["identified", "monitoring", "resolved", "investigating", "resolved", "cancelled"];
        let replies = together(both.into_iter().map(|status| {
            let olga = olga.clone();
            let path = format!("/incidents/{incident}/status");
            async move {
                let fields = [("status", status), ("reason", "at once")];
                olga.submit(&path, &fields).await.status
            }
        }))
        .await;
        let timeline = rows::timeline(&server.app.db, incident).await;
        let (changes, status) = legal_history(&timeline);
        let taken = replies.iter().filter(|status| **status == 303).count();
        assert_eq!(changes, taken, "every answer of yes is one entry");
        assert!(replies.iter().all(|status| [303, 422].contains(&status.as_u16())));
        let room = olga.room(incident).await;
        assert!(part(&room, "live-status").contains(status.word()));
        rows::assert_sound(&timeline);
    }
}

#[tokio::test]
async fn cancelling_is_for_admins_and_says_so() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("A drill").await;
    let reply = ana.submit("/incidents/1/status", &[("status", "cancelled"), ("reason", "only a drill")]).await;
    assert!(reply.error("status").unwrap().contains("admin"));
    assert!(reply.body.contains("only a drill"));
    let typed = ana.say(incident, "/cancel only a drill").await;
    assert!(typed.error("body").unwrap().contains("admin"));
    assert_eq!(html::text_area(&typed.body, "body"), Some("/cancel only a drill"));
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);

    let olga = server.person("Olga", Role::Admin).await;
    assert_eq!(olga.say(incident, "/cancel").await.status, 422);
    assert_eq!(olga.say(incident, "/cancel only a drill").await.status, 303);
    let last = rows::last(&server.app.db, incident).await;
    assert_eq!((last.body.as_str(), last.reason.as_str()), ("Investigating → Cancelled", "only a drill"));
}

#[tokio::test]
async fn a_room_without_a_number_of_ours_is_not_found() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    ana.declare("Checkout fails").await;
    for number in ["0", "-1", "2", "1x", "9223372036854775808", "%00"] {
        let path = format!("/incidents/{number}");
        assert_eq!(ana.get(&path).await.status, 404, "{path}");
        let path = format!("/incidents/{number}/status");
        let reply = ana.submit(&path, &[("status", "resolved")]).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

fn part<'a>(page: &'a Reply, id: &str) -> &'a str {
    html::element(&page.body, id).unwrap_or_else(|| panic!("#{id} in {}", page.body))
}

/// How many changes of status a timeline tells of, and where they lead. Fails
/// unless each goes on from where the one before it led.
fn legal_history(timeline: &[Line]) -> (usize, Status) {
    let changes: Vec<(&str, &str)> =
        timeline.iter().filter(|line| line.kind == "status").map(|line| line.body.split_once(" → ").unwrap()).collect();
    let mut now = Status::Investigating;
    for (from, to) in &changes {
        assert_eq!(*from, now.label(), "{changes:?}");
        let to = Status::ALL.iter().find(|status| status.label() == *to);
        now = *to.unwrap();
    }
    (changes.len(), now)
}
