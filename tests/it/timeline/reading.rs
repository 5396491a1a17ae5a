//! Filters, orders, pages, and the page of an entry.

use second_story::terms::Role;

use super::{amend, write};
use crate::support::{Server, html, rows};

#[tokio::test]
async fn a_timeline_is_filtered_by_kind_and_by_person() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben", Role::Responder).await;
    let action = write(&server, &ana, incident, "/action restarted").await;
    let theory = write(&server, &ben, incident, "/theory the cache").await;
    let bens = write(&server, &ben, incident, "/action rolled back").await;
    ben.change(incident, "severity", &[("severity", "sev2")]).await;
    let id = ben.person.as_ref().unwrap().id;
    let all: Vec<i64> = (1..=6).collect();
    for (query, expected) in [
        (String::new(), all.clone()),
        ("kind=typed".into(), vec![action, theory, bens]),
        ("kind=action".into(), vec![action, bens]),
        ("kind=severity".into(), vec![6]),
        ("kind=decision".into(), vec![]),
        (format!("person={id}"), vec![theory, bens, 6]),
        (format!("person={id}&kind=action"), vec![bens]),
        ("kind=&person=&order=".into(), all.clone()),
    ] {
        let page = ana.get(&format!("/incidents/{incident}?{query}")).await;
        assert_eq!(html::seqs(&page.body), expected, "{query}");
        assert_eq!(page.body.contains("No entry matches"), expected.is_empty());
        assert!(page.body.contains(r#"data-after="6""#), "the stream goes on");
    }
    // A kind that the page does not know is none of its filters.
    let page = ana.get(&format!("/incidents/{incident}?kind=nonsense&person=x")).await;
    assert_eq!(html::seqs(&page.body), all);
}

#[tokio::test]
async fn the_room_goes_by_seq_and_as_it_happened_by_when_it_did() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let late = write(&server, &ana, incident, "-10m the oldest").await;
    let last = write(&server, &ana, incident, "-5m not so old").await;
    let middle = write(&server, &ana, incident, "-7m in between").await;
    let path = format!("{last}/corrections");
    let earlier = [("body", "older than all"), ("occurred_at", "-30m")];
    assert_eq!(amend(&ana, &path, &earlier).await.status, 303);
    let room = ana.room(incident).await.body;
    assert!(html::seqs(&room).is_sorted());

    let path = format!("/incidents/{incident}?order=happened");
    let page = ana.get(&path).await.body;
    assert_eq!(html::seqs(&page), [last, late, middle, 1, 3, 6]);
    let shown: Vec<&str> = page
        .split(r#"<li id="e"#)
        .skip(1)
        .map(|entry| {
            let (_, time) = entry.split_once(r#"datetime=""#).unwrap();
            time.split_once('"').unwrap().0
        })
        .collect();
    assert!(shown.is_sorted(), "the times shown are in order: {shown:?}");
}

#[tokio::test]
async fn paging_to_earlier_entries_shows_each_of_450_exactly_once() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for index in 3..450 {
        assert_eq!(ana.say(incident, &format!("line {index}")).await.status, 303);
    }
    let head = rows::last(&server.app.db, incident).await.seq;
    assert_eq!(head, 449);
    let mut seen = Vec::new();
    let mut next = Some(String::new());
    while let Some(query) = next {
        let page = ana.get(&format!("/incidents/{incident}{query}")).await.body;
        let mut shown = html::seqs(&page);
        assert!(shown.is_sorted() && !shown.is_empty());
        shown.append(&mut seen);
        seen = shown;
        next = html::link(&page, "Show earlier entries").map(str::to_owned);
        ana.say(incident, "written meanwhile").await;
    }
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_timeline_that_just_fills_a_page_has_no_earlier_entries() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for index in 2..200 {
        ana.say(incident, &format!("line {index}")).await;
    }
    let page = ana.room(incident).await.body;
    assert_eq!(html::seqs(&page), (1..=200).collect::<Vec<_>>());
    assert_eq!(html::link(&page, "Show earlier entries"), None);
}

#[tokio::test]
async fn every_entry_has_a_page_of_its_own() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let vera = server.person("Vera", Role::Viewer).await;
    let seq = write(&server, &ana, incident, "restarted **db-3**").await;
    let room = vera.room(incident).await.body;
    let entry = html::entry(&room, seq);
    let path = html::link(entry, &format!("#{seq}")).unwrap();
    assert_eq!(path, format!("/incidents/{incident}/timeline/{seq}"));
    for who in [&ana, &vera] {
        let page = who.get(path).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(entry), "the same partial");
        assert_eq!(page.body.contains("Correct or strike out"), who.person.as_ref().unwrap().role == Role::Responder);
    }
    assert!(server.anybody().get(path).await.asks_to_sign_in());
    let other = ana.declare("Search is slow").await;
    for odd in [
        format!("/incidents/{incident}/timeline/99"),
        format!("/incidents/{incident}/timeline/0"),
        format!("/incidents/{incident}/timeline/x"),
        format!("/incidents/{other}/timeline/{seq}"),
    ] {
        assert_eq!(ana.get(&odd).await.status, 404, "{odd}");
    }
}
