//! Questions over the API: a viewer's program asks, and does nothing else.

use reqwest::Method;
use second_story::terms::Scope;
use serde_json::json;

use super::Room;
use crate::support::Program;

#[tokio::test]
async fn a_program_asks_once_and_answers_once() {
    let room = Room::open().await;
    let program = Program::of(&room.server, &room.ana, Scope::Write).await;
    let path = room.path("questions");
    let body = json!({ "body": "When will checkout be back?" });
    let (status, first) = program.post_once("q", &path, body.clone()).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!((&first["asked_by"], &first["votes"], &first["answer"]), (&json!("Ana"), &json!(0), &json!(null)));
    let (status, again) = program.post_once("q", &path, body).await;
    assert_eq!((status.as_u16(), &again["id"]), (200, &first["id"]));
    assert_eq!(program.post_once("q", &path, json!({ "body": "Why?" })).await.0, 422);
    for (body, field) in [(json!({ "body": " " }), "body"), (json!({ "body": "x".repeat(501) }), "body")] {
        let (status, problem) = program.post(&path, body).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!(field)));
    }
    let (_, brief) = program.get(&room.path("brief")).await;
    assert_eq!(brief["questions"][0]["body"], "When will checkout be back?");

    let answer = format!("/questions/{}/answer", first["id"].as_str().unwrap());
    assert_eq!(program.post(&answer, json!({})).await.0, 422);
    assert_eq!(program.post(&answer, json!({ "update": "019aa000-0000-7000-8000-000000000000" })).await.0, 422);
    let reply = json!({ "reply": "At noon." });
    let (status, answered) = program.post_once("a", &answer, reply.clone()).await;
    assert_eq!(status, 200, "{answered}");
    assert_eq!((&answered["answer"]["reply"], &answered["answer"]["by"]), (&json!("At noon."), &json!("Ana")));
    assert_eq!(program.post_once("a", &answer, reply).await.0, 200, "the same again");
    assert_eq!(program.post(&answer, json!({ "reply": "Or not." })).await.0, 409);
    let (_, list) = program.get(&path).await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]), (1, &answered));
    let (_, timeline) = program.get(&room.path("timeline?kind=question")).await;
    let said: Vec<_> = timeline["items"].as_array().unwrap().iter().map(|it| it["source"].clone()).collect();
    assert_eq!(said, ["api", "api"]);
    let nobodys = "/questions/019aa000-0000-7000-8000-000000000000/answer";
    assert_eq!(program.post(nobodys, json!({ "reply": "x" })).await.0, 404);
}

#[tokio::test]
async fn a_viewers_program_asks_and_says_the_same_and_nothing_else() {
    let room = Room::open().await;
    let question = room.asks(&room.ana, "Is data lost?").await;
    let viewers = Program::of(&room.server, &room.vera, Scope::Write).await;
    let reads = Program::of(&room.server, &room.vera, Scope::Read).await;
    let (path, same) = (room.path("questions"), format!("/questions/{}/same", question.id));
    assert_eq!(viewers.post(&path, json!({ "body": "When will it be back?" })).await.0, 201);
    for _ in 0..2 {
        let (status, asked) = viewers.post(&same, json!({})).await;
        assert_eq!((status.as_u16(), &asked["votes"]), (200, &json!(1)), "once");
    }
    assert_eq!(reads.post(&path, json!({ "body": "Why?" })).await.0, 403);
    assert_eq!(reads.post(&same, json!({})).await.0, 403);
    assert_eq!(reads.get(&path).await.0, 200);
    let answer = format!("/questions/{}/answer", question.id);
    for (path, body) in [
        (answer.as_str(), json!({ "reply": "No." })),
        (&room.path("timeline"), json!({ "kind": "note", "body": "x" })),
        (&room.path("updates"), json!({ "situation": "x" })),
        ("/incidents", json!({ "title": "x" })),
    ] {
        assert_eq!(viewers.post(path, body).await.0, 403, "{path}");
    }
    // Nor does it see what its owner does not.
    room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana")]).await;
    assert_eq!(viewers.post(&path, json!({ "body": "Why?" })).await.0, 404);
    assert_eq!(viewers.post(&same, json!({})).await.0, 404);
    let unknown = room.server.anybody().request(Method::POST, &format!("/api/v1{path}")).bearer_auth("none");
    assert_eq!(crate::support::program::read(unknown.json(&json!({ "body": "Why?" }))).await.0, 401);
    assert_eq!(room.questions().await.len(), 2);
}
