//! `/incidents/{number}/cadence`: how often updates come here, and the promise
//! moved without one.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::cadence::{self, Facts, Pace};
use crate::{
    App,
    incidents::{Incident, Responding},
    people::Person,
    timeline::{Key, MAX_REASON, NotWritten, Written, key::fresh},
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

#[derive(Template)]
#[template(path = "updates/cadence.html")]
struct CadencePage {
    shell: Shell,
    incident: Incident,
    facts: Facts,
    now: DateTime<Utc>,
    form: CadenceForm,
    errors: Errors,
}

/// A change as it was typed: of the interval, or of the promise.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CadenceForm {
    key: String,
    /// `severity`, `own` or `change`; nothing leaves it.
    interval: String,
    minutes: String,
    /// When the next update comes instead; nothing leaves it.
    until: String,
    reason: String,
    time_zone: String,
}

/// What is to change.
enum Change {
    Interval(Pace),
    Snooze(DateTime<Utc>, String),
}

impl CadenceForm {
    /// Whether an interval is chosen, or else the present one. Templates call it.
    fn is_chosen(&self, word: &str, facts: &Facts) -> bool {
        let present = match (facts.interval.own, facts.interval.leadership) {
            (false, _) => "severity",
            (true, Some(_)) => "own",
            (true, None) => "change",
        };
        let chosen = if self.interval.is_empty() { present } else { &self.interval };
        chosen == word
    }

    fn check(&self, by: &Person, now: DateTime<Utc>) -> Result<Change, Errors> {
        match self.interval.as_str() {
            "" => self.check_snooze(by, now),
            // Minutes beside another choice are meant.
            "severity" | "change" if !self.minutes.trim().is_empty() => self.every(),
            "severity" => Ok(Change::Interval(Pace::BySeverity)),
            "change" => Ok(Change::Interval(Pace::OnChange)),
            "own" => self.every(),
            _ => Err(Errors::one("interval", "Please choose one of the three.")),
        }
    }

    fn every(&self) -> Result<Change, Errors> {
        match self.minutes.trim().parse() {
            Ok(minutes @ 1..=100_000) => Ok(Change::Interval(Pace::Every(minutes))),
            _ => Err(Errors::one("minutes", "A number of minutes from 1 to 100000.")),
        }
    }

    fn check_snooze(&self, by: &Person, now: DateTime<Utc>) -> Result<Change, Errors> {
        let mut errors = Errors::default();
        let zone = time::browsers_zone(&self.time_zone, by.zone());
        let until = errors.take("until", time::ahead(&self.until, zone, now));
        let reason = errors.take("reason", form::text(&self.reason, MAX_REASON));
        match (until, reason) {
            (Some(until), Some(reason)) => Ok(Change::Snooze(until, reason)),
            _ => Err(errors),
        }
    }
}

async fn cadence_page(
    app: &App,
    incident: Incident,
    me: &Person,
    form: CadenceForm,
    errors: Errors,
) -> Result<CadencePage, Failure> {
    Ok(CadencePage {
        shell: Shell::from(me).at(Place::Incidents),
        facts: cadence::facts(&app.db, incident.number).await?.ok_or(Failure::NotFound)?,
        now: app.now().await?,
        form: CadenceForm { key: fresh(), ..form },
        incident,
        errors,
    })
}

/// `GET /incidents/{number}/cadence`
pub async fn show(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    page(&cadence_page(&app, incident, &person, CadenceForm::default(), Errors::default()).await?)
}

/// `POST /incidents/{number}/cadence`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<CadenceForm>,
) -> Answer {
    match change(&app, &person, &incident, &form).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&cadence_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

async fn change(app: &App, by: &Person, incident: &Incident, form: &CadenceForm) -> Result<Written, NotWritten> {
    let change = form.check(by, app.now().await?).map_err(NotWritten::Refused)?;
    // The time as it was typed: sent again, 20m is another instant.
    let what = [&*incident.path(), "cadence", &form.interval, &form.minutes, &form.until, &form.reason];
    let key = Key::new(by, &form.key, &what);
    match change {
        Change::Interval(pace) => cadence::set(app, by, incident.number, pace, key).await,
        Change::Snooze(until, reason) => cadence::snooze(app, by, incident.number, (until, reason), key).await,
    }
}
