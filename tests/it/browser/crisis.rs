//! A crisis, as two people live it in two browsers.

use second_story::terms::Role;

use crate::support::{
    Server,
    browser::{Browser, PHONE, Person},
};

/// Somebody in a browser of their own, signed in.
pub async fn at_work(browser: &Browser, server: &Server, name: &'static str, role: Role) -> Person {
    let person = browser.person(name, &server.url).await;
    person.cookie(&server.person(name, role).await.cookie().unwrap()).await;
    person
}

pub async fn types(person: &Person, line: &str) {
    person.fill("#body", line).await;
    person.click("Add").await;
}

#[tokio::test]
async fn two_people_live_through_a_crisis() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    ben.screen(PHONE).await;
    ben.open("/incidents").await;
    ben.until("document.documentElement.dataset.line === 'up'").await;

    // Declared by a title alone; whoever looks at the list hears of it.
    ana.open("/").await;
    ana.click("Declare incident").await;
    ana.fill("Title", "Checkout returns 500").await;
    ana.press("Enter").await;
    ana.see("Checkout returns 500").await;
    ana.see("SEV3").await;
    ben.click("There are new incidents. Show them").await;
    ben.click("Checkout returns 500").await;

    // Both are here; what one types the other sees, typed and timed.
    ana.until("document.getElementById('live-here-count').textContent === '2'").await;
    types(&ben, "/effect error rate at 31 %").await;
    ana.see("error rate at 31 %").await;
    // With keys, Enter adds it as well.
    ana.fill("#body", "-10m rolled back the payment pods to 1.4").await;
    ana.press("Enter").await;
    ben.see("rolled back the payment pods").await;
    ana.see_count(".entry.late", 1).await;

    // One click changes the severity; a command does as well.
    ana.click("summary:has(#live-severity)").await;
    ana.click("button[value=sev1]").await;
    ben.see("SEV1").await;
    types(&ben, "/sev 2").await;
    ana.until("document.getElementById('live-severity').dataset.severity === 'sev2'").await;

    corrects_and_strikes(&ana, &ben).await;
    goes_back_and_forth(&ana, &ben).await;
    loses_the_line(&ana, &ben).await;
    resolves(&ana, &ben).await;

    let refused = |error: &String| error.contains("Content Security Policy") || error.contains("Uncaught");
    for person in [&ana, &ben] {
        let errors = person.console_errors().await;
        assert!(!errors.iter().any(refused), "{errors:?}");
    }
}

async fn corrects_and_strikes(ana: &Person, ben: &Person) {
    let room = ana.address().await;
    ana.click(".entry.late .seq").await;
    ana.click("Correct or strike out").await;
    ana.fill("Text", "rolled back the payment pods to 1.41").await;
    ana.click("Correct entry").await;
    ben.see("the payment pods to 1.41").await;
    ben.see("Ana corrected").await;
    ana.open(&room).await;

    types(ben, "CPU at 97 %").await;
    ana.see("CPU at 97 %").await;
    ben.open(&room).await;
    ben.click("li.entry[data-kind=note]:has(p):last-of-type .seq").await;
    ben.click("Correct or strike out").await;
    ben.click("Strike out").await;
    ben.see("Please say why it is struck out.").await;
    ben.fill("Reason", "that was staging").await;
    ben.click("Strike out").await;
    ana.see("Struck out by Ben: that was staging").await;
}

async fn goes_back_and_forth(ana: &Person, ben: &Person) {
    let status = |word: &str| format!("document.getElementById('live-status').dataset.status === '{word}'");
    ana.click("summary:has(#live-status)").await;
    ana.click("button[value=monitoring]").await;
    ben.until(&status("monitoring")).await;
    types(ben, "/status investigating it is back").await;
    ana.until(&status("investigating")).await;
    ana.see("it is back").await;
    ana.click("summary:has(#live-status)").await;
    ana.click("Another status, or a reason").await;
    assert!(ana.axe().await.is_empty(), "a dialog has no barrier");
    ana.click("dialog label:has([value=identified])").await;
    ana.fill("dialog [name=reason]", "the export runs on the replica").await;
    ana.click("dialog button.primary").await;
    ben.until(&status("identified")).await;
    ben.see("the export runs on the replica").await;
    ana.see_count("dialog[open]", 0).await;
}

