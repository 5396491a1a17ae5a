//! People as roles, for readers outside. Who is meant stays told apart within
//! an incident ("Engineer 2"), and who they are is not said: not as an author,
//! not as a holder, and not in anything that was written.

mod fold;
mod forms;
mod mask;
mod store;

use std::{collections::HashMap, ops::Range};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::mask::Mask;
use crate::{
    App,
    response::held::{self, Term},
    terms::SharedNames,
};

/// What stands for somebody who may be more than one, or has no label yet.
const SOMEONE: &str = "someone";

/// How people appear in one incident to readers outside.
pub struct Aliases {
    incident: i64,
    people: HashMap<Uuid, String>,
    /// What is masked, unless people appear by name.
    mask: Option<Mask>,
    labels: HashMap<Uuid, i32>,
    terms: Vec<Term>,
}

impl Aliases {
    /// All people of the instance, and the labels that this incident has given.
    pub async fn of(app: &App, incident: i64, names: SharedNames) -> sqlx::Result<Self> {
        let mut db = app.db.acquire().await?;
        let everybody = store::everybody(&mut db).await?;
        Ok(Self {
            incident,
            people: everybody.iter().map(|it| (it.id, it.names[0].clone())).collect(),
            mask: (names == SharedNames::Roles).then(|| Mask::over(&everybody)),
            labels: store::labels(&mut db, incident).await?,
            terms: held::history(&mut *db, incident).await?,
        })
    }

    /// Gives a label to each of these people, and then to whoever is named in
    /// these texts, who has none yet. To be called with all that is shown
    /// before any of it is: who has no label is "someone".
    pub async fn prepare(&mut self, app: &App, people: &[Uuid], texts: &[&str]) -> sqlx::Result<()> {
        let Some(mask) = &self.mask else { return Ok(()) };
        let named = texts.iter().flat_map(|text| mask.named_in(text)).filter_map(|named| named.who);
        let mut wanted: Vec<Uuid> = Vec::new();
        for person in people.iter().copied().filter(|it| self.people.contains_key(it)).chain(named) {
            if !self.labels.contains_key(&person) && !wanted.contains(&person) {
                wanted.push(person);
            }
        }
        if !wanted.is_empty() {
            self.labels = store::give(&app.db, self.incident, &wanted).await?;
        }
        Ok(())
    }

    /// A plain text as it may be read outside.
    pub fn text(&self, text: &str) -> String {
        match &self.mask {
            Some(mask) => mask.replaced(text, |who| who.map_or_else(|| SOMEONE.to_owned(), |it| self.person(it))),
            None => text.to_owned(),
        }
    }

    /// The text with "someone" in place of every name: where labels would tell
    /// who is who, as in what readers ask themselves. Unchanged
    /// where people appear by name.
    pub fn anonymous(&self, text: &str) -> String {
        match &self.mask {
            Some(mask) => mask.replaced(text, |_| SOMEONE.to_owned()),
            None => text.to_owned(),
        }
    }

    /// Somebody: "Engineer 2", or by name.
    pub fn person(&self, person: Uuid) -> String {
        let shown = match self.mask {
            Some(_) => self.labels.get(&person).map(|number| format!("Engineer {number}")),
            None => self.people.get(&person).cloned(),
        };
        shown.unwrap_or_else(|| SOMEONE.to_owned())
    }

    /// Somebody with the roles that they held at a time: "Engineer 2,
    /// communications lead".
    pub fn person_at(&self, person: Uuid, at: DateTime<Utc>) -> String {
        let held = self
            .terms
            .iter()
            .rev()
            .filter(|term| term.person == person && term.since <= at && term.until.is_none_or(|until| at < until));
        let roles: Vec<String> = held.map(|term| self.text(&inside_a_sentence(&term.label))).collect();
        let who = self.person(person);
        if roles.is_empty() { who } else { format!("{who}, {}", roles.join(" and ")) }
    }

    /// Where people are named in a text, for whoever writes it: this does not
    /// travel. Nothing where people appear by name.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let named = self.mask.iter().flat_map(|mask| mask.named_in(text));
        named.map(|named| named.range).collect()
    }
}

/// A label as it reads after a comma: "communications lead", and "SRE lead" as it is.
fn inside_a_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match letters.next() {
        Some(first) if letters.clone().next().is_none_or(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => label.to_owned(),
    }
}
