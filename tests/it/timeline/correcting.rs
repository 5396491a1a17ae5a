//! Corrections and strikes: what stands, and what stood before.

use second_story::terms::Role;

use super::{amend, at, write};
use crate::support::{Server, html, key, rows};

#[tokio::test]
async fn a_correction_of_text_and_time_stands_marked_and_its_history_is_kept() {
    let server = Server::at("2026-11-22T12:00:00Z").await;
    let (ana, incident) = server.room().await;
    let seq = write(&server, &ana, incident, "restarted db-2").await;
    let path = format!("{seq}/corrections");
    let form = ana.get(&format!("/incidents/1/timeline/{path}")).await.body;
    assert_eq!(html::text_area(&form, "body"), Some("restarted db-2"));

    let text = [("body", "restarted db-3"), ("reason", "mistyped")];
    let reply = amend(&ana, &path, &text).await;
    assert_eq!(reply.location(), format!("/incidents/1#e{seq}"));
    let time = [("body", "restarted db-3"), ("occurred_at", "11:40")];
    assert_eq!(amend(&ana, &path, &time).await.status, 303);

    let room = ana.room(incident).await.body;
    let entry = html::entry(&room, seq);
    assert!(entry.contains("restarted db-3") && !entry.contains("db-2"));
    assert!(entry.contains(">corrected</a>") && entry.contains("22 Nov 11:40 UTC"));
    assert!(entry.contains("entry late"), "as it now stands");
    let history = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
    let (_, history) = history.split_once(r#"<ol class="history">"#).unwrap();
    for kept in ["restarted db-2", "restarted db-3", "mistyped", "11:40 UTC", "#e4", "#e5"] {
        assert!(history.contains(kept), "{kept} in {history}");
    }
    let timeline = rows::timeline(&server.app.db, incident).await;
    assert_eq!(timeline[1].body, "restarted db-2", "nothing is overwritten");
    let corrections: Vec<_> =
        timeline[3..].iter().map(|it| (it.kind.as_str(), it.corrects, it.body.as_str(), at(it.occurred_at))).collect();
    assert_eq!(
        corrections,
        [
            ("correction", Some(seq), "restarted db-3", "11-22 12:00:00".into()),
            ("correction", Some(seq), "restarted db-3", "11-22 11:40:00".into()),
        ]
    );
}

#[tokio::test]
async fn striking_out_wants_a_reason_and_restoring_brings_the_text_back() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let seq = write(&server, &ana, incident, "the cache is to blame").await;
    let path = format!("{seq}/corrections");

    let key = key();
    let silent = [("body", "typed and kept"), ("strike", "true"), ("key", key.as_str())];
    let full = format!("/incidents/1/timeline/{path}");
    let reply = ana.post(&full, &silent).await;
    reply.assert_refused("reason", "typed and kept", &key);

    let strike = [("body", ""), ("strike", "true"), ("reason", "it was not")];
    assert_eq!(amend(&ana, &path, &strike).await.status, 303);
    let room = ana.room(incident).await.body;
    let entry = html::entry(&room, seq);
    assert!(entry.contains("struck") && entry.contains("<del><p>the cache is to blame"));
    assert!(entry.contains("it was not"));
    let again = amend(&ana, &path, &strike).await;
    assert_eq!(again.status, 422, "struck out already");

    let page = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
    assert!(page.contains("Restore or correct"));
    let restore = [("body", "the cache is to blame")];
    assert_eq!(amend(&ana, &path, &restore).await.status, 303);
    let room = ana.room(incident).await.body;
    let entry = html::entry(&room, seq);
    assert!(!entry.contains("struck") && entry.contains(">corrected</a>"));
    let history = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
    assert!(history.contains("Struck out") && history.contains("it was not"));
}

