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
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// A text as it is to be from now on.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The new text.
    pub to: String,
    /// The text its writer saw. When another one stands by now, the edit is
    /// refused and says so; `None` replaces whatever stands.
    pub was: Option<String>,
}

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
        seq = log.append(New::by(by, Kind::Details, format!("the title to “{title}”"))).await?;
    }
    if summary != incident.summary {
        let body =
            if summary.is_empty() { "the summary to nothing".into() } else { format!("the summary to: {summary}") };
        seq = log.append(New::by(by, Kind::Details, body)).await?;
    }
    Ok(seq)
}

/// The text that is to stand, unless somebody changed it meanwhile.
fn settle(field: &'static str, now: &str, edit: Option<Edit>) -> Result<String, NotWritten> {
    let Some(Edit { to, was }) = edit else {
        return Ok(now.to_owned());
    };
    if was.is_some_and(|was| was != now && was != to) && to != now {
        let message = format!(
            "Somebody changed this meanwhile. It now reads: “{now}”. Yours is kept here: save again to replace theirs."
        );
        return Err(NotWritten::refused(field, message));
    }
    Ok(to)
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
    title_was: String,
    summary_was: String,
}

/// `GET /incidents/{number}/details`
pub async fn show(Responding { incident, person }: Responding) -> Answer {
    let form = DetailsForm {
        title: incident.title.clone(),
        summary: incident.summary.clone(),
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
    // What its writer sees from now on, whether typed or in a message.
    let (title_was, summary_was) = (incident.title.clone(), incident.summary.clone());
    let form = DetailsForm {
        key: fresh(),
        title_was,
        summary_was,
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
    let title = Edit {
        to: title,
        was: Some(form.title_was.clone()),
    };
    let summary = Edit {
        to: summary,
        was: Some(form.summary_was.replace("\r\n", "\n")),
    };
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
            // As it stands by now: the message says what somebody else wrote.
            let incident = store::find(&app.db, incident.number)
                .await?
                .unwrap_or(incident);
            refused(&details_page(incident, &person, form, errors))
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
