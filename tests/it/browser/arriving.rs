//! Somebody new opens the room in the middle of it.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Server,
    browser::{Browser, PHONE},
};

#[tokio::test]
async fn a_newcomer_reads_the_brief_and_is_not_kept_from_typing() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    ana.say(incident, "/decision no failover tonight").await;
    for line in 1..60 {
        ana.say(incident, &format!("line {line}")).await;
    }
    let nia = at_work(&browser, &server, "Nia", Role::Responder).await;
    for screen in [None, Some(PHONE)] {
        if let Some(screen) = screen {
            nia.screen(screen).await;
        }
        nia.open("/incidents/1").await;
        nia.see("Where we are").await;
        nia.see("New here? How you help").await;
        nia.within("#brief").see("no failover tonight").await;
        // Whoever reads along still stands at the end, the composer in sight.
        nia.until("scrollY + innerHeight >= document.documentElement.scrollHeight - 2").await;
        nia.until("document.getElementById('composer').getBoundingClientRect().bottom <= innerHeight + 1").await;
        nia.until("document.activeElement === document.body").await;
    }
    // What others write goes on above it, and typing does not wait for it.
    ana.say(incident, "something new").await;
    nia.see("something new").await;
    types(&nia, "I am here").await;
    nia.until("[...document.querySelectorAll('#timeline .entry')].at(-1).textContent.includes('I am here')").await;
    nia.see_count("#brief", 1).await;

    nia.click("Got it").await;
    nia.see_count("#brief", 0).await;
    nia.until("performance.getEntriesByType('resource').some((it) => it.name.endsWith('/brief') && it.responseStatus === 204)").await;
    nia.reload().await;
    nia.until("performance.getEntriesByType('resource').some((it) => it.name.includes('arriving') && it.responseStatus === 204)").await;
    nia.see_count("#brief", 0).await;
    // Whoever asks is told.
    nia.click("Facts").await;
    nia.click("Where we are").await;
    nia.within("dialog").see("no failover tonight").await;
    let errors = nia.console_errors().await;
    assert!(errors.iter().all(|error| !error.contains("Uncaught")), "{errors:?}");
}
