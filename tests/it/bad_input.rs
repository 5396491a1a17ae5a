//! Whatever is typed, pasted or made up: a message beside the field with the
//! text kept and nothing written, or stored as it was typed and shown as text.

use std::fmt::Write as _;

use axum::http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use second_story::{terms::Role, web::form::MAX_BYTES};

use crate::support::{
    Reply, Server, contents,
    forms::{self, FORMS, Form},
    people::address,
    world::{World, Worlds},
};

const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// The route whose form may carry files.
const TAKES_FILES: &str = "/incidents/{number}/timeline";

/// What a page must never hold as it is.
const LIVE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'";

/// Text without anything to see.
const UNSEEN: &str = "\u{200b}\u{200e}\u{2060}";

/// What people and programs put into fields.
fn payloads() -> Vec<String> {
    vec![
        "a\0b".into(),
        "\u{202e}drowssap\u{202c} \u{200b}\u{200f}\u{feff}x".into(),
        UNSEEN.into(),
        LIVE.into(),
        "javascript:alert(1)".into(),
        "data:text/html,<script>alert(1)</script>".into(),
        "'; drop table people; --".into(),
        "{{7*7}} ${7*7} <%= 7*7 %>".into(),
        "+262142-12-31 23:59".into(),
        "a".repeat(1 << 20),
    ]
}

#[tokio::test]
async fn what_is_typed_at_the_door_is_refused_or_kept_as_it_is() {
    let door = ["/sign-in", "/setup/{token}", "/invite/{token}", "/reset/{token}"];
    for form in FORMS.iter().filter(|form| door.contains(&form.route)) {
        every_field(form).await;
    }
}

#[tokio::test]
async fn what_is_typed_of_people_is_refused_or_kept_as_it_is() {
    let people = |form: &&Form| form.route.starts_with("/me") || form.route.starts_with("/settings/people");
    for form in FORMS.iter().filter(people) {
        every_field(form).await;
    }
}

#[tokio::test]
async fn what_is_typed_of_the_settings_is_refused_or_kept_as_it_is() {
    for route in ["/settings/severities/{severity}", "/settings/roles", "/settings/roles/{role}", "/settings/instance"]
    {
        every_field(forms::of(route)).await;
    }
}

#[tokio::test]
async fn what_is_typed_of_an_incident_is_refused_or_kept_as_it_is() {
    let incidents = |form: &&Form| form.route.starts_with("/incidents") && !form.route.contains("timeline");
    for form in FORMS.iter().filter(incidents) {
        every_field(form).await;
    }
}

#[tokio::test]
async fn what_is_typed_into_a_timeline_is_refused_or_kept_as_it_is() {
    for form in FORMS.iter().filter(|form| form.route.contains("timeline")) {
        every_field(form).await;
    }
}

/// Puts every payload into every field of a form.
async fn every_field(form: &Form) {
    let mut world = World::of(form.route).await;
    for (field, _) in form.fields.iter().chain(&[("key", "")]) {
        for payload in payloads() {
            let before = contents::of(world.db()).await;
            let reply = world.send(form, (field, &payload)).await;
            let shown: String = payload.chars().take(40).collect();
            let case = format!("{} {field}={shown:?}: {}", form.route, reply.status);
            match reply.status.as_u16() {
                200 | 303 => {
                    // What nobody can see says nothing, and is stored as nothing.
                    if form.typed.contains(field) && payload != UNSEEN {
                        let kept = contents::hold(world.db(), &payload).await;
                        assert!(kept, "{case}, and it was changed or lost");
                    }
                    // The first admin is here now, or the link is used up.
                    if form.route.starts_with("/setup") {
                        world = World::of(form.route).await;
                    }
                }
                422 => {
                    if form.typed.contains(field) {
                        kept_beside(&reply, form.route, field, &payload, &case);
                    }
                    assert!(field == &"password" || is_explained(&reply), "{case}: no message");
                    unchanged(&world, form, before, &case).await;
                }
                400 | 413 => unchanged(&world, form, before, &case).await,
                _ => panic!("{case}\n{}", reply.body),
            }
            world.renew(form.route).await;
        }
    }
}

/// A failed try at a password is counted, and that is all it does.
async fn unchanged(world: &World, form: &Form, mut before: Vec<(String, String)>, case: &str) {
    let mut after = contents::of(world.db()).await;
    if ["/sign-in", "/me/password"].contains(&form.route) {
        for contents in [&mut before, &mut after] {
            contents.retain(|(table, _)| table != "sign_in_failures");
        }
        let forget = sqlx::query("delete from sign_in_failures");
        forget.execute(world.db()).await.unwrap();
    }
    assert_eq!(before, after, "{case}: something was written");
}

