//! `/incidents/{number}/timeline/{seq}`: one entry, its history, and the forms
//! that correct, strike out and redact it.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    App,
    incidents::seen::SeenEntry,
    people::{Admin, Responder},
    terms::{Kind, Role},
    timeline::{
        Key, MAX_BODY, MAX_REASON, NotWritten, commander,
        corrections::{self, Change},
        key::fresh,
        look, store,
    },
    updates::{self, Update},
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Edit, Errors, Form},
        markdown, page, refused, see, time,
    },
};

fn shell(seen: &SeenEntry) -> Shell {
    Shell::from(&seen.person).at(Place::Incidents)
}

async fn may_be_corrected(app: &App, seen: &SeenEntry) -> Result<bool, Failure> {
    let leads = commander::leads(&app.db, seen.incident.number, &seen.person).await?;
    Ok(seen.entry.may_correct(&seen.person, leads))
}

#[derive(Template)]
#[template(path = "room/entry.html")]
struct EntryPage {
    shell: Shell,
    seen: SeenEntry,
    html: String,
    may_pin: bool,
    may_correct: bool,
    may_redact: bool,
    /// The update of which it tells: it is corrected there.
    update: Option<Update>,
}

/// `GET /incidents/{number}/timeline/{seq}`
pub async fn show(State(app): State<App>, seen: SeenEntry) -> Answer {
    let html = look::html(&seen.entry).map_err(anyhow::Error::from)?;
    let may_correct = may_be_corrected(&app, &seen).await?;
    let may_redact = seen.person.role >= Role::Admin && seen.entry.redaction.is_none() && seen.entry.corrects.is_none();
    let may_pin = seen.person.role >= Role::Responder && seen.entry.may_be_pinned();
    let mut db = app.db.acquire().await?;
    let update = updates::store::told_by(&mut db, seen.incident.number, seen.entry.seq).await?;
    page(&EntryPage { shell: shell(&seen), seen, html, may_pin, may_correct, may_redact, update })
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
    /// The text its writer saw.
    body_was: Option<String>,
    occurred_at: String,
    reason: String,
    strike: String,
    time_zone: String,
}

fn correct_page(seen: SeenEntry, form: CorrectForm, errors: Errors) -> CorrectPage {
    CorrectPage { shell: shell(&seen), seen, form: CorrectForm { key: fresh(), ..form }, errors }
}

/// `GET /incidents/{number}/timeline/{seq}/corrections`
pub async fn correct_form(State(app): State<App>, Responder(_): Responder, seen: SeenEntry) -> Answer {
    if seen.entry.kind == Kind::Update {
        return Err(Failure::Forbidden(corrections::CORRECTED_ITSELF));
    }
    if !may_be_corrected(&app, &seen).await? {
        return Err(Failure::Forbidden(corrections::MAY_CORRECT));
    }
    let body = seen.entry.stands().body.clone();
    let form = CorrectForm { body_was: Some(body.clone()), body, ..CorrectForm::default() };
    page(&correct_page(seen, form, Errors::default()))
}

/// `POST /incidents/{number}/timeline/{seq}/corrections`
pub async fn correct(
    State(app): State<App>,
    Responder(_): Responder,
    seen: SeenEntry,
    Form(mut form): Form<CorrectForm>,
) -> Answer {
    let change = match form.check(&seen, app.now().await?) {
        Ok(change) => change,
        Err(errors) => return refused(&correct_page(seen, form, errors)),
    };
    let at = (seen.incident.number, seen.entry.seq);
    let key = form.key(&seen);
    match corrections::correct(&app, &seen.person, at, change, key).await {
        Ok(_) => see(&format!("{}#e{}", seen.incident.path(), seen.entry.seq)),
        Err(NotWritten::Refused(errors)) => {
            // The message beside the text shows what somebody else wrote.
            if errors.on("body").is_some()
                && let Some(entry) = store::one(&mut *app.db.acquire().await?, at.0, at.1).await?
            {
                form.body_was = Some(entry.stands().body.clone());
            }
            refused(&correct_page(seen, form, errors))
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

impl CorrectForm {
    fn check(&self, seen: &SeenEntry, now: DateTime<Utc>) -> Result<Change, Errors> {
        let strike = !self.strike.is_empty();
        // An image says enough.
        let text = if seen.entry.attachments.is_empty() { form::text } else { form::optional_text };
        let mut errors = Errors::default();
        let mut change = Change { body: None, occurred_at: None, strike, reason: String::new() };
        // Striking out leaves words and time as they are.
        if !strike && let Some(body) = errors.take("body", text(&self.body, MAX_BODY)) {
            change.body = Some(Edit::of_form(body, self.body_was.as_ref()));
        }
        if !strike && !self.occurred_at.trim().is_empty() {
            let zone = time::browsers_zone(&self.time_zone, seen.person.zone());
            let at = time::parse(&self.occurred_at, zone, now);
            change.occurred_at = errors.take("occurred_at", at);
        }
        if let Some(reason) = errors.take("reason", form::optional_text(&self.reason, MAX_REASON)) {
            change.reason = reason;
        }
        if errors.is_empty() { Ok(change) } else { Err(errors) }
    }

    fn key(&self, seen: &SeenEntry) -> Option<Key> {
        let what =
            [&seen.path(), "correct", &self.strike, &self.body, &self.occurred_at, &self.time_zone, &self.reason];
        Key::new(&seen.person, &self.key, &what)
    }
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
    RedactPage { shell: shell(&seen), seen, form: RedactForm { key: fresh(), ..form }, errors }
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
            corrections::redact(&app, &admin, (seen.incident.number, seen.entry.seq), reason, key).await
        }
        Err(message) => Err(NotWritten::refused("reason", message)),
    };
    match written {
        Ok(_) => see(&format!("{}#e{}", seen.incident.path(), seen.entry.seq)),
        Err(NotWritten::Refused(errors)) => refused(&redact_page(seen, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
