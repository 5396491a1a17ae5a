//! Many entries at once: an excerpt is read, looked over and written in one go
//! or not at all.

use std::fmt::Write as _;

use second_story::terms::Role;

use crate::support::{Client, Reply, Server, html, key, rows};

const PATH: &str = "/incidents/1/import";

/// Lines as people paste them, of a day that has been.
const EXCERPT: &str = "\
2026-01-31 23:50 restarted db-3
\tand it came back

00:05 /effect error rate at 0.2 %
[00:07] Ben Okafor: looks well
[00:08] ana: indeed
[00:09] Zoe_1: who knows";

/// Reads an excerpt into rows.
async fn preview(client: &Client, text: &str) -> Reply {
    let fields = [("step", "preview"), ("text", text), ("day", "2026-01-31"), ("time_zone", "Europe/Berlin")];
    client.post(PATH, &fields).await
}

/// The fields of the form that holds the rows, as a browser would send them.
fn fields(page: &str) -> Vec<(String, String)> {
    let (_, form) = page.split_once(r#"<form class="form import""#).expect(page);
    let (form, _) = form.split_once("</form>").unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(r#" {name}=""#))?;
        rest.split_once('"').map(|(value, _)| plain(value))
    };
    for tag in form.split('<') {
        let (tag, text) = tag.split_once('>').unwrap_or((tag, ""));
        let Some(name) = attribute(tag, "name") else {
            if tag.starts_with("option selected") {
                text.clone_into(&mut fields.last_mut().unwrap().1);
            }
            continue;
        };
        match tag.split(' ').next().unwrap() {
            "select" => fields.push((name, String::new())),
            "textarea" => fields.push((name, plain(text.strip_prefix('\n').unwrap_or(text)))),
            "input" if tag.contains("checkbox") && !tag.contains(" checked") => {}
            "input" if tag.contains("checkbox") => fields.push((name, "on".into())),
            "input" => fields.push((name, attribute(tag, "value").unwrap_or_default())),
            _ => {}
        }
    }
    fields
}

/// As it was before a template escaped it.
fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, c) in [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")] {
        plain = plain.replace(entity, c);
    }
    plain
}

/// So many lines, one a minute.
fn minutes(count: usize) -> String {
    let mut text = String::new();
    for line in 0..count {
        writeln!(text, "{:02}:{:02} line {line}", 6 + line / 60, line % 60).unwrap();
    }
    text
}

/// The field of a form, to be changed.
fn field<'f>(fields: &'f mut [(String, String)], name: &str) -> &'f mut String {
    let found = fields.iter_mut().find(|(it, _)| it == name);
    &mut found.unwrap_or_else(|| panic!("a field {name}")).1
}

async fn write(client: &Client, fields: &[(String, String)]) -> Reply {
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("step", "write"));
    client.post(PATH, &fields).await
}

/// Kind, text and time in UTC of everything after the declaration.
async fn written(server: &Server) -> Vec<(String, String, String)> {
    let lines = rows::timeline(&server.app.db, 1).await.into_iter().skip(1);
    lines.map(|line| (line.kind, line.body, line.occurred_at.format("%m-%d %H:%M").to_string())).collect()
}

