//! The links of a room: people are pulled onto a call.

use second_story::terms::Role;

use crate::support::{Server, html, key, rows};

const CALL: &str = "https://meet.example.org/bridge?a=1&b=2";

#[tokio::test]
async fn a_link_appears_in_the_bar_of_the_room_and_in_the_panels_of_its_stream() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let path = format!("/incidents/{incident}/events?after=1");
    let mut events = ana.events(&path, None).await;

    let link = [("kind", "call"), ("label", "Bridge <1>"), ("url", CALL)];
    ana.change(incident, "links", &link).await;

    let panels = events.panels_with("Bridge").await;
    let bar = html::element(&ana.room(incident).await.body, "live-links").unwrap().to_owned();
    assert_eq!(html::element(&panels, "live-links"), Some(bar.as_str()));
    assert!(bar.contains(r#"class="join""#), "{bar}");
    assert!(bar.contains(r#"href="https://meet.example.org/bridge?a=1&#38;b=2""#));
    assert!(bar.contains(r#"rel="noopener noreferrer""#));
    assert!(bar.contains("<bdi>Bridge &#60;1&#62;</bdi>"));
    assert!(html::element(&panels, "live-call").unwrap().contains("meet.example.org"));
    let last = rows::last(&server.app.db, incident).await;
    assert_eq!((last.kind.as_str(), last.body.as_str()), ("link", "added the call “Bridge <1>”"));
}

#[tokio::test]
async fn a_link_without_a_label_is_called_what_it_is() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for (kind, label) in [("runbook", "Runbook"), ("dashboard", "Dashboard"), ("chat", "Chat"), ("call", "Call")] {
        let link = [("kind", kind), ("label", "  "), ("url", CALL)];
        ana.change(incident, "links", &link).await;
        let room = ana.room(incident).await.body;
        let bar = html::element(&room, "live-links").unwrap();
        assert!(bar.contains(&format!("<bdi>{label}</bdi>")), "{bar}");
    }
    let room = ana.room(incident).await.body;
    let bar = html::element(&room, "live-links").unwrap();
    let first = bar.split("<bdi>").nth(1).unwrap();
    assert!(first.starts_with("Call"), "calls come first: {bar}");
}

#[tokio::test]
async fn the_composer_adds_links_too() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let line = format!("/link call {CALL} Bridge one");
    assert_eq!(ana.say(incident, &line).await.status, 303);
    let room = ana.room(incident).await.body;
    assert!(html::element(&room, "live-links").unwrap().contains("Bridge one"));
    for bad in ["/link call javascript:alert(1)", "/link door https://x.org", "/link"] {
        let reply = ana.say(incident, bad).await;
        assert!(reply.error("body").unwrap().contains("/link"), "{bad}");
        assert_eq!(html::text_area(&reply.body, "body"), Some(bad));
    }
}

#[tokio::test]
async fn only_addresses_of_the_web_are_links() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let long = format!("https://x.org/{}", "a".repeat(2_000));
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example.org",
        "/incidents/2",
        "meet.example.org",
        "https://",
        "https:\n//x.org",
        "",
        &long,
    ] {
        let key = key();
        let fields = [("kind", "call"), ("label", "kept label"), ("url", url), ("key", &key)];
        let reply = ana.post("/incidents/1/links", &fields).await;
        reply.assert_refused("url", "kept label", &key);
    }
    let fields = [("kind", "door"), ("url", CALL)];
    let reply = ana.submit("/incidents/1/links", &fields).await;
    assert!(reply.error("kind").is_some());
    let many = "l".repeat(81);
    let fields = [("kind", "call"), ("url", CALL), ("label", &many)];
    let reply = ana.submit("/incidents/1/links", &fields).await;
    assert!(reply.error("label").is_some());
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);
    assert_eq!(rows::count(&server.app.db, "select count(*) from incident_links").await, 0);
}

#[tokio::test]
async fn a_link_is_removed_once_and_only_from_its_own_room() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let other = ana.declare("Search is slow").await;
    let link = [("kind", "chat"), ("label", "War room"), ("url", CALL)];
    ana.change(incident, "links", &link).await;
    let page = ana.get("/incidents/1/links").await.body;
    let (_, rest) = page.split_once(r#"action="/incidents/1/links/"#).unwrap();
    let id = rest.split('/').next().unwrap().to_owned();
    let vera = server.person("Vera", Role::Viewer).await;

    let elsewhere = format!("/incidents/{other}/links/{id}/remove");
    ana.post(&elsewhere, &[]).await;
    let path = format!("/incidents/{incident}/links/{id}/remove");
    assert_eq!(vera.post(&path, &[]).await.status, 403);
    let stays = ana.room(incident).await.body;
    assert!(stays.contains("War room"));

    assert_eq!(ana.post(&path, &[]).await.status, 303);
    assert_eq!(ana.post(&path, &[]).await.status, 303, "gone is gone");
    let room = ana.room(incident).await.body;
    assert!(!html::element(&room, "live-links").unwrap().contains("War room"));
    let timeline = rows::timeline(&server.app.db, incident).await;
    let told: Vec<&str> = timeline[1..].iter().map(|line| line.body.as_str()).collect();
    assert_eq!(told, ["added the chat “War room”", "removed the chat “War room”"]);
    assert_eq!(rows::timeline(&server.app.db, other).await.len(), 1);
}
