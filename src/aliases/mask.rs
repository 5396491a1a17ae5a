//! Where people are named in a text. What is found is never less than what
//! names somebody: rather a word too many.

use std::{cmp::Reverse, ops::Range};

use aho_corasick::{AhoCorasick, Match};
use uuid::Uuid;

use super::{
    fold::Folded,
    forms::{self, Called, Form, When},
};

/// Finds the names of some people in any text.
pub struct Mask {
    finder: AhoCorasick,
    forms: Vec<Form>,
    people: Vec<Uuid>,
}

/// A place in a text where somebody is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where, with the @ of a mention.
    pub range: Range<usize>,
    /// Who; `None` if it may be more than one.
    pub who: Option<Uuid>,
}

/// A part of a folded text that names one of these.
struct Run {
    part: Range<usize>,
    who: Vec<usize>,
    /// It does by itself. Otherwise it may be an ordinary word, unless more of
    /// the same name stands beside it: "van Dijk".
    sure: bool,
}

impl Mask {
    /// A mask over these people.
    pub fn over(people: &[Called]) -> Self {
        let (texts, forms): (Vec<_>, Vec<_>) = forms::of(people).into_iter().unzip();
        #[expect(clippy::expect_used, reason = "it fails past two thousand million names")]
        let finder = AhoCorasick::new(texts).expect("that many people are not here");
        Self { finder, forms, people: people.iter().map(|it| it.id).collect() }
    }

    /// Where people are named in a text, in order.
    pub fn named_in(&self, text: &str) -> Vec<Named> {
        let folded = Folded::of(text);
        let found = self.finder.find_overlapping_iter(&folded.text);
        let mut found: Vec<Run> = found.filter_map(|found| self.judged(&folded, found)).collect();
        found.sort_by_key(|run| (run.part.start, Reverse(run.part.end)));
        let mut runs: Vec<Run> = Vec::new();
        for run in found {
            match runs.last_mut() {
                Some(last) if run.part.start < last.part.end => last.meet(run),
                Some(last) if last.goes_on_in(&run, &folded, text) => last.take_in(&run),
                _ => runs.push(run),
            }
        }
        let named = |run: Run| Named { range: folded.stood(run.part), who: self.only(&run.who) };
        runs.into_iter().filter(|run| run.sure).map(named).collect()
    }

    /// The text with something else in place of every name.
    pub fn replaced(&self, text: &str, by: impl Fn(Option<Uuid>) -> String) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut from = 0;
        for Named { range, who } in self.named_in(text) {
            masked.push_str(&text[from..range.start]);
            masked.push_str(&by(who));
            from = range.end;
        }
        masked.push_str(&text[from..]);
        masked
    }

    fn only(&self, who: &[usize]) -> Option<Uuid> {
        if let [only] = who { self.people.get(*only).copied() } else { None }
    }

    /// What is found, if it is a word of its own and may mean somebody where it stands.
    fn judged(&self, folded: &Folded, found: Match) -> Option<Run> {
        let form = &self.forms[found.pattern()];
        let (before, after) = (&folded.text[..found.start()], &folded.text[found.end()..]);
        let whole = folded.parts(found.start()) && folded.parts(found.end());
        // The rest of "don't" and "won't".
        let denies =
            after.starts_with("'t") && folded.parts(found.end() + 2) && DENIED.contains(&&folded.text[found.range()]);
        if !whole || denies {
            return None;
        }
        let mentioned = before.strip_suffix('@').is_some_and(|it| !it.ends_with(char::is_alphanumeric));
        let addressed = before.ends_with('@') || after.starts_with('@') || HOMES.iter().any(|it| before.ends_with(it));
        let sure = match form.when {
            When::Always => true,
            When::Capitalised => addressed || folded.is_capitalised(found.range()),
            When::Mentioned => addressed,
        };
        let who = if mentioned && !form.handle_of.is_empty() { &form.handle_of } else { &form.who };
        let part = found.start() - usize::from(mentioned)..found.end();
        (sure || form.when == When::Capitalised).then(|| Run { part, who: who.clone(), sure })
    }
}

impl Run {
    fn shares(&self, next: &Self) -> bool {
        self.who.iter().any(|it| next.who.contains(it))
    }

    /// Whether the next one stands beside it and may be more of the same name.
    fn goes_on_in(&self, next: &Self, folded: &Folded, text: &str) -> bool {
        let gap = self.part.end..next.part.start;
        let beside = ["", " ", "-", ".", "_", "+"].contains(&&folded.text[gap.clone()]);
        beside && self.shares(next) && !folded.breaks(gap, text)
    }

    /// The next one overlaps it: the longer one decides who is meant, and no
    /// part of either is left.
    fn meet(&mut self, next: Self) {
        match (self.sure, next.sure) {
            (false, true) if !self.shares(&next) => *self = next,
            (true, false) if !self.shares(&next) => {}
            (true, _) if next.part.end <= self.part.end => {}
            _ => self.take_in(&next),
        }
    }

    fn take_in(&mut self, next: &Self) {
        self.part.end = self.part.end.max(next.part.end);
        self.who.retain(|it| next.who.contains(it));
        self.sure |= next.sure;
    }
}

/// After these stands who somebody is to a machine.
const HOMES: &[&str] = &["~", "/home/", "/users/", "\\users\\"];

/// What "'t" makes another word of. After any other name that name counts.
const DENIED: &[&str] = &["ain", "aren", "can", "don", "haven", "isn", "shan", "won"];

#[cfg(test)]
mod tests;
