//! What a redaction takes out of the log is nowhere else, either.

use super::Room;
use crate::support::contents;

const SECRET: &str = "Mrs Zanzibar's card 4711";

impl Room {
    async fn redacts(&self, kind: &str, nth: i64) {
        let entry = "select seq from entries where incident = $1 and kind::text = $2 order by seq offset $3 limit 1";
        let entry = sqlx::query_scalar(entry).bind(self.incident).bind(kind).bind(nth);
        let seq: i64 = entry.fetch_one(&self.server.app.db).await.unwrap();
        let form = format!("timeline/{seq}/redaction");
        self.does(&self.olga, &form, &[("reason", "a customer's data")]).await;
    }

    async fn holds_secret(&self) -> bool {
        contents::hold(&self.server.app.db, SECRET).await
    }
}

#[tokio::test]
async fn the_title_of_work_goes_with_the_entry_that_added_it() {
    let room = Room::open().await;
    room.does(&room.ana, "work-items", &[("title", "restore the replica")]).await;
    room.does(&room.ana, "work-items", &[("title", SECRET)]).await;
    assert!(room.vera.room(room.incident).await.body.contains("Zanzibar"));
    room.redacts("work", 1).await;
    assert!(!room.holds_secret().await);
    for page in ["", "/work-items"] {
        let page = room.vera.get(&format!("/incidents/{}{page}", room.incident)).await.body;
        assert!(page.contains("<bdi>(redacted)</bdi>") && page.contains("restore the replica"), "{page}");
        assert!(!page.contains("Zanzibar"), "{page}");
    }
}

#[tokio::test]
async fn the_title_of_work_goes_with_the_entry_that_named_it_anew_and_a_later_one_stays() {
    let room = Room::open().await;
    room.does(&room.ana, "work-items", &[("title", "call her")]).await;
    let work = room.last_work().await;
    room.does(&room.ana, &work, &[("title", SECRET)]).await;
    room.redacts("work", 1).await;
    assert!(!room.holds_secret().await);
    room.does(&room.ana, &work, &[("title", "call the customer")]).await;
    room.redacts("work", 0).await;
    assert!(room.vera.room(room.incident).await.body.contains("call the customer"));
}

#[tokio::test]
async fn a_briefing_goes_with_the_entry_of_its_offer_and_a_word_with_that_of_its_end() {
    let room = Room::open().await;
    room.takes(&room.ana, "scribe").await;
    let offer = [("role", "scribe"), ("to", "@ben"), ("briefing", SECRET)];
    room.does(&room.ana, "handoffs", &offer).await;
    let page = room.last_offer().await;
    assert!(room.vera.get(&room.path(&page)).await.body.contains("Zanzibar"));
    room.redacts("handoff", 0).await;
    assert!(!room.holds_secret().await);
    assert!(!room.vera.get(&room.path(&page)).await.body.contains("Zanzibar"));
    room.does(&room.ben, &format!("{page}/decline"), &[("word", SECRET)]).await;
    assert!(room.holds_secret().await);
    room.redacts("handoff", 1).await;
    assert!(!room.holds_secret().await);
    assert!(room.vera.get(&room.path("handoffs")).await.body.contains("Declined"), "that it was, stays");
}
