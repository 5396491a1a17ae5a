//! Pieces of work: added, taken, helped with, due back, done.

use reqwest::StatusCode;
use serde_json::json;

use super::{Room, holder, once};
use crate::support::html;

#[tokio::test]
async fn work_is_added_taken_helped_with_and_done() {
    let room = Room::open().await;
    room.does(&room.ana, "work-items", &[("title", "restore the replica")]).await;
    let board = async || {
        let page = room.vera.room(room.incident).await.body;
        html::element(&page, "live-work").unwrap().to_owned()
    };
    let work = room.last_work().await;
    assert!(board().await.contains("restore the replica") && board().await.contains(r#"class="unheld">nobody"#));
    room.does(&room.ben, &work, &[("person", "me")]).await;
    assert!(board().await.contains("<bdi>Ben</bdi>"), "{}", board().await);
    let refused = room.send(&room.cem, &work, &[("person", "me")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "two cannot hold it");
    room.does(&room.cem, &work, &[("help", "yes")]).await;
    assert!(board().await.contains("<bdi>Ben</bdi> +1"), "{}", board().await);
    assert!(room.vera.get(&room.path(&work)).await.body.contains("with Cem"));
    assert_eq!(room.send(&room.ben, &work, &[("help", "yes")]).await.status, StatusCode::CONFLICT);
    room.does(&room.cem, &work, &[("help", "no")]).await;

    let refused = room.send(&room.cem, &work, &[("state", "done")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "whoever holds it says how far it is");
    room.does(&room.ben, &work, &[("state", "done")]).await;
    assert!(!board().await.contains("restore the replica") && board().await.contains(">1 done</a>"));
    room.does(&room.ben, &work, &[("state", "open")]).await;
    room.does(&room.olga, &work, &[("state", "dropped")]).await;
    assert!(board().await.contains(">1 dropped</a>"), "{}", board().await);
    assert_eq!(
        room.said("work").await,
        [
            "added “restore the replica”, which nobody holds yet",
            "took “restore the replica”",
            "joined “restore the replica”",
            "no longer helps with “restore the replica”",
            "finished “restore the replica”",
            "opened “restore the replica” again",
            "dropped “restore the replica”",
        ]
    );
    assert_eq!(room.send(&room.vera, &work, &[("person", "me")]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_helps_and_then_holds_it_no_longer_helps() {
    let room = Room::open().await;
    room.does(&room.ben, "work-items", &[("title", "restore"), ("person", "me")]).await;
    let work = room.last_work().await;
    room.does(&room.cem, &work, &[("help", "yes")]).await;
    room.does(&room.olga, &work, &[("person", "@cem")]).await;
    let page = room.vera.get(&room.path(&work)).await.body;
    assert!(page.contains("<bdi>Cem</bdi>") && !page.contains("with Cem"), "{page}");
    assert_eq!(room.said("work").await.last().unwrap(), "gave “restore” to Cem");
}

#[tokio::test]
async fn what_was_due_back_is_late() {
    let room = Room::open().await;
    room.does(&room.ben, "work-items", &[("title", "restore"), ("person", "me"), ("due_at", "30")]).await;
    let page = room.ben.room(room.incident).await.body;
    let (_, mark) = page.split_once("data-due=\"").unwrap();
    assert!(mark.split_once("\" hidden>late</span>").is_some_and(|(due, _)| due.len() < 40), "it is not late yet");
    // The page was kept; another of the same moment is late.
    let program = room.program(&room.ben).await;
    let id = room.last_work().await.replace("work-items/", "");
    let path = format!("/work-items/{id}");
    let (status, item) = program.patch(&path, json!({ "due_at": "2026-01-01T00:00:00Z" })).await;
    assert_eq!((status, &item["due_at"]), (StatusCode::OK, &json!("2026-01-01T00:00:00Z")));
    for page in [room.ben.room(room.incident).await.body, room.ben.get(&room.path("work-items")).await.body] {
        assert!(page.contains(">late</span>") && !page.contains("hidden>late</span>"), "{page}");
    }
    assert_eq!(program.patch(&path, json!({ "due_at": null })).await.1["due_at"], json!(null));
    assert!(!room.ben.room(room.incident).await.body.contains(">late</span>"));
    room.does(&room.ben, &format!("work-items/{id}"), &[("state", "done")]).await;
    let refused = room.send(&room.ben, &format!("work-items/{id}"), &[("due_at", "30")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error("due_at").is_some(), "{}", refused.body);
}

#[tokio::test]
async fn programs_add_work_once_and_change_it() {
    let room = Room::open().await;
    let (ana, ben) = (room.program(&room.ana).await, room.program(&room.ben).await);
    let path = "/incidents/1/work-items";
    let new = json!({ "title": "restore the replica", "person": "ana@example.org", "due_at": "2026-12-01T12:00:00Z" });
    let key = once();
    let (status, item) = ana.post_once(&key, path, new.clone()).await;
    assert_eq!((status, holder(&item), &item["state"]), (StatusCode::CREATED, Some("Ana"), &json!("in_progress")));
    assert_eq!((&item["title"], &item["due_at"]), (&new["title"], &new["due_at"]));
    assert_eq!(ana.post_once(&key, path, new).await, (StatusCode::OK, item.clone()));
    assert_eq!(ana.get(path).await.1["items"], json!([item]));

    let one = format!("/work-items/{}", item["id"].as_str().unwrap());
    assert_eq!(ben.patch(&one, json!({ "person": "ben@example.org" })).await.0, 409);
    assert_eq!(ben.patch(&one, json!({ "person": null })).await.0, 403);
    assert_eq!(ben.patch(&one, json!({ "help": true })).await.1["helpers"], json!(["Ben"]));
    let half = json!({ "title": "another", "state": "done" });
    assert_eq!(ben.patch(&one, half).await.0, 403);
    assert_eq!(ana.get(path).await.1["items"][0]["title"], "restore the replica", "all of it or nothing");
    let (_, free) = ana.patch(&one, json!({ "person": null })).await;
    assert_eq!((holder(&free), &free["state"], &free["due_at"]), (None, &json!("open"), &json!(null)));
    let (_, taken) = ben.patch(&one, json!({ "person": "ben@example.org", "state": "done" })).await;
    assert_eq!((holder(&taken), &taken["state"], &taken["helpers"]), (Some("Ben"), &json!("done"), &json!([])));
    let (status, mine) = ben.post(path, json!({ "title": "mine", "person": "me" })).await;
    assert_eq!((status.as_u16(), holder(&mine)), (201, Some("Ben")), "whoever asks");
    for (body, field) in [
        (json!({ "title": " " }), "title"),
        (json!({ "title": "x".repeat(201) }), "title"),
        (json!({ "title": "x", "due_at": "2026-12-01T12:00:00Z" }), "due_at"),
        (json!({ "title": "x", "person": "vera@example.org" }), "person"),
        (json!({ "title": "x", "person": "ana@example.org", "due_at": "3026-12-01T12:00:00Z" }), "due_at"),
    ] {
        let (status, problem) = ana.post(path, body.clone()).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(ana.post(path, json!({ "title": "x", "person": "ben@example.org" })).await.0, 403, "one offers it");
    let unknown = "/work-items/019aa000-0000-7000-8000-000000000000";
    assert_eq!(ana.patch(unknown, json!({ "title": "x" })).await.0, 404);
    assert_eq!(ana.patch(&one, json!({ "state": "fine" })).await.0, 422);
}

#[tokio::test]
async fn work_of_a_private_incident_is_for_its_people() {
    let room = Room::open_private().await;
    room.does(&room.ana, "work-items", &[("title", "restore")]).await;
    let work = room.last_work().await;
    assert_eq!(room.cem.get(&room.path(&work)).await.status, 404);
    assert_eq!(room.send(&room.cem, &work, &[("person", "me")]).await.status, 404);
    let outsider = room.program(&room.cem).await;
    assert_eq!(outsider.patch(&format!("/{work}"), json!({ "person": "cem@example.org" })).await.0, 404);
    let insider = room.program(&room.ben).await;
    assert_eq!(insider.patch(&format!("/{work}"), json!({ "person": "ben@example.org" })).await.0, 200);
    // Under another incident's address there is no such work.
    let other = room.ana.declare("Sign-in is slow").await;
    assert_eq!(room.ana.get(&format!("/incidents/{other}/{work}")).await.status, 404);
    assert_eq!(room.ana.submit(&format!("/incidents/{other}/{work}"), &[("person", "me")]).await.status, 404);
}

#[tokio::test]
async fn what_is_written_on_work_stands_with_it_and_begins_its_next_briefing() {
    let room = Room::open().await;
    room.does(&room.ben, "work-items", &[("title", "restore"), ("person", "me")]).await;
    let work = room.last_work().await;
    room.ben.say(room.incident, "something else").await;
    room.ben.say(room.incident, "/theory the disk is full").await;
    let write = format!("{work}/entries");
    for (kind, body) in [("action", "started the copy"), ("effect", "at 60 %")] {
        let reply = room.send(&room.cem, &write, &[("kind", kind), ("body", body)]).await;
        assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, &*room.path(&work)));
    }
    let refused = room.send(&room.cem, &write, &[("kind", "status"), ("body", "typed already")]).await;
    assert_eq!((refused.status, refused.error("kind").is_some()), (StatusCode::UNPROCESSABLE_ENTITY, true));
    assert!(refused.body.contains("typed already</textarea>"), "{}", refused.body);
    assert_eq!(room.send(&room.vera, &write, &[("kind", "note"), ("body", "x")]).await.status, StatusCode::FORBIDDEN);

    let id = work.replace("work-items/", "");
    let briefing = room.ben.get(&room.path(&format!("handoffs/new?work_item={id}"))).await.body;
    let briefing = html::text_area(&briefing, "briefing").unwrap();
    assert!(briefing.contains("- action: started the copy\n- effect: at 60 %\n\nOpen theories:\n- the disk is full"));
    assert!(!briefing.contains("something else"));

    room.does(&room.ben, "handoffs", &[("work_item", &id), ("to", "@cem"), ("briefing", "go on")]).await;
    let page = room.vera.get(&room.path(&work)).await.body;
    assert_eq!(html::seqs(&page).len(), 4, "{page}");
    for text in ["works on “restore”", "started the copy", "at 60 %", "offered “restore” to Cem"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert!(!page.contains("something else"));
    // They stand in the timeline like all others.
    let room_page = room.vera.room(room.incident).await.body;
    assert!(room_page.contains("started the copy") && room_page.contains("at 60 %"));
    let elsewhere = room.ana.declare("Another").await;
    let there = format!("/incidents/{elsewhere}/{write}");
    let reply = room.cem.submit(&there, &[("kind", "note"), ("body", "x")]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
