//! A question, as a viewer asks it, whoever speaks for the response answers it,
//! and a responder is left in peace.

use second_story::terms::Role;

use super::crisis::{at_work, types};
use crate::support::{Server, browser::Browser};

#[tokio::test]
async fn a_question_stands_out_for_whoever_speaks_and_for_nobody_else() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let ana = at_work(&browser, &server, "Ana", Role::Responder).await;
    let ben = at_work(&browser, &server, "Ben", Role::Responder).await;
    let vera = at_work(&browser, &server, "Vera", Role::Viewer).await;
    server.person("Dee", Role::Responder).await.declare("Checkout fails").await;
    for person in [&ana, &ben, &vera] {
        person.open("/incidents/1").await;
        person.until("document.documentElement.dataset.line === 'up'").await;
    }
    types(&ana, "/role communications me").await;
    vera.see("took Communications lead").await;

    vera.click("All questions, and ask").await;
    vera.fill("Your question", "When will checkout be back?").await;
    vera.click("Ask").await;
    vera.see("Waiting, 1").await;
    for person in [&ana, &ben] {
        person.see("1 waiting").await;
        person.see("When will checkout be back?").await;
    }
    ana.until("document.title.startsWith('(? 1) #1 ')").await;
    ana.see_count("#panel-questions.mine", 1).await;
    ana.see("1 question waits").await;
    ben.until("!document.title.includes('?')").await;
    ben.see_count("#panel-questions.mine", 0).await;
    ben.see_not("1 question waits").await;

    // It passes with the role.
    types(&ana, "/role communications nobody").await;
    ana.until("!document.title.includes('?')").await;
    types(&ana, "/role communications me").await;
    ana.until("document.title.startsWith('(? 1) #1 ')").await;

    ana.within("#panel-questions").click("Answer the oldest question").await;
    ana.see("Answer a question").await;
    ana.fill("Reply", "Around noon.").await;
    ana.click("Answer").await;
    ana.see("Nobody waits for an answer").await;
    ana.see("answered the question").await;
    ana.until("!document.title.includes('?')").await;
    vera.reload().await;
    vera.see("Around noon.").await;

    let refused = |error: &String| error.contains("Content Security Policy") || error.contains("Uncaught");
    for person in [&ana, &ben, &vera] {
        let errors = person.console_errors().await;
        assert!(!errors.iter().any(refused), "{errors:?}");
    }
}
