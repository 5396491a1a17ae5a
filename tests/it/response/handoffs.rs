//! Hand-offs: offered with a briefing, and with their giver until accepted.

use reqwest::StatusCode;
use serde_json::json;

use super::{Room, once};
use crate::support::html;

#[tokio::test]
async fn a_role_stays_with_its_giver_until_the_receiver_accepts() {
    let room = Room::open().await;
    room.takes(&room.ana, "commander").await;
    room.ana.say(room.incident, "/action failed over to db-4").await;
    let form = room.ana.get(&room.path("handoffs/new?role=commander")).await.body;
    assert!(html::text_area(&form, "briefing").unwrap().contains("- action: failed over to db-4"), "{form}");
    let briefing = "db-3 is out; next: db-4";
    let offer = [("role", "commander"), ("to", "@ben"), ("briefing", briefing)];
    room.does(&room.ana, "handoffs", &offer).await;
    let shown = "<bdi>Ana</bdi> offers <strong><bdi>Incident commander</bdi></strong> to <bdi>Ben</bdi>";
    assert!(room.ben.room(room.incident).await.body.contains(shown));
    assert_eq!(room.holder("commander").await.as_deref(), Some("Ana"));

    let page = room.last_offer().await;
    assert!(room.ben.get(&room.path(&page)).await.body.contains(briefing));
    room.does(&room.ben, &format!("{page}/accept"), &[]).await;
    assert_eq!(room.holder("commander").await.as_deref(), Some("Ben"));
    assert!(!room.ben.room(room.incident).await.body.contains(shown));
    assert_eq!(
        room.said("handoff").await,
        [&format!("offered Incident commander to Ben: {briefing}"), "accepted Incident commander from Ana"]
    );
    let ledger = room.vera.get(&room.path("handoffs")).await.body;
    assert!(ledger.contains("<bdi>Ana</bdi> → <bdi>Ben</bdi>") && ledger.contains(">Accepted"), "{ledger}");
    let history = room.vera.get(&room.path("roles")).await.body;
    assert_eq!(history.matches("<th scope=\"row\">Incident commander</th>").count(), 2, "{history}");
}

#[tokio::test]
async fn an_offer_is_declined_with_a_word_or_withdrawn_and_is_closed_then() {
    let room = Room::open().await;
    room.takes(&room.ana, "scribe").await;
    let offer = [("role", "scribe"), ("to", "@ben")];
    room.does(&room.ana, "handoffs", &offer).await;
    let declined = room.last_offer().await;
    room.does(&room.ben, &format!("{declined}/decline"), &[("word", "on the phone")]).await;
    assert!(room.ana.get(&room.path(&declined)).await.body.contains("on the phone"));
    room.does(&room.ana, "handoffs", &offer).await;
    let withdrawn = room.last_offer().await;
    room.does(&room.ana, &format!("{withdrawn}/withdraw"), &[]).await;

    for closed in [declined, withdrawn] {
        for (who, how) in [(&room.ben, "accept"), (&room.ben, "decline"), (&room.ana, "withdraw")] {
            let refused = room.send(who, &format!("{closed}/{how}"), &[("word", "")]).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{how}");
            assert!(refused.body.contains("no longer open"), "{}", refused.body);
        }
    }
    assert_eq!(room.holder("scribe").await.as_deref(), Some("Ana"));
    assert_eq!(
        room.said("handoff").await,
        [
            "offered Scribe to Ben",
            "declined Scribe from Ana: on the phone",
            "offered Scribe to Ben",
            "withdrew the offer of Scribe to Ben"
        ]
    );
}

