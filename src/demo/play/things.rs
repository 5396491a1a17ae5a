//! Plays who held what, and what became of theories. One token is one hand, and
//! nobody hands over to themselves: what was offered is told in words.

use anyhow::Context;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::Room;
use crate::{
    demo::stories::{Hold, Step, Story, Told, Update, What},
    terms::Kind,
};

impl Room<'_> {
    /// What is asked of the server to change a role or a piece of work.
    pub(super) fn hold(
        &self,
        story: &Story,
        (step, told): (&Step, &Told<String>),
        (hold, name): (Hold, &str),
    ) -> (Method, String, Value) {
        let me = (hold == Hold::Take).then_some("me");
        match (hold, told.work.get(name)) {
            (Hold::Add | Hold::Start, _) => {
                let due = step.due.map(|at| self.declared_at + self.after(at - story.declared));
                let person = (hold == Hold::Start).then_some("me");
                let body = json!({ "title": name, "person": person, "due_at": due });
                (Method::POST, self.path("/work-items"), body)
            }
            (Hold::Offer | Hold::Accept | Hold::Decline | Hold::Withdraw, _) => {
                let body = story.said(&step.by, &in_words(step, hold, name));
                (Method::POST, self.path("/timeline"), json!({ "kind": Kind::Note, "body": body }))
            }
            (Hold::Finish, Some(id)) => (Method::PATCH, format!("work-items/{id}"), json!({ "state": "done" })),
            (Hold::Drop, Some(id)) => (Method::PATCH, format!("work-items/{id}"), json!({ "state": "dropped" })),
            (_, Some(id)) => (Method::PATCH, format!("work-items/{id}"), json!({ "person": me })),
            (_, None) => (Method::PUT, self.path(&format!("/roles/{name}")), json!({ "person": me })),
        }
    }

    /// What those outside are told. So much faster than it was, what was promised
    /// may be behind us before it arrives: then nothing is promised.
    pub(super) fn update(&self, story: &Story, step: &Step, update: &Update) -> Value {
        let texts = update.texts();
        let promised = step.due.filter(|due| self.after(*due - step.at) >= TimeDelta::minutes(1));
        json!({
            "audience": update.audience,
            "situation": texts.situation,
            "impact": texts.impact,
            "doing": texts.doing,
            "ruled_out": texts.ruled_out,
            "next_by": promised.map(|due| self.declared_at + self.after(due - story.declared)),
        })
    }

    /// What is asked of the server to say something of a theory.
    pub(super) fn theory(&self, told: &Told<String>, begins: &str, change: &Value) -> (Method, String, Value) {
        let seq = told.theory(begins).unwrap_or_default();
        (Method::PATCH, self.path(&format!("/theories/{seq}")), change.clone())
    }
}

/// An offer or its answer in words: "offers “Restore” to the Backend engineer: …".
pub fn in_words(step: &Step, hold: Hold, name: &str) -> String {
    let to = if hold == Hold::Offer { format!(" to the {}", step.to) } else { String::new() };
    let more: Vec<_> = [&*step.briefing, &*step.reason].into_iter().filter(|it| !it.is_empty()).collect();
    let more = if more.is_empty() { String::new() } else { format!(": {}", more.join(" ")) };
    format!("{} “{name}”{to}{more}", hold.did())
}

/// Keeps what the server calls what was made.
pub(super) fn remember(step: &Step, answer: &Value, told: &mut Told<String>) -> anyhow::Result<()> {
    match &step.what {
        What::Say(kind, text) => {
            let seq = answer["seq"].as_i64().context("the server does not say where the entry is")?;
            told.said(&step.by, (*kind, text), seq);
        }
        What::Hold(Hold::Add | Hold::Start, title) => {
            let id = answer["id"].as_str().context("the server does not say where the work is")?;
            told.work.insert(title.clone(), id.to_owned());
        }
        _ => {}
    }
    Ok(())
}
