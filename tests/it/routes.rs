//! Every route × who may call it: the table as it was promised, held against
//! the routes as they are registered, and walked.

use reqwest::{Method, header::ORIGIN};
use second_story::{
    people::Access::{self, Admin, Ask, Commander, Open, Read, Responder, Viewer, Visitor, Write},
    routes::Routes,
    terms::Role,
};

use crate::support::{Client, Server};

/// Who may call what. A route that is missing here, or here and nowhere else,
/// fails the test below.
const PROMISED: &[(&str, &str, Access)] = &[
    ("GET", "/healthz", Open),
    ("GET", "/readyz", Open),
    ("GET", "/static/{*name}", Open),
    ("GET", "/sign-in", Visitor),
    ("POST", "/sign-in", Visitor),
    ("POST", "/sign-out", Visitor),
    ("GET", "/setup/{token}", Open),
    ("POST", "/setup/{token}", Open),
    ("GET", "/invite/{token}", Open),
    ("POST", "/invite/{token}", Open),
    ("GET", "/reset/{token}", Open),
    ("POST", "/reset/{token}", Open),
    ("GET", "/me", Viewer),
    ("POST", "/me", Viewer),
    ("POST", "/me/password", Viewer),
    ("POST", "/me/sessions/end-others", Viewer),
    ("POST", "/me/sessions/{id}/end", Viewer),
    ("GET", "/", Viewer),
    ("GET", "/incidents", Viewer),
    ("POST", "/incidents", Responder),
    ("GET", "/incidents/new", Responder),
    ("GET", "/incidents/similar", Responder),
    ("GET", "/incidents/events", Viewer),
    ("GET", "/events", Viewer),
    ("GET", "/incidents/{number}", Viewer),
    ("GET", "/incidents/{number}/events", Viewer),
    ("GET", "/incidents/{number}/severity", Responder),
    ("POST", "/incidents/{number}/severity", Responder),
    ("GET", "/incidents/{number}/status", Responder),
    ("POST", "/incidents/{number}/status", Responder),
    ("GET", "/incidents/{number}/moments", Responder),
    ("POST", "/incidents/{number}/moments", Responder),
    ("GET", "/incidents/{number}/details", Responder),
    ("POST", "/incidents/{number}/details", Responder),
    ("GET", "/incidents/{number}/links", Responder),
    ("POST", "/incidents/{number}/links", Responder),
    ("POST", "/incidents/{number}/links/{id}/remove", Responder),
    ("GET", "/incidents/{number}/merge", Commander),
    ("POST", "/incidents/{number}/merge", Commander),
    ("GET", "/incidents/{number}/visibility", Commander),
    ("POST", "/incidents/{number}/visibility", Commander),
    ("GET", "/incidents/{number}/bridge", Responder),
    ("POST", "/incidents/{number}/bridge/join", Responder),
    ("POST", "/incidents/{number}/bridge/leave", Responder),
    ("GET", "/incidents/{number}/relief", Responder),
    ("POST", "/incidents/{number}/relief", Responder),
    ("POST", "/incidents/{number}/relief/{id}/end", Responder),
    ("GET", "/incidents/{number}/theories", Viewer),
    ("GET", "/incidents/{number}/theories/{seq}", Viewer),
    ("POST", "/incidents/{number}/theories/{seq}", Responder),
    ("GET", "/incidents/{number}/roles", Viewer),
    ("POST", "/incidents/{number}/roles", Responder),
    ("GET", "/incidents/{number}/work-items", Viewer),
    ("POST", "/incidents/{number}/work-items", Responder),
    ("GET", "/incidents/{number}/work-items/{id}", Viewer),
    ("POST", "/incidents/{number}/work-items/{id}", Responder),
    ("POST", "/incidents/{number}/work-items/{id}/entries", Responder),
    ("GET", "/incidents/{number}/handoffs", Viewer),
    ("POST", "/incidents/{number}/handoffs", Responder),
    ("GET", "/incidents/{number}/handoffs/new", Responder),
    ("GET", "/incidents/{number}/handoffs/{id}", Viewer),
    ("POST", "/incidents/{number}/handoffs/{id}/accept", Responder),
    ("POST", "/incidents/{number}/handoffs/{id}/decline", Responder),
    ("POST", "/incidents/{number}/handoffs/{id}/withdraw", Responder),
    ("GET", "/incidents/{number}/updates", Viewer),
    ("POST", "/incidents/{number}/updates", Responder),
    ("POST", "/incidents/{number}/updates/draft", Responder),
    ("GET", "/incidents/{number}/updates/{id}", Viewer),
    ("POST", "/incidents/{number}/updates/{id}", Responder),
    ("GET", "/incidents/{number}/cadence", Responder),
    ("POST", "/incidents/{number}/cadence", Responder),
    ("GET", "/incidents/{number}/questions", Viewer),
    ("POST", "/incidents/{number}/questions", Viewer),
    ("POST", "/incidents/{number}/questions/{id}/same", Viewer),
    ("GET", "/incidents/{number}/questions/{id}/answer", Responder),
    ("POST", "/incidents/{number}/questions/{id}/answer", Responder),
    ("GET", "/incidents/{number}/brief", Viewer),
    ("POST", "/incidents/{number}/brief", Viewer),
    ("GET", "/incidents/{number}/import", Responder),
    ("POST", "/incidents/{number}/import", Responder),
    ("GET", "/incidents/{number}/replay", Viewer),
    ("GET", "/incidents/{number}/lanes", Viewer),
    ("GET", "/incidents/{number}/timeline", Responder),
    ("POST", "/incidents/{number}/timeline", Responder),
    ("GET", "/incidents/{number}/attachments/{id}", Viewer),
    ("GET", "/incidents/{number}/timeline/{seq}", Viewer),
    ("GET", "/incidents/{number}/timeline/{seq}/corrections", Responder),
    ("POST", "/incidents/{number}/timeline/{seq}/corrections", Responder),
    ("POST", "/incidents/{number}/timeline/{seq}/pin", Responder),
    ("POST", "/incidents/{number}/timeline/{seq}/unpin", Responder),
    ("GET", "/incidents/{number}/timeline/{seq}/redaction", Admin),
    ("POST", "/incidents/{number}/timeline/{seq}/redaction", Admin),
    ("GET", "/incidents/{number}/share-links", Responder),
    ("POST", "/incidents/{number}/share-links", Responder),
    ("POST", "/incidents/{number}/share-links/{id}/revoke", Responder),
    ("GET", "/s/{token}", Open),
    ("GET", "/s/{token}/events", Open),
    ("GET", "/s/{token}/questions", Open),
    ("GET", "/s/{token}/same", Open),
    ("POST", "/s/{token}/questions", Open),
    ("POST", "/s/{token}/same", Open),
    ("GET", "/settings/links", Responder),
    ("POST", "/settings/links/{id}/revoke", Responder),
    ("GET", "/settings/people", Admin),
    ("POST", "/settings/people", Admin),
    ("GET", "/settings/people/{id}", Admin),
    ("POST", "/settings/people/{id}/role", Admin),
    ("POST", "/settings/people/{id}/active", Admin),
    ("POST", "/settings/people/{id}/reset", Admin),
    ("POST", "/settings/people/{id}/sessions/end", Admin),
    ("POST", "/settings/people/{id}/sessions/{session}/end", Admin),
    ("GET", "/settings/roles", Admin),
    ("POST", "/settings/roles", Admin),
    ("GET", "/settings/roles/{role}", Admin),
    ("POST", "/settings/roles/{role}", Admin),
    ("POST", "/settings/roles/{role}/remove", Admin),
    ("GET", "/settings/severities", Admin),
    ("GET", "/settings/severities/{severity}", Admin),
    ("POST", "/settings/severities/{severity}", Admin),
    ("GET", "/settings/instance", Admin),
    ("POST", "/settings/instance", Admin),
    ("GET", "/settings/tokens", Viewer),
    ("POST", "/settings/tokens", Viewer),
    ("POST", "/settings/tokens/{id}/revoke", Viewer),
    ("GET", "/api/docs", Open),
    ("GET", "/api/v1/openapi.json", Open),
    ("GET", "/api/v1/incidents", Read),
    ("POST", "/api/v1/incidents", Write),
    ("GET", "/api/v1/incidents/{number}", Read),
    ("PATCH", "/api/v1/incidents/{number}", Write),
    ("POST", "/api/v1/incidents/{number}/merge", Write),
    ("GET", "/api/v1/incidents/{number}/moments", Read),
    ("POST", "/api/v1/incidents/{number}/moments", Write),
    ("GET", "/api/v1/incidents/{number}/theories", Read),
    ("POST", "/api/v1/incidents/{number}/theories", Write),
    ("PATCH", "/api/v1/incidents/{number}/theories/{seq}", Write),
    ("GET", "/api/v1/incidents/{number}/bridge", Read),
    ("POST", "/api/v1/incidents/{number}/bridge/join", Write),
    ("POST", "/api/v1/incidents/{number}/bridge/leave", Write),
    ("GET", "/api/v1/incidents/{number}/relief", Read),
    ("POST", "/api/v1/incidents/{number}/relief", Write),
    ("DELETE", "/api/v1/incidents/{number}/relief", Write),
    ("DELETE", "/api/v1/relief/{id}", Write),
    ("GET", "/api/v1/incidents/{number}/roles", Read),
    ("PUT", "/api/v1/incidents/{number}/roles/{role}", Write),
    ("GET", "/api/v1/incidents/{number}/work-items", Read),
    ("POST", "/api/v1/incidents/{number}/work-items", Write),
    ("PATCH", "/api/v1/work-items/{id}", Write),
    ("GET", "/api/v1/incidents/{number}/handoffs", Read),
    ("POST", "/api/v1/incidents/{number}/handoffs", Write),
    ("POST", "/api/v1/handoffs/{id}/accept", Write),
    ("POST", "/api/v1/handoffs/{id}/decline", Write),
    ("POST", "/api/v1/handoffs/{id}/withdraw", Write),
    ("GET", "/api/v1/incidents/{number}/updates", Read),
    ("POST", "/api/v1/incidents/{number}/updates", Write),
    ("POST", "/api/v1/updates/{id}/corrections", Write),
    ("GET", "/api/v1/incidents/{number}/cadence", Read),
    ("PUT", "/api/v1/incidents/{number}/cadence", Write),
    ("GET", "/api/v1/incidents/{number}/questions", Read),
    ("POST", "/api/v1/incidents/{number}/questions", Ask),
    ("POST", "/api/v1/questions/{id}/same", Ask),
    ("POST", "/api/v1/questions/{id}/answer", Write),
    ("GET", "/api/v1/incidents/{number}/share-links", Read),
    ("POST", "/api/v1/incidents/{number}/share-links", Write),
    ("DELETE", "/api/v1/share-links/{id}", Write),
    ("GET", "/api/v1/incidents/{number}/brief", Read),
    ("GET", "/api/v1/incidents/{number}/timeline", Read),
    ("POST", "/api/v1/incidents/{number}/timeline", Write),
    ("POST", "/api/v1/incidents/{number}/timeline/import", Write),
    ("POST", "/api/v1/incidents/{number}/timeline/{seq}/corrections", Write),
    ("PUT", "/api/v1/incidents/{number}/timeline/{seq}/pin", Write),
    ("DELETE", "/api/v1/incidents/{number}/timeline/{seq}/pin", Write),
    ("GET", "/api/v1/incidents/{number}/attachments/{id}", Read),
    ("GET", "/api/v1/incidents/{number}/events", Read),
];

