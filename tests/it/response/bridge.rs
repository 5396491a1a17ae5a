//! The call: who is on it by presence and by hand, what they carry, and relief
//! that only the commander and the operations lead see.

use chrono::{DateTime, Duration, Utc};
use reqwest::{Method, StatusCode};
use second_story::{
    response::{retention, stays},
    terms::Scope,
};
use serde_json::Value;

use super::Room;
use crate::support::{Client, Events, Program, Server, html, key, program::read, rows};

/// A gap of this length is no departure.
const GRACE: Duration = Duration::minutes(5);

impl Room {
    /// Who is on the call now, as the page of the call tells it, by name.
    async fn on_call(&self) -> Vec<String> {
        let page = self.olga.get(&self.path("bridge")).await.body;
        let rows = page.split(r#"<th scope="row"><bdi>"#).skip(1);
        rows.map(|row| row.split_once('<').unwrap().0.to_owned()).collect()
    }

    async fn keep(&self, now: DateTime<Utc>) {
        for incident in stays::keep(&self.server.app.db, now).await.unwrap() {
            self.server.app.wake.incident(incident);
        }
    }

    /// Somebody opens the room and is seen on the call.
    async fn comes(&self, who: &Client) -> Events {
        let name = &who.person.as_ref().unwrap().name;
        let mut stream = who.events(&self.path("events?after=1"), None).await;
        loop {
            let panels = stream.next_named("panels").await.unwrap();
            if is_on_call(&panels.data, name) {
                return stream;
            }
        }
    }

    /// A stay that has gone on for so long already.
    async fn has_been_on_for(&self, who: &Client, minutes: i32) {
        self.does(who, "bridge/join", &[]).await;
        let longer =
            "update stays set since = now() - make_interval(mins => $2) where person_id = $1 and until is null";
        let longer = sqlx::query(longer).bind(who.person.as_ref().unwrap().id).bind(minutes);
        longer.execute(&self.server.app.db).await.unwrap();
    }

    async fn stays(&self) -> i64 {
        rows::count(&self.server.app.db, "select count(*) from stays").await
    }

    async fn now(&self) -> DateTime<Utc> {
        self.server.app.now().await.unwrap()
    }

    async fn relief(&self, who: &Client) -> String {
        let reply = who.get(&self.path("relief")).await;
        assert_eq!(reply.status, StatusCode::OK);
        reply.body
    }

    /// The address at which what was asked for last is ended.
    async fn last_relief(&self) -> String {
        format!("relief/{}/end", self.last("relief_requests", "asked_at").await)
    }
}

/// The row of somebody in the panel of who is here.
fn row<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let list = html::element(html, "live-here").unwrap();
    list.split("<li").find(|row| row.contains(&format!("<bdi>{name}</bdi>")))
}

fn is_on_call(html: &str, name: &str) -> bool {
    row(html, name).is_some_and(|row| row.contains("on the call"))
}

