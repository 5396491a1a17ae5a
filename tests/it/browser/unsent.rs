//! What was typed and is not sent yet: never lost, sent once, in order, and by
//! nobody but its writer.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Client, Server,
    binary::Folder,
    browser::{Browser, Person},
    rows,
};

/// What stands in a room's entries that people typed, in order.
async fn typed(server: &Server, incident: i64) -> Vec<String> {
    let typed = "select body from entries where incident = $1 and author is not null and kind = 'note' order by seq";
    sqlx::query_scalar(typed).bind(incident).fetch_all(&server.app.db).await.unwrap()
}

/// Waits until the room has these, each once and in this order.
async fn until_typed(person: &Person, lines: &[&str]) {
    let shown = "[...document.querySelectorAll('.entry-body')].map(it => it.textContent.trim()).join('|')";
    person.until(&format!("{shown} === '{}'", lines.join("|"))).await;
}

#[tokio::test]
async fn what_was_typed_outlives_the_browser() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let (profile, anas) = (Folder::new(), server.person("Ana", Role::Responder).await);
    let number = anas.declare("A dead battery").await;
    let room = format!("/incidents/{number}");
    let ana = browser.person_with(&profile.0, "Ana", &server.url).await;
    ana.cookie(&anas.cookie().unwrap()).await;
    ana.open(&room).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    ana.offline(true).await;
    for line in ["first", "second", "third"] {
        types(&ana, line).await;
    }
    ana.see_count("#waiting li", 3).await;
    ana.quit().await;

    let ana = browser.person_with(&profile.0, "Ana", &server.url).await;
    ana.cookie(&anas.cookie().unwrap()).await;
    // It is ten minutes later.
    ana.before_scripts("const now = Date.now; Date.now = () => now() + 600_000").await;
    ana.open(&room).await;
    until_typed(&ana, &["first", "second", "third"]).await;
    ana.see_count("#waiting li", 0).await;
    assert_eq!(typed(&server, number).await, ["first", "second", "third"]);
    let notes = rows::timeline(&server.app.db, number).await.into_iter().filter(|line| line.kind == "note");
    for note in notes {
        let late = (note.recorded_at - note.occurred_at).num_seconds();
        assert!((595..700).contains(&late), "it happened when it was typed: {late} s before");
    }
    ana.quit().await;
}

#[tokio::test]
async fn two_tabs_send_what_waits_once_and_in_order() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let number = server.person("Ben", Role::Responder).await.declare("Two tabs").await;
    let room = format!("/incidents/{number}");
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    for locks in ["", "Object.defineProperty(navigator, 'locks', { value: undefined })"] {
        let tabs = [ana.open_tab("about:blank").await, ana.open_tab("about:blank").await];
        for tab in &tabs {
            ana.turn_to(tab).await;
            ana.before_scripts(locks).await;
            ana.open(&room).await;
            ana.until("document.documentElement.dataset.line === 'up'").await;
        }
        let before = typed(&server, number).await;
        ana.offline(true).await;
        let lines = ["one", "two", "three", "four", "five", "six"];
        for (line, tab) in lines.iter().zip(tabs.iter().cycle()) {
            ana.turn_to(tab).await;
            types(&ana, line).await;
            ana.see(line).await;
        }
        ana.offline(false).await;
        let expected: Vec<_> = before.iter().map(String::as_str).chain(lines).collect();
        for tab in tabs {
            ana.turn_to(&tab).await;
            until_typed(&ana, &expected).await;
            ana.see_count("#waiting li", 0).await;
        }
        assert_eq!(typed(&server, number).await, expected);
    }
}

#[tokio::test]
async fn what_waits_is_edited_or_thrown_away() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let number = server.person("Ben", Role::Responder).await.declare("Second thoughts").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    ana.open(&format!("/incidents/{number}")).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    ana.offline(true).await;
    for line in ["restarted db-2", "not for others", "/sev 9"] {
        types(&ana, line).await;
    }
    ana.see_count("#waiting li", 3).await;
    ana.within("#waiting li:nth-child(2)").click("Throw away").await;
    ana.agree().await;
    ana.see_count("#waiting li", 2).await;
    ana.within("#waiting li:first-child").click("Edit").await;
    ana.see_count("#waiting li", 1).await;
    assert_eq!(ana.value("#body").await, "restarted db-2");
    types(&ana, "restarted db-3").await;
    ana.see_count("#waiting li", 2).await;

    // What the server refuses says why, and can go, too.
    ana.offline(false).await;
    ana.see("Write /sev and a number from 1 to 5").await;
    until_typed(&ana, &["restarted db-3"]).await;
    ana.click("Throw away").await;
    ana.agree().await;
    ana.see_count("#waiting li", 0).await;
    assert_eq!(typed(&server, number).await, ["restarted db-3"]);
}

#[tokio::test]
async fn what_arrived_although_its_answer_was_lost_is_not_written_again_when_edited() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let number = server.person("Ben", Role::Responder).await.declare("A lost answer").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    // It is sent, and the answer does not get through.
    ana.before_scripts(
        "const send = fetch;
        window.fetch = async (...asked) => {
          const answer = await send(...asked);
          if (!window.heals && asked[1]?.method === 'POST') throw new TypeError('lost');
          return answer;
        };",
    )
    .await;
    ana.open(&format!("/incidents/{number}")).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    types(&ana, "rolled back").await;
    ana.see_count("#waiting li", 1).await;
    ana.click("Edit").await;
    ana.until("window.heals = true").await;
    types(&ana, "rolled back to 1.41").await;
    ana.see("already sent with another text").await;
    assert_eq!(typed(&server, number).await, ["rolled back"]);
}

