//! Pins: what all keep in sight.

use reqwest::{Method, StatusCode};
use second_story::terms::{Role, Scope};

use super::write;
use crate::support::{Program, Server, html, program::read, rows};

#[tokio::test]
async fn a_pin_shows_beside_the_timeline_until_it_is_taken_off() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let seq = write(&server, &ana, incident, "**Do not** restart `db-3`").await;
    let mut watching = ana.events("/incidents/1/events?after=3", None).await;
    let mut beside = ana.events("/incidents/1/events?after=3", None).await;
    let path = format!("/incidents/1/timeline/{seq}");
    assert_eq!(ana.submit(&format!("{path}/pin"), &[]).await.location(), format!("/incidents/1#e{seq}"));

    let sent = watching.next_named("entry").await.unwrap().data;
    assert!(html::entry(&sent, seq).contains("</svg>pinned</span>"), "the pinned entry comes along: {sent}");
    let panels = beside.panels_with("Do not restart db-3").await;
    assert!(html::element(&panels, "live-pinned").unwrap().contains("Do not restart db-3"), "{panels}");
    let room = ana.room(incident).await.body;
    assert!(html::element(&room, "live-pinned").unwrap().contains("Do not restart db-3"));
    assert!(html::entry(&room, seq).contains("/unpin"));

    // Once more is nothing new; taken off, it is gone.
    ana.submit(&format!("{path}/pin"), &[]).await;
    ana.submit(&format!("{path}/unpin"), &[]).await;
    ana.submit(&format!("{path}/unpin"), &[]).await;
    let room = ana.room(incident).await.body;
    assert!(html::element(&room, "live-pinned").unwrap().contains("Nothing pinned"));
    let timeline = rows::timeline(&server.app.db, incident).await;
    let pins: Vec<_> =
        timeline.iter().filter(|it| it.kind == "pin").map(|it| (it.body.as_str(), it.corrects)).collect();
    assert_eq!(pins, [("pinned", Some(seq)), ("unpinned", Some(seq))]);
    rows::assert_sound(&timeline);
}

#[tokio::test]
async fn what_is_pinned_reads_as_it_stands_and_what_was_taken_out_is_not_said() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mara = server.person("Mara", Role::Admin).await;
    let seq = write(&server, &ana, incident, "password is hunter2").await;
    let path = format!("/incidents/1/timeline/{seq}");
    ana.submit(&format!("{path}/pin"), &[]).await;
    ana.submit(&format!("{path}/corrections"), &[("body", "password is changed")]).await;
    let pinned = async || html::element(&ana.room(incident).await.body, "live-pinned").unwrap().to_owned();
    assert!(pinned().await.contains("password is changed"));
    mara.submit(&format!("{path}/redaction"), &[("reason", "a password")]).await;
    let left = pinned().await;
    assert!(left.contains("(redacted)") && !left.contains("password"), "{left}");
    let other = write(&server, &ana, incident, "another").await;
    mara.submit(&format!("/incidents/1/timeline/{other}/redaction"), &[("reason", "x")]).await;
    assert_eq!(ana.submit(&format!("/incidents/1/timeline/{other}/pin"), &[]).await.status, 400);
}

#[tokio::test]
async fn viewers_pin_nothing_and_programs_do() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let seq = write(&server, &ana, incident, "keep this").await;
    let vera = server.person("Vera", Role::Viewer).await;
    assert_eq!(vera.submit(&format!("/incidents/1/timeline/{seq}/pin"), &[]).await.status, 403);
    let program = Program::of(&server, &ana, Scope::Write).await;
    for (method, pinned) in [(Method::PUT, true), (Method::PUT, true), (Method::DELETE, false)] {
        let request = program.request(method, &format!("/incidents/1/timeline/{seq}/pin"));
        let (status, entry) = read(request).await;
        assert_eq!((status, &entry["pinned"]), (StatusCode::OK, &pinned.into()));
    }
    let missing = read(program.request(Method::PUT, "/incidents/1/timeline/99/pin")).await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
}
