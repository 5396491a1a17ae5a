//! The API, as a program uses it.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use reqwest::{Method, StatusCode};
use second_story::{
    routes::Routes,
    terms::{Role, Scope},
};
use serde_json::{Value, json};

use crate::support::{Events, Program, Server, images, program::read};

#[tokio::test]
async fn a_program_declares_writes_and_reads() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    let (status, incident) = program.post("/incidents", json!({ "title": "Checkout fails" })).await;
    assert_eq!(status, 201);
    assert_eq!(
        (&incident["number"], &incident["severity"], &incident["status"], &incident["resolved_at"]),
        (&json!(1), &json!("sev3"), &json!("investigating"), &Value::Null)
    );
    assert_eq!(incident["url"], format!("{}/incidents/1", server.url));
    assert_eq!(program.get("/incidents/1").await, (StatusCode::OK, incident));

    let entry = json!({ "kind": "action", "body": "restarted", "occurred_at": "2026-01-02T03:04:05Z" });
    let (status, entry) = program.post("/incidents/1/timeline", entry).await;
    assert_eq!(status, 201);
    assert_eq!(entry["occurred_at"], "2026-01-02T03:04:05Z");
    assert_eq!((&entry["source"], &entry["author"]["name"]), (&json!("api"), &json!("Ana")));

    let path = format!("/incidents/1/timeline/{}/corrections", entry["seq"]);
    let (status, corrected) = program.post(&path, json!({ "body": "restarted db-3", "reason": "which" })).await;
    assert_eq!(status, 201);
    assert_eq!(corrected["body"], "restarted db-3");
    assert_eq!(corrected["history"][0]["body"], "restarted");
    let (status, struck) = program.post(&path, json!({ "strike": true, "reason": "another host" })).await;
    assert_eq!((status, &struck["struck"]), (StatusCode::CREATED, &json!({ "reason": "another host" })));

    let (_, all) = program.get("/incidents/1/timeline").await;
    let sources = all["items"].as_array().unwrap().iter().map(|entry| entry["source"].as_str().unwrap());
    let by_room = ["moment"];
    for (source, entry) in sources.zip(all["items"].as_array().unwrap()) {
        let expected = if by_room.contains(&entry["kind"].as_str().unwrap()) { "system" } else { "api" };
        assert_eq!(source, expected, "{entry}");
    }
    let (_, timeline) = program.get("/incidents/1/timeline?kind=action").await;
    assert_eq!(timeline["items"].as_array().unwrap().len(), 1);
    assert_eq!(timeline["items"][0]["struck"]["reason"], "another host");
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_allows_it() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Something").await;
    let viewer = server.person("Vera", Role::Viewer).await;
    let reads = Program::of(&server, &ana, Scope::Read).await;
    let viewers = Program::of(&server, &viewer, Scope::Write).await;
    let unknown = Program { client: server.anybody(), token: "ss_made-up".into() };
    let entry = json!({ "kind": "note", "body": "x" });
    let path = format!("/incidents/{number}/timeline");
    for (program, reading, writing) in [(&reads, 200, 403), (&viewers, 200, 403), (&unknown, 401, 401)] {
        assert_eq!(program.get(&path).await.0, reading);
        assert_eq!(program.post(&path, entry.clone()).await.0, writing);
    }
    let bare = read(server.anybody().request(Method::GET, "/api/v1/incidents")).await;
    assert_eq!((bare.0, &bare.1["status"]), (StatusCode::UNAUTHORIZED, &json!(401)));
}

