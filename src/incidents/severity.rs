//! `/incidents/{number}/severity`: one click, no reason asked. Unsure means
//! the higher.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{
    Incident, Responding, severities,
    store::{self, Opened},
};
use crate::{
    App,
    people::Person,
    terms::{Kind, Severity},
    timeline::{Key, Log, MAX_REASON, New, NotWritten, Written, key::fresh},
    web::{
        Answer, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// Changes an incident's severity. The answer is the `seq` of the entry.
pub async fn set(
    app: &App,
    by: &Person,
    number: i64,
    (severity, reason): (Severity, String),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let seq = apply(&mut log, &incident, by, (severity, reason)).await?;
    Ok(log.commit(seq).await?)
}

/// The change, on a timeline that is open.
pub async fn apply(
    log: &mut Log,
    incident: &Incident,
    by: &Person,
    (severity, reason): (Severity, String),
) -> Result<i64, NotWritten> {
    if incident.severity == severity {
        return Err(NotWritten::refused("severity", format!("It is {severity} already.")));
    }
    sqlx::query!("update incidents set severity = $2 where number = $1", incident.number, severity as Severity)
        .execute(log.tx())
        .await?;
    let body = format!("{} → {severity}", incident.severity);
    Ok(log.append(New::by(by, Kind::Severity, body).because(reason)).await?)
}

#[derive(Template)]
#[template(path = "incidents/severity.html")]
struct SeverityPage {
    shell: Shell,
    incident: Incident,
    severities: Vec<severities::Row>,
    form: SeverityForm,
    errors: Errors,
}

/// The form as it was sent.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SeverityForm {
    key: String,
    severity: String,
    reason: String,
}

/// `GET /incidents/{number}/severity`
pub async fn show(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    page(&severity_page(&app, incident, &person, SeverityForm::default(), Errors::default()).await?)
}

async fn severity_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: SeverityForm,
    errors: Errors,
) -> sqlx::Result<SeverityPage> {
    let severities = severities::all(&app.db).await?;
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(SeverityPage { shell, incident, severities, form: SeverityForm { key: fresh(), ..form }, errors })
}

/// `POST /incidents/{number}/severity`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<SeverityForm>,
) -> Answer {
    let mut errors = Errors::default();
    let severity = errors.take("severity", form.severity.parse().map_err(|_| "Please choose a severity.".to_owned()));
    let reason = errors.take("reason", form::optional_text(&form.reason, MAX_REASON));
    let (Some(severity), Some(reason)) = (severity, reason) else {
        return refused(&severity_page(&app, incident, &person, form, errors).await?);
    };
    let key = Key::new(&person, &form.key, &[&incident.path(), form.severity.as_str(), &reason]);
    match set(&app, &person, incident.number, (severity, reason), key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&severity_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
