//! Theories: what became of them, and what speaks for and against them.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Room, once};
use crate::support::{Client, contents, html, program::read};

impl Room {
    /// Types a theory; returns its `seq`.
    async fn suspects(&self, who: &Client, theory: &str) -> i64 {
        self.writes(who, &format!("/theory {theory}")).await
    }

    async fn writes(&self, who: &Client, line: &str) -> i64 {
        assert_eq!(who.say(self.incident, line).await.status, 303, "{line}");
        let last = "select max(seq) from entries where incident = $1 and kind::text = any($2)";
        let last = sqlx::query_scalar(last).bind(self.incident).bind(["note", "effect", "theory"]);
        last.fetch_one(&self.server.app.db).await.unwrap()
    }

    /// Says something of a theory that must be taken.
    async fn says_of(&self, who: &Client, theory: i64, fields: &[(&str, &str)]) {
        self.does(who, &format!("theories/{theory}"), fields).await;
    }

    /// What stands in the room's panel of theories.
    async fn panel(&self) -> String {
        html::element(&self.vera.room(self.incident).await.body, "live-theories").unwrap().to_owned()
    }

    /// The states and numbers of the theories in that panel, in order.
    async fn listed(&self) -> Vec<(String, i64)> {
        let panel = self.panel().await;
        let rows = panel.split(r#"data-state=""#).skip(1);
        let row = |row: &str| {
            let (state, rest) = row.split_once('"').unwrap();
            (state.to_owned(), html::numbers(rest, "/theories/")[0])
        };
        rows.map(row).collect()
    }

    async fn page(&self, what: &str) -> String {
        let page = self.vera.get(&self.path(what)).await;
        assert_eq!(page.status, 200, "{what}");
        page.body
    }
}

fn listed(theories: &[(&str, i64)]) -> Vec<(String, i64)> {
    theories.iter().map(|(state, seq)| ((*state).to_owned(), *seq)).collect()
}

#[tokio::test]
async fn a_theory_is_open_until_it_is_eliminated_or_confirmed_and_may_be_opened_again() {
    let room = Room::open().await;
    assert!(room.panel().await.contains("No theory yet"));
    assert!(room.page("theories").await.contains("No theory yet"));
    let cache = room.suspects(&room.ana, "the *cache*").await;
    let deploy = room.suspects(&room.ben, "the deploy").await;
    assert_eq!(room.listed().await, listed(&[("open", cache), ("open", deploy)]));

    let mut beside = room.vera.events(&format!("/incidents/{}/events", room.incident), None).await;
    let why = [("state", "eliminated"), ("reason", "its hit rate is as ever")];
    room.says_of(&room.ben, cache, &why).await;
    let sent = beside.panels_with("<del dir=\"auto\">the cache</del>").await;
    assert!(html::element(&sent, "live-theories").unwrap().contains("eliminated"), "those who watch see it: {sent}");
    assert_eq!(room.listed().await, listed(&[("open", deploy), ("eliminated", cache)]));
    let page = room.vera.room(room.incident).await.body;
    assert!(html::entry(&page, cache).contains("eliminated</span>"), "{page}");
    assert!(!html::entry(&page, deploy).contains("eliminated"));
    let said = format!("</bdi> eliminated the theory <a href=\"/incidents/{}/timeline/{cache}\">", room.incident);
    assert!(page.contains(&said) && page.contains(": its hit rate is as ever"), "{page}");

    room.says_of(&room.ana, deploy, &[("state", "confirmed")]).await;
    assert_eq!(room.listed().await, listed(&[("confirmed", deploy), ("eliminated", cache)]));
    room.says_of(&room.ana, cache, &[("state", "open"), ("reason", "another cache")]).await;
    assert_eq!(room.listed().await, listed(&[("open", cache), ("confirmed", deploy)]));
    assert_eq!(room.said("verdict").await, ["eliminated: its hit rate is as ever", "confirmed", "open: another cache"]);
    let (all, one) = (room.page("theories").await, room.page(&format!("theories/{cache}")).await);
    assert!(all.contains("another cache") && !all.contains("hit rate"), "the last reason: {all}");
    assert!(one.contains("another cache") && one.contains("hit rate"), "every one: {one}");
}

#[tokio::test]
async fn what_is_so_already_writes_nothing_and_a_reason_may_follow() {
    let room = Room::open().await;
    let cache = room.suspects(&room.ana, "the cache").await;
    let key = once();
    for _ in 0..2 {
        let fields = [("state", "eliminated"), ("key", key.as_str())];
        assert_eq!(room.ana.post(&room.path(&format!("theories/{cache}")), &fields).await.status, 303);
    }
    room.says_of(&room.ben, cache, &[("state", "eliminated")]).await;
    assert_eq!(room.said("verdict").await, ["eliminated"]);
    let later = [("state", "eliminated"), ("state_was", "eliminated"), ("reason", "no misses")];
    room.says_of(&room.ben, cache, &later).await;
    room.says_of(&room.ben, cache, &later).await;
    assert_eq!(room.said("verdict").await, ["eliminated", "eliminated: no misses"]);
    // The page was of a time before it was eliminated, and its choice was left as it was.
    let effect = room.writes(&room.cem, "/effect no misses").await;
    let stale = [("state", "open"), ("state_was", "open"), ("evidence", &effect.to_string()), ("stance", "against")];
    room.says_of(&room.cem, cache, &stale).await;
    assert_eq!(room.listed().await, listed(&[("eliminated", cache)]));
}

#[tokio::test]
async fn entries_speak_for_a_theory_or_against_it_until_that_is_taken_back() {
    let room = Room::open().await;
    let cache = room.suspects(&room.ana, "the cache").await;
    let (misses, idle) = (room.writes(&room.ana, "/effect misses rise").await, room.writes(&room.ben, "idle").await);
    let tie = async |entry: i64, stance: &str, reason: &str| {
        let fields = [("evidence", &*format!("#{entry}")), ("stance", stance), ("reason", reason)];
        room.says_of(&room.ben, cache, &fields).await;
    };
    tie(misses, "for", "since noon").await;
    tie(misses, "for", "").await;
    tie(idle, "for", "").await;
    tie(idle, "against", "").await;
    assert!(room.panel().await.contains("1 for, 1 against"), "{}", room.panel().await);
    assert_eq!(
        room.said("evidence").await,
        [format!("for #{misses}: since noon"), format!("for #{idle}"), format!("against #{idle}")]
    );
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains(&format!(">#{idle}</a> speaks against the theory <a")), "{page}");
    let own = room.page(&format!("theories/{cache}")).await;
    assert!(own.contains(&format!("Against: <a href=\"/incidents/{}#e{idle}\">", room.incident)), "{own}");
    tie(idle, "none", "").await;
    tie(misses, "none", "").await;
    assert!(!room.panel().await.contains("against"));
    assert_eq!(room.said("evidence").await.len(), 5);
    // Both at once: the reason is that of the verdict.
    let both = [("state", "eliminated"), ("reason", "idle"), ("evidence", &*idle.to_string()), ("stance", "against")];
    room.says_of(&room.ana, cache, &both).await;
    assert_eq!(room.said("verdict").await, ["eliminated: idle"]);
    assert_eq!(room.said("evidence").await.pop(), Some(format!("against #{idle}")));
}

