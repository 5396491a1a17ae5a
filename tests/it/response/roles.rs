//! Roles: taken when free, given up, given by whoever leads; at most one holder.

use reqwest::StatusCode;
use serde_json::json;

use super::{Room, holder};
use crate::support::rows;

const COMMANDER: &str = r#"<span class="role">Incident commander</span><span class="name"><bdi>Ana</bdi>"#;

#[tokio::test]
async fn a_free_role_is_taken_and_given_up_and_its_history_stays() {
    let room = Room::open().await;
    let mut stream = room.ben.events(&room.path("events?after=0"), None).await;
    assert!(!room.vera.room(room.incident).await.body.contains(COMMANDER));
    room.takes(&room.ana, "commander").await;
    assert!(room.vera.room(room.incident).await.body.contains(COMMANDER));
    stream.panels_with(COMMANDER).await;

    let refused = room.send(&room.ben, "roles", &[("role", "commander"), ("person", "me")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Somebody else holds it now"), "{}", refused.body);
    room.does(&room.ana, "roles", &[("role", "commander"), ("person", "")]).await;
    room.takes(&room.ben, "commander").await;
    assert_eq!(room.holder("commander").await.as_deref(), Some("Ben"));
    assert_eq!(
        room.said("role").await,
        ["took Incident commander", "gave up Incident commander", "took Incident commander"]
    );

    let page = room.vera.get(&room.path("roles")).await.body;
    let (_, history) = page.split_once("Who held what").unwrap();
    let rows: Vec<_> = history.split("<tr>").skip(2).collect();
    assert_eq!(rows.len(), 2, "{history}");
    assert!(rows[0].contains("<bdi>Ben</bdi>") && rows[0].contains(">now<"), "{history}");
    assert!(rows[1].contains("<bdi>Ana</bdi>") && !rows[1].contains(">now<"), "{history}");
    assert!(!page.contains("I take this"), "viewers are offered nothing");
}

#[tokio::test]
async fn only_whoever_leads_gives_and_relieves() {
    let room = Room::open().await;
    let give = |to: &'static str| [("role", "scribe"), ("person", to)];
    let refused = room.send(&room.ana, "roles", &give("@ben")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "what is free is taken, not given");
    room.takes(&room.ben, "scribe").await;
    for to in ["", "@cem"] {
        assert_eq!(room.send(&room.ana, "roles", &give(to)).await.status, StatusCode::FORBIDDEN, "{to}");
    }
    assert_eq!(room.send(&room.ben, "roles", &give("@cem")).await.status, StatusCode::FORBIDDEN, "one offers it");

    room.takes(&room.ana, "commander").await;
    room.does(&room.ana, "roles", &give("cem@example.org")).await;
    room.does(&room.ana, "roles", &give("")).await;
    room.does(&room.olga, "roles", &give("@ben")).await;
    room.does(&room.olga, "roles", &[("role", "commander"), ("person", "")]).await;
    let refused = room.send(&room.ana, "roles", &give("")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "who was relieved leads no more");
    assert_eq!(
        room.said("role").await[2..],
        ["made Cem Scribe", "relieved Cem as Scribe", "made Ben Scribe", "relieved Ana as Incident commander"]
    );
}

#[tokio::test]
async fn a_role_goes_only_to_people_who_respond_and_only_if_there_is_one() {
    let room = Room::open().await;
    for (role, to, field) in [
        ("scribe", "@vera", "person"),
        ("scribe", "@nobody-here", "person"),
        ("scribe", "a\0b", "person"),
        ("jester", "@ben", "role"),
        ("", "me", "role"),
    ] {
        let refused = room.send(&room.olga, "roles", &[("role", role), ("person", to)]).await;
        assert_eq!(refused.status, 422, "{role} {to}");
        assert!(refused.error(field).is_some(), "{role} {to}: {}", refused.body);
    }
    assert!(room.said("role").await.is_empty());
}

#[tokio::test]
async fn programs_read_and_give_roles() {
    let room = Room::open().await;
    let (ana, ben) = (room.program(&room.ana).await, room.program(&room.ben).await);
    let (_, roles) = ana.get("/incidents/1/roles").await;
    let names: Vec<_> = roles["items"].as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect();
    assert_eq!(names, ["commander", "communications", "scribe", "operations"]);
    assert!(roles["items"].as_array().unwrap().iter().all(|it| it["holder"].is_null() && it["since"].is_null()));

    let path = "/incidents/1/roles/commander";
    let me = json!({ "person": "ana@example.org" });
    let (status, taken) = ana.put(path, me.clone()).await;
    assert_eq!((status, &taken["holder"]), (StatusCode::OK, &json!({ "email": "ana@example.org", "name": "Ana" })));
    assert!(taken["since"].is_string());
    assert_eq!(ana.put(path, me).await, (StatusCode::OK, taken), "what is so stays so");
    assert_eq!(ben.put(path, json!({ "person": "ben@example.org" })).await.0, 409);
    assert_eq!(ben.put(path, json!({ "person": null })).await.0, 403);
    assert_eq!(ana.put(path, json!({})).await.0, 422, "nobody is null, and not nothing");
    assert_eq!(ana.put("/incidents/1/roles/jester", json!({ "person": null })).await.0, 404);
    assert_eq!(ana.put("/incidents/1/roles/a%00b", json!({ "person": null })).await.0, 404);
    let (status, problem) = ana.put(path, json!({ "person": "vera@example.org" })).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("person")));
    let (_, freed) = ana.put(path, json!({ "person": null })).await;
    assert_eq!(holder(&freed), None);
    assert_eq!(room.said("role").await, ["took Incident commander", "gave up Incident commander"]);
    let vera = room.program(&room.vera).await;
    assert_eq!(vera.get("/incidents/1/roles").await.0, 200);
    assert_eq!(vera.put(path, json!({ "person": "vera@example.org" })).await.0, 403);
}

