//! The view, live: on every server, and for whoever comes back.

use second_story::terms::Role;

use super::{Shared, view_with};
use crate::support::Server;

#[tokio::test]
async fn what_is_said_on_one_server_is_seen_on_the_other() {
    let here = Server::start().await;
    let there = Server::on(here.app.db.clone()).await;
    let shared = Shared::on(here).await;
    let mut stream = there.anybody().events(&format!("/s/{}/events", shared.token), None).await;
    assert!(stream.next_named("view").await.unwrap().data.contains("None yet"));
    shared.does("updates", &[("audience", "leadership"), ("situation", "We roll back.")]).await;
    view_with(&mut stream, "We roll back.").await;
    shared.does("severity", &[("severity", "sev1")]).await;
    view_with(&mut stream, "SEV1").await;
    shared.does("status", &[("status", "resolved")]).await;
    let over = view_with(&mut stream, "Resolved").await;
    assert!(!over.contains("Next update"), "{over}");
}

#[tokio::test]
async fn a_page_shows_no_less_than_what_was_written_before_it_was_asked_for() {
    let shared = Shared::incident().await;
    let there = Server::on(shared.server.app.db.clone()).await;
    for round in 0..20 {
        let text = format!("situation {round}.");
        shared.does("updates", &[("audience", "leadership"), ("situation", &text)]).await;
        let page = there.anybody().get(&format!("/s/{}", shared.token)).await.body;
        assert!(page.contains(&text), "{round}");
    }
}

#[tokio::test]
async fn a_stream_holds_no_timeline() {
    let shared = Shared::incident().await;
    let mut stream = shared.events().await;
    shared.ana.say(shared.incident, "a note of the room").await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "We roll back.")]).await;
    loop {
        let event = stream.next().await.unwrap();
        assert!(["view", "ping"].contains(&event.name.as_str()), "{event:?}");
        assert!(event.id.is_none() && !event.data.contains("note of the room"), "{event:?}");
        if event.data.contains("We roll back.") {
            break;
        }
    }
}

#[tokio::test]
async fn what_all_incidents_share_is_renewed_on_open_screens_and_new_ones() {
    let shared = Shared::incident().await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "Yuki is on the phone.")]).await;
    let mut stream = shared.events().await;
    view_with(&mut stream, "Yuki is on the phone.").await;
    shared.person("Yuki", Role::Responder).await;
    let first = shared.events().await.next_named("view").await.unwrap().data;
    assert!(!first.contains("Yuki"), "a new screen: {first}");
    assert!(!view_with(&mut stream, " is on the phone.").await.contains("Yuki"), "an open one");
}
