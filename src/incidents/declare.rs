//! `/incidents/new`: a title alone declares an incident.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{MAX_SUMMARY, MAX_TITLE, path, services, severities, store, visibility};
use crate::{
    App,
    people::{self, Person, Responder},
    terms::{MomentName, Severity},
    timeline::{Key, NotWritten, Written, key::fresh},
    web::{
        Answer, Place, Query, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

#[derive(Template)]
#[template(path = "incidents/declare.html")]
struct DeclarePage {
    shell: Shell,
    severities: Vec<severities::Row>,
    services: Vec<String>,
    everybody: Vec<Person>,
    form: DeclareForm,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeclareForm {
    key: String,
    title: String,
    severity: String,
    summary: String,
    services: String,
    impact_started: String,
    detected: String,
    /// For one that is written down after the fact.
    declared_at: String,
    mitigated: String,
    recovered: String,
    resolved_at: String,
    drill: String,
    private: String,
    /// Who sees a private one, by address or handle.
    people: String,
    time_zone: String,
}

/// A moment that is known already.
type Known = (MomentName, DateTime<Utc>);

/// `GET /incidents/new`
pub async fn show(State(app): State<App>, Responder(person): Responder, Query(form): Query<DeclareForm>) -> Answer {
    page(&declare_page(&app, &person, form, Errors::default()).await?)
}

async fn declare_page(app: &App, person: &Person, form: DeclareForm, errors: Errors) -> sqlx::Result<DeclarePage> {
    let severity = if form.severity.is_empty() { Severity::default().word().into() } else { form.severity };
    let form = DeclareForm { key: fresh(), severity, ..form };
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(DeclarePage {
        shell,
        severities: severities::all(&app.db).await?,
        services: services::known(&app.db, person.id).await?,
        everybody: people::store::active(&app.db).await?,
        form,
        errors,
    })
}

/// `POST /incidents`
pub async fn save(State(app): State<App>, Responder(person): Responder, Form(form): Form<DeclareForm>) -> Answer {
    match declare(&app, &person, &form).await {
        Ok(written) => see(&path(written.answer)),
        Err(NotWritten::Refused(errors)) => refused(&declare_page(&app, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

async fn declare(app: &App, by: &Person, form: &DeclareForm) -> Result<Written, NotWritten> {
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&form.title, MAX_TITLE));
    let summary = errors.take("summary", form::optional_text(&form.summary, MAX_SUMMARY));
    let severity = match form.severity.as_str() {
        "" => Some(Severity::default()),
        word => errors.take("severity", word.parse().map_err(|_| "Please choose a severity.".to_owned())),
    };
    let services = errors.take("services", services::read(&form.services));
    let (moments, past) = form.times(by, app.now().await?, &mut errors);
    let private_to = if form.private.is_empty() {
        None
    } else {
        errors.take("people", visibility::read_people(&app.db, &form.people).await?)
    };
    let (Some(title), Some(summary), Some(severity), Some(services), true) =
        (title, summary, severity, services, errors.is_empty())
    else {
        return Err(NotWritten::Refused(errors));
    };
    let drill = !form.drill.is_empty();
    let private_to = private_to.map(|people| people.into_iter().map(|person| person.id).collect());
    let key = form.key_of(by);
    let declaration = store::Declaration { title, severity, summary, services, moments, drill, private_to, past };
    store::declare(app, by, declaration, key).await
}

impl DeclareForm {
    /// The moments that were typed, and when it was, if it is written down after the fact.
    fn times(&self, by: &Person, now: DateTime<Utc>, errors: &mut Errors) -> (Vec<Known>, Option<store::Past>) {
        let zone = time::browsers_zone(&self.time_zone, by.zone());
        let mut read = |field: &'static str, typed: &str| {
            let typed = Some(typed.trim()).filter(|typed| !typed.is_empty())?;
            errors.take(field, time::parse(typed, zone, now))
        };
        let declared_at = read("declared_at", &self.declared_at);
        let resolved_at = read("resolved_at", &self.resolved_at);
        let mut moments = Vec::new();
        for (name, typed) in [
            (MomentName::ImpactStarted, &self.impact_started),
            (MomentName::Detected, &self.detected),
            (MomentName::Mitigated, &self.mitigated),
            (MomentName::Recovered, &self.recovered),
        ] {
            moments.extend(read(name.word(), typed).map(|at| (name, at)));
        }
        match store::Past::check(declared_at, resolved_at, now) {
            Ok(past) => (moments, past),
            Err((field, message)) => {
                errors.add(field, message);
                (moments, None)
            }
        }
    }

    fn key_of(&self, by: &Person) -> Option<Key> {
        let what = [
            &self.title,
            &self.severity,
            &self.summary,
            &self.services,
            &self.impact_started,
            &self.detected,
            &self.mitigated,
            &self.recovered,
            &self.declared_at,
            &self.resolved_at,
            &self.drill,
            &self.private,
            &self.people,
        ];
        Key::new(by, &self.key, &what.map(String::as_str))
    }

    /// The times of one that is written down after the fact: name, label, value. Templates call it.
    fn past_times(&self) -> [(&'static str, &'static str, &str); 4] {
        [
            ("declared_at", "Response began", &self.declared_at),
            ("mitigated", "Mitigated", &self.mitigated),
            ("recovered", "Recovered", &self.recovered),
            ("resolved_at", "Resolved", &self.resolved_at),
        ]
    }

    /// Whether the part for what is over already is to be open. Templates call it.
    fn is_past(&self) -> bool {
        [&self.declared_at, &self.resolved_at, &self.mitigated, &self.recovered].iter().any(|typed| !typed.is_empty())
    }
}
