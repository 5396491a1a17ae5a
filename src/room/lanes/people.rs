//! The people of an incident: whoever wrote, or held something.

use uuid::Uuid;

use super::story::{Story, Term, Thing};
use crate::timeline::Entry;

/// Somebody, what they held and what they wrote.
pub struct Somebody<'a> {
    id: Uuid,
    /// Their name.
    pub name: &'a str,
    /// What they held, and when.
    pub held: Vec<(&'a Thing, &'a Term)>,
    /// What they typed, as it happened.
    pub wrote: Vec<&'a Entry>,
}

/// Everybody, in the order in which they come into the story.
pub fn of(story: &Story) -> Vec<Somebody<'_>> {
    let mut all: Vec<Somebody<'_>> = Vec::new();
    for entry in &story.entries {
        if let Some(author) = &entry.author {
            one(&mut all, author.id, &author.name).wrote.push(entry);
        }
    }
    for thing in story.things() {
        for term in &thing.terms {
            if let Some((id, name)) = &term.person {
                one(&mut all, *id, name).held.push((thing, term));
            }
        }
    }
    all.sort_by_key(|person| {
        let wrote = person.wrote.first().map(|entry| entry.happened_at());
        person.held.iter().map(|(_, term)| term.since).chain(wrote).min()
    });
    all
}

fn one<'s, 'a>(all: &'s mut Vec<Somebody<'a>>, id: Uuid, name: &'a str) -> &'s mut Somebody<'a> {
    let at = all.iter().position(|person| person.id == id).unwrap_or_else(|| {
        all.push(Somebody { id, name, held: Vec::new(), wrote: Vec::new() });
        all.len() - 1
    });
    &mut all[at]
}
