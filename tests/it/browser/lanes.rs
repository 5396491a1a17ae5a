//! The lanes: a stretch is chosen with the mouse, and on a phone the names stay.

use second_story::terms::Role;
use serde_json::json;

use super::crisis::at_work;
use crate::support::{
    Server,
    browser::{Browser, PHONE, Person},
};

/// Presses the mouse at one part of the axis and lets go at another.
async fn drag(person: &Person, from: f64, to: f64) {
    // The picture begins 24 px from the left; its axis is as wide as it is without its names.
    let x = |part: f64| 24.0 + 168.0 + part * 1032.0;
    let found = json!({ "expression": "document.getElementById('axis').getBoundingClientRect().top" });
    let top = person.devtools("Runtime.evaluate", found).await["result"]["value"].as_f64().unwrap();
    for (kind, part) in [("mousePressed", from), ("mouseMoved", to), ("mouseReleased", to)] {
        let place = json!({ "type": kind, "x": x(part), "y": top + 10.0, "button": "left", "clickCount": 1 });
        person.devtools("Input.dispatchMouseEvent", place).await;
    }
}

#[tokio::test]
async fn a_stretch_is_chosen_on_the_axis() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let number = ben.declare("Checkout fails").await;
    for line in ["-3h seen early", "seen late"] {
        ben.say(number, line).await;
    }
    let ana = at_work(&browser, &server, "Ana", Role::Viewer).await;
    ana.open(&format!("/incidents/{number}")).await;
    ana.click("Lanes").await;
    ana.see("with 2 entries people wrote").await;
    ana.see("Your time").await;
    drag(&ana, 0.5, 0.502).await;
    ana.see("with 2 entries people wrote").await;
    drag(&ana, 0.2, 0.6).await;
    ana.see("with 0 entries people wrote").await;
    assert!(ana.address().await.contains("?from="));
    ana.click("Whole").await;
    ana.see("with 2 entries people wrote").await;
    ana.fill("From", "-1h").await;
    ana.click("Show").await;
    ana.see("with 1 entry people wrote").await;

    ana.screen(PHONE).await;
    let box_ = "document.querySelector('.lanes-box')";
    let name = "document.querySelector('.lanes.narrow text').getBoundingClientRect().left";
    ana.until(&format!("({box_}.scrollLeft = 400, {box_}.scrollLeft === 400 && {name} >= 0 && {name} < 40)")).await;
    ana.until("document.documentElement.scrollWidth <= innerWidth").await;
    ana.click("As tables").await;
    ana.see("Nobody held a role, and there was no work").await;
    let errors = ana.console_errors().await;
    assert!(errors.is_empty(), "{errors:?}");
}
