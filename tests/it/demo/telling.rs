//! An empty instance filled with stories.

use chrono::Duration;
use second_story::demo::{
    self,
    stories::{self, What},
};

use crate::support::{Server, rows};

#[tokio::test]
async fn true_stories_have_their_own_times_and_the_invented_ones_are_of_now() {
    let server = Server::start().await;
    let said = demo::fill(&server.app).await.unwrap();
    assert!(said.starts_with("sign in as ana@demo.example"), "{said}");
    let db = &server.app.db;
    let true_ones = stories::true_ones().unwrap();
    for (number, story) in (1..).zip(&true_ones) {
        let timeline = rows::timeline(db, number).await;
        rows::assert_sound(&timeline);
        for step in &story.steps {
            let What::Say(kind, text) = &step.what else { continue };
            let (kind, body) = (kind.word(), story.said(&step.by, text));
            let line = timeline.iter().find(|line| line.kind == kind && line.body == body);
            let line = line.unwrap_or_else(|| panic!("{}: {body}", story.title));
            assert_eq!((line.recorded_at, line.occurred_at), (step.at, step.happened.unwrap_or(step.at)), "{body}");
        }
        let last = timeline.last().unwrap();
        assert_eq!((&last.kind[..], &last.body), ("note", &story.closing().unwrap()));
    }
    assert_eq!(rows::count(db, "select count(*) from incidents where ended_at is null").await, 1);
    let checkout = rows::timeline(db, rows::count(db, "select max(number) from incidents").await).await;
    assert!(checkout[0].body.starts_with("Checkout returns 500"), "the one that goes on is the last");
    let ago = server.app.now().await.unwrap() - checkout[0].recorded_at;
    assert!((Duration::minutes(47)..Duration::minutes(52)).contains(&ago), "{ago}");

    let entries = rows::count(db, "select count(*) from entries").await;
    assert_eq!(demo::fill(&server.app).await.unwrap(), said, "a second time");
    assert_eq!(rows::count(db, "select count(*) from entries").await, entries);
}
