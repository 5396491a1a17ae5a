//! All tabs of a browser over one connection: every room as if it had a stream
//! of its own.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::{Method, header::ORIGIN};
use second_story::terms::Role;

use crate::support::{Client, Events, Server, events::Event, html, rows};

/// What the tabs of a browser hear.
struct Tabs {
    events: Events,
    /// What the next event belongs to.
    from: String,
}

impl Tabs {
    /// Opens rooms, each after a `seq`; and a list, if the query says so.
    async fn open(client: &Client, rooms: &[(i64, i64)], rest: &str) -> Self {
        let rooms: Vec<_> = rooms.iter().map(|(number, after)| format!("room={number}:{after}")).collect();
        let path = format!("/events?{}&{rest}", rooms.join("&"));
        Self { events: client.events(&path, None).await, from: String::new() }
    }

    /// The next event, and what it belongs to.
    async fn next(&mut self) -> Option<(String, Event)> {
        loop {
            let event = self.events.next().await?;
            if event.name != "from" {
                return Some((self.from.clone(), event));
            }
            self.from = event.data.trim().into();
        }
    }

    /// The next one of this name for a topic, past all others.
    async fn next_named(&mut self, topic: impl ToString, name: &str) -> Event {
        let topic = topic.to_string();
        loop {
            let (from, event) = self.next().await.expect("the stream goes on");
            if (from.as_str(), event.name.as_str()) == (&*topic, name) {
                return event;
            }
        }
    }

