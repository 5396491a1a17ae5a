//! Writes a story as it was typed: through the functions that people's forms
//! call, every entry recorded at its own minute.

use chrono::Duration;

use crate::{
    App,
    incidents::{
        links::{self, NewLink},
        severity,
        status::{self, StatusChange},
        store::{self, Declaration},
    },
    people::Person,
    room::composer,
    terms::{Kind, MomentName, Severity, Status},
    timeline::{
        New, NotWritten, Written,
        corrections::{self, Change},
        store::{self as entries, Filter},
    },
    web::{Failure, form::Edit},
};

/// A story of one incident.
pub struct Story {
    /// What it is called.
    pub title: &'static str,
    /// What is known of it, in a few sentences.
    pub summary: &'static str,
    /// The services concerned.
    pub services: &'static [&'static str],
    /// How many minutes ago it was declared.
    pub minutes_ago: i64,
    /// How many minutes earlier the impact had started.
    pub impact: i64,
    /// Where people were pulled to: kind, label, address.
    pub links: &'static [(&'static str, &'static str, &'static str)],
    /// What happened: minutes after the declaration, which person, what.
    pub steps: &'static [(i64, usize, Step)],
}

/// One thing that happened.
pub enum Step {
    /// Somebody wrote an entry.
    Say(Kind, &'static str),
    /// Somebody wrote an entry some minutes after the fact.
    Late(i64, Kind, &'static str),
    /// Somebody corrected the text of their last entry, and why.
    Correct(&'static str, &'static str),
    /// Somebody struck out their last entry, and why.
    Strike(&'static str),
    /// Somebody changed the severity.
    Severity(Severity),
    /// Somebody changed the status, and why.
    Status(Status, &'static str),
}

/// Writes a story; the first of `people` declares it.
pub async fn retell(app: &App, people: &[Person], story: &Story) -> anyhow::Result<()> {
    tell(app, people, story).await.map_err(|error| anyhow::anyhow!("the demo story “{}”: {error:?}", story.title))
}

async fn tell(app: &App, people: &[Person], story: &Story) -> Result<(), NotWritten> {
    let start = app.now().await? - Duration::minutes(story.minutes_ago);
    let at = |minute: i64| App { at: Some(start + Duration::minutes(minute)), ..app.clone() };
    let declaration = Declaration {
        title: story.title.into(),
        severity: Severity::Sev3,
        summary: story.summary.into(),
        services: story.services.iter().map(ToString::to_string).collect(),
        moments: vec![(MomentName::ImpactStarted, start - Duration::minutes(story.impact))],
        ..Declaration::default()
    };
    let number = store::declare(&at(0), &people[0], declaration, None).await?.answer;
    for (kind, label, url) in story.links {
        let link = NewLink::check(kind, label, url).map_err(NotWritten::Refused)?;
        links::add(&at(0), &people[0], number, link, None).await?;
    }
    for (minute, who, step) in story.steps {
        take(&at(*minute), &people[*who], number, step).await?;
    }
    Ok(())
}

async fn take(app: &App, by: &Person, number: i64, step: &Step) -> Result<Written, NotWritten> {
    match step {
        Step::Say(kind, body) => composer::append(app, by, number, New::by(by, *kind, *body), None).await,
        Step::Late(minutes, kind, body) => {
            let happened = app.now().await? - Duration::minutes(*minutes);
            composer::append(app, by, number, New::by(by, *kind, *body).at(happened), None).await
        }
        Step::Correct(body, reason) => correct(app, by, number, Some(body), reason).await,
        Step::Strike(reason) => correct(app, by, number, None, reason).await,
        Step::Severity(to) => severity::set(app, by, number, (*to, String::new()), None).await,
        Step::Status(to, reason) => {
            let change = StatusChange { status: *to, reason: (*reason).into(), moments: vec![] };
            status::set(app, by, number, change, None).await
        }
    }
}

async fn correct(app: &App, by: &Person, number: i64, body: Option<&str>, reason: &str) -> Result<Written, NotWritten> {
    let own = Filter { kinds: Kind::TYPED.to_vec(), author: Some(by.id), before: None };
    let last = entries::page(&mut *app.db.acquire().await?, number, &own, 1).await?.pop();
    let entry = last.ok_or(Failure::NotFound)?;
    let change = Change {
        body: body.map(|to| Edit { to: to.into(), was: None }),
        occurred_at: None,
        strike: body.is_none(),
        reason: reason.into(),
    };
    corrections::correct(app, by, (number, entry.seq), change, None).await
}
