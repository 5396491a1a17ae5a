//! Whoever arrives is told where it stands.

use second_story::terms::{Role, Scope};
use serde_json::json;

use crate::support::{Client, Program, Server, html, rows};

/// A room in which somebody works, and somebody who is about to arrive.
struct Room {
    server: Server,
    incident: i64,
    ana: Client,
    ben: Client,
}

impl Room {
    async fn at_work() -> Self {
        let server = Server::start().await;
        let ana = server.person("Ana", Role::Responder).await;
        let ben = server.person("Ben", Role::Responder).await;
        let incident = ana.declare("Checkout fails").await;
        let room = Self { server, incident, ana, ben };
        room.change("details", &[("title", "Checkout fails"), ("summary", "No card is charged")]).await;
        room.change("severity", &[("severity", "sev1")]).await;
        room.change("roles", &[("role", "commander"), ("person", "me")]).await;
        for line in [
            "/work Restore the replica @me",
            "/work Call the bank",
            "/theory the export holds locks",
            "/theory a disk is full",
            "/action restarted db-3",
            "/decision no failover tonight",
            "/decision struck out later",
        ] {
            room.ana.say(incident, line).await;
        }
        room
    }

    async fn change(&self, what: &str, fields: &[(&str, &str)]) {
        self.ana.change(self.incident, what, fields).await;
    }

    fn path(&self) -> String {
        format!("/incidents/{}/brief", self.incident)
    }

    /// What somebody is told unasked; nothing when it is not due.
    async fn told(&self, who: &Client) -> Option<String> {
        let told = who.get(&format!("{}?arriving=1", self.path())).await;
        assert_eq!(told.status == 204, told.body.is_empty());
        (told.status == 200).then_some(told.body)
    }

    async fn puts_away(&self, who: &Client) {
        let seq = self.head().await.to_string();
        let reply = who.submit(&self.path(), &[("seq", &seq)]).await;
        assert_eq!((reply.status.as_u16(), reply.location()), (303, &*format!("/incidents/{}", self.incident)));
    }

    async fn head(&self) -> i64 {
        rows::last(&self.server.app.db, self.incident).await.seq
    }

