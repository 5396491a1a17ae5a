//! The words of an update that will not travel: what means nothing outside, or
//! is not to be told there. They are marked for whoever writes; nothing is
//! forbidden.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::aliases::Aliases;

/// A word that will not travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// What it is.
    pub what: &'static str,
}

/// A piece of a text, and what it is if it will not travel.
pub type Piece<'a> = (&'a str, Option<&'static str>);

/// Addresses and hosts. Of two that begin at one place, the one that is named first is meant.
static ADDRESSES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi)
        (?<url> \b [a-z][a-z0-9+.-]* :// [^\s<>“”]+ )
      | (?<ip> \b \d{1,3} (?: \.\d{1,3} ){3} \b (?: /\d{1,2}\b | :\d+\b )?
             | \b (?: [0-9a-f]{1,4} : ){3,7} [0-9a-f:]* [0-9a-f] \b
             | \b [0-9a-f]{1,4} (?: : [0-9a-f]{1,4} )* :: [0-9a-f:]* )
      | (?<host> \b (?: [a-z0-9] (?: [a-z0-9-]* [a-z0-9] )? \. )+ [a-z]{2,} \b (?: :\d+\b )?
               | \b [a-z][a-z0-9]* (?: -[a-z0-9]+ )* -\d{1,3}[a-z]? \b )",
    )
});

/// What looks like a host and is none: "SEV-1", "UTF-8", "tier-2".
const ORDINARY: &[&str] =
    &["sev", "utf", "iso", "sha", "tier", "level", "layer", "top", "phase", "step", "part", "day", "covid", "round"];
/// What looks like the name of a site and is none: "e.g", "node.js".
const ENDINGS: &[&str] =
    &["g", "js", "py", "rs", "md", "txt", "json", "yaml", "yml", "toml", "log", "sh", "go", "sql", "conf"];

#[expect(clippy::expect_used, reason = "the pattern is a constant, and every test reads it")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of ours")
}

/// The words of a text that will not travel, in order: people's names, hosts
/// and addresses. An address with a name in it is one word.
pub fn find(text: &str, aliases: &Aliases) -> Vec<Mark> {
    let names = aliases.marks(text).into_iter().map(|at| Mark { at, what: "name" });
    in_order(names.chain(addresses(text)))
}

/// Marks in their order; those that overlap become one, which is what the first of them is.
fn in_order(marks: impl Iterator<Item = Mark>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = marks.collect();
    marks.sort_by_key(|mark| (mark.at.start, std::cmp::Reverse(mark.at.end)));
    marks.dedup_by(|next, mark| {
        let overlap = next.at.start < mark.at.end;
        if overlap {
            mark.at.end = mark.at.end.max(next.at.end);
        }
        overlap
    });
    marks
}

fn addresses(text: &str) -> impl Iterator<Item = Mark> {
    let found = ADDRESSES.captures_iter(text).filter_map(|found| {
        let named = |name, what| found.name(name).map(|it| Mark { at: it.range(), what });
        named("url", "address").or_else(|| named("ip", "address")).or_else(|| named("host", "host"))
    });
    found.filter(|mark| mark.what != "host" || is_host(&text[mark.at.clone()]))
}

fn is_host(word: &str) -> bool {
    let word = word.to_lowercase();
    match (word.rsplit_once('.'), word.split_once('-')) {
        (Some((_, ending)), _) => !ENDINGS.contains(&ending),
        (None, Some((first, _))) => !ORDINARY.contains(&first),
        (None, None) => false,
    }
}

/// A text in pieces, those that will not travel by themselves.
pub fn pieces<'a>(text: &'a str, aliases: &Aliases) -> Vec<Piece<'a>> {
    cut(text, find(text, aliases))
}

fn cut(text: &str, marks: Vec<Mark>) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for mark in marks {
        pieces.push((&text[end..mark.at.start], None));
        pieces.push((&text[mark.at.clone()], Some(mark.what)));
        end = mark.at.end;
    }
    pieces.push((&text[end..], None));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// The words of a text that will not travel, each once, and what each is.
pub fn words<'a>(text: &'a str, aliases: &Aliases) -> Vec<(&'a str, &'static str)> {
    each_once(pieces(text, aliases))
}

fn each_once(pieces: Vec<Piece<'_>>) -> Vec<(&str, &'static str)> {
    let mut words = Vec::new();
    for (word, what) in pieces.into_iter().filter_map(|(word, what)| Some((word, what?))) {
        if !words.contains(&(word, what)) {
            words.push((word, what));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_and_addresses_are_marked_and_ordinary_words_are_not() {
        for (text, expected) in [
            ("We restarted db-3, then db-3 again.", vec!["db-3"]),
            ("payment-api-12 and kafka-broker-7 are slow", vec!["payment-api-12", "kafka-broker-7"]),
            ("10.0.0.12:5432 does not answer", vec!["10.0.0.12:5432"]),
            ("2001:db8:0:1::7 and fe80::1, too", vec!["2001:db8:0:1::7", "fe80::1"]),
            ("see https://grafana.internal/d/1?x=2 for it", vec!["https://grafana.internal/d/1?x=2"]),
            ("api.example.com is down. Checkout too.", vec!["api.example.com"]),
            ("db1.prod.svc.cluster.local:8080", vec!["db1.prod.svc.cluster.local:8080"]),
            ("It is a SEV-1 with UTF-8 and tier-2 at 14:05, 1.5 % e.g. in node.js", vec![]),
            ("From 03:07:15 on, error rate 31 %. We roll back.", vec![]),
            ("", vec![]),
        ] {
            let found = each_once(cut(text, addresses(text).collect())).into_iter();
            let found: Vec<_> = found.map(|(word, _)| word).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_overlaps_is_one_word() {
        let mark = |at, what| Mark { at, what };
        let found = in_order([mark(10..13, "name"), mark(0..3, "name"), mark(8..20, "address")].into_iter());
        assert_eq!(found, [mark(0..3, "name"), mark(8..20, "address")]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "([a-z0-9:./ -]|\\PC){0,60}") {
            let pieces = cut(&text, addresses(&text).collect());
            prop_assert_eq!(pieces.into_iter().map(|(piece, _)| piece).collect::<String>(), text);
        }
    }
}
