//! Relief, as two people in two browsers ask for it and give it, and a third
//! sees nothing of it.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{Server, browser::Browser};

#[tokio::test]
async fn relief_is_asked_for_and_given_and_a_third_person_sees_nothing() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    let chi = at_work(&browser, &server, "Chi", Role::Admin).await;
    server.person("Dee", Role::Responder).await.declare("Checkout fails").await;
    for person in [&ana, &ben, &chi] {
        person.open("/incidents/1").await;
        person.until("document.documentElement.dataset.line === 'up'").await;
    }
    types(&ana, "/role commander me").await;
    types(&ben, "/role scribe me").await;
    ana.until("document.querySelector('#relief [data-live]')").await;

    types(&ben, "/relief").await;
    ben.see("You asked for relief").await;
    ben.see("Only Ana sees it").await;
    assert_eq!(ben.value("#body").await, "");
    ana.see("Ben needs relief").await;
    ana.see("They hold Scribe").await;
    ana.click("#relief summary").await;
    ben.click("Take it back").await;
    ana.see_not("Ben needs relief").await;
    ben.see_not("You asked for relief").await;
    ben.click("I need relief").await;
    ana.see("Ben needs relief").await;
    ana.click("#relief summary").await;
    ana.click("#relief li a[href$='to=@chi']").await;
    ana.see("Offer a hand-off").await;
    assert_eq!(ana.value("#to").await, "@chi");
    ana.click("Offer hand-off").await;
    chi.see("Ben offers Scribe to Chi").await;
    chi.see_count("#relief section", 0).await;
    ana.click("Relieved").await;
    ana.see_not("Ben needs relief").await;
    ben.see_not("You asked for relief").await;

    let refused = |error: &String| error.contains("Content Security Policy") || error.contains("Uncaught");
    for person in [&ana, &ben, &chi] {
        let errors = person.console_errors().await;
        assert!(!errors.iter().any(refused), "{errors:?}");
    }
}
