//! Rooms are kept in finished form; a page of one still shows what is true when
//! it is asked for, whoever changed it, and through whichever server.

use std::io::Read;

use flate2::read::GzDecoder;
use second_story::terms::Role;

use crate::support::{Client, Server, database, html, people::address, rows};

/// Two servers on one database; an admin at the one, who at the other is there, too.
async fn two_servers() -> (Server, Server, Client, Client) {
    let db = database::fresh().await;
    let (here, there) = (Server::on(db.clone()).await, Server::on(db).await);
    let ana = here.person("Ana", Role::Admin).await;
    let same = Client::new(&there.url, None, ana.cookie());
    (here, there, ana, same)
}

/// The entries of a page, as they look.
fn timeline(page: &str) -> &str {
    html::element(page, "timeline").unwrap()
}

/// Where a form is sent, what with, what shows then, and what no longer does.
type Change<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn every_change_shows_at_once_on_every_server() {
    let (here, _there, ana, there) = two_servers().await;
    here.person("Ben", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    ana.say(incident, "the first entry").await;
    let room = format!("/incidents/{incident}");
    let entry = format!("{room}/timeline/2");
    let changes: &[Change] = &[
        ("timeline", &[("body", "another entry")], "another entry", ""),
        ("timeline/2/corrections", &[("body", "the entry, corrected")], "the entry, corrected", "the first entry"),
        (
            "timeline/2/corrections",
            &[("strike", "true"), ("reason", "not so")],
            "Struck out by <bdi>Ana</bdi>: not so",
            "",
        ),
        ("timeline/2/redaction", &[("reason", "a password")], "Redacted by <bdi>Ana</bdi>", "the entry, corrected"),
        (
            "severity",
            &[("severity", "sev1")],
            r#"id="live-severity" data-severity="sev1""#,
            r#"id="live-severity" data-severity="sev3""#,
        ),
        ("status", &[("status", "identified")], r#"id="live-status" data-status="identified""#, ""),
        (
            "details",
            &[("title", "Nobody can pay"), ("summary", "It hurts"), ("services", "till")],
            "Nobody can pay",
            "",
        ),
        ("links", &[("kind", "call"), ("url", "https://meet.example.org/x")], "https://meet.example.org/x", ""),
        ("moments", &[("moment", "detected"), ("at", "2026-01-02 03:04")], "2026-01-02T03:04", ""),
        ("roles", &[("role", "scribe"), ("person", "me")], r#"Scribe</span><span class="name"><bdi>Ana</bdi>"#, ""),
        ("handoffs", &[("role", "scribe"), ("to", "@ben")], "offers <strong><bdi>Scribe</bdi></strong>", ""),
        (
            "roles",
            &[("role", "scribe"), ("person", "")],
            r#"Scribe</span><span class="missing">nobody"#,
            "offers <strong><bdi>Scribe</bdi></strong>",
        ),
        ("work-items", &[("title", "restore the replica")], "<bdi>restore the replica</bdi></a>", ""),
    ];
    for (form, fields, shows, gone) in changes {
        for page in [ana.get(&room).await.body, there.get(&room).await.body] {
            assert!(!page.contains(shows), "{form} was not sent yet: {shows}");
            assert!(page.contains(gone), "{form} was not sent yet: {gone}");
        }
        ana.change(incident, form, fields).await;
        for page in [there.get(&room).await.body, ana.get(&room).await.body] {
            assert!(page.contains(shows), "{form}: {shows} in {page}");
            assert!(gone.is_empty() || !page.contains(gone), "{form}: {gone} in {page}");
        }
    }
    assert!(there.get(&entry).await.body.contains("Redacted"));
}

#[tokio::test]
async fn a_new_name_stands_beside_all_that_somebody_wrote() {
    let (_here, _there, ana, there) = two_servers().await;
    let incident = ana.declare("Checkout fails").await;
    ana.say(incident, "restarted db-3").await;
    for client in [&ana, &there] {
        assert!(timeline(&client.room(incident).await.body).contains("<bdi>Ana</bdi>"));
    }
    let profile = [("name", "Ana Lindqvist"), ("handle", "ana"), ("time_zone", "UTC")];
    assert_eq!(ana.post("/me", &profile).await.status, 303);
    for client in [&there, &ana] {
        let page = client.room(incident).await.body;
        assert!(!page.contains("<bdi>Ana</bdi>") && !page.contains(">Ana</option>"), "{page}");
        assert_eq!(timeline(&page).matches("<bdi>Ana Lindqvist</bdi>").count(), 2);
    }
}

#[tokio::test]
async fn a_severity_is_called_in_every_room_what_the_settings_call_it() {
    let (_here, _there, ana, there) = two_servers().await;
    let incident = ana.declare("Checkout fails").await;
    for client in [&ana, &there] {
        assert!(client.room(incident).await.body.contains(">SEV2</span>"));
    }
    let renamed = [("name", "Urgent"), ("definition", "Wake somebody.")];
    assert_eq!(ana.post("/settings/severities/sev2", &renamed).await.status, 303);
    for client in [&there, &ana] {
        assert!(client.room(incident).await.body.contains(">Urgent</span><span>Wake somebody.</span>"));
    }
}

#[tokio::test]
async fn a_room_kept_through_many_changes_is_as_one_read_anew() {
    let (here, _there, ana, _) = two_servers().await;
    let incident = ana.declare("A long night").await;
    let mut notes = Vec::new();
    for number in 0..250 {
        ana.say(incident, &format!("entry **{number}**")).await;
        let last = rows::last(&here.app.db, incident).await;
        notes.extend((last.kind == "note").then_some(last.seq));
        // Some are read along, some are not; some corrections reach far back.
        if number % 7 == 6 {
            let target = format!("timeline/{}/corrections", notes[notes.len() / 2]);
            ana.change(incident, &target, &[("body", &format!("corrected at {number}"))]).await;
        }
        if number % 5 == 0 {
            ana.room(incident).await;
        }
    }
    let anew = Server::on(here.app.db.clone()).await;
    let anew = Client::new(&anew.url, None, ana.cookie());
    let (kept, anew) = (ana.room(incident).await.body, anew.room(incident).await.body);
    assert_eq!(timeline(&kept), timeline(&anew));
    let seqs = html::seqs(timeline(&kept));
    assert_eq!(seqs.len(), 200);
    let earlier = address(&format!("/incidents/{incident}"), &[("before", &seqs[0].to_string())]);
    assert!(kept.contains(&format!("?before={}", seqs[0])), "a link to earlier ones");
    let before = ana.get(&earlier).await.body;
    assert_eq!(html::seqs(timeline(&before)).last(), Some(&(seqs[0] - 1)));
}

#[tokio::test]
async fn a_filter_shows_only_its_own_and_spoils_nothing() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    ana.say(incident, "/action restarted db-3").await;
    let whole = ana.room(incident).await.body;
    let actions = ana.get(&format!("/incidents/{incident}?kind=action")).await.body;
    assert_eq!(timeline(&actions).matches("<li").count(), 1);
    assert_eq!(timeline(&ana.room(incident).await.body), timeline(&whole));
}

#[tokio::test]
async fn a_browser_gets_the_same_page_compressed() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    for number in 0..60 {
        ana.say(incident, &format!("the {number}th Ünïcödé entry")).await;
    }
    let plain = ana.room(incident).await;
    assert!(plain.headers.get("content-encoding").is_none());
    let request = ana.request(reqwest::Method::GET, &format!("/incidents/{incident}"));
    let response = request.header("accept-encoding", "gzip, br").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["vary"], "accept-encoding");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let bytes = response.bytes().await.unwrap();
    let mut page = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut page).unwrap();
    assert!(bytes.len() < page.len() / 2, "{} of {}", bytes.len(), page.len());
    assert_eq!(without_keys(&page), without_keys(&plain.body));
}

/// A page but for the keys of its forms, which are fresh every time.
fn without_keys(page: &str) -> String {
    let mut parts = page.split(r#"name="key" value=""#);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + part.split_once('"').unwrap().1)
}
