//! `/settings/instance`: what holds for the whole instance.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::{
    App,
    people::{Admin, Person},
    response::retention::{self, DAYS},
    web::{
        Answer, Place, Shell,
        form::{Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "settings/instance.html")]
struct InstancePage {
    shell: Shell,
    form: InstanceForm,
    errors: Errors,
}

/// The instance as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct InstanceForm {
    call_days: String,
}

fn instance_page(admin: &Person, form: InstanceForm, errors: Errors) -> InstancePage {
    InstancePage { shell: Shell::from(admin).at(Place::Settings), form, errors }
}

/// `GET /settings/instance`
pub async fn show(State(app): State<App>, Admin(admin): Admin) -> Answer {
    let form = InstanceForm { call_days: retention::days(&app.db).await?.to_string() };
    page(&instance_page(&admin, form, Errors::default()))
}

/// `POST /settings/instance`
pub async fn save(State(app): State<App>, Admin(admin): Admin, Form(form): Form<InstanceForm>) -> Answer {
    match form.call_days.trim().parse() {
        Ok(days) if DAYS.contains(&days) => {
            retention::set_days(&app.db, days).await?;
            see("/settings/instance")
        }
        _ => {
            let message = format!("A number of days from {} to {}.", DAYS.start(), DAYS.end());
            refused(&instance_page(&admin, form, Errors::one("call_days", message)))
        }
    }
}
