//! `/incidents/{number}/roles`: who holds which role, taken and given, and who
//! held it before.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::held::{self, Held, Term};
use crate::{
    App,
    incidents::{Incident, Responding, Seen},
    people::{self, Person},
    terms::Role,
    timeline::{Key, NotWritten, commander, key::fresh},
    web::{
        Answer, Failure, Place, Shell,
        form::{Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "response/roles.html")]
struct RolesPage {
    shell: Shell,
    incident: Incident,
    me: Person,
    roles: Vec<Held>,
    history: Vec<Term>,
    everybody: Vec<Person>,
    now: DateTime<Utc>,
    leads: bool,
    key: String,
    errors: Errors,
}

impl RolesPage {
    fn may_write(&self) -> bool {
        self.me.role >= Role::Responder
    }
}

/// `GET /incidents/{number}/roles`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&roles_page(&app, incident, person, Errors::default()).await?)
}

async fn roles_page(app: &App, incident: Incident, me: Person, errors: Errors) -> Result<RolesPage, Failure> {
    let number = incident.number;
    Ok(RolesPage {
        shell: Shell::from(&me).at(Place::Incidents),
        roles: held::of(&app.db, number).await?,
        history: held::history(&app.db, number).await?,
        everybody: people::store::active(&app.db).await?,
        leads: commander::leads(&app.db, number, &me).await?,
        now: app.now().await?,
        key: fresh(),
        incident,
        me,
        errors,
    })
}

/// Who is to hold which role: an address or handle, `me`, or nothing for nobody.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RoleForm {
    key: String,
    role: String,
    person: String,
}

/// `POST /incidents/{number}/roles`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<RoleForm>,
) -> Answer {
    let to = match somebody(&app, &person, &form.person).await? {
        Ok(to) => to,
        Err(message) => {
            let errors = Errors::one("person", message);
            return refused(&roles_page(&app, incident, person, errors).await?);
        }
    };
    let key = Key::new(&person, &form.key, &[&incident.path(), "role", &form.role, &form.person]);
    match held::set(&app, &person, (incident.number, &form.role), to.as_ref(), key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Failed(failure)) => Err(failure),
        Err(NotWritten::Refused(errors)) => refused(&roles_page(&app, incident, person, errors).await?),
    }
}

/// Whom a form names: an address or handle, `me`, or nothing for nobody.
pub async fn somebody(app: &App, me: &Person, typed: &str) -> sqlx::Result<Result<Option<Person>, String>> {
    Ok(match typed.trim().trim_start_matches('@') {
        "" => Ok(None),
        "me" => Ok(Some(me.clone())),
        name => responder(app, name).await?.map(Some),
    })
}

/// Whoever an address or handle names, if they respond.
pub async fn responder(app: &App, name: &str) -> sqlx::Result<Result<Person, String>> {
    let name = name.trim().trim_start_matches('@').to_lowercase();
    // No text with this character is anybody's, and none can be asked for.
    let found = if name.contains('\0') { vec![] } else { people::store::named(&app.db, &[name]).await? };
    let able = found.into_iter().find(|it| it.role >= Role::Responder);
    Ok(able.ok_or_else(|| "Nobody here who responds has this address or handle.".to_owned()))
}