#[tokio::test]
async fn who_holds_what_in_a_private_incident_is_for_its_people() {
    let room = Room::open_private().await;
    room.takes(&room.ana, "commander").await;
    for what in ["roles", "work-items", "handoffs", "handoffs/new"] {
        assert_eq!(room.cem.get(&room.path(what)).await.status, 404, "{what}");
        assert_eq!(room.ben.get(&room.path(what)).await.status, 200, "{what}");
    }
    assert_eq!(room.send(&room.cem, "roles", &[("role", "scribe"), ("person", "me")]).await.status, 404);
    let outsider = room.program(&room.cem).await;
    for what in ["roles", "work-items", "handoffs"] {
        assert_eq!(outsider.get(&format!("/incidents/1/{what}")).await.0, 404, "{what}");
    }
    assert_eq!(outsider.put("/incidents/1/roles/scribe", json!({ "person": "cem@example.org" })).await.0, 404);
    let refused = room.send(&room.ana, "roles", &[("role", "scribe"), ("person", "@cem")]).await;
    assert_eq!(refused.status, 422, "nobody is given what they cannot see");
    assert!(refused.error("person").unwrap().contains("does not see this incident"));
}

#[tokio::test]
async fn the_first_role_taken_acknowledges_the_incident_and_one_that_is_missed_shows() {
    let room = Room::open().await;
    let missed = r#"Incident commander</span><span class="unheld">nobody"#;
    assert!(room.ana.room(room.incident).await.body.contains(missed), "a SEV3 wants a commander");
    room.takes(&room.ana, "scribe").await;
    let timeline = rows::timeline(&room.server.app.db, room.incident).await;
    let moments: Vec<_> = timeline.iter().filter(|line| line.kind == "moment").map(|line| &line.body).collect();
    assert_eq!(moments.len(), 1, "{timeline:?}");
    assert!(moments[0].starts_with("Acknowledged"), "{moments:?}");
    room.does(&room.ana, "severity", &[("severity", "sev4")]).await;
    assert!(!room.ana.room(room.incident).await.body.contains(missed), "a SEV4 does not");
}
