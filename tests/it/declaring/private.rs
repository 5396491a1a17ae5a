//! A private incident: for anybody but its people and admins it does not exist.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use second_story::{
    routes::Routes,
    terms::{Role, Scope},
};
use serde_json::{Value, json};

use crate::support::{Client, Program, Server, html, people::address};

/// Words that stand in a private incident alone.
const SECRETS: &[&str] = &["Zanzibar", "zanzibar-ledger", "Quagga", "meet.zanzibar.example"];

/// An instance in which Ana has declared a private incident for Ben, and a
/// public one beside it.
struct House {
    server: Server,
    ana: Client,
    ben: Client,
    mara: Client,
    outsider: Client,
    number: i64,
}

impl House {
    async fn new() -> Self {
        let server = Server::start().await;
        let mara = server.person("Mara", Role::Admin).await;
        let ana = server.person("Ana", Role::Responder).await;
        let ben = server.person("Ben", Role::Viewer).await;
        let outsider = server.person("Otto", Role::Responder).await;
        ana.declare("Checkout fails").await;
        let secret = [
            ("title", "Zanzibar ledger was read"),
            ("summary", "Quagga"),
            ("services", "zanzibar-ledger"),
            ("private", "on"),
            ("people", "@ben"),
        ];
        let declared = ana.submit("/incidents", &secret).await;
        assert_eq!(declared.location(), "/incidents/2", "{}", declared.body);
        let link = [("kind", "call"), ("url", "https://meet.zanzibar.example/x"), ("label", "Zanzibar call")];
        ana.change(2, "links", &link).await;
        assert_eq!(ana.say(2, "/effect Quagga seen").await.status, 303);
        Self { server, ana, ben, mara, outsider, number: 2 }
    }
}

fn assert_silent(body: &str, place: &str) {
    for secret in SECRETS {
        assert!(!body.contains(secret), "{secret} in {place}:\n{body}");
    }
    assert!(!body.contains("/incidents/2"), "its address in {place}:\n{body}");
}

/// Every address that a page leads to.
fn links(body: &str) -> Vec<String> {
    let hrefs = body.split(r#"href=""#).skip(1).filter_map(|rest| rest.split('"').next());
    let ours = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("/static/"));
    ours.map(|href| href.split('#').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")).collect()
}

#[tokio::test]
async fn its_people_and_admins_see_it_and_for_anybody_else_it_is_nowhere() {
    let house = House::new().await;
    for insider in [&house.ana, &house.ben, &house.mara] {
        assert!(insider.get("/incidents").await.body.contains("Zanzibar ledger"));
        assert!(insider.room(house.number).await.body.contains("Quagga seen"));
    }
    // Every page that an outsider can reach from any other.
    let mut todo: Vec<String> = ["/", "/incidents", "/incidents/new", "/me", "/api/docs"].map(str::to_owned).into();
    for secret in SECRETS {
        todo.push(address("/incidents", &[("q", secret)]));
        todo.push(address("/incidents", &[("service", secret)]));
        todo.push(address("/incidents/similar", &[("title", secret)]));
    }
    let mut seen = BTreeSet::new();
    while let Some(path) = todo.pop() {
        if !seen.insert(path.clone()) || seen.len() > 400 {
            continue;
        }
        let page = house.outsider.get(&path).await;
        assert!(page.status.as_u16() < 500, "{path}: {}", page.status);
        // What was looked for is repeated in the field; nothing else may say it.
        let body = page.body.replace(&format!("value=\"{}\"", asked(&path)), "");
        assert_silent(&body.replace(&urlencoded(&asked(&path)), ""), &path);
        todo.extend(links(&page.body));
    }
    assert!(seen.iter().any(|path| path.starts_with("/incidents/1/timeline/")), "the crawl went deep: {seen:?}");
}

fn asked(path: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, value)| ["q", "service", "title"].contains(&&**name) && !value.is_empty())
        .map_or_else(|| "no such words".to_owned(), |(_, value)| value.into_owned())
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn every_route_of_it_answers_an_outsider_as_if_it_were_not_there() {
    let house = House::new().await;
    let routes = Routes::all(&house.server.app).table;
    let of_one = routes.iter().filter(|route| route.path.starts_with("/incidents/{number}"));
    for route in of_one {
        let fill = |number: &str| {
            let path = route.path.replace("{number}", number).replace("{seq}", "1");
            path.replace("{id}", "019aa000-0000-7000-8000-000000000000")
        };
        let ask = async |number: &str| {
            let request = house.outsider.request(route.method.clone(), &fill(number));
            let request = request.header("origin", house.outsider.base()).form(&[("body", "x"), ("reason", "x")]);
            let reply = house.outsider.send(request).await;
            (reply.status, reply.body)
        };
        let (private, missing) = (ask("2").await, ask("4711").await);
        assert!([403, 404].contains(&private.0.as_u16()), "{} {}: {}", route.method, route.path, private.0);
        assert_eq!(private, missing, "{} {}", route.method, route.path);
    }
    assert_eq!(house.ana.say(2, "/status identified").await.status, 303, "nothing was changed");
}

