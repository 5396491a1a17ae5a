//! What stands on the page behind a link, and what does not.

use reqwest::StatusCode;
use second_story::terms::Role;

use super::{Shared, made};
use crate::support::{Server, html};

const UPDATE: &[(&str, &str)] = &[
    ("audience", "leadership"),
    ("situation", "Cards are refused."),
    ("impact", "One payment in three fails."),
    ("doing", "We roll back 1.42."),
    ("ruled_out", "The network."),
    ("next_by", "30"),
];

#[tokio::test]
async fn before_the_first_update_it_tells_facts_and_nothing_of_the_timeline() {
    let shared = Shared::incident().await;
    let summary = [("title", "Checkout fails"), ("title_was", "Checkout fails"), ("summary", "the summary word")];
    shared.does("details", &summary).await;
    shared.ana.say(shared.incident, "a note of the room").await;
    shared.ana.say(shared.incident, "/theory the cache of secrets").await;
    shared.ana.say(shared.incident, "/work mend the replica").await;
    let page = shared.shown().await;
    for there in
        ["Checkout fails", "SEV3", "Investigating", "First update", "Incident commander", "nobody yet", "None yet"]
    {
        assert!(page.contains(there), "{there}: {page}");
    }
    for hidden in ["the summary word", "note of the room", "cache of secrets", "mend the replica", "/incidents/", "Ana"]
    {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let with_summary = made(&shared.ana, shared.incident, &[("shows_summary", "1")]).await;
    let page = shared.reader.get(&format!("/s/{with_summary}")).await.body;
    assert!(page.contains("the summary word"));
    shared.does("updates", UPDATE).await;
    let page = shared.reader.get(&format!("/s/{with_summary}")).await.body;
    assert!(!page.contains("the summary word"), "until the first update");
}

#[tokio::test]
async fn the_last_that_was_said_of_each_thing_stands_at_the_top() {
    let shared = Shared::incident().await;
    shared.does("updates", UPDATE).await;
    shared.does("updates", &[("audience", "public"), ("situation", "Cards work again."), ("next_by", "60")]).await;
    shared.does("updates", &[("no_news", "1")]).await;
    let page = shared.shown().await;
    let (top, updates) = page.split_once(r#"class="screen-updates""#).unwrap();
    for there in
        ["Cards work again.", "One payment in three fails.", "We roll back 1.42.", "The network.", "Next update"]
    {
        assert!(top.contains(there), "{there}: {top}");
    }
    assert!(!top.contains("Cards are refused."), "{top}");
    let order: Vec<_> =
        ["No news yet.", "Cards work again.", "Cards are refused."].map(|text| updates.find(text).unwrap()).into();
    assert!(order.is_sorted(), "the newest first: {updates}");
    assert!(updates.contains(">public<"), "{updates}");
}

#[tokio::test]
async fn a_corrected_update_shows_what_it_said_and_a_withdrawn_one_that_it_was() {
    let shared = Shared::incident().await;
    shared.does("updates", UPDATE).await;
    let id: String = sqlx::query_scalar("select id::text from updates").fetch_one(&shared.server.app.db).await.unwrap();
    let page = shared.ana.get(&shared.path(&format!("updates/{id}"))).await.body;
    let seen = html::input(&page, "seen").unwrap_or_default().to_owned();
    let fields = [("situation", "Some cards are refused."), ("reason", "not all of them"), ("seen", seen.as_str())];
    shared.does(&format!("updates/{id}"), &fields).await;
    let page = shared.shown().await;
    assert!(page.contains("Some cards are refused.") && page.contains("not all of them"), "{page}");
    assert!(page.contains("Before, it said:") && page.contains("Cards are refused."), "{page}");

    let page = shared.ana.get(&shared.path(&format!("updates/{id}"))).await.body;
    let seen = html::input(&page, "seen").unwrap_or_default().to_owned();
    let strike = [("strike", "1"), ("reason", "wrong incident"), ("seen", seen.as_str())];
    shared.does(&format!("updates/{id}"), &strike).await;
    let page = shared.shown().await;
    assert!(page.contains("This update was withdrawn."), "{page}");
    assert!(!page.contains("cards are refused") && !page.contains("Cards are refused"), "{page}");
}

#[tokio::test]
async fn a_promise_that_was_not_kept_shows_as_late_and_ends_with_the_incident() {
    let server = Server::at("2026-03-02T03:00:00Z").await;
    let shared = Shared::on(server).await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "It fails."), ("next_by", "30")]).await;
    let page = shared.shown().await;
    assert!(page.contains(r#"data-promised="2026-03-02T03:30:00.000Z""#) && page.contains("in 30 min"), "{page}");
    let later = Server::on_at(shared.server.app.db.clone(), "2026-03-02T03:42:00Z").await;
    let page = later.anybody().get(&format!("/s/{}", shared.token)).await.body;
    assert!(page.contains("12 min late"), "{page}");
    shared.does("status", &[("status", "resolved")]).await;
    let page = shared.shown().await;
    assert!(!page.contains("data-promised") && !page.contains("Next update"), "{page}");
}

#[tokio::test]
async fn of_a_resolved_incident_room_and_link_say_the_same_to_the_byte() {
    let shared = Shared::incident().await;
    shared.does("status", &[("status", "resolved"), ("impact_started", "-50m"), ("time_zone", "UTC")]).await;
    let back = "update incidents set declared_at = declared_at - interval '95 minutes'";
    sqlx::query(back).execute(&shared.server.app.db).await.unwrap();
    shared.does("details", &[("title", "Checkout failed"), ("title_was", "Checkout fails")]).await;
    let state = |page: &str| {
        let (_, rest) = page.split_once(r#"<span class="state""#).expect("the state");
        rest.split_once("</span>").unwrap().0.to_owned()
    };
    let (room, link) = (shared.ana.room(shared.incident).await.body, shared.shown().await);
    assert_eq!(state(&room), state(&link));
    assert!(state(&link).contains("Resolved") && state(&link).contains("1 h 35 min"), "{}", state(&link));
    let api = shared.server.app.db.clone();
    let ended: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("select ended_at from incidents").fetch_one(&api).await.unwrap();
    let exact = second_story::web::time::exact(ended);
    assert!(state(&link).contains(&exact), "{exact}");
    assert!(link.contains("Checkout failed"));
}

#[tokio::test]
async fn a_merged_incident_says_so_and_no_more() {
    let shared = Shared::incident().await;
    shared.does("updates", UPDATE).await;
    let other = shared.ana.declare("Payments fail").await.to_string();
    shared.does("roles", &[("role", "commander"), ("person", "me")]).await;
    shared.does("merge", &[("into", &other), ("reason", "the same")]).await;
    let page = shared.shown().await;
    assert!(page.contains("Handled together with another incident"), "{page}");
    for hidden in ["Checkout fails", "Payments fail", "Cards are refused", "the same"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
}

#[tokio::test]
async fn a_private_incidents_link_says_nothing_more() {
    let shared = Shared::incident().await;
    shared.does("roles", &[("role", "commander"), ("person", "me")]).await;
    let open = shared.shown().await;
    shared.does("visibility", &[("private", "on")]).await;
    let private = shared.shown().await;
    let without_key = |page: &str| page.replace(html::input(page, "key").unwrap(), "");
    assert_eq!(without_key(&private), without_key(&open));
}

#[tokio::test]
async fn people_appear_by_name_where_the_link_says_so() {
    let shared = Shared::incident().await;
    shared.does("roles", &[("role", "commander"), ("person", "me")]).await;
    shared.does("updates", &[("audience", "leadership"), ("situation", "Ana looks.")]).await;
    let masked = shared.shown().await;
    assert!(masked.contains("Engineer 1 looks.") && masked.contains("Engineer 1, incident commander"), "{masked}");
    assert!(!masked.contains("Ana"), "{masked}");
    let named = made(&shared.ana, shared.incident, &[("names", "names")]).await;
    let named = shared.reader.get(&format!("/s/{named}")).await.body;
    assert!(named.contains("Ana looks.") && named.contains("Ana, incident commander"), "{named}");
}

#[tokio::test]
async fn who_left_is_still_who_they_were() {
    let shared = Shared::incident().await;
    let ben = shared.person("Ben", Role::Responder).await;
    ben.change(shared.incident, "roles", &[("role", "communications"), ("person", "me")]).await;
    ben.change(shared.incident, "updates", &[("audience", "leadership"), ("situation", "It fails.")]).await;
    ben.change(shared.incident, "roles", &[("role", "communications"), ("person", "")]).await;
    let page = shared.shown().await;
    assert!(page.contains("Engineer 1, communications lead"), "the role held then: {page}");
    assert_eq!(shared.page().await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_a_reopening_the_last_rounds_news_is_no_longer_how_it_stands() {
    let shared = Shared::incident().await;
    shared.does("updates", UPDATE).await;
    shared.does("status", &[("status", "resolved")]).await;
    assert!(shared.shown().await.contains("What we did"));
    shared.does("status", &[("status", "investigating"), ("reason", "it is back")]).await;
    let page = shared.shown().await;
    let (top, updates) = page.split_once(r#"class="screen-updates""#).unwrap();
    assert!(!top.contains("Cards are refused.") && !top.contains("We roll back"), "{top}");
    assert!(updates.contains("Cards are refused."), "it was said: {updates}");
}

#[tokio::test]
async fn what_is_written_stands_as_it_was_written() {
    let shared = Shared::incident().await;
    let text = "2*3*4 nodes\n1. first\n> quoted\n# 1 priority\n[EU]: https://x.example";
    shared.does("updates", &[("audience", "leadership"), ("situation", text)]).await;
    let page = shared.shown().await;
    for line in ["2*3*4 nodes", "1. first", "&#62; quoted", "# 1 priority", "[EU]: https://x.example"] {
        assert!(page.contains(line), "{line}: {page}");
    }
}
