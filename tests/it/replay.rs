//! The room as it stood: at every moment what was known then, and nothing else.

use second_story::terms::Role;

use crate::support::{Client, Server, html, rows};

/// What a replay shows as known, and what as recorded later.
async fn at(client: &Client, incident: i64, at: impl ToString) -> (String, String) {
    let at: String = url::form_urlencoded::byte_serialize(at.to_string().as_bytes()).collect();
    let reply = client.get(&format!("/incidents/{incident}/replay?at={at}")).await;
    assert_eq!(reply.status, 200, "{at}: {}", reply.body);
    let (known, later) = reply.body.split_once(r#"id="now""#).unwrap();
    let (later, _) = later.split_once("<aside").unwrap();
    (known.to_owned(), later.to_owned())
}

/// The entry at which a replay stands, of how many.
fn stands(known: &str) -> (i64, i64) {
    let number = |name: &str| {
        let (_, rest) = known.split_once(&format!(r#"{name}=""#)).unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    (number("data-at"), number("data-end"))
}

#[tokio::test]
async fn at_every_moment_what_stood_then_stands_and_nothing_that_came_later() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let (ana, incident) = server.room().await;
    let correct = async |seq: i64, fields: &[(&str, &str)]| {
        let path = format!("/incidents/{incident}/timeline/{seq}/corrections");
        assert_eq!(ana.submit(&path, fields).await.status, 303);
    };
    // 1 declared, 2 the note, 3 acknowledged
    ana.say(incident, "wrong-host").await;
    correct(2, &[("body", "right-host")]).await; // 4
    ana.say(incident, "the-password").await; // 5
    correct(5, &[("body", "the-password-again")]).await; // 6
    correct(2, &[("strike", "true"), ("reason", "it-was-staging")]).await; // 7
    ana.say(incident, "the-last-word").await; // 8
    let redaction = format!("/incidents/{incident}/timeline/5/redaction");
    assert_eq!(admin.submit(&redaction, &[("reason", "a secret")]).await.status, 303); // 9

    for seq in 1..=9 {
        let (known, later) = at(&ana, incident, seq).await;
        assert_eq!(stands(&known), (seq, 9));
        let page = format!("{known}{later}");
        assert!(!page.contains("the-password"), "redacted is redacted, at {seq}");
        for (text, from, to) in [
            ("wrong-host", 2, 3),
            ("right-host", 4, 9),
            ("it-was-staging", 7, 9),
            ("the-last-word", 8, 9),
            ("<del>", 7, 9),
            (">corrected<", 4, 6),
        ] {
            assert_eq!(known.contains(text), (from..=to).contains(&seq), "{text} at {seq}");
        }
        for other in 1..=9 {
            let id = format!(r#"id="e{other}""#);
            assert_eq!((known.contains(&id), later.contains(&id)), (other <= seq, other > seq), "{other} at {seq}");
        }
        // What came later is as it was first written.
        assert!(!later.contains("right-host"));
        let link =
            format!(r#"href="/incidents/{incident}/replay?at={seq}#now" aria-label="As it stood at entry {seq}""#);
        assert!(known.contains(&link));
    }
}

#[tokio::test]
async fn the_head_is_that_of_the_moment() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let shown = |known: &str| {
        let head = html::element(known, "replay-head").unwrap().to_owned();
        let (_, head) = known.split_at(known.find(&head).unwrap());
        let word =
            |name: &str| head.split_once(&format!(r#"{name}=""#)).map(|(_, rest)| rest.split('"').next().unwrap());
        let title = head.split_once("<bdi>").unwrap().1.split('<').next().unwrap();
        (title.to_owned(), word("data-severity").map(str::to_owned), word("data-status").map(str::to_owned))
    };
    let changes = [
        ("/sev 1", "Checkout fails", "sev1", "investigating"),
        ("/status identified", "Checkout fails", "sev1", "identified"),
        ("/title Payments are lost", "Payments are lost", "sev1", "identified"),
        ("/status monitoring", "Payments are lost", "sev1", "monitoring"),
        ("/sev 4", "Payments are lost", "sev4", "monitoring"),
        ("/resolve", "Payments are lost", "sev4", "resolved"),
        ("/reopen it is back", "Payments are lost", "sev4", "investigating"),
        ("/title Checkout as slow as SEV3", "Checkout as slow as SEV3", "sev4", "investigating"),
    ];
    for (line, ..) in changes {
        assert_eq!(ana.say(incident, line).await.status, 303, "{line}");
    }
    let told = |title: &str, severity: &str, status: &str| (title.into(), Some(severity.into()), Some(status.into()));
    assert_eq!(shown(&at(&ana, incident, 1).await.0), told("Checkout fails", "sev3", "investigating"));
    let timeline = rows::timeline(&server.app.db, incident).await;
    let made = timeline.iter().filter(|row| ["status", "severity", "details"].contains(&&*row.kind));
    let made: Vec<i64> = made.map(|row| row.seq).collect();
    assert_eq!(made.len(), changes.len());
    for (seq, (line, title, severity, status)) in made.into_iter().zip(changes) {
        assert_eq!(shown(&at(&ana, incident, seq).await.0), told(title, severity, status), "{line}");
    }
    // The moments, too: mitigated with monitoring, gone again with the reopening.
    let mitigated = async |seq: i64| {
        let page = ana.get(&format!("/incidents/{incident}/replay?at={seq}")).await.body;
        let (_, row) = page.split_once("<dt>Mitigated</dt>").unwrap();
        row.split_once("</div>").unwrap().0.contains("<time")
    };
    let seq_of = |body: &str| timeline.iter().find(|row| row.body == body).unwrap().seq;
    assert!(!mitigated(seq_of("Mitigated") - 1).await);
    assert!(mitigated(seq_of("Mitigated")).await);
    assert!(!mitigated(seq_of("Resolved → Investigating")).await);
}

#[tokio::test]
async fn a_moment_is_an_entry_or_a_time() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    // Four entries, ten minutes apart, the last at noon of a day long ago.
    sqlx::query(
        "with head as (update timeline_heads set seq = 5 where incident = $1)
         insert into entries (incident, seq, kind, body, occurred_at, recorded_at, source)
         select $1, 1 + n, 'note', 'line ' || n, at, at, 'person'
         from generate_series(1, 4) n, lateral (select timestamptz '2020-05-04 11:20Z' + n * interval '10 min' as at) t",
    )
    .bind(incident)
    .execute(&server.app.db)
    .await
    .unwrap();
    for (typed, entry) in [
        ("", 1),
        ("3", 3),
        ("#3", 3),
        ("0", 1),
        ("-4", 1),
        ("999999999", 5),
        ("11:40", 3),
        ("11:49", 3),
        ("-10m", 4),
        ("2020-05-04 11:51", 4),
        ("2020-05-04T11:30:00Z", 2),
        ("2019-01-01 00:00", 1),
        ("2020-05-05 09:00", 5),
    ] {
        assert_eq!(stands(&at(&ana, incident, typed).await.0), (entry, 5), "{typed}");
    }
    for typed in ["half past", "25:00", "2999-01-01 00:00", "99999999999999999999"] {
        let reply = ana.get(&format!("/incidents/{incident}/replay?at={}", typed.replace(' ', "+"))).await;
        assert_eq!(reply.status, 422, "{typed}");
        assert!(reply.error("at").is_some() && reply.body.contains(&format!(r#"value="{typed}""#)), "{typed}");
    }
}

#[tokio::test]
async fn one_entry_is_a_timeline_and_ten_thousand_are_a_window() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let (known, later) = at(&ana, incident, 1).await;
    assert_eq!(stands(&known), (1, 1));
    assert!(later.contains("Nothing was recorded after this") && !known.contains("replay-on"));
    sqlx::query(
        "with head as (update timeline_heads set seq = 10000 where incident = $1)
         insert into entries (incident, seq, kind, body, occurred_at, recorded_at, source)
         select $1, n, 'note', 'line ' || n, now(), now(), 'person' from generate_series(2, 10000) n",
    )
    .bind(incident)
    .execute(&server.app.db)
    .await
    .unwrap();
    let (known, later) = at(&ana, incident, 5000).await;
    let entries = |html: &str| html.matches(r#"<li id="e"#).count();
    assert_eq!((stands(&known), entries(&known), entries(&later)), ((5000, 10000), 50, 10));
    assert!(known.contains("line 5000<") && !known.contains("line 5001<") && later.contains("line 5001<"));
    assert!(known.contains("replay?at=4950#now"), "the way to what came before");
    assert_eq!(ana.get("/incidents/4711/replay").await.status, 404);
}
