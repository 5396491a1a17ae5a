//! The leaders of the demo: a link to what goes on, and what they ask through it.

use uuid::Uuid;

use crate::{
    App,
    people::{Person, secret},
    sharing::links::{self, NewLink},
    terms::{SharedNames, SharedView},
    timeline::NotWritten,
    updates::questions::{self, Answering, Asker},
};

const ANSWERED: &str = "Was anybody charged twice?";
const REPLY: &str = "No. Payments that failed were not taken, and Dee has checked yesterday's, too.";
const WAITING: &str = "Do we have to tell the card company?";

/// Makes a link, as a leader gets it, and returns its path. Its readers ask two
/// things; whoever speaks for the response has answered one.
pub async fn invite(app: &App, people: &[Person], incident: i64) -> anyhow::Result<Option<String>> {
    let told = tell(app, people, incident).await;
    told.map_err(|why| anyhow::anyhow!("the leaders of the demo were not invited: {why:?}"))
}

async fn tell(app: &App, people: &[Person], incident: i64) -> Result<Option<String>, NotWritten> {
    let new = NewLink {
        label: "Leadership".into(),
        view: SharedView::Leadership,
        names: SharedNames::Roles,
        may_ask: true,
        shows_summary: true,
        expires_at: None,
    };
    let made = links::make(app, &people[0], incident, new, None).await?;
    let ask = async |question: &str| {
        // A reader's key is the question's own id.
        let id = Uuid::now_v7();
        questions::ask(app, Asker::Reader(made.id), incident, question.to_owned(), Some(id)).await.map(|_| id)
    };
    let (answered, waiting) = (ask(ANSWERED).await?, ask(WAITING).await?);
    let speaks = people.iter().find(|person| person.handle == "dee").unwrap_or(&people[0]);
    let reply = Answering { reply: REPLY.into(), update: None };
    questions::answer(app, speaks, (incident, answered), reply, None).await?;
    questions::plus_one(app, waiting, secret::hash("another leader")).await?;
    Ok(made.path)
}