#[tokio::test]
async fn what_changes_nothing_or_cannot_stand_is_refused_and_kept() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let seq = write(&server, &ana, incident, "a\nb").await;
    let path = format!("{seq}/corrections");
    for (fields, field) in [
        (vec![("body", "a\nb"), ("reason", "kept words")], "body"),
        // Browsers send CRLF.
        (vec![("body", "a\r\nb"), ("reason", "kept words")], "body"),
        (vec![("body", " "), ("reason", "kept words")], "body"),
        (vec![("body", "a\0b"), ("reason", "kept words")], "body"),
        (vec![("body", "kept words"), ("occurred_at", "soon")], "occurred_at"),
        (vec![("body", "kept words"), ("occurred_at", "2999-01-01 10:00")], "occurred_at"),
        (vec![("body", "kept words"), ("reason", "a\0b")], "reason"),
    ] {
        let reply = amend(&ana, &path, &fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        assert!(reply.error(field).is_some(), "{fields:?}: {}", reply.body);
        assert!(reply.body.contains("kept words"), "{fields:?}");
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
}

#[tokio::test]
async fn one_corrects_ones_own_admins_any_and_nobody_what_the_room_recorded() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben", Role::Responder).await;
    let olga = server.person("Olga", Role::Admin).await;
    let seq = write(&server, &ana, incident, "Ana's line").await;
    let path = format!("{seq}/corrections");
    let full = format!("/incidents/1/timeline/{path}");

    assert_eq!(ben.get(&full).await.status, 403);
    assert_eq!(amend(&ben, &path, &[("body", "Ben's")]).await.status, 403);
    let strike = [("strike", "true"), ("reason", "no")];
    assert_eq!(amend(&ben, &path, &strike).await.status, 403);
    assert!(!ben.get(&format!("/incidents/1/timeline/{seq}")).await.body.contains("strike out"));
    assert_eq!(amend(&olga, &path, &[("body", "Olga's")]).await.status, 303);
    assert_eq!(amend(&ana, &path, &[("body", "Ana's again")]).await.status, 303);

    // The declaration, the moment, and the corrections themselves.
    for system in [1, 3, 4] {
        let path = format!("{system}/corrections");
        for who in [&ana, &olga] {
            assert_eq!(amend(who, &path, &[("body", "x")]).await.status, 403, "{system}");
        }
    }
    assert_eq!(amend(&ana, "99/corrections", &[("body", "x")]).await.status, 404);
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 5);
}

#[tokio::test]
async fn a_change_of_the_time_and_one_of_the_text_at_once_both_stand() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    for index in 0..8 {
        let seq = write(&server, &ana, incident, &format!("line {index}")).await;
        let path = format!("{seq}/corrections");
        let (other, there) = (olga.clone(), path.clone());
        let text = tokio::spawn(async move { amend(&other, &there, &[("body", "better words")]).await.status });
        let line = format!("line {index}");
        let was = [("body", line.as_str()), ("body_was", line.as_str()), ("occurred_at", "-30m")];
        assert_eq!(amend(&ana, &path, &was).await.status, 303);
        assert_eq!(text.await.unwrap(), 303);
        let room = ana.room(incident).await.body;
        let entry = html::entry(&room, seq);
        assert!(entry.contains("better words"), "{entry}");
        assert!(entry.contains("entry late"), "{entry}");
    }
}

#[tokio::test]
async fn a_strike_keeps_the_words_that_stood_when_it_was_made() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    for index in 0..8 {
        let seq = write(&server, &ana, incident, &format!("line {index}")).await;
        let path = format!("{seq}/corrections");
        let (other, there) = (olga.clone(), path.clone());
        let text = tokio::spawn(async move { amend(&other, &there, &[("body", "better words")]).await.status });
        let strike = [("strike", "true"), ("reason", "no")];
        assert_eq!(amend(&ana, &path, &strike).await.status, 303);
        assert_eq!(text.await.unwrap(), 303);
        let lines = rows::timeline(&server.app.db, incident).await;
        let later: Vec<_> =
            lines.iter().filter(|it| it.corrects == Some(seq)).map(|it| (it.strikes, it.body.clone())).collect();
        let line = format!("line {index}");
        let better = "better words".to_owned();
        let orders = [vec![(true, line), (false, better.clone())], vec![(false, better.clone()), (true, better)]];
        assert!(orders.contains(&later), "{later:?}");
    }
}