#[tokio::test]
async fn whoever_responds_and_opens_the_room_is_on_the_call_and_gaps_are_not_departures() {
    let room = Room::open().await;
    let stream = room.comes(&room.ana).await;
    let mut veras = room.vera.events(&room.path("events?after=1"), None).await;
    veras.panels_with("<bdi>Vera</bdi>").await;
    room.keep(room.now().await).await;
    assert_eq!(room.on_call().await, ["Ana"], "a viewer reads along");
    let page = room.vera.room(room.incident).await.body;
    assert!(is_on_call(&page, "Ana") && !is_on_call(&page, "Vera"), "{page}");

    // As long as her room is open, time alone ends nothing.
    for minutes in (0..60).step_by(4) {
        room.keep(room.now().await + Duration::minutes(minutes)).await;
    }
    assert_eq!((room.on_call().await, room.stays().await), (vec!["Ana".to_owned()], 1));

    let seen = "update stays set seen_at = now()";
    sqlx::query(seen).execute(&room.server.app.db).await.unwrap();
    drop(stream);
    until_nobody_but(&mut veras, "Vera").await;
    let gone = room.now().await;
    room.keep(gone + GRACE - Duration::seconds(30)).await;
    assert_eq!(room.on_call().await, ["Ana"], "a gap is no departure");
    assert!(row(&room.olga.room(room.incident).await.body, "Ana").is_none(), "but she is not here");
    room.keep(gone + GRACE + Duration::seconds(1)).await;
    assert_eq!(room.on_call().await, [] as [&str; 0]);
    let until: DateTime<Utc> =
        sqlx::query_scalar("select until from stays").fetch_one(&room.server.app.db).await.unwrap();
    assert!(until <= gone, "it ended when she was last seen, {until}, not later than {gone}");
    assert!(room.olga.get(&room.path("bridge")).await.body.contains("Left the call: <bdi>Ana</bdi>"));

    let _back = room.comes(&room.ana).await;
    assert_eq!((room.on_call().await, room.stays().await), (vec!["Ana".to_owned()], 2));
    let logged = rows::count(&room.server.app.db, "select count(*) from entries where kind <> 'declared'").await;
    assert_eq!(logged, 0, "nothing of it is in the log");
}

