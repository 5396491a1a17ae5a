//! Answering: by a reply, by an update, once.

use super::Room;
use crate::support::{contents, html, key, rows, together};

const SECRET: &str = "Mrs Zanzibar's card 4711";

#[tokio::test]
async fn a_reply_answers_and_says_how_long_it_took() {
    let room = Room::open().await;
    let question = room.asks(&room.vera, "When will checkout be back?").await;
    let answer = format!("{}/answer", question.path());
    assert_eq!(room.vera.get(&answer).await.status, 403);
    assert_eq!(room.vera.submit(&answer, &[("reply", "x")]).await.status, 403);
    assert!(room.ben.get(&answer).await.body.contains("When will checkout be back?"));
    sqlx::query("update questions set asked_at = asked_at - interval '12 minutes'")
        .execute(&room.server.app.db)
        .await
        .unwrap();
    room.answers(&room.ben, &question, &[("reply", "At noon.\nOr later.")]).await;

    let answered = room.questions().await.remove(0);
    let given = answered.answer.clone().unwrap();
    assert_eq!((given.by.name.as_str(), given.reply.as_str(), given.update), ("Ben", "At noon.\nOr later.", None));
    assert_eq!(answered.waited(given.at).num_minutes(), 12);
    let said = room.said().await;
    assert_eq!(said[1], format!("answered the question #{}: At noon.\nOr later.", question.seq));
    let last = rows::last(&room.server.app.db, room.incident).await;
    assert_eq!(given.seq, Some(last.seq).filter(|_| last.kind == "question").or(given.seq));
    for page in [room.path("questions"), answer.clone()] {
        let page = room.ben.get(&page).await.body;
        assert!(page.contains("At noon.\nOr later.</p>") && page.contains("after 12 min"), "{page}");
    }
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains("Nobody waits for an answer") && page.contains("1 absorbed"), "{page}");
    assert_eq!(room.ana.submit(&answer, &[("reply", "No.")]).await.status, 409, "answered already");
}

#[tokio::test]
async fn an_update_answers_if_it_is_one_of_this_incident_that_still_says_something() {
    let room = Room::open().await;
    let update = async |incident: i64| -> String {
        room.ana.change(incident, "updates", &[("situation", "Checkout is back."), ("next_by", "30")]).await;
        let last = sqlx::query_scalar("select id::text from updates where incident = $1 order by seq desc limit 1");
        last.bind(incident).fetch_one(&room.server.app.db).await.unwrap()
    };
    let question = room.asks(&room.vera, "When will checkout be back?").await;
    let other = room.ana.declare("Search is slow").await;
    let (elsewhere, struck, latest) = (update(other).await, update(room.incident).await, update(room.incident).await);
    room.ana.change(room.incident, &format!("updates/{struck}"), &[("strike", "true"), ("reason", "not so")]).await;

    let answer = format!("{}/answer", question.path());
    let page = room.ben.get(&answer).await.body;
    assert!(page.contains(&format!("name=\"update\" value=\"{latest}\"")), "the latest is offered: {page}");
    for wrong in [elsewhere.as_str(), struck.as_str(), "yesterday's", "019aa000-0000-7000-8000-000000000000"] {
        let reply = room.ben.submit(&answer, &[("reply", "see there"), ("update", wrong)]).await;
        assert_eq!((reply.status.as_u16(), reply.error("update").is_some()), (422, true), "{wrong}");
        assert_eq!(html::text_area(&reply.body, "reply"), Some("see there"));
    }
    for (reply, field) in [("", "reply"), ("\u{200b}", "reply"), (&*"x".repeat(2001), "reply")] {
        let refused = room.ben.submit(&answer, &[("reply", reply)]).await;
        assert_eq!((refused.status.as_u16(), refused.error(field).is_some()), (422, true));
    }
    room.answers(&room.ben, &question, &[("reply", ""), ("update", &latest)]).await;
    let given = room.questions().await.remove(0).answer.unwrap();
    assert_eq!(given.update.map(|id| id.to_string()), Some(latest.clone()));
    assert!(room.said().await[1].starts_with(&format!("answered the question #{} with the update #", question.seq)));
    let page = room.vera.get(&room.path("questions")).await.body;
    assert!(page.contains(&format!("/updates/{latest}\">the update</a>")), "{page}");
}

