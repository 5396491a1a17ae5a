//! Taking text out for good, and that nothing else does.

use second_story::terms::Role;

use super::{amend, write};
use crate::support::{Client, Server, html, rows};

const SECRET: &str = "hunter2-and-more";

#[tokio::test]
async fn a_redaction_takes_the_text_out_everywhere_and_says_by_whom_and_why() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    // Somebody watches, so that the hub keeps finished bytes.
    let stream = format!("/incidents/{incident}/events");
    let mut live = ana.events(&format!("{stream}?after=1"), None).await;
    let seq = write(&server, &ana, incident, &format!("password is {SECRET}")).await;
    let path = format!("{seq}/corrections");
    let again = format!("the password is {SECRET}");
    let fields = [("body", again.as_str()), ("reason", SECRET)];
    assert_eq!(amend(&ana, &path, &fields).await.status, 303);
    let strike = [("strike", "true"), ("reason", SECRET)];
    assert_eq!(amend(&ana, &path, &strike).await.status, 303);
    let kept = write(&server, &ana, incident, "this one stays").await;
    assert!(live.entries_until(kept).await.is_sorted());

    let path = format!("{seq}/redaction");
    let because = [("reason", "a pasted password")];
    let reply = amend(&olga, &path, &because).await;
    assert_eq!(reply.location(), format!("/incidents/1#e{seq}"));

    // Live, the entry is shown again without its text.
    let event = live.next_named("entry").await.unwrap();
    let shown = html::entry(&event.data, seq).to_owned();
    assert!(shown.contains("Redacted by <bdi>Olga</bdi>: a pasted password"));
    // In the database.
    let dump: String = sqlx::query_scalar(
        "select (select json_agg(e)::text from entries e) || (select json_agg(i)::text from incidents i)",
    )
    .fetch_one(&server.app.db)
    .await
    .unwrap();
    assert!(!dump.contains(SECRET) && dump.contains("this one stays"), "{dump}");
    let second = Server::on(server.app.db.clone()).await;
    let there = Client::new(&second.url, None, olga.cookie());
    let mut pages = pages(&olga, incident).await;
    for (who, after) in [(&olga, 0), (&there, 0), (&olga, 1), (&ana, 4)] {
        pages.extend(replay(who, incident, after, 7).await);
    }
    for page in &pages {
        assert!(!page.contains(SECRET), "{page}");
    }
    // What it was about stays: number, kind, author, time, and why.
    let room = ana.room(incident).await.body;
    assert_eq!(html::entry(&room, seq), shown);
    assert!(html::seqs(&room).is_sorted() && html::seqs(&room).len() == 7);
    let last = rows::last(&server.app.db, incident).await;
    assert_eq!((last.kind.as_str(), last.corrects, last.reason.as_str()), ("redacted", Some(seq), "a pasted password"));
    rows::assert_sound(&rows::timeline(&server.app.db, incident).await);
}

/// All that is shown of an incident to somebody, but the words they typed.
async fn pages(who: &Client, incident: i64) -> Vec<String> {
    let mut pages = Vec::new();
    for page in [
        "/incidents".to_owned(),
        format!("/incidents?q={SECRET}"),
        format!("/incidents/{incident}"),
        format!("/incidents/{incident}?order=happened"),
        format!("/incidents/{incident}?kind=typed"),
    ]
    .into_iter()
    .chain((1..=7).map(|seq| format!("/incidents/{incident}/timeline/{seq}")))
    {
        let reply = who.get(&page).await;
        assert_eq!(reply.status, 200, "{page}");
        let typed = format!(r#"value="{SECRET}""#);
        pages.push(reply.body.replace(&typed, ""));
    }
    pages
}

/// What a stream that resumes after one entry sends up to another.
async fn replay(who: &Client, incident: i64, after: i64, until: i64) -> Vec<String> {
    let path = format!("/incidents/{incident}/events");
    let mut events = who.events(&path, Some(after)).await;
    let mut sent = Vec::new();
    loop {
        let event = events.next().await.unwrap();
        sent.push(event.data);
        if event.id == Some(until) {
            return sent;
        }
    }
}

#[tokio::test]
async fn a_redaction_is_for_admins_and_wants_a_reason() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    let seq = write(&server, &ana, incident, "a secret").await;
    let path = format!("{seq}/redaction");
    let full = format!("/incidents/1/timeline/{path}");
    assert_eq!(ana.get(&full).await.status, 403);
    assert_eq!(amend(&ana, &path, &[("reason", "mine")]).await.status, 403);
    assert_eq!(olga.get(&full).await.status, 200);
    for silent in ["", " ", "a\0b"] {
        let reply = amend(&olga, &path, &[("reason", silent)]).await;
        assert!(reply.error("reason").is_some(), "{silent:?}");
    }
    let missing = amend(&olga, "99/redaction", &[("reason", "x")]).await;
    assert_eq!(missing.status, 404);
    assert!(ana.room(incident).await.body.contains("a secret"));
}

#[tokio::test]
async fn what_is_redacted_is_neither_corrected_nor_redacted_again() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    let seq = write(&server, &ana, incident, "a secret").await;
    let path = format!("{seq}/corrections");
    amend(&ana, &path, &[("body", "another secret")]).await;
    let redaction = format!("{seq}/redaction");
    let because = [("reason", "a password")];
    assert_eq!(amend(&olga, "4/redaction", &because).await.status, 422, "goes with its entry");
    assert_eq!(amend(&olga, &redaction, &because).await.status, 303);

    for who in [&ana, &olga] {
        assert_eq!(amend(who, &path, &[("body", "a secret")]).await.status, 403);
        let full = format!("/incidents/1/timeline/{path}");
        assert_eq!(who.get(&full).await.status, 403);
    }
    let again = amend(&olga, &redaction, &because).await;
    assert!(again.error("reason").is_some());
    assert_eq!(amend(&olga, "5/redaction", &because).await.status, 422);
    let page = olga.get(&format!("/incidents/1/timeline/{seq}")).await.body;
    assert!(!page.contains("Correct or strike out") && !page.contains(">Redact<"));
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 5);
}

#[tokio::test]
async fn the_text_and_the_reason_of_a_system_entry_can_be_taken_out() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    ana.change(incident, "severity", &[("severity", "sev1"), ("reason", SECRET)]).await;
    assert_eq!(amend(&olga, "2/redaction", &[("reason", "a name")]).await.status, 303);
    let room = olga.room(incident).await.body;
    assert!(!room.contains(SECRET) && html::entry(&room, 2).contains("(redacted)"));
    assert_eq!(rows::timeline(&server.app.db, incident).await[1].reason, "");
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_an_entry() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let db = &server.app.db;
    write(&server, &ana, incident, "a line").await;
    let before = format!("{:?}", rows::timeline(db, incident).await);
    for statement in [
        "update entries set body = 'another'",
        "update entries set reason = 'another'",
        "update entries set occurred_at = now()",
        "update entries set recorded_at = now()",
        "update entries set seq = seq + 100",
        "update entries set author = null",
        "update entries set kind = 'action'",
        "update entries set source = 'import'",
        "update entries set strikes = true where kind = 'note'",
        "delete from entries",
        "delete from entries where seq = 2",
    ] {
        let refused = sqlx::query(statement).execute(db).await;
        let error = refused.expect_err(statement).to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    assert_eq!(format!("{:?}", rows::timeline(db, incident).await), before);
}
