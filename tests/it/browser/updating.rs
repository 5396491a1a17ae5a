//! An update, as somebody writes it in a browser, and the promise of the next
//! one as everybody sees it run out.

use std::time::Duration;

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Server,
    browser::{Browser, PHONE},
};

#[tokio::test]
async fn what_is_typed_is_saved_marked_and_found_again_elsewhere() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let client = server.person("Ana", Role::Responder).await;
    let ana = browser.person("Ana", &server.url).await;
    ana.cookie(&client.cookie().unwrap()).await;
    client.declare("Checkout fails").await;
    client.say(1, "/action rolled db-3 back").await;
    ana.open("/incidents/1/updates").await;
    assert_eq!(ana.value("Next update by").await, "60 min");
    ana.see_not("Save draft").await;

    // Typed, nothing else: it is saved, and what will not travel is marked below.
    ana.fill("Situation", "Payments wait for db-3.").await;
    ana.until("/^Saved \\d\\d:\\d\\d$/.test(document.getElementById('draft-saved').textContent)").await;
    ana.see("Will not travel: db-3 (host)").await;
    // What changed is put in by a click, where it was written last.
    ana.click("Insert entry 2").await;
    assert_eq!(ana.value("Situation").await, "Payments wait for db-3.\nrolled db-3 back");
    ana.fill("Situation", "Payments wait.").await;
    ana.see_not("Will not travel").await;
    ana.click("Public").await;
    ana.until("document.getElementById('draft-saved').textContent !== ''").await;
    let drafts = || async {
        let draft = "select situation || ', ' || audience::text from update_drafts";
        sqlx::query_scalar::<_, String>(draft).fetch_optional(&server.app.db).await.unwrap()
    };
    while drafts().await.as_deref() != Some("Payments wait., public") {
        tokio::task::yield_now().await;
    }

    // On another device it is there.
    let phone = browser.person("Ana's phone", &server.url).await;
    phone.cookie(&client.cookie().unwrap()).await;
    phone.screen(PHONE).await;
    phone.open("/incidents/1/updates").await;
    assert_eq!(phone.value("Situation").await, "Payments wait.");
    phone.until("document.querySelector('[value=public]').checked").await;
    phone.click("Send update").await;
    phone.see("#1 Checkout fails").await;
    assert_eq!(drafts().await, None);
    ana.open("/incidents/1").await;
    ana.see("To the public: Payments wait.").await;
    ana.open("/incidents/1/updates").await;
    assert_eq!(ana.value("Situation").await, "");
}

#[tokio::test]
async fn the_promise_runs_out_before_everybodys_eyes_and_one_click_renews_it() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await.patient(Duration::from_secs(30));
    let ben = at_work(&browser, &server, "Ben", Role::Viewer).await.patient(Duration::from_secs(30));
    server.person("Dee", Role::Responder).await.declare("Checkout fails").await;
    ben.screen(PHONE).await;
    for person in [&ana, &ben] {
        person.open("/incidents/1").await;
        person.until("document.documentElement.dataset.line === 'up'").await;
    }
    ana.see("in 1 h 00 min").await;
    types(&ana, "/update We roll back.").await;
    ben.see("To leadership: We roll back.").await;
    // It comes near without a word from the server, and passes.
    let soon = "update updates set written_at = now() - interval '1 hour', next_by = now() + interval '4 seconds'";
    sqlx::query(soon).execute(&server.app.db).await.unwrap();
    types(&ana, "a note").await;
    let promise =
        |state: &str| format!("document.querySelector('#live-promise [data-promised]')?.dataset.state === '{state}'");
    for person in [&ana, &ben] {
        person.until(&promise("overdue")).await;
    }
    ben.within("#live-promise").see("due now").await;
    // Whatever server is first says so, once.
    ben.see("is overdue").await;
    ana.within("#panel-updates").click("No news yet").await;
    for person in [&ana, &ben] {
        person.see("told leadership that there is no news yet").await;
        person.until(&promise("on_time")).await;
        let errors = person.console_errors().await;
        assert!(
            !errors.iter().any(|error| error.contains("Content Security") || error.contains("Uncaught")),
            "{errors:?}"
        );
    }
    ana.within("#panel-updates").see("No news yet").await;
    // Snoozed with a reason, in a dialog over the room.
    ana.within("#panel-updates").click("Snooze, interval").await;
    ana.fill("Snooze: the next update comes", "20").await;
    ana.fill("Why", "the restore runs").await;
    ana.within("dialog").click("Snooze").await;
    ben.see("moved the next update to").await;
    ben.see("the restore runs").await;
}
