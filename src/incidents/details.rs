//! `/incidents/{number}/details`: title and summary.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{
    Incident, MAX_SUMMARY, MAX_TITLE, Responding,
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

/// Changes title, summary or both; what stays the same writes no entry.
pub async fn set(
    app: &App,
    by: &Person,
    number: i64,
    edits: (Option<Edit>, Option<Edit>),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let seq = apply(&mut log, &incident, by, edits).await?;
    Ok(log.commit(seq).await?)
}

/// The change, on a timeline that is open.
pub async fn apply(
    log: &mut Log,
    incident: &Incident,
    by: &Person,
    (title, summary): (Option<Edit>, Option<Edit>),
) -> Result<i64, NotWritten> {
    let title = settle("title", &incident.title, title)?;
    let summary = settle("summary", &incident.summary, summary)?;
    sqlx::query!(
        "update incidents set title = $2, summary = $3 where number = $1",
        incident.number,
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
    Ok(seq)
}

/// The text that is to stand, unless somebody changed it meanwhile.
fn settle(field: &'static str, now: &str, edit: Option<Edit>) -> Result<String, NotWritten> {
    match edit {
        Some(edit) => edit
            .over(now)
            .map_err(|message| NotWritten::refused(field, message)),
        None => Ok(now.to_owned()),
    }
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
    /// What its writer saw.
    title_was: Option<String>,
    summary_was: Option<String>,
}

/// `GET /incidents/{number}/details`
pub async fn show(Responding { incident, person }: Responding) -> Answer {
    let form = DetailsForm {
        title: incident.title.clone(),
        summary: incident.summary.clone(),
        title_was: Some(incident.title.clone()),
        summary_was: Some(incident.summary.clone()),
        ..DetailsForm::default()
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
    let form = DetailsForm {
        key: fresh(),
        ..form
    };
    DetailsPage {
        shell,
        incident,
        form,
        errors,
    }
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
    let (Some(title), Some(summary)) = (title, summary) else {
        return refused(&details_page(incident, &person, form, errors));
    };
    let key = Key::new(
        &person,
        &form.key,
        &[&incident.path(), "details", &title, &summary],
    );
    let title = Edit::of_form(title, form.title_was.as_ref());
    let summary = Edit::of_form(summary, form.summary_was.as_ref());
    match set(
        &app,
        &person,
        incident.number,
        (Some(title), Some(summary)),
        key,
    )
    .await
    {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => {
            let incident = store::find(&app.db, incident.number)
                .await?
                .unwrap_or(incident);
            // The message beside a field shows what somebody else wrote there.
            if errors.on("title").is_some() {
                form.title_was = Some(incident.title.clone());
            }
            if errors.on("summary").is_some() {
                form.summary_was = Some(incident.summary.clone());
            }
            refused(&details_page(incident, &person, form, errors))
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
