//! The words of a text, and how much of what one says another says as well.

use std::collections::BTreeSet;

/// The words of a text that may say what it is about, each once.
pub struct Words(BTreeSet<String>);

/// Words that say nothing of what broke, or of what is asked.
const EMPTY: &[&str] = &[
    "and", "are", "but", "can", "for", "from", "has", "have", "into", "its", "not", "the", "that", "this", "was",
    "were", "with", "all", "some", "any", "our", "out", "of", "on", "in", "at", "is", "to", "by", "as", "an", "it",
    "no", "or", "we", "be", "been", "do", "does", "did", "how", "if", "there", "what", "when", "where", "which", "who",
    "why", "will", "would", "you", "your",
];

impl Words {
    /// Reads them.
    pub fn of(text: &str) -> Self {
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        Self(words.filter(|word| word.chars().count() > 1 && !EMPTY.contains(&word.as_str())).collect())
    }

    /// How many characters they have.
    fn length(&self) -> usize {
        self.0.iter().map(|word| word.chars().count()).sum()
    }
}

/// How many characters of one's words stand in the other as well.
pub fn shared(one: &Words, other: &Words) -> usize {
    let found = one.0.iter().filter(|word| other.0.iter().any(|it| is_form_of(word, it)));
    found.map(|word| word.chars().count()).sum()
}

/// Whether the other says enough of what one says: at least a third.
pub fn is_alike(one: &Words, other: &Words) -> bool {
    let shared = shared(one, other);
    shared >= 3 && shared * 3 >= one.length()
}

/// Whether one word is the other's beginning (`pay`, `payments`), or differs
/// only in its end (`failing`, `fails`).
fn is_form_of(one: &str, other: &str) -> bool {
    let shared = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let shorter = one.chars().count().min(other.chars().count());
    shared >= 3 && (shared == shorter || (shared >= 4 && shared + 2 >= shorter)) || one == other
}