#[tokio::test]
async fn what_cannot_be_taken_stands_beside_its_field_with_the_text_kept() {
    let room = Room::open().await;
    let cache = room.suspects(&room.ana, "the cache").await;
    let form = format!("theories/{cache}");
    let acknowledged = cache + 1;
    let key = once();
    for entry in [cache, acknowledged, 99] {
        let entry = entry.to_string();
        let mut fields = vec![("state", "eliminated"), ("reason", "we looked"), ("evidence", &*entry), ("key", &*key)];
        fields.push(("stance", "against"));
        let refused = room.ben.post(&room.path(&form), &fields).await;
        refused.assert_refused("evidence", "we looked", &key);
        assert_eq!(html::input(&refused.body, "evidence"), Some(&*entry));
        assert!(refused.body.contains("value=\"eliminated\" checked"), "{}", refused.body);
    }
    for (field, value) in [("evidence", "the last one"), ("evidence", "1"), ("state", "dead"), ("reason", "because")] {
        let refused = room.send(&room.ben, &form, &[(field, value)]).await;
        assert_eq!(refused.status, 422, "{field}");
        assert!(refused.error(field).is_some(), "{field}: {}", refused.body);
        assert!(field == "state" || refused.body.contains(value), "{}", refused.body);
    }
    assert_eq!((room.said("verdict").await.len(), room.said("evidence").await.len()), (0, 0));
    assert_eq!(room.listed().await, listed(&[("open", cache)]));
}

