//! What is pasted and dropped into the composer: lines that are many entries,
//! and images.

use data_encoding::BASE64;
use second_story::terms::Role;

use super::crisis::at_work;
use crate::support::{
    Server,
    browser::{Browser, Person},
    images::png,
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

/// Pastes or drops an image into the room, as the browser tells the page of it.
async fn brings_an_image(person: &Person, event: &str) {
    let image = BASE64.encode(&png(64, 48, &[]));
    let (kind, holds) =
        if event == "paste" { ("ClipboardEvent", "clipboardData") } else { ("DragEvent", "dataTransfer") };
    let brought = format!(
        "(() => {{
            const bytes = Uint8Array.from(atob('{image}'), (c) => c.charCodeAt(0));
            const {holds} = new DataTransfer();
            {holds}.items.add(new File([bytes], 'graph.png', {{ type: 'image/png' }}));
            const options = {{ {holds}, bubbles: true, cancelable: true }};
            document.getElementById('body').dispatchEvent(new {kind}('{event}', options));
            return true;
        }})()"
    );
    person.until(&brought).await;
}

/// Whether the images in the timeline are there, and are seen.
fn seen(count: usize) -> String {
    format!(
        "[...document.querySelectorAll('.entry img')].filter((it) => it.scrollIntoView() ?? it.naturalWidth === 64).length === {count}"
    )
}

#[tokio::test]
async fn an_image_that_is_pasted_or_dropped_is_part_of_the_next_entry() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.room().await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    let vera = at_work(&browser, &server, "Vera", Role::Viewer).await;
    for person in [&ben, &vera] {
        person.open("/incidents/1").await;
        person.until("document.documentElement.dataset.line === 'up'").await;
    }
    brings_an_image(&ben, "paste").await;
    ben.fill("What does it show?", "Errors fall at 14:05").await;
    assert!(ben.axe().await.is_empty());
    brings_an_image(&ben, "drop").await;
    ben.see_count(".attached li", 2).await;
    ben.within(".attached li:last-child").click("Remove").await;
    ben.fill("#body", "/effect better").await;
    ben.click("Add").await;
    vera.see("better").await;
    vera.until(&seen(1)).await;
    vera.until("document.querySelector('.entry img').alt === 'Errors fall at 14:05'").await;
    ben.see_count(".attached li", 0).await;

    // Without a word it is an entry, too.
    brings_an_image(&ben, "drop").await;
    ben.click("Add").await;
    vera.see("image without description").await;
    vera.until(&seen(2)).await;
    assert!(vera.axe().await.is_empty());

    // A command takes none: it comes back with all that was there.
    brings_an_image(&ben, "drop").await;
    ben.fill("What does it show?", "kept").await;
    ben.fill("#body", "/sev 1").await;
    ben.click("Add").await;
    ben.see("A command takes no image").await;
    ben.click("Look over").await;
    assert_eq!(ben.value("#body").await, "/sev 1");
    assert_eq!(ben.value("What does it show?").await, "kept");
    for person in [&ben, &vera] {
        let errors = person.console_errors().await;
        assert!(!errors.iter().any(|error| error.contains("Policy") || error.contains("Uncaught")), "{errors:?}");
    }
}

#[tokio::test]
async fn an_image_waits_for_the_line_and_outlives_the_page() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.room().await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    ben.open("/incidents/1").await;
    ben.until("document.documentElement.dataset.line === 'up'").await;
    ben.offline(true).await;
    brings_an_image(&ben, "paste").await;
    ben.fill("#body", "seen in the tunnel").await;
    ben.click("Add").await;
    ben.see("seen in the tunnel + an image").await;
    ben.see("waits for the line").await;
    ben.open("about:blank").await;
    ben.offline(false).await;
    ben.open("/incidents/1").await;
    ben.until(&seen(1)).await;
    ben.see_not("waits for the line").await;
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 1);
    ben.reload().await;
    ben.see("seen in the tunnel").await;
    ben.see_count("[aria-label='Images not sent yet'] li", 0).await;

    // What is given up at sign-out is not sent by whoever comes next.
    ben.offline(true).await;
    brings_an_image(&ben, "paste").await;
    ben.click("Add").await;
    ben.see("waits for the line").await;
    ben.until("localStorage.clear() ?? true").await;
    ben.open("about:blank").await;
    ben.offline(false).await;
    ben.open("/incidents/1").await;
    ben.until("document.documentElement.dataset.line === 'up'").await;
    let left = "indexedDB.open('second-story').onsuccess = (event) => {
        const store = event.target.result.transaction('images').objectStore('images');
        store.count().onsuccess = (count) => { document.body.dataset.left = count.target.result; };
    }";
    ben.until(&format!("(({left}), document.body.dataset.left === '0')")).await;
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 1);
}

#[tokio::test]
async fn an_image_is_chosen_in_a_field_where_there_is_no_script() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    server.room().await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (image, text) = (folder.join("graph.png"), folder.join("graph.txt"));
    std::fs::write(&image, png(64, 48, &[])).unwrap();
    std::fs::write(&text, "no image").unwrap();
    ben.without_javascript().await;
    for page in ["/incidents/1", "/incidents/1/timeline"] {
        ben.open(page).await;
        ben.fill("#body", "by hand").await;
        ben.fill("#image", text.to_str().unwrap()).await;
        ben.click("Add").await;
        ben.see("Only PNG, JPEG, GIF and WebP images can be added.").await;
        ben.see("Please choose the image again").await;
        assert_eq!(ben.value("#body").await, "by hand");
        ben.fill("#image", image.to_str().unwrap()).await;
        ben.fill("What does it show?", "A graph").await;
        ben.click("Add").await;
        ben.see("by hand").await;
        ben.see_count(".entry img[alt='A graph']", if page.ends_with('1') { 1 } else { 2 }).await;
    }
}
