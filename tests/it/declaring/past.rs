//! Incidents that are written down afterwards, and drills.

use reqwest::StatusCode;
use second_story::terms::Role;
use serde_json::{Value, json};

use crate::support::{Program, Server, html, rows};

#[tokio::test]
async fn one_that_is_over_is_written_down_with_its_own_times() {
    let server = Server::at("2026-11-22T12:00:00Z").await;
    let ana = server.person("Ana", Role::Responder).await;
    let past = [
        ("title", "Cache was cold"),
        ("declared_at", "2026-11-20 22:00"),
        ("impact_started", "2026-11-20 21:50"),
        ("mitigated", "2026-11-20 22:40"),
        ("resolved_at", "2026-11-20 23:30"),
        ("time_zone", "Europe/Berlin"),
    ];
    let declared = ana.submit("/incidents", &past).await;
    assert_eq!(declared.location(), "/incidents/1", "{}", declared.body);
    let room = ana.room(1).await.body;
    assert!(room.contains("Written down afterwards"), "{room}");
    assert!(html::element(&room, "live-elapsed").unwrap().contains("1 h 30 min"));
    assert!(ana.get("/incidents").await.body.contains("written afterwards"));

    let timeline = rows::timeline(&server.app.db, 1).await;
    rows::assert_sound(&timeline);
    let told: Vec<_> =
        timeline.iter().map(|it| (it.kind.as_str(), it.body.as_str(), it.occurred_at.to_rfc3339())).collect();
    let expected = [
        ("declared", "Cache was cold as SEV3", "2026-11-20T21:00:00+00:00"),
        ("moment", "Impact started", "2026-11-20T20:50:00+00:00"),
        ("moment", "Mitigated", "2026-11-20T21:40:00+00:00"),
        ("status", "Investigating → Resolved", "2026-11-20T22:30:00+00:00"),
        ("moment", "Resolved", "2026-11-20T22:30:00+00:00"),
    ];
    assert_eq!(told, expected.map(|(kind, body, at)| (kind, body, at.to_owned())));
    assert!(timeline.iter().all(|it| it.recorded_at.to_rfc3339() == "2026-11-22T12:00:00+00:00"), "written now");
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_beside_their_field() {
    let server = Server::at("2026-11-22T12:00:00Z").await;
    let ana = server.person("Ana", Role::Responder).await;
    for (declared, resolved, field) in [
        ("", "2026-11-20 23:30", "declared_at"),
        ("2026-11-22 12:04", "", "declared_at"),
        ("2026-11-20 23:30", "2026-11-20 23:00", "resolved_at"),
        ("yesterday", "", "declared_at"),
    ] {
        let form = [("title", "x"), ("declared_at", declared), ("resolved_at", resolved), ("time_zone", "UTC")];
        let reply = ana.submit("/incidents", &form).await;
        assert_eq!(reply.status, 422, "{form:?}");
        assert!(reply.error(field).is_some(), "{field}: {}", reply.body);
        assert_eq!(html::input(&reply.body, "declared_at"), Some(declared), "what was typed is kept");
    }
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 0);
}

#[tokio::test]
async fn one_that_began_long_ago_and_still_goes_on_is_open() {
    let server = Server::start().await;
    let program = Program::writing(&server).await;
    let new = json!({ "title": "Slow leak", "declared_at": "2026-01-02T03:04:05Z" });
    let (status, incident) = program.post("/incidents", new).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        (&incident["declared_at"], &incident["status"], &incident["retrospective"], &incident["resolved_at"]),
        (&json!("2026-01-02T03:04:05Z"), &json!("investigating"), &json!(true), &Value::Null)
    );
    let over = json!({ "title": "Old", "declared_at": "2026-01-02T03:00:00Z", "resolved_at": "2026-01-02T04:00:00Z" });
    let (_, over) = program.post("/incidents", over).await;
    assert_eq!((&over["status"], &over["resolved_at"]), (&json!("resolved"), &json!("2026-01-02T04:00:00Z")));
    let backwards =
        json!({ "title": "x", "declared_at": "2026-01-02T03:00:00Z", "resolved_at": "2026-01-02T02:00:00Z" });
    let (status, problem) = program.post("/incidents", backwards).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("resolved_at")));
}

#[tokio::test]
async fn a_drill_is_marked_wherever_it_is_shown_and_can_be_left_out() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    ana.declare("Checkout fails").await;
    ana.submit("/incidents", &[("title", "Region is gone"), ("drill", "on")]).await;
    assert!(ana.room(2).await.body.contains("This is a drill."));
    for page in ["/", "/incidents", "/incidents?q=region"] {
        let body = ana.get(page).await.body;
        assert!(html::element(&body, "i2").unwrap().contains("drill"), "{page}");
    }
    let similar = ana.get("/incidents/similar?title=region+gone").await.body;
    assert!(similar.contains(r#"<span class="chip drill">"#), "{similar}");
    let listed = async |query: &str| html::numbers(&ana.get(&format!("/incidents?{query}")).await.body, r#"id="i"#);
    assert_eq!(
        (listed("drill=no").await, listed("drill=only").await, listed("drill=").await),
        (vec![1], vec![2], vec![2, 1])
    );
    let program = Program::of(&server, &ana, second_story::terms::Scope::Write).await;
    let (_, real) = program.get("/incidents?drill=no").await;
    assert_eq!((real["items"].as_array().unwrap().len(), &real["items"][0]["drill"]), (1, &json!(false)));

    // It turns out to be real, and the timeline says who saw that.
    let details = ana.get("/incidents/2/details").await.body;
    assert!(details.contains(r#"name="drill" value="on" checked"#), "{details}");
    ana.change(2, "details", &[("title", "Region is gone"), ("asks_drill", "on")]).await;
    assert!(!ana.room(2).await.body.contains("This is a drill."));
    assert_eq!(rows::last(&server.app.db, 2).await.body, "this from a drill to a real incident");
    let (_, drill) = program.patch("/incidents/2", json!({ "drill": true })).await;
    assert_eq!(drill["drill"], json!(true));
}
