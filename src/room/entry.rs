//! `/incidents/{number}/timeline/{seq}`: one entry, its history, and the forms
//! that correct, strike out and redact it.

use askama::Template;
use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use serde::Deserialize;

use crate::{
    App,
    incidents::{Incident, Seen},
    people::{Admin, Person, Responder},
    terms::Role,
    timeline::{
        Entry, Key, MAX_BODY, MAX_REASON, NotWritten, Written,
        corrections::{self, Change},
        key::fresh,
        look, store,
    },
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Errors, Form},
        markdown, page, refused, see, time,
    },
};

/// The entry of a path, that this person may see.
pub struct SeenEntry {
    incident: Incident,
    entry: Entry,
    person: Person,
}

#[derive(Deserialize)]
struct Seq {
    seq: i64,
}

impl FromRequestParts<App> for SeenEntry {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Seen { incident, person } = Seen::from_request_parts(parts, app).await?;
        let Path(Seq { seq }) = parts.extract::<Path<Seq>>().await?;
        let mut db = app.db.acquire().await?;
        let entry = store::one(&mut db, incident.number, seq)
            .await?
            .ok_or(Failure::NotFound)?;
        Ok(Self {
            incident,
            entry,
            person,
        })
    }
}

impl SeenEntry {
    fn path(&self) -> String {
        format!("{}/timeline/{}", self.incident.path(), self.entry.seq)
    }

    fn shell(&self) -> Shell {
        Shell {
            place: Place::Incidents,
            ..Shell::from(&self.person)
        }
    }
}

#[derive(Template)]
#[template(path = "room/entry.html")]
struct EntryPage {
    shell: Shell,
    seen: SeenEntry,
    html: String,
    may_correct: bool,
    may_redact: bool,
}

/// `GET /incidents/{number}/timeline/{seq}`
pub async fn show(seen: SeenEntry) -> Answer {
    let html = look::html(&seen.entry).map_err(anyhow::Error::from)?;
    let may_correct = seen.entry.may_correct(&seen.person);
    let may_redact = seen.person.role >= Role::Admin
        && seen.entry.redaction.is_none()
        && seen.entry.corrects.is_none();
    page(&EntryPage {
        shell: seen.shell(),
        seen,
        html,
        may_correct,
        may_redact,
    })
}

#[derive(Template)]
#[template(path = "room/correct.html")]
struct CorrectPage {
    shell: Shell,
    seen: SeenEntry,
    form: CorrectForm,
    errors: Errors,
}

/// The correction as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CorrectForm {
    key: String,
    body: String,
    occurred_at: String,
    reason: String,
    strike: String,
    time_zone: String,
}

fn correct_page(seen: SeenEntry, form: CorrectForm, errors: Errors) -> CorrectPage {
    CorrectPage {
        shell: seen.shell(),
        seen,
        form: CorrectForm {
            key: fresh(),
            ..form
        },
        errors,
    }
}

/// `GET /incidents/{number}/timeline/{seq}/corrections`
pub async fn correct_form(Responder(_): Responder, seen: SeenEntry) -> Answer {
    if !seen.entry.may_correct(&seen.person) {
        return Err(Failure::Forbidden(corrections::MAY_CORRECT));
    }
    let form = CorrectForm {
        body: seen.entry.stands().body.clone(),
        ..CorrectForm::default()
    };
    page(&correct_page(seen, form, Errors::default()))
}

/// `POST /incidents/{number}/timeline/{seq}/corrections`
pub async fn correct(
    State(app): State<App>,
    Responder(_): Responder,
    seen: SeenEntry,
    Form(form): Form<CorrectForm>,
) -> Answer {
    match write_correction(&app, &seen, &form).await {
        Ok(_) => see(&format!("{}#e{}", seen.incident.path(), seen.entry.seq)),
        Err(NotWritten::Refused(errors)) => refused(&correct_page(seen, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

async fn write_correction(
    app: &App,
    seen: &SeenEntry,
    form: &CorrectForm,
) -> Result<Written, NotWritten> {
    let stands = seen.entry.stands();
    let strike = !form.strike.is_empty();
    let mut errors = Errors::default();
    // Striking out leaves words and time as they are.
    let body = if strike {
        Some(stands.body.clone())
    } else {
        errors.take("body", form::text(&form.body, MAX_BODY))
    };
    let occurred_at = if strike || form.occurred_at.trim().is_empty() {
        Some(stands.occurred_at)
    } else {
        let zone = time::browsers_zone(&form.time_zone, seen.person.zone());
        errors.take(
            "occurred_at",
            time::parse(&form.occurred_at, zone, app.now().await?),
        )
    };
    let reason = errors.take("reason", form::optional_text(&form.reason, MAX_REASON));
    let (Some(body), Some(occurred_at), Some(reason)) = (body, occurred_at, reason) else {
        return Err(NotWritten::Refused(errors));
    };
    let what = [
        &seen.path(),
        "correct",
        form.strike.as_str(),
        &body,
        &form.occurred_at,
        &reason,
    ];
    let key = Key::new(&seen.person, &form.key, &what);
    let change = Change {
        body,
        occurred_at,
        strike,
        reason,
    };
    corrections::correct(
        app,
        &seen.person,
        (seen.incident.number, seen.entry.seq),
        change,
        key,
    )
    .await
}

#[derive(Template)]
#[template(path = "room/redact.html")]
struct RedactPage {
    shell: Shell,
    seen: SeenEntry,
    form: RedactForm,
    errors: Errors,
}

/// The reason as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RedactForm {
    key: String,
    reason: String,
}

fn redact_page(seen: SeenEntry, form: RedactForm, errors: Errors) -> RedactPage {
    RedactPage {
        shell: seen.shell(),
        seen,
        form: RedactForm {
            key: fresh(),
            ..form
        },
        errors,
    }
}

/// `GET /incidents/{number}/timeline/{seq}/redaction`
pub async fn redact_form(Admin(_): Admin, seen: SeenEntry) -> Answer {
    page(&redact_page(seen, RedactForm::default(), Errors::default()))
}

/// `POST /incidents/{number}/timeline/{seq}/redaction`
pub async fn redact(
    State(app): State<App>,
    Admin(admin): Admin,
    seen: SeenEntry,
    Form(form): Form<RedactForm>,
) -> Answer {
    let written = match form::text(&form.reason, MAX_REASON) {
        Ok(reason) => {
            let key = Key::new(&admin, &form.key, &[&seen.path(), "redact", &reason]);
            corrections::redact(
                &app,
                &admin,
                (seen.incident.number, seen.entry.seq),
                reason,
                key,
            )
            .await
        }
        Err(message) => Err(NotWritten::refused("reason", message)),
    };
    match written {
        Ok(_) => see(&format!("{}#e{}", seen.incident.path(), seen.entry.seq)),
        Err(NotWritten::Refused(errors)) => refused(&redact_page(seen, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
