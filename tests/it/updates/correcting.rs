//! Corrections of updates, which stay visible, and what is taken out for good.

use serde_json::json;

use super::{Room, WRITTEN};
use crate::support::{contents, html};

#[tokio::test]
async fn a_correction_replaces_the_words_and_what_stood_before_stays_visible() {
    let room = Room::open().await;
    room.does(&room.ana, "updates", WRITTEN).await;
    let promised = room.promised().await;
    let page = room.last().await;
    let fields = [("situation", "Checkout failed."), ("impact", "One in five."), ("reason", "counted again")];
    room.does(&room.ana, &page, &fields).await;

    let [update] = &room.updates().await[..] else { panic!("one update") };
    assert_eq!((&update["situation"], &update["doing"]), (&"Checkout failed.".into(), &"".into()));
    let before = &update["corrections"][0];
    assert_eq!(before["situation"], "Checkout fails since 03:07.");
    assert_eq!((&before["reason"], &before["strikes"]), (&"counted again".into(), &false.into()));
    assert_eq!(before["author"]["name"], "Ana");
    assert_eq!(room.promised().await, promised, "the promise stands");
    let said = room.said("correction").await;
    assert!(said[0].contains("**Impact:** One in five.") && said[0].ends_with(": counted again"), "{said:?}");
    for path in [&*page, "updates"] {
        let shown = room.vera.get(&room.path(path)).await.body;
        for text in ["One in five.", "One order in three.", "counted again"] {
            assert!(shown.contains(text), "{path} {text}: {shown}");
        }
    }
    // The room shows what stands, marked.
    let shown = room.vera.room(room.incident).await.body;
    assert!(shown.contains("One in five.") && !shown.contains("One order in three."), "{shown}");
    assert!(shown.contains(">corrected</a>"), "{shown}");
}

#[tokio::test]
async fn an_update_is_struck_out_with_a_reason_and_its_promise_stands() {
    let room = Room::open().await;
    room.does(&room.ana, "updates", WRITTEN).await;
    let (page, promised) = (room.last().await, room.promised().await);
    let without = room.ana.submit(&room.path(&page), &[("strike", "true")]).await;
    assert!(without.error("reason").is_some(), "{}", without.body);
    room.does(&room.ana, &page, &[("strike", "true"), ("reason", "another incident")]).await;
    let [update] = &room.updates().await[..] else { panic!("one update") };
    assert_eq!(update["struck"]["reason"], "another incident");
    assert_eq!(room.promised().await, promised);
    let shown = room.vera.room(room.incident).await.body;
    assert!(shown.contains("<del><p><strong>To leadership:</strong>"), "{shown}");
    let again = room.ana.submit(&room.path(&page), &[("strike", "true"), ("reason", "again")]).await;
    assert_eq!(again.status, 422);
    // Corrected after all, it stands again.
    room.does(&room.ana, &page, &[("situation", "It was this one."), ("reason", "looked again")]).await;
    let [update] = &room.updates().await[..] else { panic!("one update") };
    assert!(update["struck"].is_null() && update["corrections"].as_array().unwrap().len() == 2, "{update}");
}

#[tokio::test]
async fn ones_own_is_corrected_and_any_by_who_speaks_leads_or_administers() {
    let room = Room::open().await;
    room.does(&room.ana, "updates", WRITTEN).await;
    let page = room.last().await;
    let change = |text| [("situation", text), ("reason", "better words")];
    assert!(!room.ben.get(&room.path(&page)).await.body.contains("Correct update"));
    assert_eq!(room.ben.submit(&room.path(&page), &change("by Ben")).await.status, 403);
    room.does(&room.ben, "roles", &[("role", "communications"), ("person", "me")]).await;
    assert!(room.ben.get(&room.path(&page)).await.body.contains("Correct update"));
    room.does(&room.ben, &page, &change("by Ben")).await;
    room.does(&room.olga, &page, &change("by Olga")).await;
    assert_eq!(room.updates().await[0]["situation"], "by Olga");
    // Who wrote at the same time is told, and keeps their words.
    let seen = html::input(&room.ana.get(&room.path(&page)).await.body, "seen").unwrap().to_owned();
    room.does(&room.olga, &page, &change("by Olga again")).await;
    let late = [("situation", "by Ana"), ("reason", "better words"), ("seen", &*seen)];
    let reply = room.ana.submit(&room.path(&page), &late).await;
    assert!(reply.error("situation").unwrap().contains("meanwhile"), "{}", reply.body);
    assert!(reply.body.contains(">by Ana</textarea>"), "{}", reply.body);
}

#[tokio::test]
async fn the_entry_of_an_update_is_corrected_where_the_update_is() {
    let room = Room::open().await;
    room.does(&room.ana, "updates", WRITTEN).await;
    let seq = room.updates().await[0]["seq"].as_i64().unwrap();
    let path = room.path(&format!("timeline/{seq}/corrections"));
    let page = room.olga.get(&path).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("corrected on its own page"), "{}", page.body);
    assert_eq!(room.olga.submit(&path, &[("body", "something else"), ("reason", "why")]).await.status, 403);
    let (status, problem) = room.program.post(&path, json!({ "body": "something else" })).await;
    assert_eq!(status, 403);
    assert!(problem["detail"].as_str().unwrap().contains("/api/v1/updates/{id}/corrections"), "{problem}");
    let entry = room.vera.get(&room.path(&format!("timeline/{seq}"))).await.body;
    assert!(entry.contains(&room.path(&room.last().await)), "it leads there: {entry}");
}

#[tokio::test]
async fn a_redaction_takes_the_update_out_with_what_it_said_before_and_what_drafts_have_of_it() {
    const SECRET: &str = "Mrs Zanzibar's card 4711";
    let room = Room::open().await;
    room.does(&room.ana, "updates", &[("situation", SECRET), ("next_by", "30")]).await;
    let (page, promised) = (room.last().await, room.promised().await);
    room.does(&room.ana, &page, &[("impact", SECRET), ("reason", SECRET)]).await;
    let copied = format!("As said: {SECRET}");
    room.does(&room.ben, "updates/draft", &[("audience", "public"), ("doing", &copied)]).await;
    room.does(&room.olga, "updates/draft", &[("audience", "public"), ("doing", "something else")]).await;
    assert!(contents::hold(&room.server.app.db, SECRET).await);

    let seq = room.updates().await[0]["seq"].as_i64().unwrap();
    room.does(&room.olga, &format!("timeline/{seq}/redaction"), &[("reason", "a customer's data")]).await;
    assert!(!contents::hold(&room.server.app.db, "Zanzibar").await);
    assert!(contents::hold(&room.server.app.db, "something else").await, "another draft stays");
    for path in ["", "updates", &page] {
        let shown = room.ana.get(&room.path(path)).await.body;
        assert!(!shown.contains("Zanzibar") && !shown.contains("Correct update"), "{path}: {shown}");
    }
    let [update] = &room.updates().await[..] else { panic!("one update") };
    assert_eq!((&update["redacted"], &update["no_news"]), (&true.into(), &false.into()));
    assert_eq!(room.promised().await, promised, "its promise stands");
    let reply = room.ana.submit(&room.path(&page), &[("situation", SECRET), ("reason", "again")]).await;
    assert_eq!(reply.status, 409);
}
