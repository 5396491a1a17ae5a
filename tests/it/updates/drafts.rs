//! What is being written is found again, until it is sent.

use super::{Room, WRITTEN};
use crate::support::{html, key, rows};

const DRAFTS: &str = "select count(*) from update_drafts";

#[tokio::test]
async fn a_draft_is_found_again_by_its_writer_alone_and_gone_when_it_is_sent() {
    let room = Room::open().await;
    let draft = [("audience", "public"), ("situation", "half a sent"), ("next_by", "in a while")];
    room.does(&room.ana, "updates/draft", &draft).await;
    let page = room.ana.get(&room.path("updates")).await.body;
    assert!(page.contains(">half a sent</textarea>"), "{page}");
    assert_eq!(html::input(&page, "next_by"), Some("in a while"));
    assert!(page.contains(r#"value="public" data-minutes="60" checked"#), "{page}");
    assert!(page.contains("Saved <time"), "{page}");
    assert!(!room.ben.get(&room.path("updates")).await.body.contains("half a sent"), "it is Ana's alone");

    // No news yet is said meanwhile: the draft stays.
    room.does(&room.ana, "updates", &[("no_news", "1")]).await;
    assert_eq!(rows::count(&room.server.app.db, DRAFTS).await, 1);
    room.does(&room.ana, "updates", WRITTEN).await;
    assert_eq!(rows::count(&room.server.app.db, DRAFTS).await, 0);
    assert!(!room.ana.get(&room.path("updates")).await.body.contains("half a sent"));
}

#[tokio::test]
async fn a_draft_that_comes_after_its_update_was_sent_is_not_kept() {
    let room = Room::open().await;
    let once = key();
    let mut fields = WRITTEN.to_vec();
    fields.push(("key", &once));
    assert_eq!(room.ana.post(&room.path("updates"), &fields).await.status, 303);
    fields.push(("live", "1"));
    let late = room.ana.post(&room.path("updates/draft"), &fields).await;
    assert_eq!(late.status, 200);
    assert!(!late.body.contains("Saved"), "{}", late.body);
    assert_eq!(rows::count(&room.server.app.db, DRAFTS).await, 0);
}

#[tokio::test]
async fn a_script_is_told_that_it_is_saved_and_which_words_will_not_travel() {
    let room = Room::open().await;
    let fields = [("audience", "leadership"), ("doing", "We restart db-3."), ("live", "1")];
    let answer = room.ana.submit(&room.path("updates/draft"), &fields).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.body.contains(r#"<p class="marks-line" id="marks-doing">Will not travel: <mark><bdi>db-3</bdi></mark>"#),
        "{}",
        answer.body
    );
    assert!(answer.body.contains(r#"<p class="marks-line" id="marks-impact"></p>"#), "{}", answer.body);
    assert!(answer.body.contains("Saved <time") && !answer.body.contains("<main"), "{}", answer.body);
}

#[tokio::test]
async fn a_draft_is_thrown_away_and_one_that_cannot_be_kept_says_why() {
    let room = Room::open().await;
    let draft = [("audience", "public"), ("situation", "half a sent")];
    room.does(&room.ana, "updates/draft", &draft).await;
    room.does(&room.ana, "updates/draft", &[("discard", "1")]).await;
    assert_eq!(rows::count(&room.server.app.db, DRAFTS).await, 0);
    let long = "a".repeat(20_001);
    let refused = room.ana.submit(&room.path("updates/draft"), &[("audience", "public"), ("impact", &long)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error("impact").unwrap().contains("20000 fit"));
    // Longer than is sent, it is kept all the same.
    room.does(&room.ana, "updates/draft", &[("audience", "public"), ("impact", &long[1..])]).await;
    assert!(room.ana.get(&room.path("updates")).await.body.contains(&long[1..]));
}