#[tokio::test]
async fn who_may_offer_answer_and_withdraw() {
    let room = Room::open().await;
    room.takes(&room.ana, "scribe").await;
    let offer = [("role", "scribe"), ("to", "@ben")];
    for who in [&room.ben, &room.cem, &room.vera] {
        assert_eq!(room.send(who, "handoffs", &offer).await.status, StatusCode::FORBIDDEN, "not theirs to offer");
    }
    let free = [("role", "operations"), ("to", "@ben")];
    assert_eq!(room.send(&room.ana, "handoffs", &free).await.status, StatusCode::FORBIDDEN, "nobody holds it");
    // An admin offers it in its holder's place: it is hers all the same.
    room.does(&room.olga, "handoffs", &offer).await;
    let page = room.last_offer().await;
    for (how, strangers) in [
        ("accept", [&room.ana, &room.cem, &room.olga]),
        ("decline", [&room.ana, &room.cem, &room.olga]),
        ("withdraw", [&room.ben, &room.cem, &room.vera]),
    ] {
        for who in strangers {
            let refused = room.send(who, &format!("{page}/{how}"), &[("word", "")]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{how}");
        }
    }
    assert_eq!(room.holder("scribe").await.as_deref(), Some("Ana"));
    room.does(&room.ana, &format!("{page}/withdraw"), &[]).await;
    // The commander offers what anybody holds, and takes their own offers back.
    room.takes(&room.cem, "commander").await;
    room.does(&room.cem, "handoffs", &offer).await;
    let page = room.last_offer().await;
    let refused = room.send(&room.olga, &format!("{page}/withdraw"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "neither gave nor made it");
    room.does(&room.cem, &format!("{page}/withdraw"), &[]).await;
}

#[tokio::test]
async fn what_makes_no_sense_to_offer_is_not_offered() {
    let room = Room::open().await;
    room.takes(&room.ana, "scribe").await;
    room.does(&room.ana, "work-items", &[("title", "restore"), ("person", "me")]).await;
    let work = room.last_work().await.replace("work-items/", "");
    room.does(&room.ana, &format!("work-items/{work}"), &[("state", "done")]).await;
    room.takes(&room.olga, "operations").await;
    for (fields, field) in [
        ([("role", ""), ("work_item", ""), ("to", "@ben")], "role"),
        ([("role", "scribe"), ("work_item", &work), ("to", "@ben")], "role"),
        ([("role", "jester"), ("work_item", ""), ("to", "@ben")], "role"),
        ([("role", ""), ("work_item", "none"), ("to", "@ben")], "role"),
        ([("role", ""), ("work_item", "019aa000-0000-7000-8000-000000000000"), ("to", "@ben")], "work_item"),
        ([("role", ""), ("work_item", &work), ("to", "@ben")], "role"),
        ([("role", "scribe"), ("work_item", ""), ("to", "")], "to"),
        ([("role", "scribe"), ("work_item", ""), ("to", "@vera")], "to"),
        ([("role", "scribe"), ("work_item", ""), ("to", "me")], "role"),
    ] {
        let key = once();
        let mut all = fields.to_vec();
        all.extend([("briefing", "where it stands"), ("key", &key)]);
        let refused = room.ana.post(&room.path("handoffs"), &all).await;
        refused.assert_refused(field, "where it stands", &key);
    }
    room.does(&room.ana, "handoffs", &[("role", "scribe"), ("to", "@ben")]).await;
    let again = room.send(&room.ana, "handoffs", &[("role", "scribe"), ("to", "@cem")]).await;
    assert!(again.error("role").unwrap().contains("offered to somebody already"));
    assert_eq!(room.said("handoff").await.len(), 1);
}

#[tokio::test]
async fn an_offer_ends_when_its_thing_goes_another_way() {
    let room = Room::open().await;
    room.takes(&room.ana, "scribe").await;
    room.does(&room.ana, "work-items", &[("title", "restore"), ("person", "me")]).await;
    let work = room.last_work().await;
    let id = work.replace("work-items/", "");
    for end in [("roles", [("role", "scribe"), ("person", "")]), (&work, [("person", ""), ("time_zone", "")])] {
        let thing = if end.0 == "roles" { ("role", "scribe") } else { ("work_item", id.as_str()) };
        room.does(&room.ana, "handoffs", &[thing, ("to", "@ben")]).await;
        let page = room.last_offer().await;
        room.does(&room.ana, end.0, &end.1).await;
        let refused = room.send(&room.ben, &format!("{page}/accept"), &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{end:?}");
    }
    assert_eq!(
        room.said("handoff").await,
        [
            "offered Scribe to Ben",
            "withdrew the offer of Scribe to Ben",
            "offered “restore” to Ben",
            "withdrew the offer of “restore” to Ben"
        ]
    );
}

#[tokio::test]
async fn programs_hand_over_work_and_the_same_key_gets_the_same_answer() {
    let room = Room::open().await;
    let (ana, ben) = (room.program(&room.ana).await, room.program(&room.ben).await);
    let new = json!({ "title": "restore", "person": "ana@example.org" });
    let (_, item) = ana.post("/incidents/1/work-items", new).await;
    let path = "/incidents/1/handoffs";
    let offer = json!({ "work_item": item["id"], "to": "ben@example.org", "briefing": "almost done" });
    let (status, made) = ana.post_once("k", path, offer.clone()).await;
    assert_eq!((status, &made["state"]), (StatusCode::CREATED, &json!("offered")));
    assert_eq!(
        (&made["from"]["name"], &made["to"]["name"], &made["role"]),
        (&json!("Ana"), &json!("Ben"), &json!(null))
    );
    assert_eq!(ana.post_once("k", path, offer).await, (StatusCode::OK, made.clone()));
    assert_eq!(ben.get(path).await.1["items"], json!([made]));

    let accept = format!("/handoffs/{}/accept", made["id"].as_str().unwrap());
    assert_eq!(ana.post(&accept, json!({})).await.0, 403);
    let (status, accepted) = ben.post_once("a", &accept, json!({})).await;
    assert_eq!((status, &accepted["state"]), (StatusCode::OK, &json!("accepted")));
    assert!(accepted["ended_at"].is_string());
    assert_eq!(ben.post_once("a", &accept, json!({})).await, (StatusCode::OK, accepted));
    assert_eq!(ben.post_once("b", &accept, json!({})).await.0, 409);
    assert_eq!(ben.get("/incidents/1/work-items").await.1["items"][0]["holder"]["name"], "Ben");
    assert_eq!(room.said("handoff").await, ["offered “restore” to Ben: almost done", "accepted “restore” from Ana"]);

    let back = json!({ "work_item": item["id"], "to": "ana@example.org" });
    let (_, offered) = ben.post(path, back).await;
    let (id, declined) = (offered["id"].as_str().unwrap(), json!({ "word": "asleep" }));
    assert_eq!(ben.post(&format!("/handoffs/{id}/decline"), declined.clone()).await.0, 403);
    let (_, declined) = ana.post(&format!("/handoffs/{id}/decline"), declined).await;
    assert_eq!((&declined["state"], &declined["word"]), (&json!("declined"), &json!("asleep")));
    assert_eq!(ben.post(&format!("/handoffs/{id}/withdraw"), json!({})).await.0, 409);
    for (body, field) in [
        (json!({ "to": "ana@example.org" }), "role"),
        (json!({ "role": "scribe", "work_item": item["id"], "to": "ana@example.org" }), "role"),
        (json!({ "role": "jester", "to": "ana@example.org" }), "role"),
        (json!({ "work_item": item["id"], "to": "vera@example.org" }), "to"),
        (json!({ "work_item": item["id"], "to": "ana@example.org", "briefing": "x".repeat(2001) }), "briefing"),
    ] {
        let (status, problem) = ben.post(path, body.clone()).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn a_hand_off_of_a_private_incident_is_for_its_people() {
    let room = Room::open_private().await;
    room.takes(&room.ana, "scribe").await;
    room.does(&room.ana, "handoffs", &[("role", "scribe"), ("to", "@ben")]).await;
    let page = room.last_offer().await;
    assert_eq!(room.cem.get(&room.path(&page)).await.status, 404);
    assert_eq!(room.send(&room.cem, &format!("{page}/accept"), &[]).await.status, 404);
    let outsider = room.program(&room.cem).await;
    for how in ["accept", "decline", "withdraw"] {
        assert_eq!(outsider.post(&format!("/{page}/{how}"), json!({})).await.0, 404, "{how}");
    }
    let new = [("role", "scribe"), ("to", "@cem")];
    let refused = room.send(&room.ana, "handoffs", &new).await;
    assert!(refused.error("to").unwrap().contains("does not see this incident"), "{}", refused.body);
}