fn is_explained(reply: &Reply) -> bool {
    let (_, message) = reply.body.split_once(r#"role="alert">"#).unwrap_or_default();
    !message.is_empty() && !message.starts_with("</p>")
}

fn kept_beside(reply: &Reply, route: &str, field: &str, payload: &str, case: &str) {
    // Which of the two is wrong is not said.
    let beside = if route == "/sign-in" { "password" } else { field };
    assert!(reply.error(beside).is_some(), "{case}: no message beside it");
    assert!(reply.body.contains(&escaped(payload)), "{case}: the text is lost");
    if payload == LIVE {
        assert!(!reply.body.contains(LIVE), "{case}: unescaped");
    }
}

/// As the templates write it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '&' | '<' | '>' | '"' | '\'') {
            let _ = write!(escaped, "&#{};", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[tokio::test]
async fn bodies_that_cannot_be_read_write_nothing() {
    let mut worlds = Worlds::make().await;
    // A button has no form to read.
    for form in FORMS.iter().filter(|form| !form.fields.is_empty()) {
        let world = worlds.of(form.route).await;
        let before = contents::of(world.db()).await;
        let path = world.path(form.route);
        let field = form.fields.first().map_or("x", |(name, _)| name);
        let too_large = format!("{field}={}", "a".repeat(MAX_BYTES));
        for (kind, body, expected) in [
            (URL_ENCODED, format!("{field}=%FF").into_bytes(), 400),
            (URL_ENCODED, [field.as_bytes(), b"=\xC3\x28"].concat(), 400),
            (URL_ENCODED, [field.as_bytes(), b"=\xED\xA0\x80"].concat(), 400),
            (URL_ENCODED, too_large.into_bytes(), 413),
            ("text/plain", format!("{field}=x").into_bytes(), 415),
            ("application/json", b"{}".to_vec(), 415),
            // The one that takes files reads it, and finds nothing in it.
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), if form.route == TAKES_FILES { 422 } else { 415 }),
            ("", b"".to_vec(), 415),
        ] {
            let request = world.admin.request(Method::POST, &path);
            let request = request.header(ORIGIN, &world.server.url);
            let request = request.header(CONTENT_TYPE, kind).body(body);
            let status = world.admin.send(request).await.status;
            assert_eq!(status, expected, "{} as {kind:?}", form.route);
        }
        for repeated in ["", "a[]=1&a[b]=2", "=&&=", "%", "%%%", "a=%zz", "x=1&x=2"] {
            let request = world.admin.request(Method::POST, &path);
            let request = request.header(ORIGIN, &world.server.url);
            let request = request.header(CONTENT_TYPE, URL_ENCODED).body(repeated);
            let reply = world.admin.send(request).await;
            let refused = matches!(reply.status.as_u16(), 400 | 422);
            assert!(refused, "{} {repeated:?}: {}", form.route, reply.status);
        }
        unchanged(world, form, before, form.route).await;
    }
}

#[tokio::test]
async fn what_was_stored_is_shown_as_text_wherever_it_stands() {
    let world = poisoned().await;
    let (mara, path) = (&world.admin, world.path("/incidents/{number}"));
    let mut stream = mara.events(&format!("{path}/events?after=0"), None).await;
    let mut shown = Vec::new();
    for name in ["entry", "panels"] {
        shown.push((format!("SSE {name}"), stream.next_named(name).await.unwrap().data));
    }
    let mut rows = mara.events("/incidents/events", None).await;
    mara.post(&format!("{path}/severity"), &[("severity", "sev1"), ("reason", LIVE)]).await;
    shown.push(("SSE list".into(), rows.next_named("incident").await.unwrap().data));
    for route in forms::routes(&world.server, &Method::GET) {
        if !route.path.ends_with("/events") && !route.path.starts_with("/static") {
            let page = mara.get(&world.path(route.path)).await;
            shown.push((route.path.into(), page.body));
        }
    }
    let person = mara.person.as_ref().unwrap().id;
    for path in [
        format!("/settings/people/{person}"),
        format!("{path}?order=happened"),
        format!("{path}/timeline/1"),
        "/sign-in?next=/\"><script>alert(1)</script>".into(),
    ] {
        shown.push((path.clone(), mara.get(&path).await.body));
    }
    let mut with_text = 0;
    for (place, html) in &shown {
        for live in ["<script>alert", "<img", "onerror=alert(2)>'", "href=\"javascript:", "href=\"data:"] {
            assert!(!html.contains(live), "{place} holds {live}");
        }
        with_text += usize::from(html.contains("alert(1)"));
    }
    assert!(with_text >= 20, "{with_text} places show it at all");
}

