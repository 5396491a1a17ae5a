//! The live room: every entry once and in order, whatever happens to the line.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use second_story::terms::Role;

use crate::support::{Client, Server, database};

fn stream(number: i64) -> String {
    format!("/incidents/{number}/events?after=0")
}

/// The `seq` of the last entry.
async fn head(server: &Server, number: i64) -> i64 {
    let head = sqlx::query_scalar("select seq from timeline_heads where incident = $1");
    head.bind(number).fetch_one(&server.app.db).await.unwrap()
}

fn up_to(last: i64) -> Vec<i64> {
    (1..=last).collect()
}

#[tokio::test]
async fn what_is_typed_arrives_live() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Viewer).await;
    let number = ana.declare("Checkout fails").await;
    let after = format!("/incidents/{number}/events?after={}", head(&server, number).await);
    let mut events = ben.events(&after, None).await;
    assert!(events.next_named("panels").await.unwrap().data.contains("Checkout fails"));
    assert_eq!(ana.say(number, "restarted db-3").await.status, 303);
    let entry = events.next_named("entry").await.unwrap();
    assert!(entry.data.contains("restarted db-3") && entry.data.contains("Ana"), "{entry:?}");
}

#[tokio::test]
async fn a_stream_cut_a_thousand_times_misses_nothing_and_repeats_nothing() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("A bad line").await;
    let writing = Arc::new(AtomicBool::new(true));
    let writer = tokio::spawn(write_while(ana.clone(), number, writing.clone()));

    let mut dice = Dice(0x5eed);
    let mut seen: Vec<i64> = Vec::new();
    for _ in 0..1000 {
        let mut events = ana.events(&stream(number), seen.last().copied()).await;
        // Cut after some events, often before the first: what was on its way is lost.
        for _ in 0..dice.roll(4) {
            let entry = events.next_named("entry").await.unwrap();
            seen.push(entry.id.unwrap());
        }
    }
    writing.store(false, Ordering::Relaxed);
    writer.await.unwrap();
    let last = head(&server, number).await;
    if seen.last() != Some(&last) {
        let mut events = ana.events(&stream(number), seen.last().copied()).await;
        seen.extend(events.entries_until(last).await);
    }
    assert!(last > 400, "the writer wrote all the while: {last}");
    assert_eq!(seen, up_to(last));
}

async fn write_while(client: Client, number: i64, writing: Arc<AtomicBool>) {
    let mut count = 0;
    while writing.load(Ordering::Relaxed) {
        count += 1;
        assert_eq!(client.say(number, &format!("entry {count}")).await.status, 303);
    }
}

/// A small generator of repeatable numbers (xorshift64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

#[tokio::test]
async fn a_reader_too_slow_for_the_channel_still_gets_everything_once() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("A slow phone").await;
    let mut events = ana.events(&stream(number), None).await;
    // Larger than what the sockets between can hold, so that the reader lags.
    let long = "x".repeat(15_000);
    for _ in 0..700 {
        assert_eq!(ana.say(number, &long).await.status, 303);
    }
    let last = head(&server, number).await;
    assert_eq!(events.entries_until(last).await, up_to(last));
}

#[tokio::test]
async fn a_restarted_server_goes_on_where_the_reader_stood() {
    let db = database::fresh().await;
    let options = db.connect_options();
    let first = Server::on(db).await;
    let ana = first.person("Ana", Role::Responder).await;
    let number = ana.declare("A restart").await;
    ana.say(number, "before").await;
    let last = head(&first, number).await;
    let mut events = ana.events(&stream(number), None).await;
    assert_eq!(events.entries_until(last).await, up_to(last));
    drop(first);
    assert_eq!(events.next_named("entry").await, None, "a server that stops ends its streams");

    let second = Server::on(sqlx::PgPool::connect_with((*options).clone()).await.unwrap()).await;
    let ana = Client::new(&second.url, None, ana.cookie());
    ana.say(number, "after").await;
    let mut events = ana.events(&stream(number), Some(last)).await;
    let entry = events.next_named("entry").await.unwrap();
    assert_eq!(entry.id, Some(last + 1));
    assert!(entry.data.contains("after"));
}

