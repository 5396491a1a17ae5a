//! The form of an import: the excerpt, and the rows that were read in it, as
//! they stand after somebody looked them over.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::{
    incidents::Incident,
    people::Person,
    room::excerpt::{self, Calendar, When},
    terms::{Kind, Source},
    timeline::{Key, MAX_BODY, New, key::fresh},
    web::form::{self, Errors},
};

/// How many entries are written at once, at most.
pub const MOST: usize = 500;
/// How much is read at once, in bytes.
const LONGEST: usize = 200_000;

/// The form as it was sent.
#[derive(Default)]
pub struct ImportForm {
    /// Its client key.
    pub key: String,
    /// What is to be done: read the text, check the rows, write them.
    pub step: String,
    /// The excerpt.
    pub text: String,
    /// The day of times without one.
    pub day: String,
    /// The zone of times without one.
    pub time_zone: String,
    /// What was read, by number.
    pub rows: BTreeMap<usize, Row>,
}

/// A row as it stands in the form.
#[derive(Default)]
pub struct Row {
    /// It is to be written.
    pub keep: bool,
    /// When it happened.
    pub time: String,
    /// The word of its kind.
    pub kind: String,
    /// Who said it, as the text says.
    pub said: String,
    /// What happened.
    pub text: String,
    /// It has the time of the row before it.
    pub as_before: bool,
}

impl Row {
    /// Whether it is of a kind. Templates call it.
    pub fn is(&self, kind: &Kind) -> bool {
        self.kind == kind.word()
    }
}

impl From<Vec<(String, String)>> for ImportForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "key" => form.key = value,
                "step" => form.step = value,
                "text" => form.text = value,
                "day" => form.day = value,
                "time_zone" => form.time_zone = value,
                name => form.set_in_row(name, value),
            }
        }
        form
    }
}

impl ImportForm {
    /// An empty one: times are the person's, and of the day on which the
    /// incident was declared.
    pub fn blank(incident: &Incident, person: &Person) -> Self {
        let day = incident.declared_at.with_timezone(&person.zone()).date_naive();
        Self { key: fresh(), day: day.to_string(), time_zone: person.zone().name().into(), ..Self::default() }
    }

    fn set_in_row(&mut self, name: &str, value: String) {
        let Some((name, number)) = name.split_once('.').and_then(|(name, row)| Some((name, row.parse().ok()?))) else {
            return;
        };
        let row = self.rows.entry(number).or_default();
        match name {
            "keep" => row.keep = true,
            "time" => row.time = value,
            "kind" => row.kind = value,
            "said" => row.said = value,
            "text" => row.text = value,
            _ => {}
        }
    }

    /// How the times in it are read.
    ///
    /// Errors are messages beside the fields `day` and `time_zone`.
    pub fn calendar(&self, incident: &Incident, person: &Person, now: DateTime<Utc>) -> Result<Calendar, Errors> {
        let mut errors = Errors::default();
        let zone = match self.time_zone.trim() {
            "" => Ok(person.zone()),
            name => name.parse::<Tz>(),
        };
        let zone = zone.map_err(|_| "Please choose a zone from the list, such as Europe/Berlin.".to_owned());
        let zone = errors.take("time_zone", zone);
        let day = match self.day.trim() {
            "" => Ok(incident.declared_at.with_timezone(&zone.unwrap_or_default()).date_naive()),
            day => day.parse::<NaiveDate>().map_err(|_| "Please write a day as 2026-11-22.".to_owned()),
        };
        match (zone, errors.take("day", day)) {
            (Some(zone), Some(day)) => Ok(Calendar { zone, day, now, last: None }),
            _ => Err(errors),
        }
    }

