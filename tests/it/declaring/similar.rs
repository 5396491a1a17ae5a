//! Open incidents that a title may be about.

use second_story::terms::Role;

use crate::support::{
    Server,
    browser::{Browser, PHONE},
    html,
};

#[tokio::test]
async fn open_ones_that_say_the_same_are_offered_and_ended_ones_are_not() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    for title in ["Checkout returns 500", "Checkout is slow", "Wiki is down"] {
        ana.declare(title).await;
    }
    ana.change(2, "status", &[("status", "resolved")]).await;
    let page = ana.get("/incidents/similar?title=checkout+errors").await.body;
    let list = html::element(&page, "similar-list").unwrap();
    assert_eq!(html::numbers(list, r#"<a href="/incidents/"#), [1], "{list}");
    assert!(page.contains(r#"href="/incidents/new?title=checkout%20errors""#), "{page}");
    let none = ana.get("/incidents/similar?title=printer").await.body;
    assert!(none.contains("None is like it"));
    let declare = ana.get("/incidents/new?title=checkout+errors").await.body;
    assert_eq!(html::input(&declare, "title"), Some("checkout errors"));
    let vera = server.person("Vera", Role::Viewer).await;
    assert_eq!(vera.get("/incidents/similar?title=x").await.status, 403);
}

#[tokio::test]
async fn while_typing_one_joins_instead_and_names_complete_one_by_one() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start().await;
    let ben = server.person("Ben", Role::Responder).await;
    ben.submit("/incidents", &[("title", "Checkout returns 500"), ("services", "checkout, payments")]).await;
    let ana = browser.person("Ana", &server.url).await;
    ana.cookie(&server.person("Ana", Role::Responder).await.cookie().unwrap()).await;
    ana.open("/incidents/new").await;
    ana.fill("Title", "checkout errors").await;
    ana.see("it may be the same").await;
    ana.fill("Title", "printer on fire").await;
    ana.see_not("it may be the same").await;

    let options =
        "[...document.querySelectorAll('#known-services option:not([disabled])')].map(it => it.value).join('|')";
    ana.fill("#services", "checkout, ").await;
    ana.until(&format!("{options} === 'checkout, payments'")).await;
    assert!(ana.axe().await.is_empty(), "{:#?}", ana.axe().await);

    ana.screen(PHONE).await;
    ana.fill("Title", "500 at checkout").await;
    ana.see("it may be the same").await;
    ana.click("Join this instead").await;
    ana.see("Checkout returns 500").await;
    ana.until("document.getElementById('live-here-count').textContent === '1'").await;
    assert_eq!(ana.console_errors().await, [""; 0]);
}
