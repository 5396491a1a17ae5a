//! Asking through a link.

use reqwest::StatusCode;

use super::{Shared, made, view_with};
use crate::support::{key, rows};

impl Shared {
    async fn asks(&self, body: &str, but: &[(&str, &str)]) -> crate::support::Reply {
        let fields = [[("body", body)].as_slice(), but].concat();
        self.reader.submit(&format!("/s/{}/questions", self.token), &fields).await
    }

    async fn question(&self) -> String {
        let last = sqlx::query_scalar("select id::text from questions order by seq desc limit 1");
        last.fetch_one(&self.server.app.db).await.unwrap()
    }
}

#[tokio::test]
async fn a_reader_asks_and_sees_the_answer_on_the_link() {
    let shared = Shared::incident().await;
    let mut stream = shared.events().await;
    let reply = shared.asks("Is customer data lost?", &[]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.location(), format!("/s/{}#questions", shared.token));
    assert!(view_with(&mut stream, "Is customer data lost?").await.contains("waits for an answer"));
    let answer = [("reply", "No. Ana has checked.")];
    shared.does(&format!("questions/{}/answer", shared.question().await), &answer).await;
    let view = view_with(&mut stream, "has checked.").await;
    assert!(view.contains("No. Engineer 1 has checked.") && !view.contains("waits for an answer"), "{view}");
}

#[tokio::test]
async fn the_same_question_twice_is_asked_once() {
    let shared = Shared::incident().await;
    let path = format!("/s/{}/questions", shared.token);
    let form = [("body", "Is data lost?"), ("anyway", "1"), ("key", &key())];
    for _ in 0..2 {
        assert_eq!(shared.reader.post(&path, &form).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(rows::count(&shared.server.app.db, "select count(*) from questions").await, 1);
}

#[tokio::test]
async fn what_others_ask_is_offered_first_and_counted_once_a_browser() {
    let shared = Shared::incident().await;
    shared.asks("Is customer data lost?", &[]).await;
    let reply = shared.asks("Has customer data been lost?", &[]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.body.contains("Is it one of these?") && reply.body.contains("Has customer data been lost?"));
    let question = shared.question().await;
    let path = format!("/s/{}/same", shared.token);
    for _ in 0..2 {
        let reply = shared.reader.post(&path, &[("question", &question)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
    }
    assert!(shared.shown().await.contains("and by 1 more"));
    let other = shared.server.anybody();
    other.post(&path, &[("question", &question)]).await;
    assert!(shared.shown().await.contains("and by 2 more"));
    assert_eq!(shared.asks("Has customer data been lost?", &[("anyway", "1")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rows::count(&shared.server.app.db, "select count(*) from questions").await, 2);
}

#[tokio::test]
async fn only_questions_of_this_incident_that_wait_are_ones_own_as_well() {
    let shared = Shared::incident().await;
    let other = shared.ana.declare("Another").await;
    shared.ana.change(other, "questions", &[("body", "Why?")]).await;
    let path = format!("/s/{}/same", shared.token);
    let reply = shared.reader.post(&path, &[("question", &shared.question().await)]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(rows::count(&shared.server.app.db, "select count(*) from question_votes").await, 0);
}

#[tokio::test]
async fn a_link_that_may_not_ask_does_not_and_what_is_over_takes_no_questions() {
    let shared = Shared::incident().await;
    let mute = made(&shared.ana, shared.incident, &[("may_ask", "no")]).await;
    let reply = shared.reader.submit(&format!("/s/{mute}/questions"), &[("body", "Why?")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(!shared.reader.get(&format!("/s/{mute}")).await.body.contains("Ask something"));
    shared.does("status", &[("status", "resolved")]).await;
    assert_eq!(shared.asks("Why?", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(!shared.shown().await.contains("Ask something"));
    assert_eq!(rows::count(&shared.server.app.db, "select count(*) from questions").await, 0);
}

#[tokio::test]
async fn too_long_or_empty_or_too_often_is_kept_and_told() {
    let shared = Shared::incident().await;
    let long = "why ".repeat(130);
    for (body, kept) in [(long.as_str(), "why why"), ("  ", "Ask something")] {
        let reply = shared.asks(body, &[]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(reply.error("body").is_some() && reply.body.contains(kept));
    }
    for asked in 0..20 {
        let reply = shared.asks(&format!("question {asked}?"), &[("anyway", "1")]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{asked}");
    }
    let reply = shared.asks("the one too many", &[("anyway", "1")]).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(reply.body.contains("the one too many"), "kept");
}

#[tokio::test]
async fn nothing_is_asked_through_a_link_that_ends_meanwhile() {
    let shared = Shared::incident().await;
    for round in 0..6 {
        let token = made(&shared.ana, shared.incident, &[]).await;
        let path = format!("/s/{token}/questions");
        let revoke = shared.path(&format!("share-links/{}/revoke", shared.id().await));
        let body = format!("question {round}?");
        let form = [("body", body.as_str()), ("anyway", "1")];
        tokio::join!(shared.reader.submit(&path, &form), shared.ana.post(&revoke, &[]));
    }
    let late = "select count(*) from questions q join share_links l on l.id = q.link_id
                join entries e on e.incident = l.incident and e.seq < q.seq
                 and e.body = 'revoked the link that #' || l.seq || ' made'";
    assert_eq!(rows::count(&shared.server.app.db, late).await, 0);
}

#[tokio::test]
async fn a_reader_says_so_often_that_they_ask_the_same_and_no_more() {
    let shared = Shared::incident().await;
    shared.asks("Is customer data lost?", &[]).await;
    let (path, question) = (format!("/s/{}/same", shared.token), shared.question().await);
    let mut statuses = Vec::new();
    for _ in 0..62 {
        statuses.push(shared.server.anybody().post(&path, &[("question", &question)]).await.status);
    }
    assert_eq!((statuses[0], statuses[61]), (StatusCode::SEE_OTHER, StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(shared.reader.get(&path).await.location(), format!("/s/{}", shared.token), "a reload leads back");
}
