//! Two incidents turn out to be one.

use reqwest::StatusCode;
use second_story::terms::{Role, Scope};
use serde_json::{Value, json};

use crate::support::{Client, Program, Server, html, people::together, rows};

async fn three() -> (Server, Client, Client) {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    for title in ["Checkout fails", "Payments fail", "Cards fail"] {
        ana.declare(title).await;
    }
    (server, mara, ana)
}

async fn bodies(server: &Server, number: i64) -> Vec<String> {
    let timeline = rows::timeline(&server.app.db, number).await;
    rows::assert_sound(&timeline);
    timeline.into_iter().filter(|it| it.kind == "merge").map(|it| it.body).collect()
}

#[tokio::test]
async fn each_of_the_two_says_where_the_other_is() {
    let (server, mara, ana) = three().await;
    let mut watching = ana.events("/incidents/1/events?after=0", None).await;
    let merged = mara.submit("/incidents/2/merge", &[("into", "#1"), ("reason", "the same deploy")]).await;
    assert_eq!(merged.location(), "/incidents/1", "{}", merged.body);
    watching.panels_with("Payments fail").await;

    let (into, here) = (ana.room(1).await.body, ana.room(2).await.body);
    assert!(html::element(&into, "live-joined").unwrap().contains("Merged into this one"), "{into}");
    let joined = html::element(&here, "live-joined").unwrap();
    assert!(joined.contains("Handled together with") && joined.contains("Checkout fails"), "{joined}");
    assert!(html::element(&ana.get("/incidents").await.body, "i2").unwrap().contains("Merged"));
    assert_eq!(bodies(&server, 1).await, ["#2 into this"]);
    assert_eq!(bodies(&server, 2).await, ["this into #1"]);
    assert_eq!(rows::last(&server.app.db, 2).await.reason, "the same deploy");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_beside_the_number() {
    let (_server, mara, ana) = three().await;
    mara.change(2, "merge", &[("into", "1")]).await;
    mara.change(3, "status", &[("status", "cancelled"), ("reason", "a test")]).await;
    ana.submit("/incidents", &[("title", "A drill"), ("drill", "on")]).await;
    ana.submit("/incidents", &[("title", "Private"), ("private", "on")]).await;
    for (number, into, says) in [
        (1, "1", "itself"),
        (1, "2", "#1"),
        (2, "1", "already"),
        (1, "3", "cancelled"),
        (3, "1", "cancelled"),
        (1, "4", "drill"),
        (1, "5", "private"),
        (1, "4711", "no incident"),
        (1, "soon", "number"),
    ] {
        let reply = mara.submit(&format!("/incidents/{number}/merge"), &[("into", into)]).await;
        let error = reply.error("into").unwrap_or_else(|| panic!("{number} into {into}: {}", reply.body));
        assert_eq!(reply.status, 422);
        assert!(error.contains(says), "{number} into {into}: {error}");
    }
    assert_eq!(ana.submit("/incidents/1/merge", &[("into", "3")]).await.status, 403);
}

#[tokio::test]
async fn reopening_takes_them_apart_and_both_say_so() {
    let (server, mara, ana) = three().await;
    mara.change(2, "merge", &[("into", "1")]).await;
    ana.change(2, "status", &[("status", "investigating"), ("reason", "another cause")]).await;
    assert_eq!(html::element(&ana.room(1).await.body, "live-joined").unwrap().matches("Payments").count(), 0);
    assert_eq!(bodies(&server, 1).await, ["#2 into this", "#2 no longer: it stands by itself again"]);
    let program = Program::of(&server, &mara, Scope::Write).await;
    let (status, merged) = program.post("/incidents/2/merge", json!({ "into": 3 })).await;
    assert_eq!((status, &merged["merged_into"], &merged["status"]), (StatusCode::OK, &json!(3), &json!("merged")));
    let (_, apart) = program.patch("/incidents/2", json!({ "status": "monitoring", "reason": "no" })).await;
    assert_eq!((&apart["merged_into"], &apart["status"]), (&Value::Null, &json!("monitoring")));
}

#[tokio::test]
async fn two_private_ones_are_seen_by_the_people_of_both() {
    let (server, mara, ana) = three().await;
    let ben = server.person("Ben", Role::Responder).await;
    ana.submit("/incidents", &[("title", "One secret"), ("private", "on")]).await;
    ben.submit("/incidents", &[("title", "Another secret"), ("private", "on")]).await;
    assert_eq!(ana.room(5).await.status, 404);
    mara.change(5, "merge", &[("into", "4")]).await;
    for person in [&ana, &ben] {
        for number in [4, 5] {
            assert_eq!(person.room(number).await.status, 200);
        }
    }
    // Made public, one no longer names the other.
    mara.change(4, "visibility", &[("private", "")]).await;
    let otto = server.person("Otto", Role::Responder).await;
    assert!(!otto.room(4).await.body.contains("Another secret"));
}

#[tokio::test]
async fn merges_against_each_other_at_once_neither_hang_nor_make_a_ring() {
    let (server, mara, _) = three().await;
    for _ in 0..20 {
        let merges = [(1, "2"), (2, "1"), (2, "3"), (3, "1")].map(|(number, into)| {
            let mara = mara.clone();
            async move { mara.submit(&format!("/incidents/{number}/merge"), &[("into", into)]).await.status.as_u16() }
        });
        let statuses = together(merges).await;
        assert!(statuses.iter().all(|status| [303, 422].contains(status)), "{statuses:?}");
        let chains =
            "select count(*) from incidents i join incidents j on j.number = i.merged_into where j.status = 'merged'";
        let ring = "select count(*) from incidents i join incidents j on j.number = i.merged_into and j.merged_into = i.number";
        assert_eq!(rows::count(&server.app.db, ring).await, 0);
        assert!(rows::count(&server.app.db, chains).await <= 2);
        for number in 1..=3 {
            let again = [("status", "investigating"), ("reason", "again")];
            mara.submit(&format!("/incidents/{number}/status"), &again).await;
        }
    }
    for number in 1..=3 {
        rows::assert_sound(&rows::timeline(&server.app.db, number).await);
    }
}
