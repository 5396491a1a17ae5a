//! `/incidents/new`: a title alone declares an incident.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{MAX_SUMMARY, MAX_TITLE, path, services, severities, store};
use crate::{
    App,
    people::{Person, Responder},
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
    time_zone: String,
}

/// `GET /incidents/new`
pub async fn show(State(app): State<App>, Responder(person): Responder, Query(form): Query<DeclareForm>) -> Answer {
    page(&declare_page(&app, &person, form, Errors::default()).await?)
}

async fn declare_page(app: &App, person: &Person, form: DeclareForm, errors: Errors) -> sqlx::Result<DeclarePage> {
    let severity = if form.severity.is_empty() { Severity::Sev3.word().into() } else { form.severity };
    let form = DeclareForm { key: fresh(), severity, ..form };
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(DeclarePage { shell, severities: severities::all(&app.db).await?, form, errors })
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
        "" => Some(Severity::Sev3),
        word => errors.take("severity", word.parse().map_err(|_| "Please choose a severity.".to_owned())),
    };
    let zone = time::browsers_zone(&form.time_zone, by.zone());
    let now = app.now().await?;
    let mut moments = Vec::new();
    for (name, typed) in [(MomentName::ImpactStarted, &form.impact_started), (MomentName::Detected, &form.detected)] {
        if !typed.trim().is_empty()
            && let Some(at) = errors.take(name.word(), time::parse(typed, zone, now))
        {
            moments.push((name, at));
        }
    }
    let services = errors.take("services", services::read(&form.services));
    let (Some(title), Some(summary), Some(severity), Some(services), true) =
        (title, summary, severity, services, errors.is_empty())
    else {
        return Err(NotWritten::Refused(errors));
    };
    let what = [&title, severity.word(), &summary, &form.services, &form.impact_started, &form.detected];
    let key = Key::new(by, &form.key, &what);
    store::declare(app, by, store::Declaration { title, severity, summary, services, moments }, key).await
}