#[tokio::test]
async fn of_twenty_who_answer_at_once_one_does() {
    let room = Room::open().await;
    let question = room.asks(&room.vera, "Is data lost?").await;
    let path = format!("{}/answer", question.path());
    let replies = together((0..20).map(|turn| {
        let who = if turn % 2 == 0 { room.ana.clone() } else { room.ben.clone() };
        let (path, reply, key) = (path.clone(), format!("No ({turn})."), key());
        async move { who.post(&path, &[("reply", &*reply), ("key", &key)]).await.status.as_u16() }
    }))
    .await;
    let taken = replies.iter().filter(|status| **status == 303).count();
    assert_eq!((taken, replies.iter().filter(|status| **status == 409).count()), (1, 19), "{replies:?}");
    assert_eq!(room.said().await.len(), 2);
}

#[tokio::test]
async fn the_same_form_answers_once() {
    let room = Room::open().await;
    let question = room.asks(&room.vera, "Is data lost?").await;
    let (path, key) = (format!("{}/answer", question.path()), key());
    for _ in 0..2 {
        assert_eq!(room.ana.post(&path, &[("reply", "No."), ("key", &key)]).await.status, 303);
    }
    let other = room.ana.post(&path, &[("reply", "Yes."), ("key", &key)]).await;
    assert_eq!((other.status.as_u16(), other.error("key").is_some()), (422, true), "{}", other.body);
    assert_eq!(room.said().await.len(), 2);
}

#[tokio::test]
async fn a_question_goes_with_its_entry_and_a_reply_with_that_of_the_answer() {
    let room = Room::open().await;
    let holds = async || contents::hold(&room.server.app.db, SECRET).await;
    let question = room.asks(&room.vera, SECRET).await;
    room.redacts(question.seq).await;
    assert!(!holds().await);
    let question = room.questions().await.remove(0);
    assert!(question.is_redacted && !question.waits());
    let page = room.vera.get(&room.path("questions")).await.body;
    assert!(page.contains("(redacted)") && !page.contains("I ask this, too"), "{page}");
    assert!(room.ben.room(room.incident).await.body.contains("Nobody waits for an answer"));
    assert_eq!(room.asks_too(&room.wim, &question).await, 409);
    assert_eq!(room.ben.submit(&format!("{}/answer", question.path()), &[("reply", "x")]).await.status, 409);

    let question = room.asks(&room.vera, "Whose card?").await;
    room.answers(&room.ana, &question, &[("reply", SECRET)]).await;
    let answered = room.questions().await.into_iter().find(|it| it.id == question.id).unwrap();
    room.redacts(answered.answer.unwrap().seq.unwrap()).await;
    assert!(!holds().await);
    let page = room.vera.get(&room.path("questions")).await.body;
    assert!(page.contains("Whose card?") && page.matches("(redacted)").count() == 2, "{page}");
}

#[tokio::test]
async fn the_room_shows_the_queue_to_all_and_says_to_whom_it_belongs() {
    let room = Room::open().await;
    let queue = async || {
        let page = room.vera.room(room.incident).await.body;
        let (_, queue) = page.split_once("<ul id=\"live-questions\"").unwrap();
        queue.split_once("</ul>").unwrap().0.to_owned()
    };
    let id = |who: &crate::support::Client| who.person.as_ref().unwrap().id.to_string();
    assert!(queue().await.contains("None yet"));
    let mut events = room.ben.events(&room.path("events?after=1"), None).await;
    events.next_named("panels").await.unwrap();
    let question = room.asks(&room.vera, "Is data lost?").await;
    let live = loop {
        let panels = events.next_named("panels").await.unwrap().data;
        if panels.contains("Is data lost?") {
            break panels;
        }
    };
    assert!(live.contains("data-waiting=\"1\""), "{live}");
    assert!(!queue().await.contains("data-to"), "nobody's yet");
    room.ana.change(room.incident, "roles", &[("role", "commander"), ("person", "me")]).await;
    assert!(queue().await.contains(&format!("data-to=\"{}\"", id(&room.ana))));
    room.ben.change(room.incident, "roles", &[("role", "communications"), ("person", "me")]).await;
    assert!(queue().await.contains(&format!("data-to=\"{}\"", id(&room.ben))));
    assert!(room.vera.get(&room.path("questions")).await.body.contains("They go to <bdi>Ben</bdi>"));

    // A vote comes to an open room, too, though it is no entry.
    room.asks_too(&room.wim, &question).await;
    loop {
        if events.next_named("panels").await.unwrap().data.contains("1 absorbed") {
            break;
        }
    }
    let brief = room.vera.get(&room.path("brief")).await.body;
    assert!(brief.contains("Questions that wait") && brief.contains("Is data lost?"), "{brief}");
    assert!(brief.contains("asked by 1 more"), "{brief}");
    room.answers(&room.ben, &question, &[("reply", "No.")]).await;
    assert!(!room.vera.get(&room.path("brief")).await.body.contains("Questions that wait"));
    assert!(queue().await.contains("2 absorbed"));
}
