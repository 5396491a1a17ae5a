//! The forms in which people are named: the full name, its parts, handle,
//! address.

use std::{
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

use uuid::Uuid;

use super::fold::Folded;

/// What somebody is called here, or was.
#[derive(Debug, Clone, Default)]
pub struct Called {
    /// Who.
    pub id: Uuid,
    /// As they write their name, now and before.
    pub names: Vec<String>,
    /// What follows the @ where they are mentioned.
    pub handles: Vec<String>,
    /// Their e-mail addresses.
    pub emails: Vec<String>,
}

/// When a form names somebody, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Wherever it stands as a word of its own.
    Always,
    /// With a capital letter or as a mention: otherwise it is an ordinary word.
    Capitalised,
    /// As a mention alone: it is a letter or a short number.
    Mentioned,
}

/// One form, and whom it names.
#[derive(Debug)]
pub struct Form {
    /// When.
    pub when: When,
    /// Whom it may mean, by their place in the list of people, each once.
    pub who: Vec<usize>,
    /// Whom it means after an @: it is their handle.
    pub handle_of: Vec<usize>,
}

/// All forms of these people, by the folded text.
pub fn of(people: &[Called]) -> BTreeMap<String, Form> {
    let mut forms = Forms::default();
    for (place, person) in people.iter().enumerate() {
        for name in &person.names {
            forms.name(place, name);
            // As it is typed where a keyboard has no such letters.
            if name.to_lowercase().contains(['ä', 'ö', 'ø', 'ü', 'å']) {
                forms.name(place, &spelled_out(name));
            }
            // And the other way: "Müller" where somebody wrote "Mueller".
            let short = spelled_short(name);
            if short != name.to_lowercase() {
                forms.name(place, &short);
            }
        }
        for handle in &person.handles {
            let form = forms.word(place, handle);
            if form.handle_of.last() != Some(&place) {
                form.handle_of.push(place);
            }
        }
        for email in &person.emails {
            forms.add(place, &folded(email), When::Always);
            if let Some((local, _)) = email.rsplit_once('@') {
                forms.word(place, local);
            }
        }
    }
    forms.0.remove("");
    forms.0
}

#[derive(Default)]
struct Forms(BTreeMap<String, Form>);

impl Forms {
    fn add(&mut self, place: usize, form: &str, when: When) -> &mut Form {
        let new = Form { when, who: Vec::new(), handle_of: Vec::new() };
        let form = self.0.entry(form.to_owned()).or_insert(new);
        form.when = form.when.min(when);
        if form.who.last() != Some(&place) {
            form.who.push(place);
        }
        form
    }

    /// A handle, or what stands before the @ of an address.
    fn word(&mut self, place: usize, word: &str) -> &mut Form {
        let word = folded(word);
        self.add(place, &word, when(&word))
    }

    /// A name, each of its parts, and what they are without anything between,
    /// from each part on: "ivovandijk" and "vandijk".
    fn name(&mut self, place: usize, name: &str) {
        let whole = folded(name);
        self.add(place, &whole, when(&whole).min(When::Capitalised));
        let words: Vec<&str> = name.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let pieces = word.split(|c: char| !c.is_alphanumeric() && !is_mark(c));
            for part in pieces.chain([word]).filter(|part| letters(part) > 1) {
                self.word(place, part);
            }
            self.together(place, word);
            self.together(place, &words[at..].concat());
        }
    }

    /// Too short a one would be found in what is no name.
    fn together(&mut self, place: usize, name: &str) {
        let together: String = folded(name).chars().filter(|c| c.is_alphanumeric() || is_mark(*c)).collect();
        if letters(&together) > 3 || !together.is_ascii() {
            self.add(place, &together, when(&together).min(When::Capitalised));
        }
    }
}

/// When a single word names somebody.
fn when(word: &str) -> When {
    if is_ordinary(word) {
        When::Capitalised
    } else if letters(word) < 2 || (word.len() < 5 && word.bytes().all(|it| it.is_ascii_digit())) {
        When::Mentioned
    } else {
        When::Always
    }
}

/// Whether a word is one of everybody's.
pub fn is_ordinary(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("words.txt").lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_ascii_whitespace).collect()
    });
    WORDS.contains(word)
}

fn folded(text: &str) -> String {
    Folded::of(text).text.trim().to_owned()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// With two letters where one has dots, a ring or a stroke.
fn spelled_out(name: &str) -> String {
    name.to_lowercase().replace('ä', "ae").replace(['ö', 'ø'], "oe").replace('ü', "ue").replace('å', "aa")
}

/// With one letter, as its dots, ring or stroke are left out of what is looked
/// in, where two stand for it.
fn spelled_short(name: &str) -> String {
    name.to_lowercase().replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")
}
