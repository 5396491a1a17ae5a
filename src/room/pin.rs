//! `POST /incidents/{number}/timeline/{seq}/pin` and `/unpin`: one click keeps
//! an entry in sight, another no longer does.

use axum::extract::State;
use serde::Deserialize;

use crate::{
    App,
    incidents::seen::SeenEntry,
    people::Responder,
    timeline::{Key, NotWritten, pins},
    web::{Answer, Failure, form::Form, see},
};

/// The button as it is sent.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Button {
    key: String,
}

/// Keeps an entry in sight.
pub async fn pin(
    State(app): State<App>,
    Responder(_): Responder,
    seen: SeenEntry,
    Form(button): Form<Button>,
) -> Answer {
    set(&app, &seen, true, &button).await
}

/// No longer does.
pub async fn unpin(
    State(app): State<App>,
    Responder(_): Responder,
    seen: SeenEntry,
    Form(button): Form<Button>,
) -> Answer {
    set(&app, &seen, false, &button).await
}

async fn set(app: &App, seen: &SeenEntry, pinned: bool, button: &Button) -> Answer {
    let what = if pinned { "pin" } else { "unpin" };
    let key = Key::new(&seen.person, &button.key, &[&seen.path(), what]);
    match pins::pin(app, &seen.person, (seen.incident.number, seen.entry.seq), pinned, key).await {
        Ok(_) => see(&format!("{}#e{}", seen.incident.path(), seen.entry.seq)),
        Err(NotWritten::Failed(failure)) => Err(failure),
        Err(NotWritten::Refused(_)) => Err(Failure::BadRequest(pins::NOTHING_OF_ITS_OWN)),
    }
}
