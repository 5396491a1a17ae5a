//! What bounds a page in a browser, on every answer; and what an answer never
//! gives away.

use std::collections::BTreeSet;

use axum::http::Method;
use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, ORIGIN},
};
use second_story::{config::Web, terms::Role};

use crate::support::{
    Server, database,
    forms::{self, PASSWORD},
    world::{self, World, Worlds},
};

/// What stands on every answer.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[tokio::test]
async fn every_route_answers_within_the_bounds() {
    let own = Server::start().await;
    let mut seen = BTreeSet::new();
    let mut worlds = Worlds::make().await;
    for route in forms::routes(&own, &Method::GET) {
        let world = worlds.of(route.path).await;
        let path = world.path(route.path);
        for client in [&world.admin, &world.server.anybody()] {
            for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE] {
                let request = client.request(method, &path).header(ORIGIN, &world.server.url);
                seen.insert(bounded(&request.send().await.unwrap()));
            }
        }
    }
    for form in forms::FORMS {
        let world = World::of(form.route).await;
        let path = world.path(form.route);
        let request = world.admin.request(Method::POST, &path);
        let request = request.header(ORIGIN, "https://evil.test");
        seen.insert(bounded(&request.send().await.unwrap()));
        for fields in [&[("name", "\0"), ("body", "\0"), ("title", "\0")], form.fields] {
            let request = world.admin.request(Method::POST, &path).form(fields);
            let request = request.header(ORIGIN, &world.server.url);
            seen.insert(bounded(&request.send().await.unwrap()));
        }
    }
    let usual = BTreeSet::from([200, 303, 403, 405, 422]);
    assert!(seen.is_superset(&usual), "{seen:?}");
}

#[tokio::test]
async fn every_status_is_answered_within_the_bounds() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    world::choose_password(&server, &mara).await;
    let number = mara.declare("Checkout fails").await;
    let get = |path: &str| mara.request(Method::GET, path);
    let post = |path: &str| mara.request(Method::POST, path).header(ORIGIN, &server.url);
    let sent = |body: &str| {
        let form = "application/x-www-form-urlencoded";
        post("/incidents").header("content-type", form).body(body.to_owned())
    };
    let tag = get("/static/app.css").send().await.unwrap();
    let tag = tag.headers()["etag"].clone();
    for (request, status) in [
        (get("/static/app.css"), 200),
        (get("/static/app.css").header("if-none-match", tag), 304),
        (get("/static/none.css"), 404),
        (get("/no/such/page"), 404),
        (get("/incidents/4711"), 404),
        (get("/incidents/x"), 404),
        (get("/settings/people/x"), 404),
        (get("/incidents?before=x"), 400),
        (get("/sign-out"), 405),
        (post("/incidents").body("title=x"), 415),
        (sent("title=%FF"), 400),
        (sent("title="), 422),
        (sent(&"a".repeat((4 << 20) + 1)), 413),
        (sent("title=x"), 303),
        (sent("title=x").header("x-script", "1"), 204),
        (get(&format!("/incidents/{number}/events")), 200),
        (get("/incidents/events"), 200),
        (get("/setup/gone"), 410),
    ] {
        let response = request.send().await.unwrap();
        let url = response.url().clone();
        assert_eq!(bounded(&response), status, "{url}");
    }
    let failures = "insert into sign_in_failures (account, address)
         select 'mara@example.org', '127.0.0.1' from generate_series(1, 8)";
    sqlx::query(failures).execute(&server.app.db).await.unwrap();
    let fields = [("email", "mara@example.org"), ("password", PASSWORD)];
    let slowed = post("/sign-in").form(&fields).send().await.unwrap();
    assert_eq!(bounded(&slowed), 429);
}

#[tokio::test]
async fn only_https_is_asked_for_again() {
    let plain = Server::start().await;
    let reply = plain.anybody().get("/healthz").await;
    assert!(!reply.headers.contains_key("strict-transport-security"));
    let https = Server::with(database::fresh().await, |web| Web {
        public_url: Some("https://incidents.example.org".parse().unwrap()),
        ..web
    })
    .await;
    for path in ["/", "/healthz", "/static/app.css", "/none"] {
        let reply = https.anybody().get(path).await;
        let strict = reply.headers["strict-transport-security"].to_str().unwrap();
        let (_, age) = strict.split_once("max-age=").unwrap();
        assert!(age.parse::<u32>().unwrap() >= 31_536_000, "{path}");
    }
}

