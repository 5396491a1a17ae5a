//! Writing an update, and that there is no news yet.

use second_story::terms::Role;

use super::{Room, WRITTEN};
use crate::support::{Server, key};

#[tokio::test]
async fn an_update_says_what_was_typed_and_when_the_next_one_comes() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    room.does(&room.ana, "updates", WRITTEN).await;
    let [update] = &room.updates().await[..] else { panic!("one update") };
    for (field, text) in [
        ("audience", "leadership"),
        ("situation", "Checkout fails since 03:07."),
        ("impact", "One order in three."),
        ("doing", "We roll back the last deploy."),
        ("ruled_out", "The network."),
        ("next_by", "2026-11-22T03:40:00Z"),
        ("written_at", "2026-11-22T03:10:00Z"),
    ] {
        assert_eq!(update[field], text, "{field}");
    }
    assert_eq!(update["author"]["name"], "Ana");
    assert_eq!(
        room.said("update").await,
        ["**To leadership:** Checkout fails since 03:07.\n\n**Impact:** One order in three.\n\n\
          **What is being done:** We roll back the last deploy.\n\n**Ruled out:** The network.\n\n\
          Next update by 22 Nov 03:40 UTC."]
    );
    // The page shows it to whoever may read, and the form to whoever may write.
    let page = room.vera.get(&room.path("updates")).await;
    assert!(page.body.contains("One order in three.") && !page.body.contains("Send update"), "{}", page.body);
    assert!(room.ben.get(&room.path("updates")).await.body.contains("Send update"));
    // In the timeline it stands in full, its words set apart.
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains("<p><strong>Impact:</strong> One order in three.</p>"), "{page}");
}

#[tokio::test]
async fn no_news_yet_is_one_click_and_moves_the_promise_by_the_interval() {
    let room = Room::on(Server::at("2026-11-22T03:10:00Z").await).await;
    room.does(&room.ana, "severity", &[("severity", "sev2")]).await;
    room.does(&room.ana, "updates", &[("no_news", "1")]).await;
    assert_eq!(
        room.said("update").await,
        ["told leadership that there is no news yet. Next update by 22 Nov 03:40 UTC."]
    );
    let [update] = &room.updates().await[..] else { panic!("one update") };
    assert_eq!((&update["no_news"], &update["situation"]), (&true.into(), &"".into()));
    assert_eq!(room.promised().await.as_deref(), Some("2026-11-22T03:40:00Z"));
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains("<bdi>No news yet</bdi>"), "{page}");

    // On change there is no interval: then the next one wants a time.
    room.does(&room.ana, "cadence", &[("interval", "change")]).await;
    let refused = room.ana.submit(&room.path("updates"), &[("no_news", "1")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error("next_by").unwrap().contains("on change"));
    room.does(&room.ana, "updates", &[("no_news", "1"), ("next_by", "45 min")]).await;
    assert_eq!(room.promised().await.as_deref(), Some("2026-11-22T03:55:00Z"));
}