#[tokio::test]
async fn the_routes_are_those_that_were_promised() {
    let server = Server::start().await;
    let mut there: Vec<_> = Routes::all(&server.app)
        .table
        .into_iter()
        .map(|route| (route.method.to_string(), route.path.to_owned(), route.access))
        .collect();
    let mut promised: Vec<_> =
        PROMISED.iter().map(|(method, path, access)| ((*method).to_owned(), (*path).to_owned(), *access)).collect();
    there.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    promised.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    assert_eq!(there, promised);
}

#[tokio::test]
async fn nobody_gets_in_where_they_do_not_belong() {
    let server = Server::start().await;
    let declarer = server.person("Declarer", Role::Admin).await;
    let number = declarer.declare("Something broke").await;
    for (index, (method, path, access)) in PROMISED.iter().enumerate() {
        check(&server.anybody(), None, (method, &fill(path, number, 1), *access)).await;
        for role in Role::ALL {
            // A fresh person each: some routes end the session that calls them.
            let person = server.person(&format!("{role} {index}"), *role).await;
            // Who may write has written: one's own entry is what one may correct.
            person.say(number, "a note").await;
            let last = sqlx::query_scalar("select max(seq) from entries where kind = 'note'");
            let seq: Option<i64> = last.fetch_one(&server.app.db).await.unwrap();
            check(&person, Some(*role), (method, &fill(path, number, seq.unwrap_or(1)), *access)).await;
        }
    }
}

