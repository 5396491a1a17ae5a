//! Writes a story as it was typed: through the functions that people's forms
//! call, every entry recorded at its own minute.

mod things;

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use uuid::Uuid;

use super::stories::{Step, Story, Told, What};
use crate::{
    App,
    incidents::{
        details::{self, Edits},
        entries,
        links::{self, NewLink},
        moments::{self, Moment},
        severity,
        status::{self, StatusChange},
        store::{self, Declaration},
    },
    people::Person,
    terms::{Kind, Role},
    timeline::{
        New, NotWritten,
        corrections::{self, Change},
    },
    web::{Failure, form::Edit},
};

/// A story as it is being told: declared, and about to go on.
pub struct Telling<'a> {
    app: &'a App,
    story: &'a Story,
    cast: HashMap<&'a str, &'a Person>,
    number: i64,
    /// How much later than in the story everything happens.
    later: Duration,
}

impl<'a> Telling<'a> {
    /// The number of the incident.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Declares the incident. The rest of the story is told by [`Self::go_on`].
    pub async fn begin(app: &'a App, people: &'a [Person], story: &'a Story, later: Duration) -> anyhow::Result<Self> {
        let mut telling = Self { app, story, cast: cast(story, people), number: 0, later };
        let declaration = Declaration {
            title: story.title.clone(),
            severity: story.severity,
            summary: story.summary_told("A re-telling"),
            services: story.services.clone(),
            ..Declaration::default()
        };
        telling.number = telling.declare(declaration).await.map_err(|why| failed(story, &why))?;
        Ok(telling)
    }

    /// Tells what happened then.
    pub async fn go_on(&self) -> anyhow::Result<()> {
        self.tell().await.map_err(|why| failed(self.story, &why))
    }

    async fn declare(&self, declaration: Declaration) -> Result<i64, NotWritten> {
        let app = self.at(self.story.declared);
        Ok(store::declare(&app, self.declarer()?, declaration, None).await?.answer)
    }

    async fn tell(&self) -> Result<(), NotWritten> {
        let Self { story, number, .. } = self;
        for link in &story.links {
            let link = NewLink::check(&link.kind, &link.label, &link.url).map_err(NotWritten::Refused)?;
            links::add(&self.at(story.declared), self.declarer()?, *number, link, None).await?;
        }
        let mut told = Told::default();
        for step in &story.steps {
            self.take(step, &mut told).await?;
        }
        if let (Some(closing), Some(last)) = (story.closing(), story.steps.last()) {
            let by = self.declarer()?;
            entries::append(&self.at(last.at), by, *number, New::by(by, Kind::Note, closing), None).await?;
        }
        Ok(())
    }

    /// Does what one step says.
    async fn take(&self, step: &Step, told: &mut Told<Uuid>) -> Result<(), NotWritten> {
        let Self { story, number, later, .. } = self;
        let (app, by) = (&self.at(step.at), self.who(&step.by)?);
        let occurred_at = step.happened.map(|at| at + *later);
        let reason = story.reasoned(&step.by, &step.reason);
        match &step.what {
            What::Correct(text) => {
                let body = Some(story.said(&step.by, text));
                self.correct(step, told, (body, step.reason.clone())).await?;
            }
            What::Strike(why) => self.correct(step, told, (None, why.clone())).await?,
            What::Moment(name) => {
                let moment = Moment { name: *name, at: occurred_at.unwrap_or(step.at + *later), by };
                moments::record(app, *number, moment, &reason, None).await?;
            }
            What::Severity(to) => _ = severity::set(app, by, *number, (*to, reason), None).await?,
            What::Status(to) => {
                let change = StatusChange { status: *to, reason, moments: vec![] };
                status::set(app, by, *number, change, None).await?;
            }
            What::Title(to) => {
                let edits = Edits { title: Some(Edit { to: to.clone(), was: None }), ..Edits::default() };
                details::set(app, by, *number, edits, None).await?;
            }
            What::Say(kind, text) => {
                let entry = New { occurred_at, ..New::by(by, *kind, story.said(&step.by, text)) };
                let seq = entries::append(app, by, *number, entry, None).await?.answer;
                told.said(&step.by, (*kind, text), seq);
            }
            What::Update(update) => self.update(step, update).await?,
            What::Hold(hold, thing) => self.hold(step, told, (*hold, thing)).await?,
            What::Judge(state, theory) => self.judge(step, told, (*state, theory)).await?,
            What::Speak(stance, theory) => self.speak(step, told, (*stance, theory)).await?,
        }
        Ok(())
    }

    async fn correct(
        &self,
        step: &Step,
        told: &Told<Uuid>,
        (body, reason): (Option<String>, String),
    ) -> Result<(), NotWritten> {
        let seq = *told.last.get(&step.by).ok_or(Failure::NotFound)?;
        let strike = body.is_none();
        let change = Change { body: body.map(|to| Edit { to, was: None }), occurred_at: None, strike, reason };
        corrections::correct(&self.at(step.at), self.who(&step.by)?, (self.number, seq), change, None).await?;
        Ok(())
    }

    fn at(&self, time: DateTime<Utc>) -> App {
        App { at: Some(time + self.later), ..self.app.clone() }
    }

    /// Who did the first thing also declared it.
    fn declarer(&self) -> Result<&'a Person, NotWritten> {
        self.who(self.story.steps.first().map_or("", |step| &step.by))
    }

    fn who(&self, by: &str) -> Result<&'a Person, NotWritten> {
        Ok(self.cast.get(by).copied().ok_or(Failure::NotFound)?)
    }
}

fn failed(story: &Story, why: &NotWritten) -> anyhow::Error {
    anyhow::anyhow!("the demo story “{}”: {why:?}", story.title)
}

/// Who acts for whom: people of invented stories are there by their handle,
/// roles of true ones are given to those who can write, in order.
fn cast<'a>(story: &'a Story, people: &'a [Person]) -> HashMap<&'a str, &'a Person> {
    let mut hands = people.iter().filter(|person| person.role >= Role::Responder).cycle();
    let mut cast = HashMap::new();
    let named = story.steps.iter().flat_map(|step| [&*step.by, &*step.to]).filter(|name| !name.is_empty());
    for name in named {
        let known = people.iter().find(|person| person.handle == name);
        if !cast.contains_key(name)
            && let Some(person) = known.or_else(|| hands.next())
        {
            cast.insert(name, person);
        }
    }
    cast
}
