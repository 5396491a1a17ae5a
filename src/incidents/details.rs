//! `/incidents/{number}/details`: title, summary and services.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{
    Incident, MAX_SUMMARY, MAX_TITLE, Responding, services,
    store::{self, Opened},
};
use crate::{
    App,
    people::Person,
    terms::Kind,
    timeline::{Key, Log, New, NotWritten, Written, key::fresh},
    web::{
        Answer, Place, Shell,
        form::{self, Edit, Errors, Form},
        page, refused, see,
    },
};

/// What is to change; what is `None` stays.
#[derive(Debug, Default)]
pub struct Edits {
    /// What it is called.
    pub title: Option<Edit>,
    /// What is known of it.
    pub summary: Option<Edit>,
    /// The services concerned.
    pub services: Option<Vec<String>>,
    /// Whether it is an exercise.
    pub drill: Option<bool>,
}

/// Changes title, summary and services; what stays the same writes no entry.
pub async fn set(app: &App, by: &Person, number: i64, edits: Edits, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let seq = apply(&mut log, &incident, by, edits).await?;
    Ok(log.commit(seq).await?)
}

/// The change, on a timeline that is open.
pub async fn apply(log: &mut Log, incident: &Incident, by: &Person, edits: Edits) -> Result<i64, NotWritten> {
    let title = settle("title", &incident.title, edits.title)?;
    let summary = settle("summary", &incident.summary, edits.summary)?;
    let services = edits.services.unwrap_or_else(|| incident.services.clone());
    let drill = edits.drill.unwrap_or(incident.drill);
    sqlx::query!(
        "update incidents set title = $2, summary = $3, services = $4, drill = $5 where number = $1",
        incident.number,
        title,
        summary,
        &services,
        drill
    )
    .execute(log.tx())
    .await?;
    let mut changes = Vec::new();
    if title != incident.title {
        changes.push(format!("the title to “{title}”"));
    }
    if summary != incident.summary {
        changes.push(to("the summary", &summary));
    }
    if services != incident.services {
        changes.push(to("the services", &services.join(", ")));
    }
    if drill != incident.drill {
        changes.push(if drill { "this to a drill" } else { "this from a drill to a real incident" }.to_owned());
    }
    let mut seq = 0;
    for change in changes {
        seq = log.append(New::by(by, Kind::Details, change)).await?;
    }
    Ok(seq)
}

fn to(what: &str, text: &str) -> String {
    if text.is_empty() { format!("{what} to nothing") } else { format!("{what} to: {text}") }
}

/// The text that is to stand, unless somebody changed it meanwhile.
fn settle(field: &'static str, now: &str, edit: Option<Edit>) -> Result<String, NotWritten> {
    match edit {
        Some(edit) => edit.over(now).map_err(|message| NotWritten::refused(field, message)),
        None => Ok(now.to_owned()),
    }
}

#[derive(Template)]
#[template(path = "incidents/details.html")]
struct DetailsPage {
    shell: Shell,
    incident: Incident,
    services: Vec<String>,
    form: DetailsForm,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DetailsForm {
    key: String,
    title: String,
    summary: String,
    /// Separated by commas; a form without the field leaves them as they are.
    services: Option<String>,
    /// What its writer saw.
    title_was: Option<String>,
    summary_was: Option<String>,
    drill: String,
    /// A form that has the box above says so: an empty box is not sent.
    asks_drill: String,
}

/// `GET /incidents/{number}/details`
pub async fn show(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    let form = DetailsForm {
        title: incident.title.clone(),
        summary: incident.summary.clone(),
        services: Some(incident.services.join(", ")),
        title_was: Some(incident.title.clone()),
        summary_was: Some(incident.summary.clone()),
        drill: if incident.drill { "on".into() } else { String::new() },
        ..DetailsForm::default()
    };
    page(&details_page(&app, incident, &person, form, Errors::default()).await?)
}

async fn details_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: DetailsForm,
    errors: Errors,
) -> sqlx::Result<DetailsPage> {
    let shell = Shell::from(person).at(Place::Incidents);
    let form = DetailsForm { key: fresh(), ..form };
    Ok(DetailsPage { shell, incident, services: services::known(&app.db, person.id).await?, form, errors })
}

/// `POST /incidents/{number}/details`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(mut form): Form<DetailsForm>,
) -> Answer {
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&form.title, MAX_TITLE));
    let summary = errors.take("summary", form::optional_text(&form.summary, MAX_SUMMARY));
    let typed = form.services.as_deref();
    let services = typed.and_then(|typed| errors.take("services", services::read(typed)));
    let (Some(title), Some(summary), true) = (title, summary, errors.is_empty()) else {
        return refused(&details_page(&app, incident, &person, form, errors).await?);
    };
    let named = services.as_ref().map(|it| it.join(", ")).unwrap_or_default();
    let key = Key::new(&person, &form.key, &[&incident.path(), "details", &title, &summary, &named, &form.drill]);
    let edits = Edits {
        title: Some(Edit::of_form(title, form.title_was.as_ref())),
        summary: Some(Edit::of_form(summary, form.summary_was.as_ref())),
        services,
        drill: (!form.asks_drill.is_empty()).then_some(!form.drill.is_empty()),
    };
    match set(&app, &person, incident.number, edits, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => {
            let incident = store::find(&app.db, incident.number).await?.unwrap_or(incident);
            // The message beside a field shows what somebody else wrote there.
            if errors.on("title").is_some() {
                form.title_was = Some(incident.title.clone());
            }
            if errors.on("summary").is_some() {
                form.summary_was = Some(incident.summary.clone());
            }
            refused(&details_page(&app, incident, &person, form, errors).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
