//! `seq` and `recorded_at` under many writers.

use std::time::Duration;

use super::amend;
use crate::support::{Client, Server, rows, together};

#[tokio::test]
async fn seq_has_no_holes_and_time_never_runs_back_under_many_writers() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let second = Server::on(server.app.db.clone()).await;
    let there = Client::new(&second.url, None, ana.cookie());
    sqlx::query("alter table entries add check (body <> 'too much')").execute(&server.app.db).await.unwrap();

    let acknowledged = together((0..20_u64).map(|writer| {
        let who = if writer % 2 == 0 { ana.clone() } else { there.clone() };
        async move {
            let mut written = Vec::new();
            let path = format!("/incidents/{incident}/timeline");
            for step in 0..12 {
                let after = Duration::from_micros(writer * 250 + step * 40);
                let line = format!("writer {writer} step {step}");
                match (writer + step) % 4 {
                    // Fails when its number was given, or is refused behind the lock.
                    0 => assert_eq!(who.say(incident, "too much").await.status, 500),
                    1 if step % 2 == 0 => {
                        let reply = amend(&who, "1/corrections", &[("body", "x")]).await;
                        assert_eq!(reply.status, 403);
                    }
                    1 => who.cut_off(&path, &[("body", "cut off")], after).await,
                    _ => {
                        assert_eq!(who.say(incident, &line).await.status, 303);
                        written.push(line);
                    }
                }
            }
            written
        }
    }))
    .await;

    // The last one waits behind whatever was cut off and is still at work.
    assert_eq!(ana.say(incident, "the last").await.status, 303);
    let timeline = rows::timeline(&server.app.db, incident).await;
    rows::assert_sound(&timeline);
    for line in acknowledged.iter().flatten() {
        let found = timeline.iter().filter(|it| it.body == *line).count();
        assert_eq!(found, 1, "{line}");
    }
    for written in &acknowledged {
        let order: Vec<_> = timeline.iter().filter(|it| written.contains(&it.body)).map(|it| &it.body).collect();
        assert!(order.iter().copied().eq(written), "a writer's lines keep their order");
    }
    let head: i64 = sqlx::query_scalar("select seq from timeline_heads where incident = $1")
        .bind(incident)
        .fetch_one(&server.app.db)
        .await
        .unwrap();
    assert_eq!(head, timeline.last().unwrap().seq);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_turn_the_timeline_around() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    // As if the database's clock had been an hour ahead until now.
    sqlx::query("update timeline_heads set last_recorded_at = last_recorded_at + interval '1 hour'")
        .execute(&server.app.db)
        .await
        .unwrap();
    ana.say(incident, "a line").await;
    let before = rows::last(&server.app.db, incident).await.recorded_at;
    ana.change(incident, "status", &[("status", "monitoring")]).await;
    let timeline = rows::timeline(&server.app.db, incident).await;
    rows::assert_sound(&timeline);
    assert!(timeline.last().unwrap().recorded_at >= before);
    assert!(before - timeline[0].recorded_at >= chrono::Duration::minutes(59));
    let room = ana.room(incident).await.body;
    assert!(!room.contains("-1 h") && !room.contains("-60 min"));
}
