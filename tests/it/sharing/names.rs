//! No name of anybody in any byte that a link serves.

use second_story::terms::Role;

use super::{Shared, made, view_with};
use crate::support::{Client, html, rows};

/// People, and what of them must not be read: whole words in any case; those
/// with a capital only where they begin with one or follow an @.
const PEOPLE: &[(&str, &[&str])] = &[
    ("Bo Li", &["bo", "li", "bo.li"]),
    ("Zoë Müller-Strauß", &["zoë", "zoe", "müller", "muller", "strauß", "strauss"]),
    ("Mark Will", &["Mark", "Will", "mark.will"]),
    ("May Rose", &["May", "Rose", "may.rose"]),
    ("Siobhán O'Reilly", &["siobhán", "siobhan", "reilly"]),
    ("Nguyễn Văn An", &["nguyễn", "nguyen", "văn"]),
    ("Jean-Luc Picard", &["luc", "picard"]),
];

/// Everything that may be written of somebody, in one line.
fn told(name: &str) -> String {
    let first = name.split(' ').next().unwrap();
    let handle = name.to_lowercase().replace(' ', ".");
    let shout = name.to_uppercase();
    format!(
        "{name}, {first}'s shift; ask @{handle} or {handle}@example.org ({shout}) **{first}** see /home/{first}/x \
         _{name}_ \u{201c}{first}\u{201d} {first}."
    )
}