#[tokio::test]
async fn what_is_struck_or_taken_out_is_no_theory_and_its_reasons_go_with_it() {
    let room = Room::open().await;
    let (struck, secret) = (room.suspects(&room.ana, "mistyped").await, room.suspects(&room.ana, "her card").await);
    let idle = room.writes(&room.ana, "idle").await;
    room.says_of(&room.ana, secret, &[("state", "eliminated"), ("reason", "card 4711")]).await;
    let tie = [("evidence", &*idle.to_string()), ("stance", "for"), ("reason", "card 4712")];
    room.says_of(&room.ana, secret, &tie).await;
    let strike = [("strike", "true"), ("reason", "a slip")];
    room.does(&room.ana, &format!("timeline/{struck}/corrections"), &strike).await;
    room.does(&room.olga, &format!("timeline/{secret}/redaction"), &[("reason", "a customer's data")]).await;
    for text in ["her card", "card 4711", "card 4712"] {
        assert!(!contents::hold(&room.server.app.db, text).await, "{text}");
    }
    assert!(room.panel().await.contains("No theory yet"));
    let note = room.writes(&room.ana, "no theory").await;
    for seq in [struck, secret, note, 99] {
        let path = room.path(&format!("theories/{seq}"));
        assert_eq!(room.ana.get(&path).await.status, 404, "{seq}");
        assert_eq!(room.ana.submit(&path, &[("state", "confirmed")]).await.status, 404, "{seq}");
    }
    assert_eq!(room.said("verdict").await, ["eliminated"], "that it was, stays");
}

