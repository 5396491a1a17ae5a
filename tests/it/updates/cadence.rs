//! When the next update is promised: by the interval, by the last word, snoozed.

use serde_json::json;

use super::{Room, WRITTEN};
use crate::support::{Client, Server, key};

impl Room {
    /// The same incident on a server where it is another time.
    async fn later(&self, now: &str) -> Server {
        Server::on_at(self.server.app.db.clone(), now).await
    }
}

async fn state(room: &Room) -> (Option<String>, String) {
    let cadence = room.cadence().await;
    (cadence["next_by"].as_str().map(str::to_owned), cadence["state"].as_str().unwrap().to_owned())
}

fn told(by: &str, state: &str) -> (Option<String>, String) {
    (Some(format!("2026-11-22T{by}:00Z")), state.to_owned())
}

#[tokio::test]
async fn the_interval_promises_from_the_declaration_and_then_each_update_does() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    // SEV3 is told every hour, SEV2 every half.
    assert_eq!(state(&room).await, told("04:10", "on_time"));
    room.does(&room.ana, "severity", &[("severity", "sev2")]).await;
    assert_eq!(state(&room).await, told("03:40", "on_time"));
    room.does(&room.ana, "updates", &[("situation", "x"), ("next_by", "4")]).await;
    assert_eq!(state(&room).await, told("03:14", "due"));
    // The last word stands, whatever it promises.
    room.does(&room.ana, "updates", &[("situation", "x"), ("next_by", "05:00"), ("time_zone", "UTC")]).await;
    assert_eq!(state(&room).await, told("05:00", "on_time"));
    room.does(&room.ana, "updates", &[("situation", "x"), ("next_by", "")]).await;
    assert_eq!(state(&room).await, (None, "none".to_owned()));
}

#[tokio::test]
async fn the_interval_of_an_incident_stands_before_its_severitys() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    room.does(&room.ana, "cadence", &[("interval", "own"), ("minutes", "20")]).await;
    assert_eq!(state(&room).await, told("03:30", "on_time"));
    // What is so already is not said again.
    room.does(&room.ana, "cadence", &[("interval", "own"), ("minutes", "20")]).await;
    room.does(&room.ana, "severity", &[("severity", "sev1")]).await;
    assert_eq!(state(&room).await, told("03:30", "on_time"));
    room.does(&room.ana, "cadence", &[("interval", "change")]).await;
    assert_eq!(state(&room).await, (None, "none".to_owned()));
    room.does(&room.ana, "cadence", &[("interval", "severity")]).await;
    assert_eq!(state(&room).await, told("03:40", "on_time"));
    assert_eq!(
        room.said("update").await,
        ["wants updates every 20 min", "wants updates on change", "wants updates as often as the severity says"]
    );
    for (minutes, field) in [("", "minutes"), ("0", "minutes"), ("100001", "minutes"), ("often", "minutes")] {
        let reply = room.ana.submit(&room.path("cadence"), &[("interval", "own"), ("minutes", minutes)]).await;
        assert_eq!((reply.status.as_u16(), reply.error(field).is_some()), (422, true), "{minutes}");
    }
}

#[tokio::test]
async fn a_promise_is_snoozed_with_a_reason_once_under_one_key() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    let once = key();
    for _ in 0..2 {
        let fields = [("until", "20"), ("reason", "the restore runs"), ("key", once.as_str())];
        assert_eq!(room.ana.post(&room.path("cadence"), &fields).await.status, 303);
    }
    assert_eq!(state(&room).await, told("03:30", "on_time"));
    assert_eq!(room.said("update").await, ["moved the next update to 22 Nov 03:30 UTC: the restore runs"]);
    for (until, reason, field) in
        [("20", "", "reason"), ("", "why", "until"), ("0", "why", "until"), ("8d", "why", "until")]
    {
        let reply = room.ana.submit(&room.path("cadence"), &[("until", until), ("reason", reason)]).await;
        assert_eq!((reply.status.as_u16(), reply.error(field).is_some()), (422, true), "{until} {reason}");
    }
    // Where nothing is promised there is nothing to move.
    room.does(&room.ana, "updates", &[("situation", "x"), ("next_by", "")]).await;
    let reply = room.ana.submit(&room.path("cadence"), &[("until", "20"), ("reason", "why")]).await;
    assert!(reply.error("until").unwrap().contains("No update is promised"), "{}", reply.body);
}

#[tokio::test]
async fn a_reopening_starts_anew_and_what_is_over_is_not_changed() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    room.does(&room.ana, "updates", WRITTEN).await;
    room.does(&room.ana, "cadence", &[("until", "50"), ("reason", "the restore runs")]).await;
    room.does(&room.ana, "status", &[("status", "resolved")]).await;
    assert_eq!(state(&room).await, (None, "none".to_owned()));
    for fields in [[("interval", "change"), ("x", "")], [("until", "20"), ("reason", "why")]] {
        let reply = room.ana.submit(&room.path("cadence"), &fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        assert!(reply.body.contains("is over"), "{}", reply.body);
    }
    let (status, _) = room.program.put(&room.path("cadence"), json!({ "interval_minutes": 10 })).await;
    assert_eq!(status, 422);

    let later = room.later("2026-11-22T09:00:00Z").await;
    let ana = Client::new(&later.url, None, room.ana.cookie());
    ana.change(room.incident, "status", &[("status", "monitoring"), ("reason", "again")]).await;
    assert_eq!(room.promised().await.as_deref(), Some("2026-11-22T10:00:00Z"), "an hour from the reopening");
    // A redaction of the entry that says so changes nothing.
    let seq = "select max(seq) from entries where kind = 'status'";
    let seq: i64 = sqlx::query_scalar(seq).fetch_one(&room.server.app.db).await.unwrap();
    room.does(&room.olga, &format!("timeline/{seq}/redaction"), &[("reason", "a name")]).await;
    assert_eq!(room.promised().await.as_deref(), Some("2026-11-22T10:00:00Z"));
}

#[tokio::test]
async fn nothing_is_promised_in_triage_nor_afterwards_and_acceptance_starts_it() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    let db = &room.server.app.db;
    sqlx::query("update incidents set status = 'triage'").execute(db).await.unwrap();
    assert_eq!(state(&room).await, (None, "none".to_owned()));
    let reply = room.ana.submit(&room.path("updates"), WRITTEN).await;
    assert!(reply.error("next_by").unwrap().contains("accepted"), "{}", reply.body);
    let later = room.later("2026-11-22T05:00:00Z").await;
    let ana = Client::new(&later.url, None, room.ana.cookie());
    ana.change(room.incident, "status", &[("status", "investigating")]).await;
    assert_eq!(room.promised().await.as_deref(), Some("2026-11-22T06:00:00Z"));
    sqlx::query("update incidents set retrospective = true").execute(db).await.unwrap();
    assert_eq!(room.promised().await, None);
}
