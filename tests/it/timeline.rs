//! The timeline: what is written, how it is corrected, what is taken out, and
//! that its numbers have no holes.

mod correcting;
mod numbering;
mod pinning;
mod reading;
mod redacting;
mod times;
mod writing;

use second_story::terms::{Kind, Role};

use crate::support::{Client, Reply, Server, rows};

/// Sends the composer with these fields.
async fn compose(client: &Client, incident: i64, fields: &[(&str, &str)]) -> Reply {
    let path = format!("/incidents/{incident}/timeline");
    client.submit(&path, fields).await
}

/// Writes a line and returns its `seq`.
async fn write(server: &Server, client: &Client, incident: i64, line: &str) -> i64 {
    let reply = client.say(incident, line).await;
    assert_eq!(reply.status, 303, "{line}: {}", reply.body);
    let timeline = rows::timeline(&server.app.db, incident).await;
    let typed = |it: &&rows::Line| it.kind.parse::<Kind>().unwrap().is_typed();
    timeline.iter().rev().find(typed).unwrap().seq
}

/// Sends the form behind an entry's `corrections` or `redaction`.
async fn amend(client: &Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    client.submit(&format!("/incidents/1/timeline/{path}"), fields).await
}

/// A time as these tests write it.
fn at(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%m-%d %H:%M:%S").to_string()
}

#[tokio::test]
async fn a_redacted_title_is_gone_from_the_incident_as_well() {
    let server = Server::start().await;
    let admin = server.person("Ana", Role::Admin).await;
    let number = admin.declare("Password hunter2-and-more leaked").await;
    let path = format!("/incidents/{number}/timeline/1/redaction");
    assert_eq!(admin.post(&path, &[("reason", "a password")]).await.status, 303);
    for path in ["/".to_owned(), "/incidents".into(), format!("/incidents/{number}")] {
        let body = admin.get(&path).await.body;
        assert!(body.contains("(redacted)") && !body.contains("hunter2"), "{path}");
    }
}

#[tokio::test]
async fn a_line_that_waited_tells_its_times_from_when_it_was_typed() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("A long tunnel").await;
    let path = format!("/incidents/{number}/timeline");
    let waited = [("body", "-10m restarted db-3"), ("occurred_at", "-2h")];
    assert_eq!(ana.post(&path, &waited).await.status, 303);
    let ago = "select extract(epoch from recorded_at - occurred_at)::bigint from entries where body = 'restarted db-3'";
    let ago: i64 = sqlx::query_scalar(ago).fetch_one(&server.app.db).await.unwrap();
    assert!((7_795..=7_805).contains(&ago), "two hours and ten minutes: {ago} s");
}
