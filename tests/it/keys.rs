//! Client keys: sent twice, written once.

use second_story::{terms::Role, timeline::key};

use crate::support::{Client, Server, html, key as fresh, rows, together};

/// The texts of the notes in a room.
async fn notes(server: &Server, incident: i64) -> Vec<String> {
    let timeline = rows::timeline(&server.app.db, incident).await;
    let notes = timeline.into_iter().filter(|line| line.kind == "note");
    notes.map(|line| line.body).collect()
}

#[tokio::test]
async fn the_same_line_under_the_same_key_is_written_once_however_often_it_is_sent() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let second = Server::on(server.app.db.clone()).await;
    let there = Client::new(&second.url, None, ana.cookie());
    let key = fresh();
    let path = format!("/incidents/{incident}/timeline");

    let replies = together((0..20).map(|index| {
        let who = if index % 2 == 0 { ana.clone() } else { there.clone() };
        let (path, key) = (path.clone(), key.clone());
        async move {
            let fields = [("body", "-10m restarted db-3"), ("key", key.as_str())];
            who.post(&path, &fields).await
        }
    }))
    .await;

    for reply in &replies {
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert_eq!(reply.location(), replies[0].location());
    }
    assert_eq!(notes(&server, incident).await, ["restarted db-3"]);
    rows::assert_sound(&rows::timeline(&server.app.db, incident).await);
}

#[tokio::test]
async fn every_form_of_a_room_writes_once_under_one_key() {
    let server = Server::start().await;
    let olga = server.person("Olga", Role::Admin).await;
    let incident = olga.declare("Checkout fails").await;
    olga.say(incident, "a line").await;
    for (what, fields) in [
        ("severity", vec![("severity", "sev1")]),
        ("details", vec![("title", "Payments fail")]),
        ("links", vec![("kind", "call"), ("url", "https://x.example.org")]),
        ("moments", vec![("moment", "detected"), ("at", "-10m")]),
        ("timeline", vec![("body", "/sev 2 better")]),
        ("timeline", vec![("body", "/moment recovered -1m")]),
        ("timeline", vec![("body", "/title Cards fail")]),
        ("timeline/2/corrections", vec![("body", "another line"), ("occurred_at", "-3m")]),
        ("timeline/2/corrections", vec![("strike", "true"), ("reason", "not so")]),
        ("timeline/2/redaction", vec![("reason", "a password")]),
        ("status", vec![("status", "resolved"), ("mitigated", "-5m")]),
        ("status", vec![("status", "monitoring"), ("reason", "again")]),
    ] {
        let path = format!("/incidents/{incident}/{what}");
        let key = fresh();
        let mut fields = fields;
        fields.push(("key", &key));
        let first = olga.post(&path, &fields).await;
        assert_eq!(first.status, 303, "{fields:?}: {}", first.body);
        let written = rows::timeline(&server.app.db, incident).await.len();
        let again = olga.post(&path, &fields).await;
        assert_eq!((again.status, again.location()), (first.status, first.location()), "{fields:?}: {}", again.body);
        let after = rows::timeline(&server.app.db, incident).await.len();
        assert_eq!(after, written, "{fields:?}");
    }
}

#[tokio::test]
async fn another_text_under_a_used_key_is_refused_kept_and_sent_again_under_a_fresh_one() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let path = format!("/incidents/{incident}/timeline");
    let key = fresh();
    let first = [("body", "one"), ("key", key.as_str())];
    assert_eq!(ana.post(&path, &first).await.status, 303);

    let other = [("body", "two"), ("kind", "action"), ("key", key.as_str())];
    let reply = ana.post(&path, &other).await;
    reply.assert_refused("body", ">two</textarea>", &key);
    assert!(reply.body.contains(r#"value="action" data-prompt="What did you do?" checked"#));
    let next = html::input(&reply.body, "key").unwrap();
    let again = [("body", "two"), ("key", next)];
    assert_eq!(ana.post(&path, &again).await.status, 303);
    assert_eq!(notes(&server, incident).await, ["one", "two"]);

    // The same words elsewhere are another write, too.
    let elsewhere = ana.declare("Search is slow").await;
    let path = format!("/incidents/{elsewhere}/timeline");
    assert_eq!(ana.post(&path, &first).await.status, 422);
}

#[tokio::test]
async fn a_refused_write_does_not_use_its_key_up() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let key = fresh();
    let same = [("severity", "sev3"), ("key", key.as_str())];
    assert_eq!(ana.post("/incidents/1/severity", &same).await.status, 422);
    let other = [("severity", "sev2"), ("key", key.as_str())];
    assert_eq!(ana.post("/incidents/1/severity", &other).await.status, 303);
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 2);
}

#[tokio::test]
async fn another_persons_same_key_is_their_own() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben", Role::Responder).await;
    let path = format!("/incidents/{incident}/timeline");
    let key = fresh();
    for (who, body) in [(&ana, "from Ana"), (&ben, "from Ben")] {
        let fields = [("body", body), ("key", key.as_str())];
        assert_eq!(who.post(&path, &fields).await.status, 303);
    }
    assert_eq!(notes(&server, incident).await, ["from Ana", "from Ben"]);
}

#[tokio::test]
async fn a_key_is_remembered_for_seven_days_and_then_forgotten() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    let path = format!("/incidents/{incident}/timeline");
    let key = fresh();
    let fields = [("body", "a line"), ("key", key.as_str())];
    ana.post(&path, &fields).await;
    let age = async |age: &str| {
        sqlx::query("update client_keys set created_at = now() - $1::interval").bind(age).execute(db).await.unwrap();
        key::sweep(db).await.unwrap();
        ana.post(&path, &fields).await;
        notes(&server, incident).await.len()
    };
    assert_eq!(age("7 days - 1 minute").await, 1);
    assert_eq!(age("7 days 1 minute").await, 2);
}

#[tokio::test]
async fn a_key_that_is_none_of_ours_is_no_key() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let path = format!("/incidents/{incident}/timeline");
    let long = "k".repeat(100_000);
    let odd = ["", "not a key", "'; drop table client_keys; --", "\0", &long];
    for key in odd {
        let reply = ana.post(&path, &[("body", "a line"), ("key", key)]).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
    }
    assert_eq!(notes(&server, incident).await.len(), odd.len());
}