fn everybody() -> String {
    PEOPLE.iter().map(|(name, _)| told(name)).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn nobody_is_named_in_page_or_stream_whatever_is_written_where() {
    let shared = Shared::incident().await;
    let mut people = Vec::new();
    for (name, _) in PEOPLE {
        people.push(shared.person(name, Role::Responder).await);
    }
    let admin = shared.person("Ada Admin", Role::Admin).await;
    say_everything(&shared, &people, &admin).await;
    let token = made(&shared.ana, shared.incident, &[("shows_summary", "1"), ("label", PEOPLE[0].0)]).await;
    let read = shared.server.anybody();
    let mut pages = vec![read.get(&format!("/s/{token}")).await.body];
    let mut stream = read.events(&format!("/s/{token}/events"), None).await;
    pages.push(stream.next_named("view").await.unwrap().data);
    let asked =
        read.submit(&format!("/s/{token}/questions"), &[("body", &format!("Does {}", told(PEOPLE[1].0)))]).await;
    pages.push(asked.body);

    write_updates(&shared, &people).await;
    pages.push(view_with(&mut stream, "as of").await);
    pages.push(read.get(&format!("/s/{token}")).await.body);
    shared.does("status", &[("status", "resolved"), ("reason", &everybody())]).await;
    pages.push(read.get(&format!("/s/{token}")).await.body);
    for page in &pages {
        assert_nobody_is_named(page);
    }
    assert!(pages[4].contains("Engineer 2"), "they stay told apart: {}", pages[4]);
}

/// Into every field of the incident and every kind of entry.
async fn say_everything(shared: &Shared, people: &[Client], admin: &Client) {
    let all = everybody();
    let title: String = format!("{} sees errors", PEOPLE[1].0);
    let details = [("title", title.as_str()), ("title_was", "Checkout fails"), ("summary", &all), ("summary_was", "")];
    shared.does("details", &details).await;
    for command in ["", "/action ", "/effect ", "/expect ", "/assume ", "/theory ", "/decide ", "/work "] {
        let gist: String = all.chars().take(150).collect();
        shared.ana.say(shared.incident, &format!("{command}{gist}")).await;
    }
    let role =
        [("label", "Mark Will's deputy"), ("duty", &all[..300]), ("needed_from", "sev5"), ("empty_minutes", "5")];
    admin.submit("/settings/roles", &role).await;
    let words = "Ask Zoë Müller-Strauß or @bo.li. Mark it.";
    let severity = [("name", "Jean-Luc 3"), ("definition", words), ("leadership_minutes", "30")];
    admin.submit("/settings/severities/sev3", &severity).await;
    for (person, role) in people.iter().zip(["commander", "communications", "scribe", "operations"]) {
        person.change(shared.incident, "roles", &[("role", role), ("person", "me")]).await;
    }
    let link = [("kind", "call"), ("label", "Bo Li's bridge"), ("url", "https://meet.example.org/bo.li")];
    shared.does("links", &link).await;
}

async fn write_updates(shared: &Shared, people: &[Client]) {
    for (person, (name, _)) in people.iter().zip(PEOPLE) {
        let text = told(name);
        let update = [
            ("audience", "leadership"),
            ("situation", text.as_str()),
            ("impact", &text),
            ("doing", &text),
            ("ruled_out", &text),
        ];
        person.change(shared.incident, "updates", &update).await;
    }
    let id: String = sqlx::query_scalar("select id::text from updates order by seq desc limit 1")
        .fetch_one(&shared.server.app.db)
        .await
        .unwrap();
    let path = format!("updates/{id}");
    let author = people.last().unwrap();
    let page = author.get(&shared.path(&path)).await.body;
    let seen = html::input(&page, "seen").unwrap_or_default().to_owned();
    let all = told(PEOPLE[4].0);
    author.change(shared.incident, &path, &[("situation", all.as_str()), ("reason", &all), ("seen", &seen)]).await;
    people[2].change(shared.incident, "questions", &[("body", &told(PEOPLE[3].0)), ("anyway", "1")]).await;
    let question: String = sqlx::query_scalar("select id::text from questions order by seq desc limit 1")
        .fetch_one(&shared.server.app.db)
        .await
        .unwrap();
    people[1].change(shared.incident, &format!("questions/{question}/answer"), &[("reply", &everybody())]).await;
}

/// Reads a page as a person would, and its attributes as well.
fn assert_nobody_is_named(page: &str) {
    let text = decoded(page);
    for (_, forms) in PEOPLE {
        for form in *forms {
            let only_with_a_capital = form.starts_with(char::is_uppercase);
            let (text, form) = if only_with_a_capital {
                (text.clone(), (*form).to_owned())
            } else {
                (text.to_lowercase(), form.to_lowercase())
            };
            for (at, _) in text.match_indices(&form) {
                let before = text[..at].chars().next_back();
                let after = text[at + form.len()..].chars().next();
                let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let around: String = text[..at].chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
                assert!(inside(before) || inside(after), "{form} after “{around}”");
            }
        }
    }
}

/// The text between tags and the values of attributes, entities resolved; what
/// only marks a part of a word leaves no gap.
fn decoded(html: &str) -> String {
    let mut text = String::new();
    for (index, part) in html.split('<').enumerate() {
        let (tag, after) = if index == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        if !["strong", "/strong", "em", "/em"].contains(&tag) {
            text.push('\n');
        }
        for value in tag.split('"').skip(1).step_by(2) {
            text.push_str(value);
            text.push('\n');
        }
        text.push_str(after);
    }
    let entities = [("&#38;", "&"), ("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">")];
    entities.into_iter().fold(text, |text, (entity, sign)| text.replace(entity, sign))
}

#[tokio::test]
async fn a_label_stays_with_whoever_has_it() {
    let shared = Shared::incident().await;
    let (ben, cem) = (shared.person("Ben", Role::Responder).await, shared.person("Cem", Role::Responder).await);
    shared.does("updates", &[("audience", "leadership"), ("situation", "Ben looks at it, then Cem.")]).await;
    let first = shared.shown().await;
    assert!(first.contains("Engineer 2 looks at it, then Engineer 3."), "{first}");
    cem.change(shared.incident, "updates", &[("audience", "leadership"), ("situation", "Ben has it.")]).await;
    ben.post("/me", &[("name", "Benjamin"), ("handle", "benj"), ("time_zone", "UTC")]).await;
    let renamed = shared.shown().await;
    assert!(renamed.contains("Engineer 2 has it.") && renamed.contains("Engineer 2 looks at it, then Engineer 3."));
    assert!(!renamed.contains("Ben"), "who was called so still is: {renamed}");
    shared.person("Dora", Role::Responder).await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "Ask Dora, Benjamin.")]).await;
    assert!(shared.shown().await.contains("Ask Engineer 4, Engineer 2."));
}

#[tokio::test]
async fn a_person_added_later_is_masked_in_what_was_written_before() {
    let shared = Shared::incident().await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "Yuki is on the phone.")]).await;
    assert!(shared.shown().await.contains("Yuki is on the phone."));
    shared.person("Yuki", Role::Viewer).await;
    assert!(!shared.shown().await.contains("Yuki"));
}

#[tokio::test]
async fn a_question_does_not_tell_who_is_who() {
    let shared = Shared::incident().await;
    let ben = shared.person("Ben Okafor", Role::Responder).await;
    ben.change(shared.incident, "roles", &[("role", "commander"), ("person", "me")]).await;
    let path = format!("/s/{}/questions", shared.token);
    let asked = shared.reader.submit(&path, &[("body", "Is it Ben Okafor who commands, or ana@example.org?")]).await;
    assert_eq!(asked.status, 303);
    let page = shared.shown().await;
    assert!(page.contains("Is it someone who commands, or someone?"), "{page}");
    assert_eq!(rows::count(&shared.server.app.db, "select count(*) from aliases").await, 1, "Ben's, who commands");
}