#[tokio::test]
async fn what_says_nothing_or_promises_what_cannot_be_is_refused_with_the_text_kept() {
    let room = Room::open().await;
    let long = "a".repeat(2001);
    for (field, fields, said) in [
        ("situation", vec![("next_by", "30")], "at least one of the four"),
        ("situation", vec![("situation", "\u{200b} ")], "at least one of the four"),
        ("impact", vec![("situation", "x"), ("impact", &long)], "2000 fit"),
        ("next_by", vec![("situation", "kept text"), ("next_by", "soon")], "not a time ahead"),
        ("next_by", vec![("situation", "kept text"), ("next_by", "2020-01-01 10:00")], "has passed"),
        ("next_by", vec![("situation", "kept text"), ("next_by", "8d")], "seven days"),
        ("audience", vec![("situation", "kept text"), ("audience", "everybody")], "for whom"),
    ] {
        let reply = room.ana.submit(&room.path("updates"), &fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        assert!(reply.error(field).unwrap_or_default().contains(said), "{fields:?}: {:?}", reply.error(field));
        assert_eq!(reply.body.contains(">kept text</textarea>"), fields[0].1 == "kept text", "{fields:?}");
    }
    assert!(room.updates().await.is_empty() && room.said("update").await.is_empty());
}

#[tokio::test]
async fn what_is_checked_is_shown_with_the_words_that_will_not_travel_and_not_sent() {
    let room = Room::open().await;
    let fields = [("situation", "db-3 at 10.0.0.12 is <slow>."), ("doing", "We wait."), ("check", "1")];
    let page = room.ana.submit(&room.path("updates"), &fields).await;
    assert_eq!(page.status, 200);
    for seen in [
        r#"<mark title="host">db-3</mark> at <mark title="address">10.0.0.12</mark> is &#60;slow&#62;."#,
        "Will not travel: <mark><bdi>db-3</bdi></mark> (host), <mark><bdi>10.0.0.12</bdi></mark> (address)",
        ">db-3 at 10.0.0.12 is &#60;slow&#62;.</textarea>",
    ] {
        assert!(page.body.contains(seen), "{seen}: {}", page.body);
    }
    assert!(room.updates().await.is_empty());
}

#[tokio::test]
async fn what_was_eliminated_since_the_last_update_is_offered_and_what_changed_stands_beside_it() {
    let room = Room::open().await;
    for line in ["/theory the cache serves old prices", "/action rolled **db-3** back", "/eliminate #2 it is empty"] {
        assert_eq!(room.ana.say(room.incident, line).await.status, 303, "{line}");
    }
    let page = room.ana.get(&room.path("updates")).await.body;
    let offered = ">the cache serves old prices: it is empty</textarea>";
    assert!(page.contains(offered), "{page}");
    assert!(page.contains(r#"<p class="said" dir="auto">rolled db-3 back</p>"#), "{page}");

    room.does(&room.ana, "updates", &[("no_news", "1")]).await;
    let page = room.ana.get(&room.path("updates")).await.body;
    assert!(page.contains(offered) && page.contains("rolled db-3 back"), "nothing was said of it yet: {page}");
    room.does(&room.ana, "updates", WRITTEN).await;
    let page = room.ana.get(&room.path("updates")).await.body;
    assert!(!page.contains(offered) && !page.contains("rolled db-3 back"), "it was said: {page}");
    room.does(&room.ana, "status", &[("status", "identified")]).await;
    let page = room.ana.get(&room.path("updates")).await.body;
    assert!(page.contains(r#"<p class="said" dir="auto">Investigating → Identified</p>"#), "{page}");
}

#[tokio::test]
async fn an_update_under_one_key_is_written_once_and_only_responders_write() {
    let room = Room::open().await;
    let once = key();
    let mut fields = WRITTEN.to_vec();
    fields.push(("key", &once));
    for _ in 0..3 {
        assert_eq!(room.ana.post(&room.path("updates"), &fields).await.status, 303);
    }
    assert_eq!(room.updates().await.len(), 1);
    fields[1].1 = "Something else.";
    let reply = room.ana.post(&room.path("updates"), &fields).await;
    reply.assert_refused("key", ">Something else.</textarea>", &once);

    for path in ["updates", "updates/draft", &room.last().await, "cadence"] {
        assert_eq!(room.vera.submit(&room.path(path), WRITTEN).await.status, 403, "{path}");
    }
    let eve = room.server.person("Eve", Role::Responder).await;
    room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana")]).await;
    for path in ["updates", &room.last().await, "cadence"] {
        assert_eq!(eve.get(&room.path(path)).await.status, 404, "{path}");
        assert_eq!(eve.submit(&room.path(path), WRITTEN).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_is_over_is_told_of_and_promises_nothing() {
    let room = Room::open().await;
    room.does(&room.ana, "status", &[("status", "resolved")]).await;
    let reply = room.ana.submit(&room.path("updates"), WRITTEN).await;
    assert!(reply.error("next_by").unwrap().contains("is over"), "{}", reply.body);
    let reply = room.ana.submit(&room.path("updates"), &[("no_news", "1")]).await;
    assert!(reply.error("next_by").unwrap().contains("is over"), "{}", reply.body);
    room.does(&room.ana, "updates", &[("situation", "It is over.")]).await;
    assert_eq!(room.updates().await[0]["situation"], "It is over.");
    assert_eq!(room.promised().await, None);
}
