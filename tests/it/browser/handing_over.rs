//! Who holds what, as three people pass it on in three browsers.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Server,
    browser::{Browser, PHONE, Person},
};

#[tokio::test]
async fn three_people_pass_on_command_and_work_and_eliminate_a_theory() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.person("Dee", Role::Responder).await.declare("Checkout fails").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    let chi = at_work(&browser, &server, "Chi", Role::Responder).await;
    ben.screen(PHONE).await;
    for person in [&ana, &ben, &chi] {
        person.open("/incidents/1").await;
        person.until("document.documentElement.dataset.line === 'up'").await;
    }

    ana.click("#live-roles li:has([value=commander]) button").await;
    holds(&chi, "live-roles", "Incident commander", "Ana").await;
    command_passes(&ana, &ben, &chi).await;
    work_passes_twice(&ana, &ben, &chi).await;

    // One key eliminates the theory that has the focus.
    types(&ana, "/theory the export holds locks").await;
    ana.until("document.querySelector('#live-theories .theory')").await;
    ana.until("document.querySelector('#live-theories .theory a').focus() ?? true").await;
    ana.press("x").await;
    chi.until("document.querySelector('#live-theories .theory')?.dataset.state === 'eliminated'").await;

    let refused = |error: &String| error.contains("Content Security Policy") || error.contains("Uncaught");
    for person in [&ana, &ben, &chi] {
        let errors = person.console_errors().await;
        assert!(!errors.iter().any(refused), "{errors:?}");
    }
}

async fn command_passes(ana: &Person, ben: &Person, chi: &Person) {
    types(ana, "/handoff commander @ben the replica catches up, watch its lag").await;
    ben.see("Ana offers Incident commander to Ben").await;
    ben.until("document.title.startsWith('(⇄ 1) ')").await;
    // The others see that it is offered, and that it is not theirs to answer.
    chi.see("Ana offers Incident commander to Ben").await;
    chi.see_count(".handoff.mine", 0).await;
    chi.until("!document.title.includes('⇄')").await;
    holds(chi, "live-roles", "Incident commander", "Ana").await;

    ben.click(".handoff.mine button").await;
    holds(ana, "live-roles", "Incident commander", "Ben").await;
    ben.see_count(".handoff", 0).await;
    ben.until("!document.title.includes('⇄')").await;
}

async fn work_passes_twice(ana: &Person, ben: &Person, chi: &Person) {
    let offer = |to: &str| format!("/handoff \"Restore the replica\" @{to} at 60 %, go on from the second table");
    types(ana, "/work Restore the replica @me").await;
    holds(ben, "live-work", "Restore the replica", "Ana").await;

    types(ana, &offer("ben")).await;
    ben.click("Briefing and answer").await;
    ben.see("go on from the second table").await;
    ben.fill("A word with it", "I command now").await;
    ben.click("Decline").await;
    ana.see("I command now").await;
    holds(ana, "live-work", "Restore the replica", "Ana").await;

    for (from, to, name) in [(ana, chi, "Chi"), (chi, ana, "Ana")] {
        types(from, &offer(&name.to_lowercase())).await;
        to.click(".handoff.mine button").await;
        holds(ben, "live-work", "Restore the replica", name).await;
    }
}

/// Waits until a panel says who holds something.
async fn holds(person: &Person, panel: &str, what: &str, who: &str) {
    let rows = format!("[...document.querySelectorAll('#{panel} li')]");
    person.until(&format!("{rows}.some((it) => it.textContent.includes('{what}') && it.querySelector('.name')?.textContent.startsWith('{who}'))")).await;
}
