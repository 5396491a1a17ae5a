//! Asking, and saying that one asks the same.

use second_story::{
    timeline::NotWritten,
    updates::questions::{self, AskedBy, Asker},
};
use uuid::Uuid;

use super::Room;
use crate::support::{html, key, rows, together};

#[tokio::test]
async fn anybody_here_asks_and_the_queue_is_told_oldest_first() {
    let room = Room::open().await;
    room.asks(&room.vera, "When will checkout be back?").await;
    room.asks(&room.ben, "Is card data at risk?").await;
    let waiting: Vec<String> = room.questions().await.into_iter().map(|it| it.body).collect();
    assert_eq!(waiting, ["When will checkout be back?", "Is card data at risk?"]);
    assert_eq!(room.said().await, ["asked: When will checkout be back?", "asked: Is card data at risk?"]);

    let page = room.wim.get(&room.path("questions")).await.body;
    assert!(page.find("checkout be back?").unwrap() < page.find("card data").unwrap(), "{page}");
    assert!(page.contains("by <bdi>Vera</bdi>") && page.contains("I ask this, too"), "{page}");
    assert!(!page.contains("/answer\""), "viewers do not answer");
    assert!(page.contains("Nobody holds either role yet"), "{page}");
    assert!(room.ben.get(&room.path("questions")).await.body.contains("/answer\""));
    // What the room shows of it comes from the entry, as text.
    room.asks(&room.vera, "<b>What</b> now?").await;
    let page = room.ben.room(room.incident).await.body;
    assert!(page.contains("<strong dir=\"auto\">asked</strong>: &#60;b&#62;What&#60;/b&#62; now?"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_asked_comes_back_as_it_was_typed() {
    let room = Room::open().await;
    let long = "x".repeat(501);
    for body in ["", " \u{200b}", "a\0b", &long] {
        let key = key();
        let reply = room.vera.post(&room.path("questions"), &[("body", body), ("key", &key)]).await;
        assert_eq!((reply.status.as_u16(), reply.error("body").is_some()), (422, true), "{body}");
        assert_eq!(html::text_area(&reply.body, "body"), Some(body), "{body}");
    }
    assert!(room.questions().await.is_empty());
    assert!(room.server.anybody().get(&room.path("questions")).await.asks_to_sign_in());
}

#[tokio::test]
async fn what_others_ask_is_offered_before_it_is_asked_again() {
    let room = Room::open().await;
    let first = room.asks(&room.vera, "When will checkout be back?").await;
    room.asks(&room.vera, "Is card data at risk?").await;
    let again = [("body", "Is checkout back yet?")];
    let reply = room.wim.submit(&room.path("questions"), &again).await;
    assert_eq!(reply.status, 422);
    assert_eq!(html::text_area(&reply.body, "body"), Some("Is checkout back yet?"));
    let (_, form) = reply.body.split_once("Is it one of these?").unwrap();
    assert!(form.contains(&format!("form=\"same-{}\"", first.id)) && !form.contains("card data"), "{form}");
    assert_eq!(room.asks_too(&room.wim, &first).await, 303);
    // Or all the same; what was answered is not offered any more.
    room.asks(&room.wim, "Is checkout back yet?").await;
    for question in room.questions().await {
        room.answers(&room.ana, &question, &[("reply", "At noon.")]).await;
    }
    assert_eq!(room.wim.submit(&room.path("questions"), &again).await.status, 303);
    assert_eq!(room.questions().await.len(), 4);
}

#[tokio::test]
async fn each_says_once_that_they_ask_the_same_and_not_of_their_own() {
    let room = Room::open().await;
    let question = room.asks(&room.vera, "When will checkout be back?").await;
    let votes = async || room.questions().await[0].votes;
    let entries = rows::timeline(&room.server.app.db, room.incident).await.len();
    assert!(room.ben.room(room.incident).await.body.contains(">1 waiting</span>"));
    assert_eq!(room.asks_too(&room.vera, &question).await, 303);
    assert_eq!(votes().await, 0, "it is hers");

    let path = format!("{}/same", question.path());
    let replies = together((0..20).map(|_| {
        let (wim, path) = (room.wim.clone(), path.clone());
        async move { wim.post(&path, &[]).await.status.as_u16() }
    }))
    .await;
    assert!(replies.iter().all(|status| *status == 303), "{replies:?}");
    assert_eq!(votes().await, 1, "once, however often it is said");
    assert_eq!(room.asks_too(&room.ben, &question).await, 303);
    assert_eq!(votes().await, 2);

    // It is no entry, and the room that is kept shows it all the same.
    assert_eq!(rows::timeline(&room.server.app.db, room.incident).await.len(), entries);
    assert!(room.ben.room(room.incident).await.body.contains("2 absorbed"));
    let page = room.wim.get(&room.path("questions")).await.body;
    assert!(page.contains("2 more ask the same") && page.contains("You ask this, too"), "{page}");
    // Who it was is stored nowhere.
    let stored = sqlx::query_scalar("select voter from question_votes limit 1");
    let stored: Vec<u8> = stored.fetch_one(&room.server.app.db).await.unwrap();
    assert_eq!(stored.len(), 32);

    room.answers(&room.ana, &question, &[("reply", "At noon.")]).await;
    assert_eq!(room.asks_too(&room.olga, &question).await, 409, "too late");
    assert_eq!(votes().await, 2);
}

#[tokio::test]
async fn a_reader_of_a_link_asks_without_a_name_and_once_under_one_key() {
    let room = Room::open().await;
    let app = &room.server.app;
    let (link, other) = (room.link("the board").await, Uuid::now_v7());
    let key = Uuid::new_v4();
    let ask =
        async |link, body: &str, key| questions::ask(app, Asker::Reader(link), room.incident, body.into(), key).await;
    let first = ask(link, "Is data lost?", Some(key)).await.unwrap();
    let again = ask(link, "Is data lost?", Some(key)).await.unwrap();
    assert_eq!((first.answer, first.again, again.answer, again.again), (first.answer, false, first.answer, true));
    for (link, body) in [(link, "Is it?"), (other, "Is data lost?")] {
        let refused = ask(link, body, Some(key)).await;
        assert!(matches!(&refused, Err(NotWritten::Refused(errors)) if errors.on("key").is_some()), "{refused:?}");
    }
    assert_eq!(room.said().await, ["passed on a question from outside: Is data lost?"]);
    let asked = room.questions().await;
    assert!(matches!(&asked[0].asked_by, AskedBy::Reader(label) if label == "the board"), "{asked:?}");
    let page = room.ben.get(&room.path("questions")).await.body;
    assert!(page.contains("through the link for “<bdi>the board</bdi>”"), "{page}");
    let timeline = rows::last(&app.db, room.incident).await;
    assert_eq!(timeline.author, None);

    let alike = questions::similar(&app.db, room.incident, "Was any data lost?").await.unwrap();
    assert_eq!(alike, [asked[0].id]);
    for voter in [1, 1, 2] {
        questions::plus_one(app, asked[0].id, vec![voter; 32]).await.unwrap();
    }
    assert_eq!(room.questions().await[0].votes, 2);
}

#[tokio::test]
async fn the_same_form_asks_once_and_another_text_under_its_key_is_refused() {
    let room = Room::open().await;
    let (path, key) = (room.path("questions"), key());
    let fields = [("body", "Is data lost?"), ("key", &key)];
    for _ in 0..2 {
        assert_eq!(room.vera.post(&path, &[fields[0], fields[1], ("anyway", "1")]).await.status, 303);
    }
    assert_eq!(room.questions().await.len(), 1);
    let other = room.vera.post(&path, &[("body", "Whose?"), ("key", &key)]).await;
    other.assert_refused("key", ">Whose?</textarea>", &key);
    // Somebody else's same key is their own.
    assert_eq!(room.wim.post(&path, &[("body", "Whose?"), ("key", &key)]).await.status, 303);
    assert_eq!(room.questions().await.len(), 2);
}

#[tokio::test]
async fn whoever_does_not_see_the_incident_neither_asks_nor_reads() {
    let room = Room::open().await;
    let question = room.asks(&room.ana, "Is data lost?").await;
    room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana")]).await;
    for who in [&room.ben, &room.vera] {
        assert_eq!(who.get(&room.path("questions")).await.status, 404);
        assert_eq!(who.submit(&room.path("questions"), &[("body", "Why?")]).await.status, 404);
        assert_eq!(room.asks_too(who, &question).await, 404);
    }
    let answer = format!("{}/answer", question.path());
    assert_eq!(room.ben.get(&answer).await.status, 404);
    assert_eq!(room.ben.submit(&answer, &[("reply", "x")]).await.status, 404);
    // A question is not found under another incident, either.
    let other = room.ben.declare("Search is slow").await;
    let astray = format!("/incidents/{other}/questions/{}/same", question.id);
    assert_eq!(room.ben.post(&astray, &[]).await.status, 404);
    assert_eq!(room.questions().await.len(), 1);
}
