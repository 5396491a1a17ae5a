//! What is pasted into the composer: lines that are many entries.

use second_story::terms::Role;

use super::crisis::at_work;
use crate::support::{
    Server,
    browser::{Browser, Person},
    rows,
};

const LINES: &str = "14:05 restarted db-3\nand it came back\n14:06 /effect slower";

/// Copies a text as a person does: typed somewhere, selected, copied.
async fn copies(person: &Person, text: &str) {
    person.open("/incidents/1/import").await;
    person.fill("Lines", text).await;
    person.press("Control+a").await;
    person.press("Control+c").await;
}

async fn pastes(person: &Person) {
    person.open("/incidents/1").await;
    person.until("document.documentElement.dataset.line === 'up'").await;
    person.click("#body").await;
    person.press("Control+v").await;
}

#[tokio::test]
async fn pasted_lines_with_times_are_offered_as_entries() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.room().await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    copies(&ben, LINES).await;
    pastes(&ben).await;
    ben.click("Keep as one").await;
    ben.see_count(".offer", 0).await;
    assert_eq!(ben.value("#body").await, LINES, "declined, it stays");

    pastes(&ben).await;
    ben.click("Add as 2 entries…").await;
    ben.see("Nothing is written yet").await;
    assert_eq!(ben.value("Text, row 1").await, "restarted db-3\nand it came back");
    assert!(ben.axe().await.is_empty());
    // What is in the composer waits there until the entries are written.
    ben.fill("When, row 1", "2999-01-01 10:00").await;
    ben.click("Add the ticked rows").await;
    ben.see("This time lies in the future.").await;
    ben.click("a.back").await;
    assert!(ben.value("#body").await.contains("restarted db-3"));

    pastes(&ben).await;
    ben.click("Add as 2 entries…").await;
    ben.click("Add the ticked rows").await;
    ben.see("and it came back").await;
    ben.see_count(".entry .mark", 2).await;
    assert_eq!(ben.value("#body").await.matches("restarted").count(), 2, "pasted three times, written once");
    assert_eq!(rows::count(&server.app.db, "select count(*) from entries where source = 'import'").await, 2);
}

#[tokio::test]
async fn what_is_no_list_of_times_is_pasted_as_it_is() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.room().await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    copies(&ben, "two lines\nwithout times").await;
    pastes(&ben).await;
    ben.until("document.getElementById('body').value.includes('without times')").await;
    ben.see_count(".offer", 0).await;
    ben.click("Add").await;
    ben.see("without times").await;
    assert_eq!(ben.value("#body").await, "");
}
