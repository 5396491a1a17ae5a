//! What is written: kinds, commands, and what cannot be taken.

use second_story::terms::{Kind, Role};

use super::{compose, write};
use crate::support::{Server, html, key, rows};

#[tokio::test]
async fn each_of_the_seven_kinds_is_a_button_and_a_command() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let commands = ["note", "action", "effect", "expect", "assume", "theory", "decide"];
    for (kind, command) in Kind::TYPED.iter().zip(commands) {
        for fields in [
            vec![("kind", kind.word()), ("body", "a line")],
            vec![("body", &*format!("/{command} a line"))],
            vec![("kind", "note"), ("body", &*format!("/{} a line", kind.word()))],
        ] {
            let seq = rows::timeline(&server.app.db, incident).await.len();
            assert_eq!(compose(&ana, incident, &fields).await.status, 303);
            let line = &rows::timeline(&server.app.db, incident).await[seq];
            assert_eq!((line.kind.as_str(), line.body.as_str()), (kind.word(), "a line"), "{fields:?}");
            let room = ana.room(incident).await.body;
            let shown = html::entry(&room, line.seq);
            assert!(shown.contains(&format!(r#"data-kind="{}""#, kind.word())));
            assert!(shown.contains("<p>a line</p>") && shown.contains("<bdi>Ana</bdi>"));
        }
    }
    let room = ana.room(incident).await.body;
    for kind in Kind::TYPED {
        let button = format!(r#"name="kind" value="{}""#, kind.word());
        assert!(room.contains(&button), "{button}");
    }
}

#[tokio::test]
async fn only_a_known_command_at_the_start_is_one() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for line in ["/var/log is full", "/shrug no idea", "/sevens", "see /sev 1", "10:1 odds", "/", "//note x"] {
        let seq = write(&server, &ana, incident, line).await;
        let stored = &rows::timeline(&server.app.db, incident).await;
        let stored = stored.iter().find(|it| it.seq == seq).unwrap();
        assert_eq!((stored.kind.as_str(), stored.body.as_str()), ("note", line));
    }
}

#[tokio::test]
async fn a_known_command_that_cannot_be_read_keeps_the_text_and_says_why() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for line in [
        "/sev",
        "/sev 6",
        "/sev 3",
        "/status fine",
        "/status investigating",
        "/status triage",
        "/moment lunch 12:00",
        "/moment detected soon",
        "/link call not-an-address",
        "/title",
        "/note",
        "/reopen it is open",
        "14:05",
        "/effect -10m",
    ] {
        let key = key();
        let fields = [("body", line), ("key", key.as_str())];
        let reply = ana.post("/incidents/1/timeline", &fields).await;
        let kept = format!(">{line}</textarea>");
        reply.assert_refused("body", &kept, &key);
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);
}

#[tokio::test]
async fn what_no_entry_can_be_is_refused_and_kept() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let long = "x".repeat(20_001);
    for fields in [
        vec![("body", "")],
        vec![("body", " \n ")],
        vec![("body", "a\0b")],
        vec![("body", &*long)],
        vec![("body", "kept"), ("kind", "status")],
        vec![("body", "kept"), ("kind", "redacted")],
        vec![("body", "kept"), ("kind", "nonsense")],
        vec![("body", "kept"), ("occurred_at", "soon")],
        vec![("body", "kept"), ("occurred_at", "2999-01-01T00:00:00Z")],
        vec![("body", "2999-01-01 10:00 kept")],
    ] {
        let reply = compose(&ana, incident, &fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        assert!(reply.error("body").is_some(), "{fields:?}: {}", reply.body);
        assert!(reply.body.contains(fields[0].1), "{fields:?}");
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);

    let longest = "ä".repeat(20_000);
    assert_eq!(ana.say(incident, &longest).await.status, 303);
}

#[tokio::test]
async fn odd_text_is_kept_to_the_letter_and_shown_as_text() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for line in ["\u{202e}abc \u{2066}x", "<script>alert(1)</script>", "tabs\tand\r\nlines", "emoji 👩‍🚒 and e\u{301}"]
    {
        let seq = write(&server, &ana, incident, line).await;
        let stored = rows::timeline(&server.app.db, incident).await;
        let stored = stored.iter().find(|it| it.seq == seq).unwrap();
        assert_eq!(stored.body, line.replace("\r\n", "\n"));
    }
    let room = ana.room(incident).await.body;
    assert!(!room.contains("<script>alert"));
}

#[tokio::test]
async fn viewers_read_and_cannot_write_at_all() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let vera = server.person("Vera", Role::Viewer).await;
    let seq = write(&server, &ana, incident, "a line").await;
    for (path, fields) in [
        ("timeline".to_owned(), vec![("body", "mine")]),
        (format!("timeline/{seq}/corrections"), vec![("body", "mine")]),
        (format!("timeline/{seq}/redaction"), vec![("reason", "mine")]),
        ("status".into(), vec![("status", "resolved")]),
        ("severity".into(), vec![("severity", "sev1")]),
        ("moments".into(), vec![("moment", "detected"), ("at", "-1m")]),
        ("details".into(), vec![("title", "mine")]),
        ("links".into(), vec![("kind", "call"), ("url", "https://x.org")]),
    ] {
        let path = format!("/incidents/{incident}/{path}");
        assert_eq!(vera.submit(&path, &fields).await.status, 403, "{path}");
        assert_eq!(vera.get(&path).await.status, 403, "{path}");
    }
    let room = vera.room(incident).await;
    assert_eq!(room.status, 200);
    assert!(room.body.contains("a line") && !room.body.contains("<textarea"));
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
}