/// An instance where everything that can be named is named by an attacker.
async fn poisoned() -> World {
    let mut world = World::of("/incidents/{number}").await;
    let mara = world.admin.clone();
    let send = async |path: String, fields: &[(&str, &str)]| {
        let reply = mara.post(&path, fields).await;
        assert_eq!(reply.status, 303, "{path}: {}", reply.body);
    };
    send("/me".into(), &[("name", LIVE), ("handle", "mara"), ("time_zone", "UTC")]).await;
    let severity = "/settings/severities/sev1";
    send(severity.into(), &[("name", &LIVE[..40]), ("definition", LIVE)]).await;
    let room = world.path("/incidents/{number}");
    send(format!("{room}/details"), &[("title", LIVE), ("title_was", "Login is slow"), ("summary", LIVE)]).await;
    let link = [("kind", "call"), ("label", LIVE), ("url", "https://x.org/\"><script>alert(1)</script>")];
    send(format!("{room}/links"), &link).await;
    let correction = [("body", LIVE), ("reason", LIVE)];
    send(format!("{room}/timeline/2/corrections"), &correction).await;
    send(format!("{room}/moments"), &[("moment", "detected"), ("at", "-5m"), ("reason", LIVE)]).await;
    send(format!("{room}/work-items"), &[("title", LIVE), ("person", "me")]).await;
    send(format!("{room}/roles"), &[("role", "commander"), ("person", "me")]).await;
    send(format!("{room}/handoffs"), &[("role", "commander"), ("to", "@ole-other"), ("briefing", LIVE)]).await;
    for line in [
        LIVE,
        "[x](javascript:alert(1)) ![x](https://evil.test/x.png) <svg onload=alert(1)>",
        "a\n\nevent: admin\ndata: alert(1)\n\n",
    ] {
        assert_eq!(mara.say(1, line).await.status, 303);
    }
    let agent = "insert into sessions (id, token_hash, person_id, user_agent)
         select gen_random_uuid(), '\\x00', id, $1 from people where handle = 'mara'";
    sqlx::query(agent).bind(LIVE).execute(world.db()).await.unwrap();
    world.admin = mara;
    world
}

#[tokio::test]
async fn text_cannot_end_an_event_of_a_stream() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Checkout fails").await;
    let path = format!("/incidents/{number}/events?after=1");
    let mut stream = ana.events(&path, None).await;
    let text = "a\n\nevent: admin\ndata: <b>x\r\revent: admin\rid: 99\n\n\u{2028}\u{85}end";
    assert_eq!(ana.say(number, text).await.status, 303);
    let entry = loop {
        let event = stream.next().await.unwrap();
        let ours = ["entry", "panels", "ping"].contains(&event.name.as_str());
        assert!(ours, "{event:?}");
        if event.name == "entry" {
            break event;
        }
    };
    assert_eq!(entry.id, Some(2));
    assert!(entry.data.contains("event: admin") && entry.data.contains("end"), "{entry:?}");
    // The entry after it is another event again.
    assert_eq!(ana.say(number, "and on").await.status, 303);
    assert!(stream.next_named("entry").await.unwrap().id > Some(2));
}

#[tokio::test]
async fn reasons_that_are_too_long_for_a_command_are_refused_with_it() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    let number = mara.declare("Checkout fails").await;
    let before = contents::of(&server.app.db).await;
    let why = "because ".repeat(300);
    for command in ["/sev 1", "/status monitoring", "/resolve", "/cancel", "/reopen"] {
        let line = format!("{command} {why}");
        let reply = mara.say(number, &line).await;
        assert_eq!(reply.status, 422, "{command}");
        assert!(reply.error("body").unwrap().contains("2000"), "{command}");
        assert!(reply.body.contains(line.trim()), "{command}");
    }
    assert_eq!(before, contents::of(&server.app.db).await);
}

#[tokio::test]
async fn a_moment_that_cannot_be_read_is_shown_with_any_status() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Checkout fails").await;
    let path = format!("/incidents/{number}/status");
    for status in ["monitoring", "resolved", "", "no such status"] {
        let form = [("status", status), ("detected", "at lunch")];
        let reply = ana.post(&path, &form).await;
        assert_eq!(reply.status, 422, "{status}");
        assert!(reply.error("detected").is_some(), "{status}");
        assert!(reply.body.contains("at lunch"), "{status}");
    }
}