fn fill(path: &str, number: i64, seq: i64) -> String {
    path.replace("{number}", &number.to_string())
        .replace("{seq}", &seq.to_string())
        .replace("{token}", "no-such-token")
        .replace("{severity}", "sev3")
        .replace("{role}", "commander")
        .replace("{*name}", "app.css")
        .replace("{id}", "019aa000-0000-7000-8000-000000000000")
        .replace("{session}", "019aa000-0000-7000-8000-000000000001")
}

async fn check(client: &Client, role: Option<Role>, (method, path, access): (&str, &str, Access)) {
    let request = client.request(method.parse::<Method>().unwrap(), path);
    // Only the head: streams have no end.
    let response = request.header(ORIGIN, client.base()).form(&[("x", "y")]).send().await.unwrap();
    let status = response.status().as_u16();
    let location = response.headers().get("location").map_or("", |it| it.to_str().unwrap());
    let sent_to_sign_in = status == 303 && location.starts_with("/sign-in?next=");
    let needed = match access {
        Open | Visitor | Read | Write | Ask => None,
        Viewer => Some(Role::Viewer),
        Responder => Some(Role::Responder),
        // These people hold no role in the incident; `response::commanding` tries whoever does.
        Commander | Admin => Some(Role::Admin),
    };
    let case = format!("{method} {path} as {role:?}: {status} {location}");
    if matches!(access, Read | Write | Ask) {
        // A browser's session opens no door for programs; their tokens are tested in `api.rs`.
        assert_eq!(status, 401, "{case}");
        return;
    }
    match (needed, role) {
        (Some(_), None) => assert!(sent_to_sign_in, "{case}"),
        (Some(needed), Some(role)) if role < needed => assert_eq!(status, 403, "{case}"),
        _ => assert!(!sent_to_sign_in && status != 403 && status < 500, "{case}"),
    }
}