    /// Somebody was last here so many minutes earlier than they were.
    async fn ages(&self, minutes: i32) {
        let aged = sqlx::query("update arrivals set left_at = left_at - make_interval(mins => $1)");
        aged.bind(minutes).execute(&self.server.app.db).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_arrives_is_told_where_it_stands_until_they_put_it_away() {
    let room = Room::at_work().await;
    let struck = room.head().await;
    let correct = format!("timeline/{struck}/corrections");
    room.change(&correct, &[("strike", "on"), ("reason", "was none")]).await;
    let told = room.told(&room.ben).await.unwrap();
    for what in [
        "No card is charged",
        "SEV1",
        "Investigating",
        "Incident commander: <bdi>Ana</bdi>",
        "Communications lead: <span class=\"unheld\">nobody",
        "Restore the replica</bdi></a>, <bdi>Ana</bdi>",
        "Call the bank</bdi></a>: <span class=\"unheld\">nobody",
        "open: <a href=\"/incidents/1/theories/",
        "the export holds locks",
        "restarted db-3",
        "no failover tonight",
        "New here?",
    ] {
        assert!(told.contains(what), "{what} in {told}");
    }
    assert!(!told.contains("struck out later") && !told.contains("Since you were last here"));

    assert!(room.told(&room.ben).await.is_some(), "it was read, not put away");
    room.puts_away(&room.ben).await;
    assert!(room.told(&room.ben).await.is_none());
    assert_eq!(room.ben.get(&room.path()).await.status, 200, "whoever asks is told");
    assert!(room.told(&room.ana).await.is_none(), "she wrote all of it herself");
    room.ben.say(room.incident, "I am here").await;
    assert!(room.told(&room.ana).await.is_some());
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_is_new() {
    let room = Room::at_work().await;
    room.puts_away(&room.ben).await;
    let seen = room.head().await;
    room.ages(60).await;
    assert!(room.told(&room.ben).await.is_none(), "nothing is new");

    room.change("status", &[("status", "identified")]).await;
    room.ana.say(room.incident, "a note among others").await;
    room.ana.say(room.incident, "/decision roll back").await;
    let told = room.told(&room.ben).await.unwrap();
    let news = told.split("Since you were last here").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(news.contains(&format!("#e{}\">3 new entries</a>", seen + 1)), "{news}");
    assert!(news.contains("roll back") && news.contains("Identified"), "{news}");
    assert!(!news.contains("a note among others") && !news.contains("no failover tonight"), "{news}");

    room.puts_away(&room.ben).await;
    assert!(room.told(&room.ben).await.is_none());
    room.ana.say(room.incident, "one more").await;
    assert!(room.told(&room.ben).await.is_none(), "it was only a moment");
    room.change("status", &[("status", "resolved")]).await;
    room.ages(60).await;
    assert!(room.told(&room.ben).await.is_none(), "nobody is called to what is over");
}

#[tokio::test]
async fn where_somebody_left_off_is_where_their_stream_ended() {
    let room = Room::at_work().await;
    room.puts_away(&room.ben).await;
    let path = format!("/incidents/{}/events?after=1", room.incident);
    let mut anas = room.ana.events(&path, None).await;
    let mut bens = room.ben.events(&path, None).await;
    anas.panels_with("<bdi>Ben</bdi></span><span data-since").await;
    room.ages(60).await;
    room.ana.say(room.incident, "while he is here").await;
    let here = room.head().await;
    while bens.next_named("entry").await.unwrap().id != Some(here) {}
    drop(bens);
    while anas.next_named("panels").await.unwrap().data.contains("<bdi>Ben</bdi></span><span data-since") {}
    let left: (i64, bool) = sqlx::query_as("select left_seq, briefed from arrivals where person_id = $1")
        .bind(room.ben.person.as_ref().unwrap().id)
        .fetch_one(&room.server.app.db)
        .await
        .unwrap();
    assert_eq!(left, (here, true));
    room.ages(60).await;
    room.ana.say(room.incident, "/decision after he left").await;
    let told = room.told(&room.ben).await.unwrap();
    assert!(told.contains(">1 new entry</a>") && told.contains("after he left"), "{told}");
    assert_eq!(rows::count(&room.server.app.db, "select count(*) from entries where body like '%Ben%'").await, 0);
}

#[tokio::test]
async fn a_newcomer_is_told_how_to_help_and_a_holder_what_the_role_asks() {
    let room = Room::at_work().await;
    for title in ["One", "Two", "Three"] {
        let told = room.told(&room.ben).await.unwrap();
        assert!(told.contains("New here?"), "after fewer than three");
        let other = room.ana.declare(title).await;
        let reply = room.ben.submit(&format!("/incidents/{other}/brief"), &[("seq", "1")]).await;
        assert_eq!(reply.status, 303);
    }
    let told = room.told(&room.ben).await.unwrap();
    assert!(!told.contains("New here?"));
    assert!(html::element(&told, "b-you").is_none());
    let take = [("role", "scribe"), ("person", "me")];
    room.ben.change(room.incident, "roles", &take).await;
    let told = room.told(&room.ben).await.unwrap();
    assert!(told.contains("You are Scribe. Writes down what is done"), "{told}");
}

#[tokio::test]
async fn programs_are_told_the_same() {
    let room = Room::at_work().await;
    let program = Program::of(&room.server, &room.ben, Scope::Read).await;
    let (status, brief) = program.get(&format!("/incidents/{}/brief", room.incident)).await;
    assert_eq!(status, 200);
    assert_eq!(brief["incident"]["summary"], "No card is charged");
    assert_eq!(brief["since"], brief["incident"]["declared_at"], "no impact is recorded");
    assert_eq!(brief["roles"][0]["holder"]["name"], "Ana");
    let titles: Vec<_> = brief["work_items"].as_array().unwrap().iter().map(|it| &it["title"]).collect();
    assert_eq!(json!(titles), json!(["Restore the replica", "Call the bank"]));
    let theories: Vec<_> = brief["theories"].as_array().unwrap().iter().map(|it| &it["body"]).collect();
    assert_eq!(json!(theories), json!(["the export holds locks", "a disk is full"]));
    assert_eq!(brief["actions"][0]["body"], "restarted db-3");
    assert_eq!(brief["decisions"].as_array().unwrap().len(), 2);
    assert_eq!(brief["seq"], room.head().await);
}