async fn loses_the_line(ana: &Person, ben: &Person) {
    ben.offline(true).await;
    types(ben, "typed while the line was down").await;
    ben.see("waits: the line is down").await;
    ben.see("The line is down. What you see may be old.").await;
    types(ben, "/effect and this as well").await;
    ben.see_count("#waiting li", 2).await;
    types(ana, "said meanwhile").await;
    ana.see("said meanwhile").await;

    ben.offline(false).await;
    ben.see("said meanwhile").await;
    ben.until("document.getElementById('line').hidden").await;
    ben.click("Add").await;
    ana.see("typed while the line was down").await;
    ben.until("document.getElementById('body').value === ''").await;
    let times = "[...document.querySelectorAll('.entry-body')].filter(it => it.textContent.includes('typed while')).length === 1";
    ana.until(times).await;
    ben.until(times).await;
}

async fn resolves(ana: &Person, ben: &Person) {
    ana.click("summary:has(#live-status)").await;
    ana.click("a[href$='status=resolved']").await;
    ana.fill("dialog [name=impact_started]", "-30m").await;
    ana.fill("dialog [name=detected]", "half past").await;
    ana.click("dialog button.primary").await;
    ana.see("is not a time").await;
    assert!(ana.axe().await.is_empty(), "nor has one with a message");
    assert_eq!(ana.value("dialog [name=impact_started]").await, "-30m");
    ana.fill("dialog [name=detected]", "-25m").await;
    ana.click("dialog button.primary").await;
    ben.until("document.getElementById('live-status').dataset.status === 'resolved'").await;
    ben.see("Some moments are not recorded. Add what is known").await;
    ana.see_count("dialog[open]", 0).await;
}

#[tokio::test]
async fn a_reader_who_scrolled_up_is_not_moved_and_is_told() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    let number = ben.declare("A long night").await;
    for line in 0..60 {
        ben.say(number, &format!("line {line}")).await;
    }
    ana.open(&format!("/incidents/{number}")).await;
    ana.see("line 59").await;
    ana.until("document.documentElement.dataset.line === 'up'").await;
    ana.until("scrollTo(0, 300) || scrollY === 300").await;
    ben.say(number, "one more").await;
    ben.say(number, "and another").await;
    ana.see("2 new ↓").await;
    ana.until("scrollY === 300").await;
    ana.click("#pill").await;
    ana.until("document.getElementById('pill').hidden").await;
    // Reading along, one is taken along.
    ben.say(number, "the last one").await;
    ana.see("the last one").await;
    ana.until("innerHeight + scrollY > document.documentElement.scrollHeight - 5").await;
}

#[tokio::test]
async fn what_was_typed_outlives_the_page() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let number = server.person("Ben", Role::Responder).await.declare("A dead battery").await;
    let room = format!("/incidents/{number}");
    ana.open(&room).await;
    ana.fill("#body", "half a sent").await;
    ana.reload().await;
    assert_eq!(ana.value("#body").await, "half a sent", "a draft");

    ana.offline(true).await;
    types(&ana, "first").await;
    types(&ana, "second").await;
    types(&ana, "/sev 9").await;
    ana.see_count("#waiting li", 3).await;
    ana.open("about:blank").await;
    ana.offline(false).await;
    ana.open(&room).await;
    ana.see("Write /sev and a number from 1 to 5").await;
    ana.see_count("#waiting li", 1).await;
    ana.until(
        "[...document.querySelectorAll('.entry-body')].map(it => it.textContent.trim()).join() === 'first,second'",
    )
    .await;
    ana.click("Edit").await;
    assert_eq!(ana.value("#body").await, "/sev 9");
    ana.see_count("#waiting li", 0).await;
}

#[tokio::test]
async fn everything_works_without_a_script() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Admin).await;
    ana.without_javascript().await;
    ana.open("/incidents/new").await;
    ana.fill("Title", "By hand").await;
    ana.click("button.primary").await;
    ana.see("By hand").await;
    ana.fill("#body", "/effect plain forms work").await;
    ana.click("Add").await;
    ana.see("plain forms work").await;
    ana.fill("#body", "/sev 9").await;
    ana.click("Add").await;
    ana.see("Write /sev and a number from 1 to 5").await;
    assert_eq!(ana.value("#body").await, "/sev 9");
    ana.click("a.back").await;
    ana.click("summary:has(#live-status)").await;
    ana.click("button[value=monitoring]").await;
    ana.see("Investigating → Monitoring").await;
    ana.click("summary:has(#live-status)").await;
    ana.click("a[href$='status=resolved']").await;
    ana.click("Change status").await;
    ana.see("Monitoring → Resolved").await;
}
