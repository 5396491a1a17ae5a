//! What is said of a promise that was not kept: once.

use chrono::Duration;
use second_story::updates::overdue;

use super::{Room, WRITTEN};
use crate::support::Server;

impl Room {
    /// A server looks so many minutes after 03:10; what was said of updates by then.
    async fn after(&self, minutes: i64) -> Vec<String> {
        let app = &self.server.app;
        let later = app.now().await.unwrap() + Duration::minutes(minutes);
        overdue::say(app, later).await.unwrap();
        let mut said = self.said("update").await;
        said.retain(|it| it.contains("overdue"));
        said
    }

    async fn at_ten_past_three() -> Self {
        Self::on(Server::at("2026-11-22T03:10:00Z").await).await
    }
}

#[tokio::test]
async fn a_promise_that_was_not_kept_is_told_of_once_and_the_next_one_anew() {
    let room = Room::at_ten_past_three().await;
    assert_eq!(room.after(59).await, [""; 0]);
    let late = "the update promised by 22 Nov 04:10 UTC is overdue";
    assert_eq!(room.after(60).await, [late]);
    assert_eq!(room.after(90).await, [late], "said once");
    // By nobody: the room says it.
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains(&format!("<bdi>The room</bdi>  <strong dir=\"auto\">{late}")), "{page}");

    room.does(&room.ana, "updates", WRITTEN).await;
    assert_eq!(room.after(29).await, [late]);
    let next = "the update promised by 22 Nov 03:40 UTC is overdue";
    assert_eq!(room.after(31).await, [late, next]);
    room.does(&room.ana, "cadence", &[("until", "60"), ("reason", "the restore runs")]).await;
    assert_eq!(room.after(45).await, [late, next], "it was moved");
}

#[tokio::test]
async fn what_is_over_or_old_or_written_down_afterwards_or_in_triage_is_never_overdue() {
    let change = async |change: &'static str| {
        let room = Room::at_ten_past_three().await;
        sqlx::query(change).execute(&room.server.app.db).await.unwrap();
        room.after(61).await
    };
    assert_eq!(change("select").await.len(), 1, "as it is");
    assert_eq!(change("update incidents set status = 'resolved', ended_at = now()").await, [""; 0]);
    assert_eq!(change("update incidents set retrospective = true").await, [""; 0]);
    assert_eq!(change("update incidents set status = 'triage'").await, [""; 0]);
    assert_eq!(change("update severities set leadership_minutes = null").await, [""; 0]);
    let room = Room::at_ten_past_three().await;
    assert_eq!(room.after(60 * 24 * 8).await, [""; 0]);
}

#[tokio::test]
async fn servers_that_look_at_once_say_it_once() {
    let room = Room::at_ten_past_three().await;
    let other = Server::on(room.server.app.db.clone()).await;
    let now = room.server.app.now().await.unwrap() + Duration::minutes(61);
    let looks = (0..20).map(|index| {
        let app = if index % 2 == 0 { room.server.app.clone() } else { other.app.clone() };
        async move { overdue::say(&app, now).await.unwrap() }
    });
    futures_util::future::join_all(looks).await;
    let said = room.said("update").await;
    assert_eq!(said.iter().filter(|it| it.contains("overdue")).count(), 1, "{said:?}");
}
