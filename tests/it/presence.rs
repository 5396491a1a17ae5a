//! Who is here: beside the log, on any number of servers.

use std::time::Duration;

use second_story::terms::Role;
use uuid::Uuid;

use crate::support::{Client, Events, Server, html, rows};

/// Opens a room's stream.
async fn open(client: &Client, incident: i64) -> Events {
    let path = format!("/incidents/{incident}/events?after=1");
    client.events(&path, None).await
}

/// The names in a panels event or on a page, the longest here first.
fn here(html: &str) -> Vec<&str> {
    let list = html::element(html, "live-here").unwrap();
    let names: Vec<&str> = list.split("<bdi>").skip(1).map(|rest| rest.split_once("</bdi>").unwrap().0).collect();
    let count = html::element(html, "live-here-count").unwrap();
    let count = count.rsplit('>').next().unwrap();
    assert_eq!(count, names.len().to_string());
    names
}

/// Waits until a stream says that these and no others are here.
async fn until(events: &mut Events, names: &[&str]) {
    let told = async {
        loop {
            let panels = events.next_named("panels").await.unwrap();
            if here(&panels.data) == names {
                return;
            }
        }
    };
    let patience = Duration::from_secs(20);
    let told = tokio::time::timeout(patience, told).await;
    told.unwrap_or_else(|_| panic!("{names:?} are here"));
}

#[tokio::test]
async fn whoever_opens_the_room_appears_for_the_others_and_goes_when_they_leave() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let vera = server.person("Vera", Role::Viewer).await;
    let incident = ana.declare("Checkout fails").await;
    assert_eq!(here(&ana.room(incident).await.body), [] as [&str; 0]);

    let mut anas = open(&ana, incident).await;
    until(&mut anas, &["Ana"]).await;
    let veras = open(&vera, incident).await;
    until(&mut anas, &["Ana", "Vera"]).await;
    assert_eq!(here(&ana.room(incident).await.body), ["Ana", "Vera"]);
    let elsewhere = ana.declare("Search is slow").await;
    assert_eq!(here(&ana.room(elsewhere).await.body), [] as [&str; 0]);

    drop(veras);
    until(&mut anas, &["Ana"]).await;
    let kinds = "select count(*) from entries where kind <> 'declared'";
    assert_eq!(rows::count(&server.app.db, kinds).await, 0, "nothing of it is in the log");
}

#[tokio::test]
async fn two_tabs_of_a_person_count_once_until_both_are_closed() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let mut anas = open(&ana, incident).await;
    let first = open(&ben, incident).await;
    until(&mut anas, &["Ana", "Ben"]).await;
    let second = open(&ben, incident).await;
    assert_eq!(here(&ana.room(incident).await.body), ["Ana", "Ben"]);

    drop(first);
    drop(second);
    // Had the first tab's end counted, Ben would go before this; he goes once.
    until(&mut anas, &["Ana"]).await;
    let stored = "select count(*) from presence";
    assert_eq!(rows::count(&server.app.db, stored).await, 1);
}

#[tokio::test]
async fn a_tab_that_stays_keeps_its_person_here() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    let cy = server.person("Cy", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let mut anas = open(&ana, incident).await;
    let closes = open(&ben, incident).await;
    let mut stays = open(&ben, incident).await;
    let leaves_later = open(&cy, incident).await;
    until(&mut anas, &["Ana", "Ben", "Cy"]).await;

    drop(closes);
    // Ana's stream tells of Cy's departure, which comes after Ben's would have.
    drop(leaves_later);
    until(&mut anas, &["Ana", "Ben"]).await;
    until(&mut stays, &["Ana", "Ben"]).await;
}

#[tokio::test]
async fn people_on_two_servers_see_each_other_come_and_go() {
    let one = Server::start().await;
    let two = Server::on(one.app.db.clone()).await;
    let ana = one.person("Ana", Role::Responder).await;
    let ben = two.person("Ben", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;

    let mut anas = open(&ana, incident).await;
    until(&mut anas, &["Ana"]).await;
    let mut bens = open(&ben, incident).await;
    until(&mut anas, &["Ana", "Ben"]).await;
    until(&mut bens, &["Ana", "Ben"]).await;

    // One person through both servers is one person.
    let anas_other = Client::new(&two.url, None, ana.cookie());
    let other = open(&anas_other, incident).await;
    assert_eq!(here(&ben.room(incident).await.body), ["Ana", "Ben"]);
    drop(other);

    drop(anas);
    until(&mut bens, &["Ben"]).await;
}

#[tokio::test]
async fn a_server_that_stops_takes_its_people_along() {
    let one = Server::start().await;
    let two = Server::on(second_connection(&one).await).await;
    let ana = one.person("Ana", Role::Responder).await;
    let ben = two.person("Ben", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let mut anas = open(&ana, incident).await;
    let mut bens = open(&ben, incident).await;
    until(&mut anas, &["Ana", "Ben"]).await;
    drop(two);
    while bens.next().await.is_some() {}
    until(&mut anas, &["Ana"]).await;
}

#[tokio::test]
async fn the_people_of_a_server_that_died_are_forgotten() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ghost = server.person("Ghost", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let mut anas = open(&ana, incident).await;
    sqlx::query("insert into presence (incident, person_id, server) values ($1, $2, $3)")
        .bind(incident)
        .bind(ghost.person.unwrap().id)
        .bind(Uuid::now_v7())
        .execute(&server.app.db)
        .await
        .unwrap();
    server.app.wake.incident(incident);
    until(&mut anas, &["Ana", "Ghost"]).await;

    sqlx::query("update presence set seen_at = now() - interval '21 seconds' where server <> $1")
        .bind(server.app.server)
        .execute(&server.app.db)
        .await
        .unwrap();
    until(&mut anas, &["Ana"]).await;
    // Not shown at once, and cleared with the next beat.
    let cleared = async { while rows::count(&server.app.db, "select count(*) from presence").await > 1 {} };
    tokio::time::timeout(Duration::from_secs(20), cleared).await.expect("the row of the dead is cleared");
}

#[tokio::test]
async fn people_whose_rows_were_lost_while_their_streams_are_open_come_back() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    let mut anas = open(&ana, incident).await;
    until(&mut anas, &["Ana"]).await;
    // Another server took this one for dead: the database was away for a while.
    sqlx::query("delete from presence").execute(&server.app.db).await.unwrap();
    server.app.wake.incident(incident);
    until(&mut anas, &[]).await;
    until(&mut anas, &["Ana"]).await;
}

/// Another pool on the same database: a server that stops closes its own.
async fn second_connection(server: &Server) -> sqlx::PgPool {
    let options = server.app.db.connect_options();
    second_story::postgres::connect::connect((*options).clone()).await.unwrap()
}
