//! Excerpts: what somebody pastes of a chat, a log or their notes, read into
//! entries for them to look over. It is a guess, shown before anything is
//! written. Nothing is lost in it: every line that says something stands in
//! some row.

pub mod days;
pub mod line;
pub mod stamp;

use chrono::{DateTime, Utc};

pub use days::Calendar;
use line::{Known, Line};

use crate::terms::Kind;

/// What may become an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// When it happened, as far as the text says.
    pub when: When,
    /// What kind of entry it says it is.
    pub kind: Option<Kind>,
    /// Who said it, by the name that stands in the text.
    pub said: Option<String>,
    /// What it says.
    pub text: String,
    /// Where the name stood.
    name: Name,
}

/// Where the name of a speaker stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Name {
    /// Before the words, if anywhere.
    #[default]
    Beside,
    /// On a line of its own, as chats show it.
    Above,
    /// Further above: it is said once for all that its owner says in a row.
    FurtherAbove,
}

/// When a row happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum When {
    /// The text says it.
    Said(DateTime<Utc>),
    /// The text says a time that cannot be.
    Never(String),
    /// When the row before it happened: it says no time of its own.
    AsBefore(DateTime<Utc>),
    /// It says no time, and nothing stands before it.
    #[default]
    Unsaid,
}

impl When {
    /// The time, if there is one.
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Said(at) | Self::AsBefore(at) => Some(*at),
            Self::Never(_) | Self::Unsaid => None,
        }
    }
}

/// Reads an excerpt.
///
/// A line that says no time goes on with the line before it, unless it says
/// who speaks or what kind of entry it is: then it is one of its own, at the
/// time of the line before it.
pub fn read(text: &str, mut calendar: Calendar, known: Known<'_>) -> Vec<Row> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().collect();
    let read: Vec<Line<'_>> = lines.iter().map(|line| Line::read(line, known)).collect();
    let mut rows: Rows = Rows::default();
    let mut from = 0;
    while let Some(line) = read.get(from) {
        let above = from.checked_sub(1).map_or("", |above| lines[above]);
        from += 1;
        if lines[from - 1].trim().is_empty() {
            rows.gap = true;
            continue;
        }
        let next = read[from..].iter().zip(&lines[from..]).find(|(_, line)| !line.trim().is_empty());
        // A name, and below it the time.
        if let Some((time, raw)) =
            next.filter(|(next, _)| line.goes_on() && line.may_be_a_name && next.is_only_a_time())
            && (raw.starts_with(char::is_whitespace) || above.trim().is_empty())
        {
            rows.begin(&Line { said: Some(line.text.trim()), ..(*time).clone() }, &mut calendar);
            from += lines[from..].iter().position(|line| !line.trim().is_empty()).unwrap_or_default() + 1;
            continue;
        }
        // A time and a name, and below it what was said.
        let is_heading = line.may_be_a_name && line.time.is_some() && next.is_some_and(|(next, _)| next.goes_on());
        if is_heading {
            rows.begin(&Line { said: Some(line.text), text: "", ..line.clone() }, &mut calendar);
        } else if line.goes_on() || (line.time.is_none() && line.said.is_none() && rows.wants_words()) {
            rows.go_on(line);
        } else {
            rows.begin(line, &mut calendar);
        }
    }
    rows.finish()
}

#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    /// An empty line stood before this one.
    gap: bool,
}

impl Rows {
    fn begin(&mut self, line: &Line<'_>, calendar: &mut Calendar) {
        let before = self.rows.last();
        let when = match &line.time {
            Some(time) => calendar.place(time).map_or_else(When::Never, When::Said),
            None => before.and_then(|row| row.when.at()).map_or(When::Unsaid, When::AsBefore),
        };
        let above = before.filter(|row| row.name != Name::Beside && line.is_only_a_time());
        let (said, name) = match (line.said, above) {
            (Some(said), _) => (Some(said.to_owned()), if line.text.is_empty() { Name::Above } else { Name::Beside }),
            (None, Some(above)) => (above.said.clone(), Name::FurtherAbove),
            (None, None) => (None, Name::Beside),
        };
        self.gap = false;
        self.rows.push(Row { when, kind: line.kind, said, text: line.text.to_owned(), name });
    }

    /// Whether the last row has a time or a name, and no words yet.
    fn wants_words(&self) -> bool {
        self.rows.last().is_some_and(|row| row.when != When::Unsaid && row.text.is_empty())
    }

    fn go_on(&mut self, line: &Line<'_>) {
        let gap = std::mem::take(&mut self.gap);
        match self.rows.last_mut() {
            Some(row) if row.when != When::Unsaid && row.text.is_empty() => {
                line.text.trim_start().clone_into(&mut row.text);
                row.kind = row.kind.or(line.kind);
            }
            Some(row) if row.when != When::Unsaid => {
                row.text.push_str(if gap { "\n\n" } else { "\n" });
                row.text.push_str(if row.name == Name::Beside { line.text } else { line.text.trim_start() });
            }
            _ => self.rows.push(Row { text: line.text.trim_start().to_owned(), ..Row::default() }),
        }
    }

    /// A name without words was no name.
    fn finish(mut self) -> Vec<Row> {
        for row in self.rows.iter_mut().filter(|row| row.text.is_empty()) {
            let said = row.said.take();
            row.text = said.filter(|_| row.name == Name::Above).unwrap_or_default();
        }
        self.rows
    }
}

#[cfg(test)]
mod tests;