#[tokio::test]
async fn viewers_say_nothing_of_theories_and_outsiders_know_of_none() {
    let room = Room::open().await;
    let cache = room.suspects(&room.ana, "the cache").await;
    let form = room.path(&format!("theories/{cache}"));
    assert_eq!(room.vera.submit(&form, &[("state", "eliminated")]).await.status, 403);
    assert!(!room.vera.get(&form).await.body.contains("<textarea"));
    let program = room.program(&room.vera).await;
    assert_eq!(program.patch(&form, json!({ "state": "eliminated" })).await.0, StatusCode::FORBIDDEN);
    room.does(&room.olga, "visibility", &[("private", "on"), ("people", "@ana, @ben")]).await;
    assert_eq!(room.cem.submit(&form, &[("state", "eliminated")]).await.status, 404);
    for path in [&form, &room.path("theories")] {
        assert_eq!(room.cem.get(path).await.status, 404);
        assert_eq!(room.program(&room.cem).await.get(&room.path("theories")).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(room.ben.get(&form).await.status, 200);
    assert!(room.said("verdict").await.is_empty());
}

#[tokio::test]
async fn programs_add_theories_and_say_what_became_of_them() {
    let room = Room::open().await;
    let program = room.program(&room.ana).await;
    let theories = room.path("theories");
    let key = once();
    let body = json!({ "body": "the **cache**" });
    let (status, first) = program.post_once(&key, &theories, body.clone()).await;
    assert_eq!((status, &first["state"], &first["author"]), (StatusCode::CREATED, &json!("open"), &json!("Ana")));
    let again = program.post_once(&key, &theories, body).await;
    assert_eq!(again, (StatusCode::OK, first.clone()));
    let cache = first["seq"].as_i64().unwrap();
    assert_eq!(room.listed().await, listed(&[("open", cache)]));
    assert_eq!(room.said("moment").await, ["Acknowledged"], "who suspects something responds");

    let idle = room.writes(&room.ben, "idle").await;
    let path = format!("{theories}/{cache}");
    let change = async |to: Value| program.patch(&path, to).await;
    let evidence = |stance: Value| json!({ "evidence": { "entry": idle, "stance": stance } });
    let (_, theory) = change(evidence(json!("against"))).await;
    assert_eq!((&theory["for"], &theory["against"]), (&json!([]), &json!([idle])));
    let (_, theory) = change(evidence(Value::Null)).await;
    assert_eq!(theory["against"], json!([]));
    let (status, theory) = change(json!({ "state": "eliminated", "reason": "idle" })).await;
    assert_eq!((status, &theory["state"], &theory["reason"]), (StatusCode::OK, &json!("eliminated"), &json!("idle")));
    let (_, list) = program.get(&theories).await;
    assert_eq!(list, json!({ "items": [theory], "next_cursor": null }));

    for (to, field) in [
        (json!({ "state": "dead" }), "state"),
        (json!({ "evidence": { "entry": cache, "stance": "for" } }), "evidence"),
        (json!({ "evidence": { "entry": 99, "stance": "for" } }), "evidence"),
        (json!({ "reason": "x".repeat(2001) }), "reason"),
    ] {
        let (status, problem) = change(to).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for to in [json!({ "evidence": { "entry": idle } }), json!({ "stat": "open" })] {
        assert!(change(to.clone()).await.0.is_client_error(), "{to}");
    }
    let (status, _) = program.post(&theories, json!({ "body": " " })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let missing = program.request(reqwest::Method::PATCH, &format!("{theories}/99")).json(&json!({ "state": "open" }));
    assert_eq!(read(missing).await.0, StatusCode::NOT_FOUND);
    assert_eq!(room.said("verdict").await, ["eliminated: idle"]);
}

#[tokio::test]
async fn they_are_eliminated_and_confirmed_in_the_composer() {
    let room = Room::open().await;
    let (cache, deploy) = (room.suspects(&room.ana, "the cache").await, room.suspects(&room.ana, "the deploy").await);
    for line in [format!("/eliminate #{cache} hit rate is as ever"), format!("/confirm {deploy}")] {
        assert_eq!(room.ben.say(room.incident, &line).await.status, 303, "{line}");
    }
    assert_eq!(room.said("verdict").await, ["eliminated: hit rate is as ever", "confirmed"]);
    assert_eq!(room.listed().await, listed(&[("confirmed", deploy), ("eliminated", cache)]));
    for (line, why) in [
        ("/eliminate", "number of a theory"),
        ("/confirm the deploy", "number of a theory"),
        ("/eliminate #1 why", "#1 is no theory"),
        ("/confirm 99", "#99 is no theory"),
    ] {
        let refused = room.ben.say(room.incident, line).await;
        assert_eq!(refused.status, 422, "{line}");
        assert!(refused.error("body").unwrap().contains(why), "{line}: {:?}", refused.error("body"));
        assert!(refused.body.contains(&format!(">{line}</textarea>")), "{line}: {}", refused.body);
    }
    assert_eq!(room.said("verdict").await.len(), 2);
}

#[tokio::test]
async fn a_replay_shows_what_had_become_of_it_by_then() {
    let room = Room::open().await;
    // 1 declared, 2 the theory, 3 acknowledged
    let cache = room.suspects(&room.ana, "the cache").await;
    room.says_of(&room.ana, cache, &[("state", "eliminated")]).await; // 4
    room.says_of(&room.ana, cache, &[("state", "confirmed")]).await; // 5
    for (at, state) in [(3, None), (4, Some("eliminated")), (5, Some("confirmed"))] {
        let page = room.page(&format!("replay?at={at}")).await;
        let entry = html::entry(&page, cache);
        for word in ["eliminated", "confirmed"] {
            let shown = entry.contains(&format!("{word}</span>"));
            assert_eq!(shown, state == Some(word), "{word} at {at}: {entry}");
        }
    }
}