#[tokio::test]
async fn two_servers_on_one_database_show_each_others_entries() {
    let db = database::fresh().await;
    let (here, there) = (Server::on(db.clone()).await, Server::on(db).await);
    let ana = here.person("Ana", Role::Responder).await;
    let ben = there.person("Ben", Role::Responder).await;
    let number = ana.declare("Two servers").await;
    let mut events = ana.events(&stream(number), None).await;
    assert_eq!(events.entries_until(1).await, [1]);
    for count in 0..50 {
        ana.say(number, &format!("here {count}")).await;
        ben.say(number, &format!("there {count}")).await;
    }
    let last = head(&here, number).await;
    assert_eq!(events.entries_until(last).await, up_to(last)[1..]);
}

#[tokio::test]
async fn a_wake_that_was_lost_is_found_by_the_sweep() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("A lost wake").await;
    let mut events = ana.events(&stream(number), None).await;
    assert_eq!(events.entries_until(1).await, [1]);
    // As a server that was killed between its commit and its notification.
    sqlx::query(
        "with head as (update timeline_heads set seq = seq + 1 where incident = $1 returning seq)
         insert into entries (incident, seq, kind, body, occurred_at, recorded_at, source)
         select $1, seq, 'note', 'nobody was told', now(), now(), 'api' from head",
    )
    .bind(number)
    .execute(&server.app.db)
    .await
    .unwrap();
    let last = head(&server, number).await;
    assert_eq!(events.entries_until(last).await.last(), Some(&last));
}

#[tokio::test]
async fn the_listener_is_back_after_its_connection_was_killed() {
    let db = database::fresh().await;
    let (here, there) = (Server::on(db.clone()).await, Server::on(db).await);
    let ana = here.person("Ana", Role::Responder).await;
    let ben = there.person("Ben", Role::Responder).await;
    let number = ana.declare("A killed listener").await;
    let mut events = ana.events(&stream(number), None).await;
    assert_eq!(events.entries_until(1).await, [1]);
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'",
    )
    .execute(&here.app.db)
    .await
    .unwrap();
    ben.say(number, "while nobody listened").await;
    let last = head(&here, number).await;
    assert_eq!(events.entries_until(last).await, up_to(last)[1..]);
}

#[tokio::test]
async fn an_id_that_is_not_of_this_timeline_is_answered_by_a_reset() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("After a restore").await;
    let path = format!("/incidents/{number}/events");
    for id in ["999999", "nonsense", "-5", "99999999999999999999999"] {
        let request = ana.request(reqwest::Method::GET, &path).header("last-event-id", id);
        let mut events = crate::support::Events::new(request.send().await.unwrap());
        assert_eq!(events.next_named("reset").await.unwrap().id, None, "{id}");
        // And goes on live.
        ana.say(number, "still here").await;
        assert!(events.next_named("entry").await.unwrap().data.contains("still here"));
    }
}

#[tokio::test]
async fn panels_are_sent_whole_after_every_connect_and_every_change() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Panels").await;
    let mut events = ana.events(&stream(number), None).await;
    let first = events.next_named("panels").await.unwrap();
    assert!(first.id.is_none() && first.data.contains(r#"data-severity="sev3""#));
    ana.say(number, "/sev 1").await;
    events.panels_with(r#"data-severity="sev1""#).await;
    let mut again = ana.events(&stream(number), None).await;
    assert!(again.next_named("panels").await.unwrap().data.contains(r#"data-severity="sev1""#));
}

#[tokio::test]
async fn a_correction_brings_its_target_as_it_looks_now() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("A correction").await;
    ana.say(number, "the wrong host").await;
    let mut events = ana.events(&stream(number), None).await;
    let target = loop {
        let entry = events.next_named("entry").await.unwrap();
        if entry.data.contains("the wrong host") {
            break entry.id.unwrap();
        }
    };
    let path = format!("/incidents/{number}/timeline/{target}/corrections");
    assert_eq!(ana.post(&path, &[("body", "the right host")]).await.status, 303);
    let correction = loop {
        let entry = events.next_named("entry").await.unwrap();
        if entry.data.contains(r#"data-kind="correction""#) {
            break entry;
        }
    };
    assert!(correction.data.contains(&format!(r#"id="e{target}""#)));
    assert!(correction.data.contains("the right host"));
}
