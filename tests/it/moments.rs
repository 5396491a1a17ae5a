//! The points of an incident's life: set by the room or by people, corrected
//! with a reason, asked for when they are missing.

use second_story::terms::Role;
use sqlx::PgPool;

use crate::support::{Client, Server, html, key, rows, together};

const NOON: &str = "2026-11-22T12:00:00Z";

/// The moments of a round, as `name HH:MM by`.
async fn moments(db: &PgPool, incident: i64, round: i32) -> Vec<String> {
    let rows = sqlx::query_scalar(
        "select m.name || ' ' || to_char(m.at at time zone 'UTC', 'HH24:MI') || ' ' || coalesce(p.name, 'room')
         from moments m left join people p on p.id = m.set_by where incident = $1 and round = $2 order by m.name",
    );
    rows.bind(incident).bind(round).fetch_all(db).await.unwrap()
}

/// The row of the moments page that tells of a moment.
async fn row(client: &Client, incident: i64, label: &str) -> String {
    let page = client.get(&format!("/incidents/{incident}/moments")).await;
    let (_, rest) = page.body.split_once(&format!(r#"<th scope="row">{label}<"#)).unwrap();
    rest.split_once("</tr>").unwrap().0.to_owned()
}

#[tokio::test]
async fn the_room_sets_what_it_can_know_and_says_that_it_did() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    assert!(row(&ana, incident, "Acknowledged").await.contains("not recorded"));

    ana.change(incident, "severity", &[("severity", "sev2")]).await;
    assert_eq!(moments(db, incident, 1).await.len(), 1, "a click is not yet an entry");
    ana.say(incident, "looking at it").await;
    ana.say(incident, "still looking").await;
    ana.change(incident, "status", &[("status", "monitoring")]).await;
    ana.change(incident, "status", &[("status", "identified")]).await;
    ana.change(incident, "status", &[("status", "monitoring")]).await;
    ana.change(incident, "status", &[("status", "resolved")]).await;

    let names: Vec<String> = moments(db, incident, 1)
        .await
        .iter()
        .map(|it| {
            assert!(it.ends_with(" room"), "{it}");
            it.split(' ').next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(names, ["declared", "acknowledged", "mitigated", "resolved"]);
    for label in ["Declared", "Acknowledged", "Mitigated", "Resolved"] {
        let row = row(&ana, incident, label).await;
        assert!(row.contains("the room") && row.contains("<time"), "{row}");
    }
    for label in ["Impact started", "Detected", "Recovered"] {
        let row = row(&ana, incident, label).await;
        assert!(row.contains("not recorded") && !row.contains("<time"), "{row}");
    }
    // Each is told once, by the room, at the time of what set it.
    let timeline = rows::timeline(db, incident).await;
    let told: Vec<_> =
        timeline.iter().filter(|line| line.kind == "moment").map(|line| (line.body.as_str(), line.author)).collect();
    assert_eq!(told, [("Acknowledged", None), ("Mitigated", None), ("Resolved", None)]);
}

#[tokio::test]
async fn what_people_know_of_the_start_is_declared_along_with_it() {
    let server = Server::at(NOON).await;
    let ana = server.person("Ana", Role::Responder).await;
    let fields =
        [("title", "Checkout fails"), ("impact_started", "-20m"), ("detected", "12:50"), ("time_zone", "Europe/Rome")];
    assert_eq!(ana.submit("/incidents", &fields).await.status, 303);
    assert_eq!(
        moments(&server.app.db, 1, 1).await,
        ["impact_started 11:40 Ana", "detected 11:50 Ana", "declared 12:00 room"]
    );
}

#[tokio::test]
async fn a_moment_is_recorded_once_and_then_corrected_with_a_reason() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    let path = "/incidents/1/moments";

    ana.change(incident, "moments", &[("moment", "detected"), ("at", "11:30")]).await;
    let row = row(&ana, incident, "Detected").await;
    assert!(row.contains("11:30 UTC") && row.contains("Ana"), "{row}");

    let key = key();
    let without = [("moment", "detected"), ("at", "11:20"), ("key", key.as_str())];
    let reply = ana.post(path, &without).await;
    reply.assert_refused("reason", r#"value="11:20""#, &key);
    assert!(moments(db, incident, 1).await[0].contains("11:30"));

    let ben = server.person("Ben", Role::Responder).await;
    let with = [("moment", "detected"), ("at", "11:20"), ("reason", "first ticket")];
    ben.change(incident, "moments", &with).await;
    assert_eq!(moments(db, incident, 1).await[0], "detected 11:20 Ben");
    let last = rows::last(db, incident).await;
    assert_eq!((last.kind.as_str(), last.body.as_str(), last.reason.as_str()), ("moment", "Detected", "first ticket"));

    // The same time again says nothing new.
    let before = rows::timeline(db, incident).await.len();
    let same = [("moment", "detected"), ("at", "11:20")];
    ana.change(incident, "moments", &same).await;
    assert_eq!(rows::timeline(db, incident).await.len(), before);
}

#[tokio::test]
async fn the_composers_command_corrects_with_a_reason_only_too() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    assert_eq!(ana.say(incident, "/moment detected 11:30").await.status, 303);

    let silent = ana.say(incident, "/moment detected 11:20").await;
    assert_eq!(silent.status, 422);
    assert!(silent.error("body").unwrap().contains("why"));
    assert_eq!(html::text_area(&silent.body, "body"), Some("/moment detected 11:20"));
    assert_eq!(moments(db, incident, 1).await[0], "detected 11:30 Ana");

    let line = "/moment detected 11:20 the first ticket";
    assert_eq!(ana.say(incident, line).await.status, 303);
    assert_eq!(moments(db, incident, 1).await[0], "detected 11:20 Ana");
    assert_eq!(rows::last(db, incident).await.reason, "the first ticket");
}

#[tokio::test]
async fn no_moment_lies_in_the_future_whichever_way_it_is_given() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let soon = "2026-11-22T12:06:00Z";
    for (path, field, fields) in [
        ("/incidents/1/moments", "at", vec![("moment", "detected"), ("at", soon)]),
        ("/incidents/1/status", "recovered", vec![("status", "resolved"), ("recovered", soon)]),
        ("/incidents", "detected", vec![("title", "Another"), ("detected", soon)]),
        ("/incidents/1/timeline", "body", vec![("body", "/moment detected 2026-11-22T12:06:00Z")]),
    ] {
        let reply = ana.submit(path, &fields).await;
        assert_eq!(reply.status, 422, "{path}");
        let message = reply.error(field).unwrap_or_default();
        assert!(message.contains("future"), "{path}: {message}");
        assert!(reply.body.contains(soon), "{path} keeps it");
    }
    assert_eq!(moments(&server.app.db, incident, 1).await.len(), 1);

    // Clocks differ by a few minutes.
    let close = [("moment", "detected"), ("at", "2026-11-22T12:04:00Z")];
    ana.change(incident, "moments", &close).await;
}

#[tokio::test]
async fn what_is_no_moment_or_no_time_is_refused_beside_its_field() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    for (moment, at, field) in [
        ("lunch", "-5m", "moment"),
        ("", "-5m", "moment"),
        ("detected", "", "at"),
        ("detected", "soon", "at"),
        ("detected", "0001-01-01T00:00:00Z", "at"),
        ("detected", "2026-02-30 10:00", "at"),
    ] {
        let fields = [("moment", moment), ("at", at), ("reason", "kept reason")];
        let reply = ana.submit("/incidents/1/moments", &fields).await;
        assert_eq!(reply.status, 422, "{moment} {at}");
        assert!(reply.error(field).is_some(), "{moment} {at}");
        assert!(reply.body.contains("kept reason"));
    }
}