#[tokio::test]
async fn browsers_keep_a_static_file_only_under_its_own_version() {
    let server = Server::start().await;
    let anybody = server.anybody();
    let page = anybody.get("/sign-in").await.body;
    let mut files = 0;
    for address in page.split('"').filter(|it| it.starts_with("/static/")) {
        let address = address.split('#').next().unwrap();
        let (name, version) = address.split_once("?v=").expect("a version");
        let kept = anybody.get(address).await;
        assert_eq!(kept.status, 200, "{address}");
        assert_eq!(caching(&kept.headers), "public, max-age=31536000, immutable");
        for other in [name.to_owned(), format!("{name}?v="), format!("{name}?v={version}0")] {
            assert_eq!(caching(&anybody.get(&other).await.headers), "no-cache", "{other}");
        }
        let request = anybody.request(Method::GET, address);
        let tag = kept.headers["etag"].clone();
        let same = anybody.send(request.header("if-none-match", tag.clone())).await;
        assert_eq!((same.status.as_u16(), same.body.as_str()), (304, ""));
        assert_eq!(same.headers["etag"], tag);
        assert_eq!(caching(&same.headers), caching(&kept.headers));
        files += 1;
    }
    assert!(files >= 3);
    for outside in ["/static/../Cargo.toml", "/static/..%2f..%2fetc/passwd", "/static//etc/passwd"] {
        assert_eq!(anybody.get(outside).await.status, 404, "{outside}");
    }
}

#[tokio::test]
async fn a_request_id_is_on_every_answer_and_each_is_another() {
    let server = Server::start().await;
    let mut ids = BTreeSet::new();
    for path in ["/", "/healthz", "/none", "/static/app.css", "/sign-in"] {
        let reply = server.anybody().get(path).await;
        ids.insert(reply.headers["x-request-id"].to_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn a_fault_of_ours_is_said_and_not_shown() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    let number = mara.declare("Checkout fails").await;
    let drop = "drop table severities cascade";
    sqlx::query(drop).execute(&server.app.db).await.unwrap();
    for path in [
        "/incidents/new".to_owned(),
        "/settings/severities".to_owned(),
        format!("/incidents/{number}"),
        format!("/incidents/{number}/severity"),
    ] {
        let reply = mara.get(&path).await;
        assert_eq!(reply.status, 500, "{path}");
        assert!(reply.body.contains("Something went wrong on our side"));
        let said = reply.body.to_lowercase();
        for given_away in ["severities", "relation", "sql", "select", "error returned", ".rs", "panic", "/work"] {
            assert!(!said.contains(given_away), "{path} shows {given_away}");
        }
        assert_eq!(caching(&reply.headers), "no-store");
        assert!(reply.headers.contains_key("x-request-id"));
    }
    // What does not need it works.
    assert_eq!(mara.get("/incidents").await.status, 200);
}

#[tokio::test]
async fn without_the_database_one_is_asked_to_try_again() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    let number = mara.declare("Checkout fails").await;
    server.app.db.close().await;
    for path in [
        "/".to_owned(),
        "/sign-in".to_owned(),
        "/setup/x".to_owned(),
        format!("/incidents/{number}"),
        format!("/incidents/{number}/events"),
    ] {
        let response = mara.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.headers()["retry-after"], "2", "{path}");
        assert_eq!(bounded(&response), 503, "{path}");
    }
    let reply = mara.say(number, "typed meanwhile").await;
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("Nothing was written"));
    let sign_in = [("email", "mara@example.org"), ("password", PASSWORD)];
    assert_eq!(server.anybody().post("/sign-in", &sign_in).await.status, 503);
    assert_eq!(mara.get("/readyz").await.status, 503);
    assert_eq!(mara.get("/healthz").await.status, 200);
    assert_eq!(mara.get("/static/app.css").await.status, 200);
}

/// Checks the head of an answer, and returns its status.
fn bounded(response: &Response) -> u16 {
    let case = format!("{} {}", response.status(), response.url());
    let headers = response.headers();
    for (name, value) in ALWAYS {
        let there = headers.get(*name).unwrap_or_else(|| panic!("{case}: no {name}"));
        assert_eq!(there, value, "{case}");
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        let mut directives = policy.split(';').map(str::trim);
        assert!(directives.any(|it| it == directive), "{case}: {policy}");
    }
    assert!(!policy.contains("unsafe-") && !policy.contains('*'), "{case}");
    assert!(!headers.contains_key("access-control-allow-origin"), "{case}");
    assert!(headers.contains_key("x-request-id"), "{case}");
    assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
    let kind = headers.get("content-type").map_or("", |it| it.to_str().unwrap());
    if kind.starts_with("text/html") || kind.starts_with("text/event-stream") {
        assert_eq!(caching(headers), "no-store", "{case}");
    }
    if kind.starts_with("text/html") {
        assert_eq!(kind, "text/html; charset=utf-8", "{case}");
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        assert!(headers.contains_key("allow"), "{case}");
    }
    response.status().as_u16()
}

fn caching(headers: &HeaderMap) -> &str {
    let caching = headers.get("cache-control");
    caching.map_or("", |value| value.to_str().unwrap())
}