/// Waits until nobody else has the room open.
async fn until_nobody_but(events: &mut Events, name: &str) {
    loop {
        let panels = events.next_named("panels").await.unwrap().data;
        let list = html::element(&panels, "live-here").unwrap();
        if list.matches(r#"class="presence active""#).count() == 1 && row(&panels, name).is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn by_hand_one_joins_without_the_room_and_leaves_with_it_open() {
    let room = Room::open().await;
    room.does(&room.ben, "bridge/join", &[]).await;
    let page = room.ana.room(room.incident).await.body;
    assert!(is_on_call(&page, "Ben") && row(&page, "Ben").unwrap().contains("not in the room"), "{page}");
    room.keep(room.now().await + Duration::hours(5)).await;
    assert_eq!(room.on_call().await, ["Ben"], "the phone needs no room");

    let mut stream = room.comes(&room.ana).await;
    room.does(&room.ana, "bridge/leave", &[]).await;
    while is_on_call(&stream.next_named("panels").await.unwrap().data, "Ana") {}
    for minutes in [0, 4, 8, 12, 16] {
        room.keep(room.now().await + Duration::minutes(minutes)).await;
    }
    assert_eq!(room.on_call().await, ["Ben"], "an open tab does not bring her back");
    room.does(&room.ana, "bridge/join", &[]).await;
    room.does(&room.ben, "bridge/leave", &[]).await;
    room.does(&room.ben, "bridge/leave", &[]).await;
    assert_eq!(room.on_call().await, ["Ana"]);
}

#[tokio::test]
async fn a_call_ends_with_its_incident() {
    for (status, fields) in [("resolved", &[][..]), ("cancelled", &[("reason", "a false alarm")][..])] {
        let room = Room::open().await;
        let _stream = room.comes(&room.ana).await;
        room.does(&room.ben, "bridge/join", &[]).await;
        room.does(&room.ben, "relief", &[]).await;
        let fields: Vec<_> = fields.iter().copied().chain([("status", status)]).collect();
        room.does(&room.olga, "status", &fields).await;
        let page = room.olga.get(&room.path("bridge")).await.body;
        assert!(page.contains("This incident is over") && !page.contains("Ben"), "{status}: {page}");
        let panels = room.olga.room(room.incident).await.body;
        assert!(!is_on_call(&panels, "Ana") && !is_on_call(&panels, "Ben"), "{status}");
        room.keep(room.now().await).await;
        let open = "select (select count(*) from stays where until is null)
                         + (select count(*) from relief_requests where ended_at is null)";
        assert_eq!(rows::count(&room.server.app.db, open).await, 0, "{status}");
        let ended = "select count(*) from stays s join incidents i on i.number = s.incident where s.until = i.ended_at";
        assert_eq!(rows::count(&room.server.app.db, ended).await, 2, "{status}");
        for what in ["bridge/join", "bridge/leave", "relief"] {
            assert_eq!(room.send(&room.ben, what, &[]).await.status, StatusCode::CONFLICT, "{status} {what}");
        }
        let (_, call) = room.program(&room.ben).await.get(&room.path("bridge")).await;
        assert_eq!(call["items"], Value::Array(vec![]), "{status}");
    }
}

#[tokio::test]
async fn two_servers_write_a_stay_once() {
    let room = Room::open().await;
    let other = Server::on(room.server.app.db.clone()).await;
    let there = Client::new(&other.url, room.ana.person.clone(), room.ana.cookie());
    let _here = room.comes(&room.ana).await;
    let _there = room.comes(&there).await;
    let now = room.now().await;
    let keeping = (0..8).map(|minutes| {
        let db = if minutes % 2 == 0 { &room.server.app.db } else { &other.app.db };
        stays::keep(db, now + Duration::minutes(minutes))
    });
    for kept in futures_util::future::join_all(keeping).await {
        assert_eq!(kept.unwrap(), [] as [i64; 0], "nobody came or went");
    }
    assert_eq!((room.on_call().await, room.stays().await), (vec!["Ana".to_owned()], 1));
}

#[tokio::test]
async fn the_load_shows_by_word_and_by_name_and_never_in_order_of_it() {
    let room = Room::open().await;
    let zone = "update people set time_zone = 'Asia/Tokyo' where name = 'Ben'";
    sqlx::query(zone).execute(&room.server.app.db).await.unwrap();
    for (who, minutes) in [(&room.ana, 10), (&room.ben, 250), (&room.cem, 130)] {
        room.has_been_on_for(who, minutes).await;
    }
    let (_, call) = room.program(&room.ana).await.get(&room.path("bridge")).await;
    let said: Vec<_> =
        call["items"].as_array().unwrap().iter().map(|it| (&it["person"]["name"], &it["level"])).collect();
    let expected = [("Ana", "calm"), ("Ben", "red"), ("Cem", "amber")];
    let expected = expected.map(|(name, level)| (Value::from(name), Value::from(level)));
    assert_eq!(said, expected.iter().map(|(name, level)| (name, level)).collect::<Vec<_>>());
    assert_eq!((&call["items"][1]["minutes"], &call["items"][1]["calls"]), (&250.into(), &1.into()));
    let tokyo = room.now().await.with_timezone(&chrono_tz::Asia::Tokyo).format("%H:").to_string();
    assert!(call["items"][1]["local_time"].as_str().unwrap().starts_with(&tokyo), "{call}");

    let page = room.vera.room(room.incident).await.body;
    let due = |name, level| {
        let mark = row(&page, name).unwrap().split(&format!(r#"class="due {level}""#)).nth(1).unwrap();
        !mark.split_once('>').unwrap().0.contains("hidden")
    };
    let marks = ["Ana", "Ben", "Cem"].map(|name| (due(name, "amber"), due(name, "red")));
    assert_eq!(marks, [(false, false), (true, true), (true, false)], "{page}");
    let bridge = room.ben.get(&room.path("bridge")).await.body;
    assert!(bridge.contains("4 h 10 min <span class=\"due red\">relief overdue</span>"), "{bridge}");

    // Limits that are not set are never reached.
    room.does(&room.ana, "severity", &[("severity", "sev5")]).await;
    assert!(!room.vera.room(room.incident).await.body.contains(r#"class="due"#));
    assert!(!room.ben.get(&room.path("bridge")).await.body.contains("relief overdue"));
}

#[tokio::test]
async fn relief_is_seen_by_whoever_asks_commands_or_leads_operations_and_by_nobody_else() {
    let room = Room::open().await;
    let (ben, cem, olga) = (&room.ben, &room.cem, &room.olga);
    room.takes(&room.ana, "commander").await;
    room.takes(cem, "operations").await;
    room.takes(ben, "scribe").await;
    room.does(ben, "bridge/join", &[]).await;
    let dee = room.server.person("Dee", second_story::terms::Role::Responder).await;
    let mut stream = room.vera.events(&room.path("events?after=0"), None).await;
    stream.panels_with("on the call").await;
    let before: Vec<_> =
        futures_util::future::join_all([olga, &dee, &room.vera].map(|it| it.room(room.incident))).await;

    room.does(ben, "relief", &[]).await;
    assert!(room.relief(ben).await.contains("You asked for relief"));
    assert!(room.relief(ben).await.contains("Only <bdi>Ana and Cem</bdi> see it"));
    for watcher in [&room.ana, cem] {
        for page in [room.relief(watcher).await, watcher.room(room.incident).await.body] {
            assert!(page.contains("<bdi>Ben</bdi> needs relief") && page.contains("<bdi>Scribe</bdi>"), "{page}");
        }
        let (_, asked) = room.program(watcher).await.get(&room.path("relief")).await;
        assert_eq!(asked["items"][0]["person"]["name"], "Ben");
        assert_eq!(asked["items"][0]["holds"], serde_json::json!(["Scribe"]));
    }
    // Whoever leads is brought to the offer, filled in.
    let offer = format!("/incidents/{}/handoffs/new?role=scribe&to=@dee", room.incident);
    assert!(room.relief(&room.ana).await.contains(&offer.replace('&', "&#38;")), "{}", room.relief(&room.ana).await);
    assert!(room.ana.get(&offer).await.body.contains(r#"name="to" value="@dee""#));
    assert!(!room.relief(cem).await.contains("handoffs/new"), "operations offers only its own");

    // An admin as such, another responder, a viewer: nothing, anywhere.
    for (who, before) in [olga, &dee, &room.vera].into_iter().zip(before) {
        let after = who.room(room.incident).await.body;
        assert_eq!(without_keys(&after), without_keys(&before.body));
    }
    for who in [olga, &dee] {
        assert!(!room.relief(who).await.contains("relief\""), "{}", room.relief(who).await);
        assert!(!room.relief(who).await.contains("Ben"));
        assert!(!who.get(&room.path("bridge")).await.body.contains("needs relief"));
        let (_, asked) = room.program(who).await.get(&room.path("relief")).await;
        assert_eq!(asked["items"], Value::Array(vec![]));
        assert_eq!(room.send(who, &room.last_relief().await, &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(room.vera.get(&room.path("relief")).await.status, StatusCode::FORBIDDEN);
    // The stream goes on with what is written next, and held nothing in between.
    room.ana.say(room.incident, "the next entry").await;
    loop {
        let event = stream.next().await.unwrap();
        assert!(!event.data.contains("needs relief") && !event.data.contains("asked for relief"), "{event:?}");
        if event.name == "entry" && event.data.contains("the next entry") {
            break;
        }
        assert_ne!(event.name, "panels", "nothing is sent because somebody asked: {event:?}");
    }
    let said = "select count(*) from entries where body ilike '%relief%' or body ilike '%on the call%'";
    assert_eq!(rows::count(&room.server.app.db, said).await, 0);
}

/// A page but for the keys of its forms, and how long things have gone on.
fn without_keys(page: &str) -> String {
    let page = page.split(r#"name="key" value=""#).map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    let page: String = page.collect();
    page.split(" min<").map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit())).collect()
}

#[tokio::test]
async fn relief_ends_when_it_is_taken_back_given_or_the_call_is_left() {
    let room = Room::open().await;
    let open =
        async || rows::count(&room.server.app.db, "select count(*) from relief_requests where ended_at is null").await;
    room.does(&room.ben, "relief", &[]).await;
    room.does(&room.ben, "relief", &[]).await;
    assert_eq!((open().await, room.on_call().await), (1, vec!["Ben".to_owned()]), "asked once, and on the call");
    assert!(room.relief(&room.ben).await.contains("nobody else sees it yet"));
    room.does(&room.ben, &room.last_relief().await, &[]).await;
    assert_eq!(open().await, 0);
    assert!(!room.relief(&room.ben).await.contains("asked for relief"));

    room.does(&room.ben, "relief", &[]).await;
    let given = room.last_relief().await;
    assert_eq!(room.send(&room.ana, &given, &[]).await.status, StatusCode::NOT_FOUND, "she does not command yet");
    room.takes(&room.ana, "commander").await;
    room.does(&room.ana, &given, &[]).await;
    assert_eq!((open().await, room.on_call().await), (0, vec!["Ben".to_owned()]));

    room.does(&room.ben, "relief", &[]).await;
    room.does(&room.ben, "bridge/leave", &[]).await;
    assert_eq!((open().await, room.on_call().await), (0, vec![]));
    assert!(!room.relief(&room.ana).await.contains("needs relief"));
}

#[tokio::test]
async fn who_could_take_over_is_calm_here_or_on_no_call() {
    let room = Room::open().await;
    room.takes(&room.olga, "commander").await;
    let dee = room.server.person("Dee", second_story::terms::Role::Responder).await;
    let elsewhere = dee.declare("Search is slow").await;
    dee.change(elsewhere, "bridge/join", &[]).await;
    room.has_been_on_for(&room.ana, 130).await;
    room.has_been_on_for(&room.cem, 20).await;
    room.does(&room.ben, "relief", &[]).await;
    let (_, asked) = room.program(&room.olga).await.get(&room.path("relief")).await;
    let names = asked["items"][0]["could_take_over"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap());
    // Ana is due herself, Ben asks, Dee is on another call, Vera reads along.
    assert_eq!(names.collect::<Vec<_>>(), ["Cem", "Olga"]);
}

#[tokio::test]
async fn it_is_typed_as_well_and_a_line_sent_twice_does_it_once() {
    let room = Room::open().await;
    let path = room.path("timeline");
    let key = key();
    let joined = [("body", "/joined"), ("key", key.as_str())];
    assert_eq!(room.ben.post(&path, &joined).await.status, 303);
    assert_eq!(room.ben.say(room.incident, "/relief").await.status, 303);
    assert!(room.relief(&room.ben).await.contains("You asked for relief"));
    assert_eq!(room.ben.say(room.incident, "/left").await.status, 303);
    // The answer to the first was lost, say: it does not bring them back.
    assert_eq!(room.ben.post(&path, &joined).await.status, 303);
    assert_eq!(room.on_call().await, [] as [&str; 0]);
    assert_eq!(rows::timeline(&room.server.app.db, room.incident).await.len(), 1, "no entry");

    let refused = room.ben.say(room.incident, "/relief I am tired").await;
    assert!(refused.error("body").unwrap().contains("Write it alone"), "{}", refused.body);
    room.does(&room.olga, "status", &[("status", "resolved")]).await;
    let refused = room.ben.say(room.incident, "/joined").await;
    assert!(refused.error("body").unwrap().contains("This incident is over"), "{}", refused.body);
}

#[tokio::test]
async fn a_program_tells_of_its_owner_and_asks_for_them() {
    let room = Room::open_private().await;
    let (ana, ben) = (room.program(&room.ana).await, room.program(&room.ben).await);
    let delete = async |program: &Program, path: &str| read(program.request(Method::DELETE, path)).await;
    let (status, call) = ben.post(&room.path("bridge/join"), Value::Null).await;
    assert_eq!((status, &call["items"][0]["person"]["name"]), (StatusCode::OK, &"Ben".into()));
    let (_, asked) = ben.post(&room.path("relief"), Value::Null).await;
    let id = asked["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(asked["items"][0]["holds"], Value::Array(vec![]));
    let one = format!("/relief/{id}");
    assert_eq!(delete(&ana, &one).await.0, 404, "she does not know of it");
    room.takes(&room.ana, "commander").await;
    assert_eq!(ana.get(&room.path("relief")).await.1["items"][0]["id"], id.as_str());
    let (status, left) = delete(&ana, &one).await;
    assert_eq!((status, &left["items"]), (StatusCode::OK, &Value::Array(vec![])));
    ben.post(&room.path("relief"), Value::Null).await;
    assert_eq!(delete(&ben, &room.path("relief")).await.1["items"], Value::Array(vec![]));
    let (_, call) = ben.post(&room.path("bridge/leave"), Value::Null).await;
    assert_eq!(call["items"], Value::Array(vec![]));

    let cem = room.program(&room.cem).await;
    let vera = Program::of(&room.server, &room.vera, Scope::Write).await;
    for path in [room.path("bridge"), room.path("relief")] {
        assert_eq!(cem.get(&path).await.0, 404, "{path}: private");
    }
    assert_eq!(delete(&cem, &one).await.0, 404);
    room.olga.change(room.incident, "visibility", &[("private", ""), ("people", "")]).await;
    for path in [room.path("bridge"), room.path("relief")] {
        assert_eq!(vera.get(&path).await.0, 403, "{path}: viewers read along");
    }
}

#[tokio::test]
async fn who_may_no_longer_be_there_is_no_longer_on_the_call() {
    let room = Room::open().await;
    for who in [&room.ana, &room.ben, &room.cem] {
        room.does(who, "bridge/join", &[]).await;
    }
    room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana, @ben")]).await;
    let ben = room.ben.person.as_ref().unwrap().id;
    let demoted = room.olga.post(&format!("/settings/people/{ben}/role"), &[("role", "viewer")]).await;
    assert_eq!(demoted.status, 303);
    room.keep(room.now().await).await;
    let page = room.olga.room(room.incident).await.body;
    let still = ["Ana", "Ben", "Cem"].map(|name| is_on_call(&page, name));
    assert_eq!(still, [true, false, false]);
}

#[tokio::test]
async fn after_its_time_only_counts_are_left() {
    let room = Room::open().await;
    for who in [&room.ana, &room.ben] {
        room.does(who, "bridge/join", &[]).await;
        room.does(who, "bridge/leave", &[]).await;
        room.does(who, "bridge/join", &[]).await;
    }
    room.does(&room.ben, "relief", &[]).await;
    let goes_on = room.ana.declare("Search is slow").await;
    room.ana.change(goes_on, "bridge/join", &[]).await;
    room.does(&room.olga, "status", &[("status", "resolved")]).await;
    assert_eq!(room.olga.post("/settings/instance", &[("call_days", "9")]).await.status, 303);
    assert!(room.ana.get(&room.path("bridge")).await.body.contains("9 days after the end"));

    let now = room.now().await;
    retention::sweep(&room.server.app.db, now + Duration::days(9) - Duration::minutes(1)).await.unwrap();
    assert_eq!(room.stays().await, 5);
    for _ in 0..2 {
        retention::sweep(&room.server.app.db, now + Duration::days(9) + Duration::minutes(1)).await.unwrap();
    }
    let left = "select count(*) from stays where incident <> 2";
    assert_eq!(rows::count(&room.server.app.db, left).await, 0, "no person is left of the one that is over");
    assert_eq!((room.stays().await, goes_on), (1, 2), "the one that goes on keeps its people");
    assert_eq!(rows::count(&room.server.app.db, "select count(*) from relief_requests").await, 0);
    let counts: Vec<(i64, i32, i32)> =
        sqlx::query_as("select * from call_counts").fetch_all(&room.server.app.db).await.unwrap();
    assert_eq!(counts, [(room.incident, 2, 1)]);
    assert!(room.ana.get(&room.path("bridge")).await.body.contains("2 people were; who, is no longer kept"));
    for refused in ["", "6", "3651", "a while", "-1", "99999999999"] {
        let reply = room.olga.post("/settings/instance", &[("call_days", refused)]).await;
        assert_eq!(reply.status, 422, "{refused}");
        assert!(
            reply.error("call_days").is_some() && reply.body.contains(&format!(r#"value="{refused}""#)),
            "{refused}"
        );
    }
}