#[tokio::test]
async fn what_waits_for_another_room_is_sent_from_any_page_or_shown_there() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    let (number, other) = (ben.declare("Left behind").await, ben.declare("Another").await);
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    ana.open(&format!("/incidents/{number}")).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    ana.offline(true).await;
    types(&ana, "typed and left").await;
    types(&ana, "/sev 9").await;
    types(&ana, "/sev 8").await;
    ana.see_count("#waiting li", 3).await;
    ana.open("about:blank").await;
    ana.offline(false).await;
    for page in ["/me".to_owned(), format!("/incidents/{other}")] {
        ana.open(&page).await;
        ana.see(&format!("2 entries of #{number} not sent: Write /sev and a number from 1 to 5")).await;
        ana.see_count("#waiting li", 0).await;
    }
    assert_eq!(typed(&server, number).await, ["typed and left"]);
    ana.click(&format!("2 entries of #{number}")).await;
    ana.see_count("#waiting li", 2).await;
    ana.see_not("2 entries of").await;
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_says_so_and_still_sends() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let number = server.person("Ben", Role::Responder).await.declare("A full disk").await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    for blocked in [
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError'); } })",
    ] {
        let before = typed(&server, number).await;
        ana.open_tab("about:blank").await;
        ana.before_scripts(blocked).await;
        ana.open(&format!("/incidents/{number}")).await;
        ana.until("document.documentElement.dataset.line === 'up'").await;
        ana.offline(true).await;
        types(&ana, "one").await;
        ana.see("This browser keeps nothing: its storage is full or blocked.").await;
        types(&ana, "two").await;
        ana.see_count("#waiting li", 2).await;
        ana.offline(false).await;
        let expected: Vec<_> = before.iter().map(String::as_str).chain(["one", "two"]).collect();
        until_typed(&ana, &expected).await;
        ana.see_not("This browser keeps nothing").await;
    }
}

#[tokio::test]
async fn a_session_that_ran_out_keeps_everything_for_its_person_alone() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let anas = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    let number = ben.declare("A long night").await;
    let room = format!("/incidents/{number}");
    let ana = browser.person("Ana", &server.url).await;
    ana.cookie(&anas.cookie().unwrap()).await;
    ana.open(&room).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    anas.post("/sign-out", &[]).await;
    types(&ana, "typed by Ana").await;
    ana.see("waits: you are signed out; sign in in another tab").await;
    ana.fill("#body", "half a sent").await;

    ana.cookie(&ben.cookie().unwrap()).await;
    ana.open(&room).await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    types(&ana, "typed by Ben").await;
    until_typed(&ana, &["typed by Ben"]).await;
    ana.see_not("typed by Ana").await;
    assert_eq!(ana.value("#body").await, "");

    let again = signed_in_again(&server, &anas).await;
    ana.cookie(&again.cookie().unwrap()).await;
    ana.open("/me").await;
    ana.open(&room).await;
    until_typed(&ana, &["typed by Ben", "typed by Ana"]).await;
    assert_eq!(ana.value("#body").await, "half a sent");
    let last = rows::last(&server.app.db, number).await;
    assert_eq!((last.body.as_str(), last.author), ("typed by Ana", anas.person.map(|person| person.id)));
}

async fn signed_in_again(server: &Server, client: &Client) -> Client {
    let person = client.person.clone().unwrap();
    let secret = second_story::people::sessions::begin(&server.app.db, person.id, "test").await.unwrap();
    Client::new(&server.url, Some(person), Some(format!("session={}", secret.reveal())))
}

#[tokio::test]
async fn forms_keep_what_was_typed_until_it_is_sent() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    ana.open("/incidents/new").await;
    ana.fill("Title", "Checkout fai").await;
    ana.click("label:has([value=sev1])").await;
    ana.reload().await;
    assert_eq!(ana.value("Title").await, "Checkout fai");
    ana.until("document.querySelector('[value=sev1]').checked").await;
    ana.click("Start afresh").await;
    assert_eq!(ana.value("Title").await, "");
    ana.reload().await;
    assert_eq!(ana.value("Title").await, "");

    ana.fill("Title", "Checkout fails").await;
    ana.fill("Impact started", "half past").await;
    ana.offline(true).await;
    ana.click("Declare incident").await;
    ana.see("Not sent, and kept here: the line is down.").await;
    ana.offline(false).await;
    ana.click("Declare incident").await;
    ana.see("is not a time").await;
    assert_eq!(ana.value("Title").await, "Checkout fails");
    ana.fill("Impact started", "-5m").await;
    ana.click("main button.primary").await;
    ana.see("Checkout fails").await;
    types(&ana, "the wrong host").await;
    let correct = "/incidents/1/timeline/3/corrections";
    ana.see("the wrong host").await;
    ana.open(correct).await;
    ana.fill("Text", "the right ho").await;
    ana.reload().await;
    assert_eq!(ana.value("Text").await, "the right ho");
    ana.fill("Text", "the right host").await;
    ana.click("Correct entry").await;
    ana.see("the right host").await;
    for form in [correct, "/incidents/new"] {
        ana.open(form).await;
        ana.see_count(".restored", 0).await;
    }
}
