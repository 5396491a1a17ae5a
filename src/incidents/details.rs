//! `/incidents/{number}/details`: title and summary.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{Incident, MAX_SUMMARY, MAX_TITLE, Responding, store};
use crate::{
    App,
    people::Person,
    terms::Kind,
    timeline::{Key, New, NotWritten, key::fresh},
    web::{
        Answer, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// Changes title and summary; what stays the same writes no entry.
pub async fn set(
    app: &App,
    by: &Person,
    number: i64,
    (title, summary): (String, String),
    key: Option<Key>,
) -> Result<i64, NotWritten> {
    let (mut log, incident) = match store::open(app, number, key).await? {
        Ok(opened) => opened,
        Err(already) => return Ok(already),
    };
    sqlx::query!(
        "update incidents set title = $2, summary = $3 where number = $1",
        number,
        title,
        summary
    )
    .execute(log.tx())
    .await?;
    let mut seq = 0;
    if title != incident.title {
        seq = log
            .append(New::by(
                by,
                Kind::Details,
                format!("the title to “{title}”"),
            ))
            .await?;
    }
    if summary != incident.summary {
        let body = if summary.is_empty() {
            "the summary to nothing".into()
        } else {
            format!("the summary to: {summary}")
        };
        seq = log.append(New::by(by, Kind::Details, body)).await?;
    }
    Ok(log.commit(seq).await?)
}

#[derive(Template)]
#[template(path = "incidents/details.html")]
struct DetailsPage {
    shell: Shell,
    incident: Incident,
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
}

/// `GET /incidents/{number}/details`
pub async fn show(Responding { incident, person }: Responding) -> Answer {
    let form = DetailsForm {
        key: fresh(),
        title: incident.title.clone(),
        summary: incident.summary.clone(),
    };
    page(&details_page(incident, &person, form, Errors::default()))
}

fn details_page(
    incident: Incident,
    person: &Person,
    form: DetailsForm,
    errors: Errors,
) -> DetailsPage {
    let shell = Shell {
        place: Place::Incidents,
        ..Shell::from(person)
    };
    DetailsPage {
        shell,
        incident,
        form: DetailsForm {
            key: fresh(),
            ..form
        },
        errors,
    }
}

/// `POST /incidents/{number}/details`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<DetailsForm>,
) -> Answer {
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&form.title, MAX_TITLE));
    let summary = errors.take("summary", form::optional_text(&form.summary, MAX_SUMMARY));
    let (Some(title), Some(summary)) = (title, summary) else {
        return refused(&details_page(incident, &person, form, errors));
    };
    let key = Key::new(
        &person,
        &form.key,
        &[&incident.path(), "details", &title, &summary],
    );
    match set(&app, &person, incident.number, (title, summary), key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&details_page(incident, &person, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
