//! Many tabs of one browser: all of them live, over one connection.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Client, Server,
    browser::{Browser, Person},
};

const UP: &str = "document.documentElement.dataset.line === 'up'";

/// Waits until somebody is no longer in a room.
async fn until_gone(other: &Client, incident: i64, name: &str) {
    let mut events = other.events(&format!("/incidents/{incident}/events?after=1"), None).await;
    while events.next_named("panels").await.unwrap().data.contains(&format!("<bdi>{name}</bdi>")) {}
}

/// Waits until the page has a text in exactly one entry.
async fn has_once(person: &Person, text: &str) {
    let entries = "[...document.querySelectorAll('.entry-body')]";
    person.until(&format!("{entries}.filter(it => it.textContent.includes('{text}')).length === 1")).await;
}

#[tokio::test]
async fn eight_tabs_of_one_browser_are_all_live() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let rooms = [ben.declare("Checkout fails").await, ben.declare("Search is slow").await, ben.declare("Mail").await];
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let mut tabs = Vec::new();
    for room in [rooms[0], rooms[0], rooms[0], rooms[1], rooms[1], rooms[1], rooms[2]] {
        tabs.push((room, ana.open_tab(&format!("/incidents/{room}")).await));
        ana.until(UP).await;
    }
    let list = ana.open_tab("/incidents").await;
    ana.until(UP).await;

    for room in rooms {
        ben.say(room, &format!("said in {room}")).await;
    }
    for (room, tab) in &tabs {
        ana.turn_to(tab).await;
        has_once(&ana, &format!("said in {room}")).await;
    }
    ben.say(rooms[1], "/sev 1").await;
    ana.turn_to(&list).await;
    ana.until(&format!("document.querySelector('#i{} [data-severity=sev1]')", rooms[1])).await;

    // A form still gets through, and its entry to every tab of its room.
    ana.turn_to(&tabs[1].1).await;
    types(&ana, "typed in one of them").await;
    for (_, tab) in &tabs[..3] {
        ana.turn_to(tab).await;
        has_once(&ana, "typed in one of them").await;
    }

    // Whoever closes the last tab of a room is no longer there.
    let mut closing = tabs.split_off(3);
    for (_, tab) in closing.drain(..3) {
        ana.close_tab(tab).await;
    }
    until_gone(&ben, rooms[1], "Ana").await;
    let (dying, tab) = closing.remove(0);
    ana.turn_to(&tab).await;
    ana.crash().await;
    until_gone(&ben, dying, "Ana").await;
    ana.turn_to(&tabs[0].1).await;
    ben.say(rooms[0], "and still live").await;
    has_once(&ana, "and still live").await;
}

#[tokio::test]
async fn tabs_that_open_late_or_lose_the_line_get_everything_once() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let room = ben.declare("Checkout fails").await;
    let path = format!("/incidents/{room}");
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    ana.before_scripts(COUNTS).await;
    ana.open(&path).await;
    ana.until(UP).await;
    let first = ana.this_tab().await;
    ben.say(room, "before the second tab").await;
    has_once(&ana, "before the second tab").await;

    // A page that is older than what the line has brought by the time it asks.
    let second = ana.open_tab("about:blank").await;
    ana.before_scripts(COUNTS).await;
    ana.before_scripts(ASKS_LATE).await;
    ana.open(&path).await;
    ana.until("window.ask").await;
    ben.say(room, "while it opened").await;
    ana.turn_to(&first).await;
    has_once(&ana, "while it opened").await;
    ana.turn_to(&second).await;
    ana.until("!document.body.textContent.includes('while it opened')").await;
    ana.until("window.ask() === undefined").await;
    has_once(&ana, "while it opened").await;

    ana.offline(true).await;
    ana.see("The line is down.").await;
    ben.say(room, "while the line was down").await;
    ana.offline(false).await;
    for tab in [&first, &second] {
        ana.turn_to(tab).await;
        ana.until(UP).await;
        for said in ["before the second tab", "while it opened", "while the line was down"] {
            has_once(&ana, said).await;
        }
        ana.until("heard.length > 0 && heard.every((seq, index) => index === 0 || seq === heard[index - 1] + 1)").await;
    }
}

/// Notes the entries that a tab is handed.
const COUNTS: &str = "
    window.heard = [];
    const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
    Object.defineProperty(MessagePort.prototype, 'onmessage', {
      set(handle) {
        set.call(this, handle && ((event) => {
          if (event.data.name === 'entry') heard.push(event.data.id);
          handle(event);
        }));
      },
    });";

/// Keeps back what the tab says first, until `ask` is called.
const ASKS_LATE: &str = "
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (...said) {
      MessagePort.prototype.postMessage = post;
      window.ask = () => this.postMessage(...said);
    };";

#[tokio::test]
async fn a_browser_without_shared_workers_has_a_line_for_each_tab() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let room = ben.declare("Checkout fails").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    ana.before_scripts("delete window.SharedWorker").await;
    ana.open(&format!("/incidents/{room}")).await;
    ana.until(&format!("{UP} && !window.SharedWorker")).await;
    ben.say(room, "heard all the same").await;
    has_once(&ana, "heard all the same").await;
    ana.open("/incidents").await;
    ana.until(UP).await;
    until_gone(&ben, room, "Ana").await;
}

#[tokio::test]
async fn nothing_of_one_person_reaches_the_tabs_of_another() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let anas = server.person("Ana", Role::Responder).await;
    let room = ben.declare("Checkout fails").await;
    let path = format!("/incidents/{room}");
    let ana = browser.person("Ana", &server.url).await;
    ana.cookie(&anas.cookie().unwrap()).await;
    ana.open(&path).await;
    ana.until(UP).await;
    let old = ana.this_tab().await;

    // Ana's session ends, and Ben signs in, in the same browser.
    anas.post("/sign-out", &[]).await;
    ana.cookie(&ben.cookie().unwrap()).await;
    ana.see("You are signed out, so this page no longer changes.").await;
    let new = ana.open_tab(&path).await;
    ana.until(UP).await;
    ben.say(room, "to Ben alone").await;
    has_once(&ana, "to Ben alone").await;
    ana.turn_to(&old).await;
    types(&ana, "typed by Ana").await;
    ana.see("you are signed out").await;
    ana.until("!document.getElementById('timeline').textContent.includes('to Ben alone')").await;
    ana.turn_to(&new).await;
    ben.say(room, "the last").await;
    has_once(&ana, "the last").await;
    ana.until("!document.getElementById('timeline').textContent.includes('typed by Ana')").await;
}

#[tokio::test]
async fn a_room_that_is_not_open_any_more_says_so_and_gives_up() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let room = ben.declare("Checkout fails").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    // As if it were another's now: a page of a room that the server does not know.
    ana.open("about:blank").await;
    let script = "new MutationObserver(() => {
        const main = document.querySelector('main[data-room]');
        if (main) main.dataset.room = '4711';
      }).observe(document, { childList: true, subtree: true });";
    ana.before_scripts(script).await;
    ana.open(&format!("/incidents/{room}")).await;
    ana.see("This room is not open to you any more.").await;
}
