//! The replay, moved through by hand and by itself.

use second_story::terms::Role;

use super::crisis::at_work;
use crate::support::{Server, browser::Browser};

const AT: &str = "document.getElementById('replay-moment').dataset.at";

#[tokio::test]
async fn a_room_is_replayed() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let number = ben.declare("Checkout fails").await;
    for line in ["the first word", "/sev 1", "the second word", "/status monitoring", "the last word"] {
        ben.say(number, line).await;
    }
    let ana = at_work(&browser, &server, "Ana", Role::Viewer).await;
    ana.open(&format!("/incidents/{number}")).await;
    ana.click("Replay").await;
    let shows = async |at: i64| {
        ana.until(&format!("{AT} === '{at}' && document.getElementById('replay-at').value === '{at}'")).await;
    };
    let severity =
        async |word: &str| ana.until(&format!("document.querySelector('#replay-head [data-severity={word}]')")).await;
    shows(1).await;
    severity("sev3").await;
    ana.until("document.querySelector('.later').textContent.includes('the first word')").await;
    ana.until("!document.getElementById('known').textContent.includes('the first word')").await;

    ana.click("On").await;
    shows(2).await;
    ana.until("document.getElementById('known').textContent.includes('the first word')").await;
    ana.until("document.activeElement.id === 'replay-on'").await;
    ana.press("Right").await;
    ana.press("Right").await;
    shows(4).await;
    severity("sev1").await;
    ana.press("Left").await;
    shows(3).await;
    severity("sev3").await;
    ana.fill("#replay-at", "5").await;
    shows(5).await;
    let told = "document.getElementById('replay-at').getAttribute('aria-valuetext')";
    ana.until(&format!("/entry 5 of \\d: Ben note the second word/.test({told})")).await;
    assert!(ana.address().await.ends_with("/replay?at=5"));
    assert!(ana.axe().await.is_empty());

    // From the last entry it begins anew, and stops there again.
    ana.fill("#replay-at", "8").await;
    shows(8).await;
    ana.fill("#replay-speed", "×600").await;
    ana.click("Play").await;
    ana.until(&format!("{AT} !== '8'")).await;
    shows(8).await;
    ana.see("Nothing was recorded after this").await;
    ana.see("Play").await;

    ana.fill("Time or entry", "half past").await;
    ana.click("Go there").await;
    ana.see("is not a time").await;
    ana.fill("Time or entry", "#2").await;
    ana.click("Go there").await;
    shows(2).await;
    ana.click("Back to the room of").await;
    ana.see("the last word").await;
    let errors = ana.console_errors().await;
    assert!(errors.iter().all(|error| error.contains("422")), "{errors:?}");
}

#[tokio::test]
async fn a_room_is_replayed_without_a_script() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let number = ben.declare("Checkout fails").await;
    ben.say(number, "the first word").await;
    let ana = at_work(&browser, &server, "Ana", Role::Viewer).await;
    ana.without_javascript().await;
    ana.open(&format!("/incidents/{number}/timeline/2")).await;
    ana.click("The room as it stood then").await;
    ana.see("entry 2 of 3").await;
    ana.click("Back").await;
    ana.see("entry 1 of 3").await;
    ana.click("As it stood at entry 3").await;
    ana.see("entry 3 of 3").await;
    ana.fill("Time or entry", "1").await;
    ana.click("Go there").await;
    ana.see("entry 1 of 3").await;
    ana.see_count("#replay-play", 0).await;
}