#[tokio::test]
async fn a_revoked_token_is_dead_and_its_stream_ends() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Something").await;
    let made = ana.post("/settings/tokens", &[("name", "pager"), ("scope", "write")]).await;
    let token = made.body.split_once("<code>ss_").unwrap().1.split('<').next().unwrap();
    let program = Program { client: server.anybody(), token: format!("ss_{token}") };
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select token_hash from tokens").fetch_all(&server.app.db).await.unwrap();
    assert_ne!(stored[0], program.token.as_bytes(), "only a hash is stored");

    let stream = program.request(Method::GET, &format!("/incidents/{number}/events")).header("last-event-id", 0);
    let mut events = Events::new(stream.send().await.unwrap());
    events.next_named("entry").await.unwrap();
    let page = ana.get("/settings/tokens").await;
    let id = page.body.split_once("/settings/tokens/").unwrap().1.split('/').next().unwrap();
    let somebody_else = server.person("Ben", Role::Responder).await;
    somebody_else.post(&format!("/settings/tokens/{id}/revoke"), &[]).await;
    assert_eq!(program.get("/incidents").await.0, 200, "nobody revokes another's token");
    ana.post(&format!("/settings/tokens/{id}/revoke"), &[]).await;
    assert_eq!(program.get("/incidents").await.0, 401);
    assert_eq!(events.next_named("entry").await, None);
}

#[tokio::test]
async fn a_repeated_key_answers_the_same_and_writes_once() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    let declare = json!({ "title": "Once" });
    let (first, incident) = program.post_once("deploy 42", "/incidents", declare.clone()).await;
    let (again, same) = program.post_once("deploy 42", "/incidents", declare).await;
    assert_eq!((first, again), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(incident, same);
    let (status, problem) = program.post_once("deploy 42", "/incidents", json!({ "title": "Other" })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key")));

    let entry = json!({ "kind": "note", "body": "x" });
    let (_, written) = program.post_once("k", "/incidents/1/timeline", entry.clone()).await;
    let (again, same) = program.post_once("k", "/incidents/1/timeline", entry).await;
    assert_eq!((again, same), (StatusCode::OK, written));
}

#[tokio::test]
async fn a_patch_changes_all_or_nothing() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "Before" })).await;
    let all =
        json!({ "title": "After", "summary": "known", "severity": "sev1", "status": "monitoring", "reason": "why" });
    let (status, after) = program.patch("/incidents/1", all).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&after["title"], &after["severity"], &after["status"]),
        (&json!("After"), &json!("sev1"), &json!("monitoring"))
    );
    // Cancelling is an admin's: with it, the title stays as well.
    let half = json!({ "title": "Half", "status": "cancelled", "reason": "no" });
    let (status, problem) = program.patch("/incidents/1", half).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("status")));
    assert_eq!(program.get("/incidents/1").await.1["title"], "After");
    let (_, before) = program.get("/incidents/1/timeline").await;
    program.patch("/incidents/1", json!({ "severity": "sev1", "status": "monitoring" })).await;
    assert_eq!(program.get("/incidents/1/timeline").await.1, before, "what is so already writes nothing");
}

#[tokio::test]
async fn moments_are_listed_and_recorded() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "Moments" })).await;
    let (_, moments) = program.get("/incidents/1/moments").await;
    assert_eq!(moments["items"].as_array().unwrap().len(), 7);
    assert_eq!(moments["items"][1], json!({ "name": "detected", "at": null, "set_by": null }));
    let detected = json!({ "name": "detected", "at": "2026-01-01T00:00:00Z" });
    let (status, moments) = program.post("/incidents/1/moments", detected).await;
    assert_eq!((status, &moments["items"][1]["set_by"]), (StatusCode::OK, &json!("Ana")));
    let changed = json!({ "name": "detected", "at": "2026-01-01T00:05:00Z" });
    let (status, problem) = program.post("/incidents/1/moments", changed).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason")));
}

#[tokio::test]
async fn lists_are_paged_to_their_end() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    for title in 0..7 {
        program.post("/incidents", json!({ "title": format!("Incident {title}") })).await;
        program.post("/incidents/1/timeline", json!({ "kind": "note", "body": format!("{title}") })).await;
    }
    for (path, field) in [("/incidents?limit=3", "number"), ("/incidents/1/timeline?limit=3", "seq")] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let (_, page) = program.get(&format!("{path}&cursor={cursor}")).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item[field].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let each: BTreeSet<i64> = seen.iter().copied().collect();
        assert_eq!(each.len(), seen.len(), "{path}: none twice");
        assert_eq!(each, (1..=i64::try_from(seen.len()).unwrap()).collect(), "{path}: none missing");
    }
}

