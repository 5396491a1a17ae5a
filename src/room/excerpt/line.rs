//! One line of an excerpt: a time, who said it, what kind of entry it is, and
//! the rest. Chats, logs and people's notes each have shapes of their own.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::stamp::{Day, Stamp, pattern};
use crate::{room::command, terms::Kind, web::time};

/// A line, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The time that stands in it.
    pub time: Option<Time<'a>>,
    /// Who said it, by the name that stands in it.
    pub said: Option<&'a str>,
    /// What kind of entry it says it is.
    pub kind: Option<Kind>,
    /// The rest.
    pub text: &'a str,
    /// The text may be the name of whoever says what comes in the next lines.
    pub may_be_a_name: bool,
}

/// The time of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Time<'a> {
    /// As chats and logs write it.
    Stamp(Stamp),
    /// As the composer takes it: `-10m`.
    Typed(&'a str),
}

/// At the start, perhaps in brackets, perhaps behind the mark of a list.
static AT_START: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*(?<mark>(?:[-*•·|>]|\d{1,3}[.)])\s+)?(?<open>[\[(*_`]{0,3})STAMP"));

/// At the end, behind a name: `Ana Lindqvist  10:32 AM`, `Ana — Today at 14:05`,
/// `Ana, [31.01.2017 17:20]`; in brackets a text may follow.
static BEHIND_A_NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(?<name>\S.{0,59}?)(?<gap>\s+[—–-]\s+|,\s*|\s+)(?<open>[\[(])?STAMP[\])]?(?::\s+(?<text>\S.*))?\s*$")
});

/// Within: access logs, JSON, `time=…`. The whole line is the text.
static WITHIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:\[|(?:^|[\s{,"])@?(?:time|ts|timestamp)"?\s*[:=]\s*"?)STAMP"#));

/// `E1122 14:05:33.123 …`, as Kubernetes logs. The whole line is the text.
static OF_KUBERNETES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[IWEF](?<month>\d\d)(?<of_month>\d\d)\s+STAMP"));

/// `09:00–09:30 …`: the time is the first, and all of it is the text.
static A_SPAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*[-–—]\s*\d{1,2}:\d{2}"));

/// `From Ana Lindqvist to Everyone: …`
static TO_EVERYONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^From\s+(?<name>\S.*?)\s+to\s+[^:]+:\s*(?<text>.*)$"));

/// `<@ana> …`
static IN_ANGLES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^<[@+%&~ ]?(?<name>[^\s<>]{1,40})>\s+(?<text>\S.*)$"));

/// `Ana Lindqvist: …`
static BEFORE_A_COLON: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?<name>[^\s:][^:]{0,59}):\s+(?<text>\S.*)$"));

/// `effect: …`, `[effect] …`
static OF_A_KIND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\[(?<marked>[A-Za-z]+)\]\s*:?|(?<word>[A-Za-z]+)\s*:)\s+(?<text>\S.*)$"));

/// What logs call the gravity of a line: nobody's name.
const LEVELS: &[&str] = &[
    "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "crit", "critical", "fatal", "panic",
    "alert", "emerg", "log", "http", "https",
];

/// Whose names are known here.
pub type Known<'k> = &'k dyn Fn(&str) -> bool;

impl<'a> Line<'a> {
    /// Takes a line apart. What is not understood is text.
    pub fn read(line: &'a str, known: Known<'_>) -> Self {
        let line = line.trim_end();
        if line.is_empty() {
            return Self::default();
        }
        begins_with_a_time(line, known)
            .or_else(|| behind_a_name(line, known))
            .or_else(|| within(line))
            .or_else(|| as_typed(line))
            .unwrap_or_else(|| without_a_time(line, known))
    }

    /// Whether it says nothing but a time.
    pub fn is_only_a_time(&self) -> bool {
        self.time.is_some() && self.said.is_none() && self.text.is_empty()
    }

    /// Whether it may go on with what stood before it.
    pub fn goes_on(&self) -> bool {
        self.time.is_none() && self.said.is_none() && self.kind.is_none()
    }

    /// The same, what it says of its kind read.
    #[must_use]
    pub fn of_kind(self) -> Self {
        match split_kind(self.text) {
            Some((kind, text)) if self.kind.is_none() => Self { kind: Some(kind), text, ..self },
            _ => self,
        }
    }
}

fn begins_with_a_time<'a>(line: &'a str, known: Known<'_>) -> Option<Line<'a>> {
    let found = AT_START.captures(line)?;
    let (stamp, after) = Stamp::of(&found, &line[found[0].len()..])?;
    let open = found.name("open")?;
    let in_brackets = open.as_str().contains(['[', '(']);
    let after = if in_brackets { after.strip_prefix([']', ')'])? } else { after };
    let after = if open.is_empty() { after } else { without_stars(after) };
    if !in_brackets && !after.is_empty() && !after.starts_with(|c: char| c.is_whitespace() || ",;:-–—|".contains(c))
    {
        return None;
    }
    let (separator, rest) = split_separator(after);
    let rest = if A_SPAN.is_match(after) { &line[open.end()..] } else { rest };
    let in_table = found.name("mark").is_some_and(|mark| mark.as_str().contains('|'));
    let rest = if in_table { rest.strip_suffix('|').unwrap_or(rest).trim_end() } else { rest };
    let of_a_chat = !stamp.by_machine && (in_brackets || (stamp.day.is_some() && separator == Some('-')));
    let line = by_somebody(rest, of_a_chat, known);
    let may_be_a_name =
        in_brackets && line.said.is_none() && line.kind.is_none() && (is_a_name(rest, true) || known(rest));
    Some(Line { time: Some(Time::Stamp(stamp)), may_be_a_name, ..line })
}

/// `**14:05:** …`
fn without_stars(after: &str) -> &str {
    let stars = |c: char| "*_`".contains(c);
    match after.strip_prefix(':') {
        Some(rest) if rest.starts_with(stars) => rest.trim_start_matches(stars),
        _ => after.trim_start_matches(stars),
    }
}

/// What stands between a time and what happened then.
fn split_separator(after: &str) -> (Option<char>, &str) {
    let rest = after.trim_start();
    let Some(first) = rest.chars().next().filter(|first| "-–—|:;,>".contains(*first)) else {
        return (None, rest);
    };
    let behind = &rest[first.len_utf8()..];
    if behind.is_empty() || behind.starts_with(char::is_whitespace) {
        (Some(first), behind.trim_start())
    } else {
        (None, rest)
    }
}

/// Who said it, of what kind it is, and the rest.
fn by_somebody<'a>(text: &'a str, of_a_chat: bool, known: Known<'_>) -> Line<'a> {
    let whole = Line { text, ..Line::default() };
    if split_kind(text).is_some() {
        return whole.of_kind();
    }
    let told = TO_EVERYONE.captures(text).or_else(|| IN_ANGLES.captures(text));
    let told = told.or_else(|| BEFORE_A_COLON.captures(text).filter(|it| is_a_speaker(&it["name"], of_a_chat, known)));
    match told.as_ref().and_then(part("name")).zip(told.as_ref().and_then(part("text"))) {
        Some((name, text)) => Line { said: Some(name), text, ..Line::default() }.of_kind(),
        None => whole,
    }
}

fn is_a_speaker(name: &str, of_a_chat: bool, known: Known<'_>) -> bool {
    let in_a_chat = || !LEVELS.contains(&&*name.to_lowercase()) && is_a_name(name, name.contains(' '));
    known(name) || (of_a_chat && in_a_chat())
}

fn behind_a_name<'a>(line: &'a str, known: Known<'_>) -> Option<Line<'a>> {
    let found = BEHIND_A_NAME.captures(line)?;
    let name = part("name")(&found)?;
    let (stamp, _) = Stamp::of(&found, "")?;
    let text = found.name("text").map_or("", |text| text.as_str());
    let gap = &found["gap"];
    let wide = gap.chars().count() > 1 || gap.contains([',', '\t', '\u{a0}']);
    // `until 14:05` and `restarted db-3 (14:05)` are sentences and no names.
    let told = match (found.name("open"), text.is_empty()) {
        (Some(_), false) => is_a_name(name, false),
        (None, true) if wide => is_a_name(name, false),
        (None, true) => is_a_name(name, true) && (stamp.in_halves || name.contains(' ')),
        (Some(_), true) => is_a_name(name, !gap.contains(',')) && (gap.contains(',') || name.contains(' ')),
        (None, false) => false,
    };
    (told || known(name))
        .then_some(Line { time: Some(Time::Stamp(stamp)), said: Some(name), text, ..Line::default() }.of_kind())
}

fn within(line: &str) -> Option<Line<'_>> {
    let text = line.trim_start();
    let line = |stamp| Line { time: Some(Time::Stamp(stamp)), text, ..Line::default() };
    if let Some(found) = OF_KUBERNETES.captures(text) {
        let number = |name: &str| found[name].parse().ok();
        let (stamp, _) = Stamp::of(&found, "")?;
        return Some(line(Stamp { day: Some(Day::of_month(number("month")?, number("of_month")?)?), ..stamp }));
    }
    let found = WITHIN.captures(text)?;
    let (stamp, _) = Stamp::of(&found, &text[found.get(0)?.end()..])?;
    stamp.day.is_some().then(|| line(stamp))
}

/// `-10m saw it`, as the composer takes it.
fn as_typed(line: &str) -> Option<Line<'_>> {
    let (at, text) = time::split_prefix(line.trim_start()).filter(|(at, _)| at.starts_with(['-', '−']))?;
    Some(Line { time: Some(Time::Typed(at)), text, ..Line::default() }.of_kind())
}

fn without_a_time<'a>(line: &'a str, known: Known<'_>) -> Line<'a> {
    let text = line.trim_start();
    if let Some((kind, rest)) = split_kind(text) {
        // `/effect 14:05 slower`
        let inner = begins_with_a_time(rest, known).or_else(|| as_typed(rest)).filter(|inner| inner.kind.is_none());
        return Line { kind: Some(kind), ..inner.unwrap_or(Line { text: rest, ..Line::default() }) };
    }
    match IN_ANGLES.captures(text) {
        Some(found) => {
            Line { said: part("name")(&found), text: part("text")(&found).unwrap_or_default(), ..Line::default() }
                .of_kind()
        }
        None => Line { text: line, may_be_a_name: is_a_name(text, true) || known(text), ..Line::default() },
    }
}

fn split_kind(text: &str) -> Option<(Kind, &str)> {
    if let Some(rest) = text.strip_prefix('/') {
        let (word, rest) = rest.split_once(char::is_whitespace)?;
        return Some((command::kind(word)?, rest.trim_start())).filter(|(_, rest)| !rest.is_empty());
    }
    let found = OF_A_KIND.captures(text)?;
    let word = part("marked")(&found).or_else(|| part("word")(&found))?;
    Some((command::kind(word)?, part("text")(&found)?))
}

/// A part of a match, by name, for as long as the text lives.
fn part<'a>(name: &'static str) -> impl Fn(&Captures<'a>) -> Option<&'a str> {
    move |found| found.name(name).map(|it| it.as_str())
}

/// Whether it looks like somebody's name; strictly, with capitals.
fn is_a_name(text: &str, strictly: bool) -> bool {
    let inside = |c: char| c.is_alphanumeric() || !c.is_ascii() || ".'_-@()&/:".contains(c);
    let begins = |word: &str| match word.chars().next() {
        Some(first) if strictly => (first.is_alphabetic() && !first.is_lowercase()) || ":(@".contains(first),
        Some(first) => first.is_alphabetic() || ":(@".contains(first),
        None => false,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=5).contains(&words.len())
        && text.chars().count() <= 60
        && !text.ends_with(':')
        && words.iter().all(|word| begins(word) && word.chars().all(inside))
}
