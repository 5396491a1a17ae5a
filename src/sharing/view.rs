//! The leadership view: what an incident looks like to those who do not work
//! on it. It is composed of what is written for them and of facts, never of the
//! timeline. A template gets nothing that has not passed the mask.

use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::facts::Facts;
use crate::{
    App,
    aliases::Aliases,
    incidents::Incident,
    response::held::Held,
    terms::{Audience, MomentName, SharedNames, Status},
    updates::{Texts, Update, Version, cadence::Promise, questions::Question},
    web::Failure,
};

/// What a link shows of an incident. Links that show the same share one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    /// The incident's number.
    pub incident: i64,
    /// How people appear.
    pub names: SharedNames,
    /// Whether readers may ask.
    pub may_ask: bool,
    /// Whether the summary may stand there until the first update.
    pub shows_summary: bool,
}

/// Lines of plain text, without a person's name.
type Lines = Vec<String>;

/// What is shown.
#[derive(Template)]
#[template(path = "sharing/_view.html")]
pub struct View {
    incident: Incident,
    /// What its severity is called, and what that means here.
    severity: (String, Lines),
    title: String,
    /// The summary, while there is no update and it may stand there.
    summary: Lines,
    began: Option<DateTime<Utc>>,
    mitigated: Option<DateTime<Utc>>,
    situation: Option<Told>,
    blocks: Vec<(&'static str, Option<Told>)>,
    promise: Option<Promise>,
    roles: Vec<Role>,
    updates: Vec<Written>,
    questions: Vec<Asked>,
    may_ask: bool,
    now: DateTime<Utc>,
}

/// What the last update to speak of it said.
struct Told {
    lines: Lines,
    at: DateTime<Utc>,
}

struct Role {
    label: String,
    /// Nobody holds it, or this person.
    holder: Option<String>,
}

/// An update as it stands, and what it said before.
struct Written {
    id: Uuid,
    audience: Audience,
    at: DateTime<Utc>,
    by: String,
    parts: Vec<(&'static str, Lines)>,
    is_no_news: bool,
    is_struck: bool,
    next_by: Option<DateTime<Utc>>,
    before: Vec<Before>,
}

/// What an update said before it was corrected.
struct Before {
    /// It was withdrawn, and has been restored since.
    strikes: bool,
    at: DateTime<Utc>,
    by: String,
    reason: Lines,
    parts: Vec<(&'static str, Lines)>,
}

struct Asked {
    id: Uuid,
    lines: Lines,
    at: DateTime<Utc>,
    /// How many others ask the same.
    others: i64,
    answer: Option<Answered>,
}

struct Answered {
    at: DateTime<Utc>,
    by: String,
    lines: Lines,
    update: Option<Uuid>,
}

/// A rendered view.
pub struct Shown {
    /// What the page is called.
    pub title: String,
    /// What it shows.
    pub html: String,
    /// People still respond.
    pub is_open: bool,
    /// The questions that wait for an answer, as they are shown.
    pub waiting: Vec<(Uuid, String)>,
}

/// Renders what a link shows of an incident.
pub async fn show(app: &App, look: Look) -> Result<Shown, Failure> {
    let facts = Facts::read(app, look.incident).await?;
    let mut aliases = Aliases::of(app, look.incident, look.names).await?;
    // Composed twice: first to see of whom it speaks, so that all have a label.
    let mut texts = Vec::new();
    View::of(&facts, look, &aliases, &mut |text| {
        texts.push(text.to_owned());
        String::new()
    });
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    aliases.prepare(app, &facts.people(), &texts).await?;
    let view = View::of(&facts, look, &aliases, &mut |text| aliases.text(text));
    let title = match view.incident.status {
        Status::Merged => "Handled together with another incident".to_owned(),
        status => format!("{}: {status}", view.title),
    };
    let waiting = view.questions.iter().filter(|it| it.answer.is_none()).map(|it| (it.id, it.lines.join(" ")));
    Ok(Shown {
        title,
        is_open: view.incident.status.is_open(),
        waiting: waiting.collect(),
        html: view.render().map_err(anyhow::Error::from)?,
    })
}

impl View {
    fn of(facts: &Facts, look: Look, aliases: &Aliases, mask: &mut impl FnMut(&str) -> String) -> Self {
        let incident = &facts.incident;
        let mut teller = Teller { facts, aliases, mask };
        // After a reopening, what was said before is no longer how it stands.
        let speaks = |it: &&Update| it.seq > facts.round_entry && !it.struck && !it.texts.is_no_news();
        let updates: Vec<&Update> = facts.updates.iter().filter(speaks).collect();
        let last =
            |of: fn(&Update) -> &str| updates.iter().find(|it| !of(it).is_empty()).map(|it| (of(it), it.written_at));
        let spoken = [
            ("Impact", last(|it| &it.texts.impact)),
            (if incident.status.is_open() { "What we are doing" } else { "What we did" }, last(|it| &it.texts.doing)),
            ("What we ruled out", last(|it| &it.texts.ruled_out)),
        ];
        let moment = |name| facts.moments.iter().find(|it| it.name == name).and_then(|it| it.at);
        let summary = if look.shows_summary && updates.is_empty() { incident.summary.as_str() } else { "" };
        Self {
            severity: ((teller.mask)(&facts.severity.name), teller.lines(&facts.severity.definition)),
            title: (teller.mask)(&incident.title),
            summary: teller.lines(summary),
            began: moment(MomentName::ImpactStarted),
            mitigated: moment(MomentName::Mitigated),
            situation: last(|it| &it.texts.situation).map(|told| teller.told(told)),
            blocks: spoken.map(|(block, told)| (block, told.map(|told| teller.told(told)))).into(),
            promise: facts.promise,
            roles: teller.roles(),
            updates: facts.updates.iter().map(|update| teller.update(update)).collect(),
            questions: facts.questions.iter().filter(|it| !it.is_redacted).map(|it| teller.question(it)).collect(),
            may_ask: look.may_ask && incident.status.is_open(),
            now: facts.now,
            // Whatever else of it is words is blanked: templates can't slip.
            incident: Incident {
                title: String::new(),
                summary: String::new(),
                services: Vec::new(),
                ..incident.clone()
            },
        }
    }
}

/// Tells facts to those outside.
struct Teller<'a, M> {
    facts: &'a Facts,
    aliases: &'a Aliases,
    mask: M,
}

impl<M: FnMut(&str) -> String> Teller<'_, M> {
    /// The lines of a text that say something. It is plain text: what looks like
    /// Markdown is meant as it stands.
    fn lines(&mut self, text: &str) -> Lines {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(|line| (self.mask)(line)).collect()
    }