#[tokio::test]
async fn the_live_stream_is_json_and_goes_on_where_it_stood() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "Live" })).await;
    let path = "/incidents/1/events";
    let mut all = Events::new(program.request(Method::GET, path).header("last-event-id", 0).send().await.unwrap());
    let declared: Value = serde_json::from_str(&all.next_named("entry").await.unwrap().data).unwrap();
    assert_eq!((&declared["seq"], &declared["kind"]), (&json!(1), &json!("declared")));
    let mut from_now = Events::new(program.request(Method::GET, path).send().await.unwrap());
    program.post("/incidents/1/timeline", json!({ "kind": "note", "body": "two\nlines" })).await;
    for events in [&mut all, &mut from_now] {
        let event = events.next_named("entry").await.unwrap();
        let entry: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!((event.id, &entry["body"]), (Some(2), &json!("two\nlines")));
    }
}

#[tokio::test]
async fn bad_input_is_a_problem_with_its_field() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "Bad input" })).await;
    for (path, body, field) in [
        ("/incidents", json!({ "title": "" }), "title"),
        ("/incidents", json!({ "title": "a\u{0}b" }), "title"),
        ("/incidents", json!({ "title": "x", "severity": "sev9" }), "severity"),
        ("/incidents/1/timeline", json!({ "kind": "status", "body": "x" }), "kind"),
        ("/incidents/1/timeline", json!({ "kind": "note", "body": "x".repeat(20_001) }), "body"),
        ("/incidents/1/moments", json!({ "name": "lunch", "at": "2026-01-01T00:00:00Z" }), "name"),
        ("/incidents/1/moments", json!({ "name": "detected", "at": "2999-01-01T00:00:00Z" }), "at"),
    ] {
        let (status, problem) = program.post(path, body.clone()).await;
        assert_eq!(status, 422, "{path} {body}");
        assert_eq!(problem["errors"][0]["field"], field, "{path} {body}");
    }
}

#[tokio::test]
async fn what_is_no_json_of_ours_is_refused() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    let raw = |body: &'static str, content_type: &'static str| {
        read(program.request(Method::POST, "/incidents").header("content-type", content_type).body(body))
    };
    assert_eq!(raw("{", "application/json").await.0, 400);
    assert_eq!(raw("{}", "application/json").await.0, 422);
    assert_eq!(raw(r#"{"title": "x", "is_admin": true}"#, "application/json").await.0, 422);
    assert_eq!(raw("title=x", "application/x-www-form-urlencoded").await.0, 415);
    assert_eq!(raw(r#"{"title": "x"}"#, "text/plain").await.0, 415);
    program.post("/incidents", json!({ "title": "A real one" })).await;
    for path in ["/incidents/0", "/incidents/-1", "/incidents/99999999999999999999", "/incidents/abc", "/nothing"] {
        assert_eq!(program.get(path).await.0, 404, "{path}");
    }
    assert_eq!(program.get("/incidents?cursor=x").await.0, 422);
    assert_eq!(program.get("/incidents/1/timeline?after=x").await.0, 400);
    assert_eq!(program.post("/incidents/1/timeline/x/corrections", json!({})).await.0, 404);
}

#[tokio::test]
async fn the_document_says_what_the_routes_are() {
    let server = Server::start().await;
    let (_, document) = read(server.anybody().request(Method::GET, "/api/v1/openapi.json")).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routes = Routes::all(&server.app).table.into_iter();
    let routes = routes.filter(|route| route.path.starts_with("/api/v1/") && !route.path.ends_with("openapi.json"));
    let routes: BTreeSet<_> = routes.map(|route| (route.method.to_string(), route.path.to_owned())).collect();
    assert_eq!(described, routes);

    let docs = server.anybody().get("/api/docs").await;
    assert_eq!(docs.status, 200);
    for (method, path) in routes {
        assert!(docs.body.contains(&format!("{method} {path}")), "{method} {path}");
    }
}

#[tokio::test]
async fn many_entries_are_written_at_once_or_none() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "Noted elsewhere" })).await;
    let path = "/incidents/1/timeline/import";
    let entry = |kind: &str, body: &str| json!({ "kind": kind, "body": body, "occurred_at": "2026-01-02T03:04:05Z" });
    let import = json!({ "entries": [entry("action", "restarted"), entry("effect", "better"), { "kind": "note", "body": "now" }] });
    let (status, made) = program.post_once("k", path, import.clone()).await;
    assert_eq!(status, 201);
    let items = made["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|it| (it["seq"].as_i64().unwrap(), it["body"].as_str().unwrap())).collect();
    assert_eq!(told, [(2, "restarted"), (3, "better"), (4, "now")]);
    assert!(items.iter().all(|it| it["source"] == "import" && it["author"]["name"] == "Ana"));
    assert_eq!(items[0]["occurred_at"], "2026-01-02T03:04:05Z");
    assert_eq!(program.post_once("k", path, import).await, (StatusCode::OK, made));

    let (_, before) = program.get("/incidents/1/timeline").await;
    let many = |count: usize| json!({ "entries": vec![entry("note", "x"); count] });
    let late = json!({ "kind": "note", "body": "x", "occurred_at": "2999-01-01T00:00:00Z" });
    for (body, field) in [
        (json!({ "entries": [entry("note", "x"), entry("status", "x")] }), "entries[1].kind"),
        (json!({ "entries": [entry("note", "x"), entry("note", "x"), entry("note", " ")] }), "entries[2].body"),
        (json!({ "entries": [late] }), "entries[0].occurred_at"),
        (many(0), "entries"),
        (many(501), "entries"),
    ] {
        let (status, problem) = program.post(path, body).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!(field)));
    }
    assert_eq!(program.get("/incidents/1/timeline").await.1, before, "nothing was written");
    assert_eq!(program.post(path, json!({ "entries": [{ "kind": "note" }] })).await.0, 422);

    let reads = Program::of(&server, &server.person("Ben", Role::Responder).await, Scope::Read).await;
    assert_eq!(reads.post(path, many(1)).await.0, 403);
    let (status, most) = program.post(path, many(500)).await;
    assert_eq!((status.as_u16(), most["items"].as_array().unwrap().len()), (201, 500));
}