#[tokio::test]
async fn resolving_asks_for_what_is_missing_and_keeps_what_was_typed() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    ana.say(incident, "on it").await;

    let form = ana.get("/incidents/1/status?status=resolved").await.body;
    let asked: Vec<&str> =
        ["impact_started", "detected", "declared", "acknowledged", "mitigated", "recovered", "resolved"]
            .into_iter()
            .filter(|name| form.contains(&format!(r#"name="{name}""#)))
            .collect();
    assert_eq!(asked, ["impact_started", "detected", "mitigated", "recovered"]);

    let given = [("status", "resolved"), ("impact_started", "-1h"), ("mitigated", "-10m"), ("recovered", "whenever")];
    let reply = ana.submit("/incidents/1/status", &given).await;
    assert!(reply.error("recovered").is_some());
    assert_eq!(html::input(&reply.body, "impact_started"), Some("-1h"));
    assert_eq!(moments(db, incident, 1).await.len(), 2, "nothing was written");
}

#[tokio::test]
async fn what_is_given_with_the_resolution_is_recorded_and_the_rest_is_asked_for() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    ana.say(incident, "on it").await;
    let given = [("status", "resolved"), ("impact_started", "-1h"), ("mitigated", "-10m"), ("recovered", "-5m")];
    ana.change(incident, "status", &given).await;
    assert_eq!(
        moments(db, incident, 1).await,
        [
            "impact_started 11:00 Ana",
            "declared 12:00 room",
            "acknowledged 12:00 room",
            "mitigated 11:50 Ana",
            "recovered 11:55 Ana",
            "resolved 12:00 room"
        ]
    );
    // Detected is still missing: the room asks, until it is known.
    assert!(asks(&ana, incident).await);
    ana.change(incident, "moments", &[("moment", "detected"), ("at", "-50m")]).await;
    assert!(!asks(&ana, incident).await);
}

#[tokio::test]
async fn a_moment_that_was_recorded_meanwhile_is_not_overwritten_by_resolving() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let detected = [("moment", "detected"), ("at", "11:30")];
    ana.change(incident, "moments", &detected).await;

    let path = "/incidents/1/status";
    let given = [("status", "resolved"), ("detected", "11:20")];
    let reply = ana.submit(path, &given).await;
    assert_eq!(reply.status, 422);
    assert!(reply.error("detected").unwrap().contains("recorded already"));
    assert_eq!(html::input(&reply.body, "detected"), Some("11:20"));
    assert_eq!(moments(&server.app.db, incident, 1).await[0], "detected 11:30 Ana");

    let agreed = [("status", "resolved"), ("detected", "11:30")];
    assert_eq!(ana.submit(path, &agreed).await.status, 303);
}

