//! An empty instance filled with stories.

use chrono::Duration;
use second_story::{
    demo::{
        self,
        stories::{self, What},
    },
    terms::Stance,
    timeline::theories,
};
use sqlx::PgPool;

use crate::support::{Server, rows};

#[tokio::test]
async fn true_stories_have_their_own_times_and_the_invented_ones_are_of_now() {
    let server = Server::start().await;
    let said = demo::fill(&server.app).await.unwrap();
    assert!(said.sign_in.starts_with("sign in as ana@demo.example"), "{}", said.sign_in);
    let leaders = server.anybody().get(&said.link.unwrap()).await.body;
    for there in ["Checkout returns 500", "Was anybody charged twice?", "waits for an answer", "and by 1 more"] {
        assert!(leaders.contains(there), "{there}: {leaders}");
    }
    assert!(!leaders.contains("Ana") && !leaders.contains("Dee"), "{leaders}");
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
    let again = demo::fill(&server.app).await.unwrap();
    assert_eq!((again.sign_in, again.link), (said.sign_in, None), "a second time");
    assert_eq!(rows::count(db, "select count(*) from entries").await, entries);
}

/// In what a story has ended: the roles that are held, how far the work is, and
/// what became of the theories.
pub async fn ending(db: &PgPool, incident: i64) -> Vec<String> {
    let held = "select 'role ' || role from role_terms where incident = $1 and until is null
                union all select 'work ' || title || ' ' || state || (holder is not null)::text from work_items
                where incident = $1 order by 1";
    let mut ending: Vec<String> = sqlx::query_scalar(held).bind(incident).fetch_all(db).await.unwrap();
    for theory in theories::of(&mut db.acquire().await.unwrap(), incident).await.unwrap() {
        let speak = [Stance::For, Stance::Against].map(|stance| theory.evidence(stance).len());
        let reason = theory.verdicts.last().map_or("", |last| &last.reason);
        ending.push(format!("{} {speak:?} {reason}: {}", theory.theory_state(), theory.written.body));
    }
    ending
}

#[tokio::test]
async fn the_invented_one_that_goes_on_shows_all_that_can_happen() {
    let server = Server::start().await;
    demo::fill(&server.app).await.unwrap();
    let db = &server.app.db;
    let number = rows::count(db, "select max(number) from incidents").await;
    let count = async |what: &str| -> i64 {
        let what = sqlx::AssertSqlSafe(what.to_owned());
        sqlx::query_scalar(what).bind(number).fetch_one(db).await.unwrap()
    };
    for (state, expected) in [("accepted", 3), ("declined", 1), ("withdrawn", 1), ("offered", 1)] {
        let offers =
            format!("select count(*) from handoffs where incident = $1 and state = '{state}' and briefing <> ''");
        assert_eq!(count(&offers).await, expected, "{state}");
    }
    assert_eq!(count("select count(*) from handoffs where incident = $1 and word <> ''").await, 1);
    let twice = "select count(*) from (select from work_terms t join work_items w on w.id = t.work_item
                 where w.incident = $1 group by w.id having count(*) = 3) as passed";
    assert_eq!(count(twice).await, 1, "a piece of work that passed twice");
    assert_eq!(count("select count(*) from work_items where incident = $1 and state = 'open'").await, 1);
    assert_eq!(count("select count(*) from work_items where incident = $1 and due_at < now()").await, 1, "overdue");
    let ending = ending(db, number).await;
    for state in ["Open", "Confirmed", "Eliminated"] {
        assert!(ending.iter().any(|line| line.starts_with(state)), "{state} in {ending:#?}");
    }
    let gitlab = "select count(*) from handoffs where incident = 1 and state = 'accepted'";
    assert_eq!(rows::count(db, gitlab).await, 1, "on record");
}
