//! A leader on a phone follows a link, without a sign-in: asks, is answered,
//! sees a late update and the end, and then the link goes dark.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{
    Server,
    browser::{Browser, PHONE},
    html,
};

#[tokio::test]
async fn a_leader_follows_asks_and_sees_the_end_and_then_nothing() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let dee = server.person("Dee", Role::Responder).await;
    let number = dee.declare("Checkout fails").await;
    let link = [("label", "Board"), ("names", "roles"), ("may_ask", "1")];
    let made = dee.submit(&format!("/incidents/{number}/share-links"), &link).await.body;
    let path = format!("/s/{}", html::token(&made));

    let leader = browser.person("Lea", &server.url).await;
    leader.screen(PHONE).await;
    leader.open(&path).await;
    leader.until("document.documentElement.dataset.line === 'up'").await;
    leader.see("None yet.").await;
    assert!(leader.axe().await.is_empty());

    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    ben.open(&format!("/incidents/{number}")).await;
    ben.until("document.documentElement.dataset.line === 'up'").await;
    types(&ben, "/role communications me").await;
    leader.see("Engineer 1").await;

    leader.fill("Your question", "Is customer data lost?").await;
    leader.click("Ask").await;
    leader.see("waits for an answer").await;
    ben.see("Is customer data lost?").await;
    let question: String =
        sqlx::query_scalar("select id::text from questions").fetch_one(&server.app.db).await.unwrap();
    ben.open(&format!("/incidents/{number}/questions/{question}/answer")).await;
    ben.fill("Reply", "No. Dee has looked.").await;
    ben.click("Answer").await;
    leader.see("No. Engineer 2 has looked.").await;

    ben.open(&format!("/incidents/{number}")).await;
    types(&ben, "/update Checkout fails for one in three.").await;
    leader.see("Checkout fails for one in three.").await;
    let late =
        "update updates set written_at = written_at - interval '2 hours', next_by = now() - interval '12 minutes'";
    sqlx::query(late).execute(&server.app.db).await.unwrap();
    leader.see("min late").await;

    types(&ben, "/resolve").await;
    leader.until("document.querySelector('#state')?.textContent.includes('Resolved')").await;
    leader.see_not("min late").await;
    leader.see_not("Your question").await;
    assert!(leader.axe().await.is_empty());
    let errors = leader.console_errors().await;
    assert!(errors.is_empty(), "{errors:?}");

    let id: String = sqlx::query_scalar("select id::text from share_links").fetch_one(&server.app.db).await.unwrap();
    dee.post(&format!("/settings/links/{id}/revoke"), &[]).await;
    leader.see("This link has ended").await;
    leader.see_not("Checkout").await;
}