    /// The lines of what a reader asks. Whom they name is "someone": a label
    /// would tell them who is who.
    fn asked(&self, text: &str) -> Lines {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(|line| self.aliases.anonymous(line)).collect()
    }

    fn told(&mut self, (text, at): (&str, DateTime<Utc>)) -> Told {
        Told { lines: self.lines(text), at }
    }

    fn roles(&mut self) -> Vec<Role> {
        let incident = &self.facts.incident;
        let shown = self.facts.roles.iter().filter(|held| held.holder.is_some() || held.is_missing(incident));
        let role = |held: &Held| Role {
            label: (self.mask)(&held.label),
            holder: held.holder.as_ref().map(|holder| self.aliases.person(holder.id)),
        };
        shown.map(role).collect()
    }

    fn update(&mut self, update: &Update) -> Written {
        Written {
            id: update.id,
            audience: update.audience,
            at: update.written_at,
            by: self.aliases.person_at(update.written_by.id, update.written_at),
            parts: if update.struck { Vec::new() } else { self.parts(&update.texts) },
            is_no_news: update.texts.is_no_news(),
            is_struck: update.struck,
            next_by: update.next_by,
            before: if update.struck {
                Vec::new()
            } else {
                update.corrections.iter().map(|it| self.before(it)).collect()
            },
        }
    }

    fn parts(&mut self, texts: &Texts) -> Vec<(&'static str, Lines)> {
        let parts = [
            ("Situation", &texts.situation),
            ("Impact", &texts.impact),
            ("What we are doing", &texts.doing),
            ("What we ruled out", &texts.ruled_out),
        ];
        parts.into_iter().map(|(part, text)| (part, self.lines(text))).filter(|(_, lines)| !lines.is_empty()).collect()
    }

    fn before(&mut self, version: &Version) -> Before {
        Before {
            strikes: version.strikes,
            at: version.corrected_at,
            by: self.aliases.person_at(version.corrected_by.id, version.corrected_at),
            reason: self.lines(&version.reason),
            parts: self.parts(&version.texts),
        }
    }

    fn question(&mut self, question: &Question) -> Asked {
        let answer = question.answer.as_ref().map(|answer| Answered {
            at: answer.at,
            by: self.aliases.person_at(answer.by.id, answer.at),
            lines: self.lines(&answer.reply),
            update: answer.update,
        });
        Asked {
            id: question.id,
            lines: self.asked(&question.body),
            at: question.asked_at,
            others: question.votes,
            answer,
        }
    }
}