#[tokio::test]
async fn programs_of_outsiders_do_not_find_it_either() {
    let house = House::new().await;
    let program = Program::of(&house.server, &house.outsider, Scope::Write).await;
    let (_, all) = program.get("/incidents").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    for query in ["q=Zanzibar", "q=2", "service=zanzibar-ledger", "status=open"] {
        let (_, found) = program.get(&format!("/incidents?{query}")).await;
        assert_silent(&found.to_string(), query);
    }
    let routes = Routes::all(&house.server.app).table;
    for route in routes.iter().filter(|route| route.path.starts_with("/api/v1/incidents/{number}")) {
        let path = route.path.trim_start_matches("/api/v1").replace("{number}", "2").replace("{seq}", "1");
        let path = path.replace("{id}", "019aa000-0000-7000-8000-000000000000");
        let request = program.request(route.method.clone(), &path).json(&json!({}));
        let status = request.send().await.unwrap().status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{} {path}", route.method);
    }
    let merging = program.request(Method::POST, "/incidents/1/merge").json(&json!({ "into": 2 }));
    assert_eq!(merging.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn lists_that_are_open_hear_nothing_of_it() {
    let house = House::new().await;
    let mut outsiders = house.outsider.events("/incidents/events", None).await;
    let mut bens = house.ben.events("/incidents/events", None).await;
    outsiders.next_named("ping").await.unwrap();
    bens.next_named("ping").await.unwrap();
    house.ana.change(2, "severity", &[("severity", "sev1")]).await;
    while !bens.next_named("incident").await.unwrap().data.contains("Zanzibar") {}
    house.ana.change(1, "severity", &[("severity", "sev1")]).await;
    loop {
        let heard = outsiders.next_named("incident").await.unwrap().data;
        assert_silent(&heard, "a list");
        if heard.contains("sev1") {
            break;
        }
    }
}

#[tokio::test]
async fn whoever_may_no_longer_see_it_is_let_out_of_the_room() {
    let house = House::new().await;
    let mut bens = house.ben.events("/incidents/2/events?after=0", None).await;
    let program = Program::of(&house.server, &house.ben, Scope::Read).await;
    let bens_program = program.request(Method::GET, "/incidents/2/events").header("last-event-id", 0);
    let mut bens_program = crate::support::Events::new(bens_program.send().await.unwrap());
    bens.next_named("entry").await.unwrap();
    bens_program.next_named("entry").await.unwrap();
    house.mara.change(2, "visibility", &[("private", "on"), ("people", "@ana")]).await;
    while let Some(event) = bens.next().await {
        assert!(!event.data.contains("made this"), "{event:?}");
    }
    assert_eq!(bens_program.next_named("reset").await, None, "the program's stream ended");
    assert_eq!(house.ben.room(2).await.status, 404);
    assert_eq!(house.ana.room(2).await.status, 200);

    // An admin who is one no longer sees no more than others.
    let nia = house.server.person("Nia", Role::Admin).await;
    let mut nias = nia.events("/incidents/2/events?after=0", None).await;
    nias.next_named("entry").await.unwrap();
    let path = format!("/settings/people/{}/role", nia.person.as_ref().unwrap().id);
    assert_eq!(house.mara.post(&path, &[("role", "responder")]).await.status, 303);
    while nias.next().await.is_some() {}
    assert_eq!(nia.room(2).await.status, 404);
}

#[tokio::test]
async fn an_admin_opens_it_to_everybody_and_closes_it_again() {
    let house = House::new().await;
    let refused = house.ana.submit("/incidents/2/visibility", &[("private", "")]).await;
    assert_eq!(refused.status, 403, "not hers to do");
    let unknown = house.mara.submit("/incidents/2/visibility", &[("private", "on"), ("people", "@nobody-here")]).await;
    unknown.assert_refused("people", "@nobody-here", "");

    house.mara.change(2, "visibility", &[("private", "")]).await;
    assert!(house.outsider.room(2).await.body.contains("Quagga seen"));
    let form = house.mara.get("/incidents/2/visibility").await;
    assert_eq!(html::input(&form.body, "people"), Some("@ana, @ben"), "its people are remembered");
    house.mara.change(2, "visibility", &[("private", "on"), ("people", "@ben, otto@example.org")]).await;
    assert_eq!(house.outsider.room(2).await.status, 200);
    assert_eq!(house.ana.room(2).await.status, 404, "she is not named any more");

    let entries = crate::support::rows::timeline(&house.server.app.db, 2).await;
    let said: Vec<&str> = entries.iter().filter(|it| it.kind == "visibility").map(|it| it.body.as_str()).collect();
    assert_eq!(said, ["visible to everybody", "private: admins see it, and Ben, Mara, Otto"]);
}

#[tokio::test]
async fn programs_declare_and_close_private_ones() {
    let house = House::new().await;
    let program = Program::of(&house.server, &house.ana, Scope::Write).await;
    let new = json!({ "title": "Zanzibar again", "private": true, "people": ["ben@example.org"] });
    let (status, incident) = program.post("/incidents", new).await;
    assert_eq!((status, &incident["private"]), (StatusCode::CREATED, &Value::Bool(true)));
    assert_eq!(incident["people"], json!(["ana@example.org", "ben@example.org"]));
    let number = &incident["number"];
    assert_eq!(house.outsider.get(&format!("/incidents/{number}")).await.status, 404);

    for (new, field) in [
        (json!({ "title": "x", "private": true, "people": ["nobody@example.org"] }), "people"),
        (json!({ "title": "x", "people": ["ben@example.org"] }), "people"),
    ] {
        let (status, problem) = program.post("/incidents", new).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
    }
    let path = format!("/incidents/{number}");
    assert_eq!(program.patch(&path, json!({ "private": false })).await.0, StatusCode::FORBIDDEN);
    let admins = Program::of(&house.server, &house.mara, Scope::Write).await;
    let (status, opened) = admins.patch(&path, json!({ "private": false })).await;
    assert_eq!((status, &opened["private"]), (StatusCode::OK, &Value::Bool(false)));
    let (_, closed) = admins.patch(&path, json!({ "private": true, "people": ["@otto"] })).await;
    assert_eq!(closed["people"], json!(["mara@example.org", "otto@example.org"]));
    let (_, same) = admins.patch(&path, json!({ "title": "Zanzibar, once more" })).await;
    assert_eq!((&same["people"], &same["private"]), (&closed["people"], &Value::Bool(true)));
}