#[tokio::test]
async fn images_are_written_and_read_as_bytes() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    program.post("/incidents", json!({ "title": "A graph" })).await;
    let image = images::png(8, 4, &[]);
    let path = "/incidents/1/timeline";
    let entry = json!({ "kind": "effect", "images": [{ "data": BASE64.encode(&image), "alt": "It falls" }] });
    let (status, entry) = program.post_once("k", path, entry).await;
    assert_eq!((status.as_u16(), &entry["body"]), (201, &json!("")));
    let attachment = &entry["attachments"][0];
    assert_eq!(
        (&attachment["content_type"], &attachment["alt"], &attachment["width"], &attachment["height"]),
        (&json!("image/png"), &json!("It falls"), &json!(8), &json!(4))
    );
    let url = attachment["url"].as_str().unwrap();
    let get = async |program: &Program| {
        let request = program.client.request(Method::GET, url).bearer_auth(&program.token);
        request.send().await.unwrap()
    };
    let response = get(&program).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    assert_eq!(response.bytes().await.unwrap(), image);
    assert_eq!(get(&Program { client: server.anybody(), token: "ss_made-up".into() }).await.status(), 401);
    assert_eq!(program.get("/incidents/1/attachments/019aa000-0000-7000-8000-000000000000").await.0, 404);

    let (_, timeline) = program.get(path).await;
    assert_eq!(timeline["items"][1], entry);
    for (images, why) in [
        (json!([{ "data": "no base64" }]), "base64"),
        (json!([{ "data": BASE64.encode(b"<svg/>") }]), "something else"),
        (json!(vec![json!({ "data": BASE64.encode(&image) }); 5]), "4 images fit"),
    ] {
        let (status, problem) = program.post(path, json!({ "kind": "note", "body": "x", "images": images })).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("images")));
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains(why), "{problem}");
    }
    assert_eq!(program.post(path, json!({ "kind": "note" })).await.0, 422, "neither words nor an image");
    assert_eq!(program.get(path).await.1, timeline, "nothing was written");
}
