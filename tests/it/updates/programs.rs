//! Updates and their cadence over the API.

use reqwest::Method;
use second_story::terms::Scope;
use serde_json::json;

use super::Room;
use crate::support::{Program, Server, program};

#[tokio::test]
async fn a_program_writes_updates_once_and_reads_them_newest_first() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    let path = room.path("updates");
    let body = json!({
        "audience": "public", "situation": "Checkout fails.", "impact": "One in three.", "doing": "We roll back.",
        "ruled_out": "The network.", "next_by": "2026-11-22T03:40:00Z",
    });
    let (status, first) = room.program.post_once("a", &path, body.clone()).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!((&first["audience"], &first["next_by"]), (&"public".into(), &"2026-11-22T03:40:00Z".into()));
    let (status, again) = room.program.post_once("a", &path, body).await;
    assert_eq!((status.as_u16(), &again), (200, &first));
    let other = json!({ "situation": "Another." });
    assert_eq!(room.program.post_once("a", &path, other.clone()).await.0, 422);

    // Without a word on the next one the interval says when; null promises none.
    let (status, second) = room.program.post(&path, other).await;
    assert_eq!((status.as_u16(), &second["next_by"]), (201, &"2026-11-22T04:10:00Z".into()));
    assert_eq!(second["audience"], "leadership");
    let (_, third) = room.program.post(&path, json!({ "doing": "x", "next_by": null })).await;
    assert!(third["next_by"].is_null(), "{third}");
    let (status, fourth) = room.program.post(&path, json!({ "no_news": true })).await;
    assert_eq!((status.as_u16(), &fourth["no_news"]), (201, &true.into()));
    let all: Vec<_> = room.updates().await.into_iter().map(|it| it["id"].clone()).collect();
    assert_eq!(all, [&fourth, &third, &second, &first].map(|it| it["id"].clone()));

    for (body, field) in [
        (json!({}), "situation"),
        (json!({ "situation": " " }), "situation"),
        (json!({ "situation": "x", "no_news": true }), "no_news"),
        (json!({ "situation": "x", "audience": "all" }), "audience"),
        (json!({ "situation": "x", "next_by": "2026-11-22T03:00:00Z" }), "next_by"),
        (json!({ "situation": "x".repeat(2001) }), "situation"),
    ] {
        let (status, problem) = room.program.post(&path, body.clone()).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &field.into()), "{body}");
    }
    assert_eq!(room.updates().await.len(), 4);
}

#[tokio::test]
async fn a_program_corrects_an_update_and_strikes_it_out() {
    let room = Room::open().await;
    let (_, made) = room.program.post(&room.path("updates"), json!({ "situation": "One.", "impact": "Few." })).await;
    let path = format!("/updates/{}/corrections", made["id"].as_str().unwrap());
    let change = json!({ "situation": "Two.", "reason": "counted again" });
    let (status, corrected) = room.program.post_once("c", &path, change.clone()).await;
    assert_eq!(status, 201, "{corrected}");
    assert_eq!((&corrected["situation"], &corrected["impact"]), (&"Two.".into(), &"Few.".into()));
    assert_eq!(corrected["corrections"][0]["situation"], "One.");
    assert_eq!(room.program.post_once("c", &path, change).await.0, 200);
    assert_eq!(room.program.post(&path, json!({ "situation": "Two." })).await.0, 422);
    assert_eq!(room.program.post(&path, json!({ "situation": "Two.", "reason": "same" })).await.0, 422);
    let (status, struck) = room.program.post(&path, json!({ "strike": true, "reason": "not so" })).await;
    assert_eq!((status.as_u16(), &struck["struck"]["reason"]), (201, &"not so".into()));
    assert_eq!((&struck["situation"], struck["corrections"].as_array().unwrap().len()), (&"Two.".into(), 2));

    // Who may not, and who does not see it.
    let ben = Program::of(&room.server, &room.ben, Scope::Write).await;
    assert_eq!(ben.post(&path, json!({ "strike": true, "reason": "x" })).await.0, 403);
    let vera = Program::of(&room.server, &room.vera, Scope::Write).await;
    assert_eq!(vera.post(&room.path("updates"), json!({ "situation": "x" })).await.0, 403);
    assert_eq!(vera.put(&room.path("cadence"), json!({ "interval_minutes": 5 })).await.0, 403);
    let reads = Program::of(&room.server, &room.ana, Scope::Read).await;
    assert_eq!(reads.post(&path, json!({ "strike": true, "reason": "x" })).await.0, 403);
    room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana")]).await;
    assert_eq!(ben.post(&path, json!({ "strike": true, "reason": "x" })).await.0, 404);
}

#[tokio::test]
async fn a_program_reads_and_changes_the_cadence() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    let path = room.path("cadence");
    let cadence = |minutes: serde_json::Value, of: &str, next: Option<&str>, state: &str| {
        let next = next.map(|it| format!("2026-11-22T{it}:00Z"));
        json!({ "interval_minutes": minutes, "interval_of": of, "next_by": next, "state": state })
    };
    assert_eq!(room.cadence().await, cadence(60.into(), "severity", Some("04:10"), "on_time"));
    let change = async |body| room.program.put(&path, body).await;
    let (status, now) = change(json!({ "interval_minutes": 5 })).await;
    assert_eq!((status.as_u16(), now), (200, cadence(5.into(), "incident", Some("03:15"), "due")));
    let snooze = json!({ "snooze": { "until": "2026-11-22T03:50:00Z", "reason": "the restore runs" } });
    assert_eq!(change(snooze).await.1, cadence(5.into(), "incident", Some("03:50"), "on_time"));
    let (_, now) = change(json!({ "interval_minutes": null })).await;
    assert_eq!(now, cadence(json!(null), "incident", Some("03:50"), "on_time"));
    let (_, now) = change(json!({ "interval_of": "severity" })).await;
    assert_eq!(now, cadence(60.into(), "severity", Some("03:50"), "on_time"));
    for body in [
        json!({ "interval_minutes": 0 }),
        json!({ "interval_of": "company" }),
        json!({ "snooze": { "until": "2026-11-22T03:00:00Z", "reason": "x" } }),
        json!({ "snooze": { "until": "2026-11-22T04:00:00Z", "reason": "" } }),
        json!({ "interval_minutes": 5, "snooze": { "until": "2026-11-22T04:00:00Z", "reason": "x" } }),
    ] {
        assert_eq!(change(body.clone()).await.0, 422, "{body}");
    }
    let request = room.program.request(Method::GET, "/incidents/999/cadence");
    assert_eq!(program::read(request).await.0, 404);
}