#[tokio::test]
async fn an_excerpt_is_read_looked_over_and_written_in_its_order() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    let ben = server.person("Ben Okafor", Role::Responder).await;
    let page = preview(&ana, EXCERPT).await;
    assert_eq!(page.status, 200);
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 1, "nothing is written yet");

    let mut form = fields(&page.body);
    assert_eq!(field(&mut form, "text.0"), "restarted db-3\n\tand it came back");
    assert_eq!(field(&mut form, "time.1"), "2026-02-01 00:05");
    assert!(page.body.contains("<small>a later day</small>"));
    field(&mut form, "text.0").push_str(", twice");
    *field(&mut form, "time.0") = "23:51".into();
    *field(&mut form, "kind.0") = "action".into();
    form.retain(|(name, _)| name != "keep.4");

    let reply = write(&ana, &form).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/incidents/1#e2"), "{}", reply.body);
    let expected = [
        ("action", "restarted db-3\n\tand it came back, twice", "01-31 22:51"),
        ("effect", "error rate at 0.2 %", "01-31 23:05"),
        ("note", "**Ben Okafor:** looks well", "01-31 23:07"),
        ("note", "indeed", "01-31 23:08"),
    ];
    let written = written(&server).await;
    let told = written.iter().map(|(kind, body, at)| (kind.as_str(), body.replace("\r\n", "\n"), at.as_str()));
    assert!(
        told.eq(expected
            .map(|(kind, body, at)| (kind, body.to_owned(), at))
            .into_iter()
            .chain([acknowledged(&written)])),
        "{written:?}"
    );

    // Nobody is made to say what they did not write.
    let authors =
        "select count(*) from entries where kind <> 'moment' and author <> (select id from people where name = 'Ana')";
    assert_eq!(rows::count(&server.app.db, authors).await, 0);
    assert_eq!(rows::count(&server.app.db, "select count(*) from entries where source = 'import'").await, 4);
    let entry = html::entry(&ben.room(1).await.body, 2).to_owned();
    assert!(entry.contains(r#"<span class="mark">imported <time"#), "{entry}");
}

fn acknowledged(written: &[(String, String, String)]) -> (&str, String, &str) {
    let (kind, body, at) = written.last().unwrap();
    assert_eq!((kind.as_str(), body.as_str()), ("moment", "Acknowledged"));
    (kind, body.clone(), at)
}

#[tokio::test]
async fn a_name_is_shown_as_it_stands_and_known_people_by_theirs() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    server.person("Ben Okafor", Role::Responder).await;
    // Two of one name are nobody in particular.
    server.person("Chi", Role::Responder).await;
    let second = [("name", "Chi"), ("handle", "chi-2"), ("time_zone", "UTC")];
    assert_eq!(server.person("Other", Role::Responder).await.post("/me", &second).await.status, 303);
    let text = "[14:01] ben.okafor@example.org: one\n[14:02] @ben-okafor: two\n[14:03] Zoe_*1: three\n[14:04] Chi: four\n[14:05] ANA: five";
    let mut form = fields(&preview(&ana, text).await.body);
    let texts: Vec<_> = (0..5).map(|row| field(&mut form, &format!("text.{row}")).clone()).collect();
    assert_eq!(texts, ["**Ben Okafor:** one", "**Ben Okafor:** two", "Zoe_*1: three", "**Chi:** four", "five"]);
}

#[tokio::test]
async fn what_is_wrong_stands_in_its_row_and_only_writing_refuses() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    let page = preview(&ana, "What happened\n-----\n14:05 restarted\n2999-01-01 10:00 later").await;
    assert_eq!(page.status, 200);
    let mut form = fields(&page.body);
    for (row, why) in [(0, "no time"), (3, "future")] {
        assert!(page.error(&format!("time.{row}")).unwrap().contains(why), "{row}");
    }
    assert!(page.error("time.2").is_none());
    assert!(!form.iter().any(|(name, _)| name == "keep.1"), "a line of dashes is left out");

    *field(&mut form, "text.2") = "<b>typed</b>".into();
    let key = field(&mut form, "key").clone();
    let reply = write(&ana, &form).await;
    reply.assert_refused("time.0", "&#60;b&#62;typed&#60;/b&#62;</textarea>", &key);
    assert!(reply.body.contains("later</textarea>") && reply.body.contains("What happened"));
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 1);

    // Checked again, it says the same and writes nothing.
    let mut form = fields(&reply.body);
    *field(&mut form, "time.0") = "14:00".into();
    *field(&mut form, "time.3") = "14:06".into();
    *field(&mut form, "kind.3") = "effect".into();
    let mut check: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    check.push(("step", "check"));
    let checked = ana.post(PATH, &check).await;
    assert_eq!(checked.status, 200);
    assert!(!checked.body.contains("role=\"alert\""), "{}", checked.body);
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 1);
    assert_eq!(write(&ana, &fields(&checked.body)).await.status, 303);
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 5);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_kept() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    let form = fields(&preview(&ana, "14:05 restarted").await.body);
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for (name, value, beside) in [
        ("text.0", "", "text.0"),
        ("text.0", "a\0b", "text.0"),
        ("text.0", &*"x".repeat(20_001), "text.0"),
        ("kind.0", "status", "kind.0"),
        ("kind.0", "", "kind.0"),
        ("time.0", "soon", "time.0"),
        ("day", "tomorrow", "day"),
        ("time_zone", "Atlantis", "time_zone"),
    ] {
        let mut changed = form.clone();
        changed.retain(|(it, _)| *it != name);
        changed.extend([(name, value), ("step", "write")]);
        let reply = ana.post(PATH, &changed).await;
        assert_eq!(reply.status, 422, "{name}");
        assert!(reply.error(beside).is_some(), "{name}: {}", reply.body);
        assert!(reply.body.contains("restarted"), "{name}: what was pasted is kept");
    }
    let none: Vec<_> = form.iter().filter(|(name, _)| *name != "keep.0").copied().chain([("step", "write")]).collect();
    let reply = ana.post(PATH, &none).await;
    assert_eq!(reply.error("rows").as_deref(), Some("No row is ticked."));
    for text in ["", " \n\t\n"] {
        assert!(preview(&ana, text).await.error("text").is_some(), "{text:?}");
    }
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 1);
}