#[tokio::test]
async fn no_query_breaks_a_page() {
    let world = World::of("/incidents/{number}").await;
    for route in forms::routes(&world.server, &Method::GET) {
        let path = world.path(route.path);
        for parameter in parameters(route.path) {
            for value in hostile() {
                let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
                opens(&world, &format!("{path}?{parameter}={value}")).await;
            }
            for query in [
                format!("{parameter}=%FF"),
                format!("{parameter}=1&{parameter}=2"),
                format!("{parameter}[]=1"),
                format!("{parameter}[a][b]=1"),
                parameter.to_string(),
                "%".into(),
                "=&&=".into(),
            ] {
                opens(&world, &format!("{path}?{query}")).await;
            }
        }
    }
}

/// What stands in an address that nobody typed in good faith.
fn hostile() -> Vec<String> {
    [
        "",
        "'",
        "\"",
        "%",
        "_",
        "\\",
        "\0",
        "\u{202e}",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "' or 1=1 --",
        "-1",
        "0",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "1e400",
        "NaN",
        "-262143-01-01",
        "+262142-12-31",
        "-9999-01-01",
        "9999-12-31",
        "0000-00-00",
        "2026-02-30",
        "& | ! :* <->",
        "()",
        "a:*",
        "ⅷ ª ²",
        "open",
        "sev3",
        "typed",
        "happened",
        "monitoring",
    ]
    .map(String::from)
    .into_iter()
    .chain(["x".repeat(3000), "x ".repeat(1500)])
    .collect()
}

/// What a page reads from its address.
fn parameters(route: &str) -> &'static [&'static str] {
    match route {
        "/incidents" => &["q", "severity", "status", "from", "to", "before"],
        "/incidents/new" => &["title", "severity", "summary", "impact_started", "detected"],
        "/incidents/{number}" => &["kind", "person", "order", "before"],
        "/incidents/{number}/events" => &["after"],
        "/incidents/{number}/handoffs/new" => &["role", "work_item", "to", "briefing"],
        "/incidents/{number}/moments" => &["moment", "at", "reason", "time_zone"],
        "/incidents/{number}/status" => &["status", "reason"],
        "/sign-in" => &["next", "email"],
        "/static/{*name}" => &["v"],
        _ => &["q"],
    }
}

/// Opens an address and looks at the head: streams have no end.
async fn opens(world: &World, path: &str) {
    let response = world.admin.request(Method::GET, path).send().await.unwrap();
    let status = response.status().as_u16();
    // Whoever tries many secrets that are none is slowed down.
    let guesses = path.starts_with("/s/") && status == 429;
    assert!(guesses || matches!(status, 200 | 303 | 400 | 404 | 410), "{status} {path}");
    let html = response.headers().get("content-type");
    if status == 200 && html.is_some_and(|it| it == "text/html; charset=utf-8") {
        let body = response.text().await.unwrap();
        assert!(!body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_is_not_found() {
    let mut worlds = Worlds::make().await;
    let table = {
        let server = Server::start().await;
        [forms::routes(&server, &Method::GET), forms::routes(&server, &Method::POST)].concat()
    };
    for route in table.iter().filter(|route| route.path.contains('{')) {
        let world = worlds.of(route.path).await;
        let before = contents::of(world.db()).await;
        for id in ["0", "-1", "9223372036854775808", "9223372036854775807", "abc", "%00", "%FF", "'", "..%2f1", "1e3"] {
            for parameter in route.path.split(['{', '}']).skip(1).step_by(2) {
                let path = world.path(&route.path.replace(&format!("{{{parameter}}}"), id));
                let request = world.admin.request(route.method.clone(), &path);
                let request = if route.method == Method::POST {
                    let fields = forms::of(route.path).fields;
                    request.header(ORIGIN, &world.server.url).form(fields)
                } else {
                    request
                };
                let reply = world.admin.send(request).await;
                let expected: &[u16] = match parameter {
                    "token" if path.starts_with("/s/") => &[404, 429],
                    "token" => &[404, 410],
                    _ => &[404],
                };
                let status = reply.status.as_u16();
                assert!(expected.contains(&status), "{} {path}: {status}", route.method);
                assert!(reply.body.contains("<h1"), "{path} answers with a page");
            }
        }
        assert_eq!(before, contents::of(world.db()).await, "{}", route.path);
    }
}

#[tokio::test]
async fn wildcards_are_searched_as_they_are_typed() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    ana.declare("Checkout fails").await;
    ana.declare("Payments at 100 percent").await;
    let found =
        async |q: &str| ana.get(&address("/incidents", &[("q", q)])).await.body.matches("class=\"incident\"").count();
    assert_eq!(found("check").await, 1);
    assert_eq!(found("check%").await, 1);
    assert_eq!(found("c_eckout").await, 0);
    assert_eq!(found("check' or 1=1 --").await, 0);
}