#[tokio::test]
async fn a_form_with_a_relative_time_may_be_sent_twice() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for (what, fields) in [
        ("moments", vec![("moment", "detected"), ("at", "-10m")]),
        ("status", vec![("status", "resolved"), ("recovered", "-5m")]),
    ] {
        let key = key();
        let mut fields = fields;
        fields.push(("key", &key));
        let path = format!("/incidents/{incident}/{what}");
        assert_eq!(ana.post(&path, &fields).await.status, 303, "{what}");
        let lines = rows::timeline(&server.app.db, incident).await.len();
        assert_eq!(ana.post(&path, &fields).await.status, 303, "{what} again");
        let again = rows::timeline(&server.app.db, incident).await.len();
        assert_eq!(again, lines, "{what}");
    }
}

#[tokio::test]
async fn the_room_asks_while_it_is_over_and_not_before_nor_when_it_was_none() {
    let server = Server::start().await;
    let olga = server.person("Olga", Role::Admin).await;
    let incident = olga.declare("Checkout fails").await;
    assert!(!asks(&olga, incident).await);
    olga.change(incident, "status", &[("status", "resolved")]).await;
    assert!(asks(&olga, incident).await);
    olga.change(incident, "status", &[("status", "monitoring"), ("reason", "again")]).await;
    assert!(!asks(&olga, incident).await);

    let drill = olga.declare("A drill").await;
    olga.change(drill, "status", &[("status", "cancelled"), ("reason", "a drill")]).await;
    assert!(!asks(&olga, drill).await, "nothing happened, nothing is missing");
}

#[tokio::test]
async fn a_reopening_begins_a_new_round_and_keeps_the_old_one() {
    let server = Server::at(NOON).await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    ana.say(incident, "on it").await;
    let all = [
        ("status", "resolved"),
        ("impact_started", "-60m"),
        ("detected", "-50m"),
        ("mitigated", "-10m"),
        ("recovered", "-5m"),
    ];
    ana.change(incident, "status", &all).await;
    let first = moments(db, incident, 1).await;
    assert_eq!(first.len(), 7);

    assert_eq!(ana.say(incident, "/reopen").await.status, 422);
    assert_eq!(ana.say(incident, "/reopen it came back").await.status, 303);
    assert_eq!(moments(db, incident, 2).await, [] as [&str; 0]);
    let page = ana.get("/incidents/1/moments").await.body;
    let (now, before) = page.split_once("Round 1").expect("the old round is shown");
    assert!(now.contains("not recorded") && !now.contains("11:10 UTC"));
    assert!(before.contains("11:10 UTC"));

    ana.say(incident, "here we go again").await;
    ana.change(incident, "moments", &[("moment", "detected"), ("at", "-1m")]).await;
    let all = [("status", "resolved"), ("impact_started", "-2m"), ("mitigated", "-1m"), ("recovered", "-1m")];
    ana.change(incident, "status", &all).await;
    assert_eq!(
        moments(db, incident, 2).await,
        [
            "impact_started 11:58 Ana",
            "detected 11:59 Ana",
            "acknowledged 12:00 room",
            "mitigated 11:59 Ana",
            "recovered 11:59 Ana",
            "resolved 12:00 room"
        ]
    );
    assert_eq!(moments(db, incident, 1).await, first, "untouched");
    assert!(!asks(&ana, incident).await, "an incident is declared once: nothing is missing");
}

#[tokio::test]
async fn the_first_entry_acknowledges_once_however_many_write_first() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let replies = together((0..12).map(|index| {
        let ana = ana.clone();
        async move { ana.say(incident, &format!("first {index}")).await.status }
    }))
    .await;
    assert!(replies.iter().all(|status| *status == 303));
    let timeline = rows::timeline(&server.app.db, incident).await;
    let moments = timeline.iter().filter(|line| line.kind == "moment");
    assert_eq!(moments.count(), 1);
    assert_eq!(timeline[2].kind, "moment", "right behind the very first");
}

/// Whether the room asks for moments that are missing.
async fn asks(client: &Client, incident: i64) -> bool {
    let room = client.room(incident).await;
    html::element(&room.body, "live-ask").unwrap().contains("not recorded")
}