#[tokio::test]
async fn five_hundred_are_written_at_once_and_not_one_more() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    let text = minutes(501);
    let reply = preview(&ana, &text).await;
    assert_eq!(reply.status, 422);
    assert!(reply.error("text").unwrap().contains("501 entries; 500 fit"), "{:?}", reply.error("text"));
    assert!(reply.body.contains("line 500"), "all of it is kept");
    let long = format!("14:05 {}", "long ".repeat(40_000));
    let reply = preview(&ana, &long).await;
    assert!(reply.error("text").unwrap().contains("200 kB; 200 fit"), "{:?}", reply.error("text"));

    let (all, _) = text.trim_end().rsplit_once('\n').unwrap();
    let form = fields(&preview(&ana, all).await.body);
    let reply = write(&ana, &form).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let timeline = rows::timeline(&server.app.db, 1).await;
    rows::assert_sound(&timeline);
    let bodies: Vec<_> = timeline.iter().filter(|line| line.kind == "note").map(|line| line.body.clone()).collect();
    let expected: Vec<_> = (0..500).map(|line| format!("line {line}")).collect();
    assert_eq!(bodies, expected);

    let mut one_more = form;
    for (name, value) in [("keep.500", "on"), ("time.500", "14:59"), ("kind.500", "note"), ("text.500", "x")] {
        one_more.push((name.into(), value.into()));
    }
    assert!(write(&ana, &one_more).await.error("rows").is_some());
}

#[tokio::test]
async fn everybody_who_watches_sees_all_of_them_once_and_in_order() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mut live = ana.events(&format!("/incidents/{incident}/events?after=1"), None).await;
    let text = minutes(400);
    let form = fields(&preview(&ana, &text).await.body);
    assert_eq!(write(&ana, &form).await.status, 303);
    let seen = live.entries_until(402).await;
    assert_eq!(seen, (2..=402).collect::<Vec<i64>>());
}

#[tokio::test]
async fn sent_twice_it_is_written_once() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    let mut form = fields(&preview(&ana, "14:05 one\n14:06 two").await.body);
    *field(&mut form, "key") = key();
    let first = write(&ana, &form).await;
    let again = write(&ana, &form).await;
    assert_eq!((first.status, first.location()), (again.status, again.location()));
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 4);
    let key = field(&mut form, "key").clone();
    *field(&mut form, "text.1") = "three".into();
    let other = write(&ana, &form).await;
    other.assert_refused("key", "three</textarea>", &key);
    assert_eq!(rows::timeline(&server.app.db, 1).await.len(), 4);
}

#[tokio::test]
async fn an_incident_that_is_over_takes_what_was_noted_elsewhere() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    ana.change(incident, "status", &[("status", "resolved")]).await;
    let before = rows::timeline(&server.app.db, incident).await.len();
    assert_eq!(write(&ana, &fields(&preview(&ana, "14:05 one").await.body)).await.status, 303);
    let timeline = rows::timeline(&server.app.db, incident).await;
    assert_eq!(timeline.len(), before + 1, "and nobody began to respond by it");
}
