//! What the commander may do that other responders may not, and only while
//! they command.

use serde_json::json;

use super::Room;
use crate::support::html;

#[tokio::test]
async fn the_commander_corrects_any_entry_of_the_room() {
    let room = Room::open().await;
    room.ben.say(room.incident, "restarted db-3").await;
    let correction = "timeline/2/corrections";
    let fields = [("body", "restarted db-4"), ("reason", "mistyped")];
    assert_eq!(room.send(&room.ana, correction, &fields).await.status, 403);
    assert_eq!(room.ana.get(&room.path(correction)).await.status, 403);
    room.takes(&room.ana, "commander").await;
    assert!(room.ana.get(&room.path("timeline/2")).await.body.contains("Correct or strike out"));
    assert_eq!(room.ana.get(&room.path(correction)).await.status, 200);
    room.does(&room.ana, correction, &fields).await;
    let page = room.vera.room(room.incident).await.body;
    assert!(html::entry(&page, 2).contains("restarted db-4"), "{page}");

    let other = room.cem.declare("Sign-in is slow").await;
    let elsewhere = format!("/incidents/{other}/timeline/1/corrections");
    assert_eq!(room.ana.submit(&elsewhere, &fields).await.status, 403, "she commands but one");
    room.does(&room.ana, "roles", &[("role", "commander"), ("person", "")]).await;
    let program = room.program(&room.ana).await;
    let again = json!({ "body": "restarted db-5" });
    assert_eq!(program.post("/incidents/1/timeline/2/corrections", again.clone()).await.0, 403);
    room.takes(&room.ana, "commander").await;
    assert_eq!(program.post("/incidents/1/timeline/2/corrections", again).await.0, 201);
    assert_eq!(room.send(&room.ana, "timeline/2/redaction", &[("reason", "x")]).await.status, 403, "an admin's");
}

#[tokio::test]
async fn the_commander_cancels() {
    let room = Room::open().await;
    let offered = "?status=cancelled";
    let cancel = [("status", "cancelled"), ("reason", "a false alarm")];
    let refused = room.send(&room.ana, "status", &cancel).await;
    assert!(refused.error("status").unwrap().contains("Only the commander or an admin"), "{}", refused.body);
    assert!(!room.ana.room(room.incident).await.body.contains(offered));
    room.takes(&room.ana, "commander").await;
    assert!(room.ana.room(room.incident).await.body.contains(offered));
    assert!(!room.ben.room(room.incident).await.body.contains(offered), "and nobody else");
    assert!(room.ana.get(&room.path("status")).await.body.contains(r#"value="cancelled""#));
    let bens = room.program(&room.ben).await;
    assert_eq!(bens.patch("/incidents/1", json!({ "status": "cancelled", "reason": "x" })).await.0, 422);
    let anas = room.program(&room.ana).await;
    let (status, incident) = anas.patch("/incidents/1", json!({ "status": "cancelled", "reason": "x" })).await;
    assert_eq!((status.as_u16(), &incident["status"]), (200, &json!("cancelled")));
}

#[tokio::test]
async fn the_commander_merges_and_says_who_sees_it() {
    let room = Room::open().await;
    let other = room.cem.declare("Payments fail").await.to_string();
    let merge = [("into", other.as_str()), ("reason", "the same deploy")];
    let hide = [("private", "on"), ("people", "@ben")];
    let links = [room.path("merge"), room.path("visibility")];
    for (form, fields, link) in [("visibility", &hide, &links[1]), ("merge", &merge, &links[0])] {
        for who in [&room.ana, &room.ben] {
            assert_eq!(room.send(who, form, fields).await.status, 403, "{form}");
            assert_eq!(who.get(link).await.status, 403, "{form}");
            assert!(!who.room(room.incident).await.body.contains(&format!("href=\"{link}\"")), "{form}");
        }
    }
    let program = room.program(&room.ana).await;
    assert_eq!(program.patch("/incidents/1", json!({ "private": true })).await.0, 403);
    assert_eq!(program.post("/incidents/1/merge", json!({ "into": 2 })).await.0, 403);

    room.takes(&room.ana, "commander").await;
    for link in &links {
        assert_eq!(room.ana.get(link).await.status, 200, "{link}");
        assert!(room.ana.room(room.incident).await.body.contains(&format!("href=\"{link}\"")), "{link}");
        assert!(!room.ben.room(room.incident).await.body.contains(&format!("href=\"{link}\"")), "{link}");
    }
    room.does(&room.ana, "visibility", &hide).await;
    assert_eq!(room.cem.room(room.incident).await.status, 404);
    assert_eq!(program.patch("/incidents/1", json!({ "private": false })).await.0, 200);
    assert_eq!(room.cem.room(room.incident).await.status, 200);
    room.does(&room.ana, "merge", &merge).await;
    assert!(room.cem.room(room.incident).await.body.contains(r#"data-status="merged""#));
}

#[tokio::test]
async fn a_commander_who_no_longer_responds_leads_no_more() {
    let room = Room::open().await;
    room.takes(&room.ana, "commander").await;
    let id = room.ana.person.as_ref().unwrap().id;
    let demoted = room.olga.submit(&format!("/settings/people/{id}/role"), &[("role", "viewer")]).await;
    assert_eq!(demoted.status, 303);
    for form in ["merge", "visibility", "roles"] {
        assert_eq!(
            room.send(&room.ana, form, &[("role", "commander"), ("person", "@ben")]).await.status,
            403,
            "{form}"
        );
    }
    assert_eq!(room.holder("commander").await.as_deref(), Some("Ana"), "until she is relieved");
}