    /// The next entry of whatever room.
    async fn next_entry(&mut self) -> (i64, i64) {
        loop {
            let (from, event) = self.next().await.expect("the stream goes on");
            if event.name == "entry" {
                return (from.parse().unwrap(), event.id.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn two_rooms_and_a_list_come_over_one_connection() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let (one, other) = (ana.declare("Checkout fails").await, ana.declare("Search is slow").await);
    let mut tabs = Tabs::open(&ana, &[(one, 0), (other, 1)], "list").await;
    for line in 0..20 {
        ana.say(one, &format!("checkout {line}")).await;
        ana.say(other, &format!("search {line}")).await;
    }
    let mut seen: HashMap<i64, Vec<i64>> = HashMap::new();
    while seen.values().map(Vec::len).sum::<usize>() < 40 {
        let (from, event) = tabs.next().await.unwrap();
        if event.name == "panels" {
            let title = if from == one.to_string() { "Checkout fails" } else { "Search is slow" };
            assert!(event.data.contains(title), "{from}: {event:?}");
        }
        if event.name == "entry" && event.data.contains("<p>") {
            let room: i64 = from.parse().unwrap();
            let own = if room == one { "checkout" } else { "search" };
            assert!(event.data.contains(own), "{room}: {event:?}");
            seen.entry(room).or_default().push(event.id.unwrap());
        }
    }
    for seqs in seen.values() {
        assert!(seqs.len() == 20 && seqs.is_sorted_by(|one, next| one < next), "{seqs:?}");
    }
    ana.say(other, "/sev 1").await;
    while !tabs.next_named("list", "incident").await.data.contains(r#"data-severity="sev1""#) {}
}

#[tokio::test]
async fn rooms_that_are_opened_and_cut_again_and_again_miss_and_repeat_nothing() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let rooms = [ana.declare("One").await, ana.declare("Two").await, ana.declare("Three").await];
    let writing = Arc::new(AtomicBool::new(true));
    let writer = tokio::spawn(write_while(ana.clone(), rooms, writing.clone()));
    let mut seen: HashMap<i64, Vec<i64>> = rooms.map(|room| (room, vec![])).into();
    for round in 0..100 {
        // Now two of them, now all.
        let shown = rooms.iter().filter(|room| round % 3 == 0 || **room % 3 != round % 3);
        let shown: Vec<_> = shown.map(|room| (*room, seen[room].last().copied().unwrap_or(0))).collect();
        let mut tabs = Tabs::open(&ana, &shown, "").await;
        for _ in 0..round % 4 {
            let (room, seq) = tabs.next_entry().await;
            seen.get_mut(&room).unwrap().push(seq);
        }
    }
    writing.store(false, Ordering::Relaxed);
    writer.await.unwrap();
    let cursors: Vec<_> = rooms.iter().map(|room| (*room, seen[room].last().copied().unwrap_or(0))).collect();
    let heads = sqlx::query_as::<_, (i64, i64)>("select incident, seq from timeline_heads");
    let heads: HashMap<i64, i64> = heads.fetch_all(&server.app.db).await.unwrap().into_iter().collect();
    let mut tabs = Tabs::open(&ana, &cursors, "").await;
    while rooms.iter().any(|room| seen[room].last() != Some(&heads[room])) {
        let (room, seq) = tabs.next_entry().await;
        seen.get_mut(&room).unwrap().push(seq);
    }
    for room in rooms {
        assert_eq!(seen[&room], (1..=heads[&room]).collect::<Vec<_>>(), "room {room}");
    }
}

async fn write_while(client: Client, rooms: [i64; 3], writing: Arc<AtomicBool>) {
    for room in rooms.into_iter().cycle() {
        assert_eq!(client.say(room, "another line").await.status, 303);
        if !writing.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[tokio::test]
async fn a_room_that_is_not_to_be_seen_is_gone_and_the_others_go_on() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mut tabs = Tabs::open(&ana, &[(4711, 0), (incident, 1)], "").await;
    tabs.next_named(4711, "gone").await;
    ana.say(incident, "still here").await;
    while !tabs.next_named(incident, "entry").await.data.contains("still here") {}
}

#[tokio::test]
async fn a_cursor_beyond_the_end_is_reset_for_its_room_alone() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let (one, other) = (ana.declare("One").await, ana.declare("Two").await);
    let mut tabs = Tabs::open(&ana, &[(one, 999), (other, 0)], "").await;
    let mut reset = Vec::new();
    ana.say(other, "goes on").await;
    loop {
        let (from, event) = tabs.next().await.unwrap();
        if event.name == "reset" {
            reset.push(from);
        } else if event.data.contains("goes on") {
            break;
        }
    }
    assert_eq!(reset, [one.to_string()]);
}

#[tokio::test]
async fn what_cannot_be_answered_says_so() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben", Role::Responder).await.person.unwrap();
    let rooms = |count: usize| format!("/events?{}", format!("room={incident}:0&").repeat(count));
    let refused = ana.get(&rooms(33)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("32 rooms at most"), "{}", refused.body);
    let most = ana.request(Method::GET, &rooms(32)).send().await.unwrap();
    assert_eq!(most.status(), 200);
    for query in ["room=7", "room=7:x", "room=a:1", "room=", "person=me"] {
        assert_eq!(ana.get(&format!("/events?{query}")).await.status, 400, "{query}");
    }
    assert!(server.anybody().get("/events?list").await.asks_to_sign_in());
    // A page of somebody who was signed in here before.
    let own = ana.person.as_ref().unwrap().id;
    for (person, status) in [(ben.id, 303), (own, 200)] {
        let heard = ana.request(Method::GET, &format!("/events?list&person={person}")).send().await.unwrap();
        assert_eq!(heard.status(), status);
    }
}

#[tokio::test]
async fn the_stream_ends_with_its_session() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mut tabs = Tabs::open(&ana, &[(incident, 0)], "list").await;
    tabs.next_named(incident, "panels").await;
    assert_eq!(ana.post("/sign-out", &[]).await.status, 303);
    while tabs.next().await.is_some() {}
}

#[tokio::test]
async fn whoever_has_a_tab_open_is_here() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let elsewhere = ana.declare("Search is slow").await;
    let tabs = Tabs::open(&ana, &[(incident, 0), (elsewhere, 0)], "").await;
    let here = async |incident| html::element(&ana.room(incident).await.body, "live-here").unwrap().contains("Ana");
    assert!(here(incident).await && here(elsewhere).await);

    // The tab of one is closed.
    let mut fewer = Tabs::open(&ana, &[(incident, 0)], "list").await;
    drop(tabs);
    let left = "select count(*) from presence where incident = (select max(number) from incidents)";
    while rows::count(&server.app.db, left).await > 0 {
        // Whoever leaves wakes the lists.
        fewer.next_named("list", "incident").await;
    }
    assert!(here(incident).await);
}

#[tokio::test]
async fn what_one_person_typed_is_not_sent_as_another() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben", Role::Responder).await;
    let say = async |whose: &Client, line: &str| {
        let path = format!("/incidents/{incident}/timeline");
        let request = ben.request(Method::POST, &path).header(ORIGIN, &server.url).header("x-script", "1");
        let request = request.header("x-person", whose.person.as_ref().unwrap().id.to_string());
        ben.send(request.form(&[("body", line)])).await
    };
    // Ben has signed in where a page of Ana's is still open.
    let reply = say(&ana, "typed by Ana").await;
    assert_eq!(reply.status, 204);
    assert!(reply.headers["x-location"].to_str().unwrap().starts_with("/sign-in"));
    let reply = say(&ben, "typed by Ben").await;
    assert_eq!(reply.headers["x-location"], format!("/incidents/{incident}"));
    let bodies = sqlx::query_scalar::<_, String>("select body from entries where kind = 'note'");
    assert_eq!(bodies.fetch_all(&server.app.db).await.unwrap(), ["typed by Ben"]);
}