    /// Reads the excerpt into rows.
    ///
    /// Errors are messages beside the field `text`.
    pub fn read(&mut self, calendar: &Calendar, people: &[Person], me: &Person) -> Result<(), Errors> {
        if self.text.len() > LONGEST {
            let kilobytes = self.text.len() / 1000;
            return Err(Errors::one("text", format!("This is {kilobytes} kB; 200 fit at once. Paste it in parts.")));
        }
        let known = |name: &str| who(name, people).is_some();
        let rows = excerpt::read(&self.text, calendar.clone(), &known);
        let rows: Vec<Row> = rows.into_iter().map(|row| Row::of(row, calendar, people, me)).collect();
        if rows.is_empty() {
            return Err(Errors::one("text", "Please paste some lines."));
        }
        if rows.len() > MOST {
            let count = rows.len();
            return Err(Errors::one(
                "text",
                format!("This makes {count} entries; {MOST} fit at once. Paste it in parts."),
            ));
        }
        self.rows = rows.into_iter().enumerate().collect();
        Ok(())
    }

    /// The entries that the rows say, and what is wrong with them: messages
    /// beside `time.0`, `kind.0`, `text.0` and so on.
    pub fn check(&self, calendar: &mut Calendar, by: &Person) -> (Vec<New>, Errors) {
        let (mut entries, mut errors) = (Vec::new(), Errors::default());
        for (number, row) in &self.rows {
            let at = calendar.read(&row.time).map_err(|why| match row.time.trim() {
                "" => "When did this happen? The line says no time.".to_owned(),
                _ => why,
            });
            if !row.keep {
                continue;
            }
            let at = errors.take(format!("time.{number}"), at);
            let kind = row.kind.parse().ok().filter(|kind: &Kind| kind.is_typed());
            let kind = errors.take(format!("kind.{number}"), kind.ok_or_else(|| "One of the kinds.".to_owned()));
            let text = errors.take(format!("text.{number}"), form::text(&row.text, MAX_BODY));
            if let (Some(at), Some(kind), Some(text)) = (at, kind, text) {
                entries.push(New { source: Source::Import, ..New::by(by, kind, text).at(at) });
            }
        }
        (entries, errors)
    }

    /// The key of this write.
    pub fn key(&self, incident: &Incident, by: &Person) -> Option<Key> {
        let path = incident.path();
        let mut what = vec![&*path, "import", &self.day, &self.time_zone];
        for row in self.rows.values().filter(|row| row.keep) {
            what.extend([&*row.time, &row.kind, &row.text]);
        }
        Key::new(by, &self.key, &what)
    }

    /// How many rows are to be written. Templates call it.
    pub fn kept(&self) -> usize {
        self.rows.values().filter(|row| row.keep).count()
    }
}

impl Row {
    fn of(row: excerpt::Row, calendar: &Calendar, people: &[Person], me: &Person) -> Self {
        let time = match &row.when {
            When::Said(at) | When::AsBefore(at) => calendar.written(*at),
            When::Never(text) => text.clone(),
            When::Unsaid => String::new(),
        };
        let speaker = row.said.as_deref().and_then(|name| who(name, people));
        let said = speaker.map(|person| person.name.clone()).or(row.said).unwrap_or_default();
        let text = match speaker {
            _ if said.is_empty() => row.text,
            // Whoever imports is the author anyway.
            Some(person) if person.id == me.id => row.text,
            _ => format!("**{}:** {}", plain(&said), row.text),
        };
        Self {
            // Lines of dashes and the like are no entries.
            keep: text.chars().any(char::is_alphanumeric),
            time,
            kind: row.kind.unwrap_or(Kind::Note).word().into(),
            said,
            text,
            as_before: matches!(row.when, When::AsBefore(_)),
        }
    }
}

/// The one person who has this name, handle or e-mail address.
fn who<'a>(name: &str, people: &'a [Person]) -> Option<&'a Person> {
    let name = name.trim_start_matches('@').to_lowercase();
    let mut called = people.iter().filter(|it| it.name.to_lowercase() == name || it.handle == name || it.email == name);
    called.next().filter(|_| called.next().is_none())
}

/// A name as Markdown shows it as it is.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        if "*_`\\[]<&~".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}
