//! `/settings/roles`: what each role is called, what its holder does, and when
//! somebody should hold it.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use crate::{
    App,
    people::{Admin, Person},
    response::duties::{self, Duty},
    terms::Severity,
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

const HERE: &str = "/settings/roles";
/// How long a role may stay empty unless said otherwise, in minutes.
const EMPTY_MINUTES: i32 = 5;

#[derive(Template)]
#[template(path = "settings/roles.html")]
struct RolesPage {
    shell: Shell,
    duties: Vec<Duty>,
    /// The one that is changed; `None` where one is added.
    editing: Option<Duty>,
    form: RoleForm,
    errors: Errors,
}

impl RolesPage {
    /// Where the form goes. Templates call it.
    fn action(&self) -> String {
        self.editing.as_ref().map_or(HERE.into(), |duty| format!("{HERE}/{}", duty.name))
    }
}

/// A role as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RoleForm {
    label: String,
    duty: String,
    needed_from: String,
    empty_minutes: String,
}

impl From<&Duty> for RoleForm {
    fn from(duty: &Duty) -> Self {
        Self {
            label: duty.label.clone(),
            duty: duty.duty.clone(),
            needed_from: duty.needed_from.map(|from| from.word().to_owned()).unwrap_or_default(),
            empty_minutes: duty.empty_minutes.to_string(),
        }
    }
}

impl RoleForm {
    fn check(&self, was: Option<&Duty>) -> Result<Duty, Errors> {
        let mut errors = Errors::default();
        let label = errors.take("label", form::line(&self.label, 60));
        let duty = errors.take("duty", form::text(&self.duty, 1000));
        let needed_from = errors.take("needed_from", needed_from(&self.needed_from));
        let empty_minutes = errors.take("empty_minutes", empty_minutes(&self.empty_minutes));
        let name = match was {
            Some(was) => Some(was.name.clone()),
            None => label.as_deref().and_then(|label| errors.take("label", name_of(label))),
        };
        match (name, label, duty, needed_from, empty_minutes) {
            (Some(name), Some(label), Some(duty), Some(needed_from), Some(empty_minutes)) if errors.is_empty() => {
                Ok(Duty { name, label, duty, needed_from, empty_minutes, built_in: was.is_some_and(|it| it.built_in) })
            }
            _ => Err(errors),
        }
    }
}

/// A name for addresses and programs: `Database liaison` is `database-liaison`.
fn name_of(label: &str) -> Result<String, String> {
    let words = label.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let name: String = name.trim_start_matches(|first: char| !first.is_ascii_lowercase()).chars().take(40).collect();
    if name.is_empty() { Err("Please use some letters of the English alphabet.".into()) } else { Ok(name) }
}

fn needed_from(typed: &str) -> Result<Option<Severity>, String> {
    match typed {
        "" => Ok(None),
        word => word.parse().map(Some).map_err(|_| "Please choose a severity, or that nobody has to.".into()),
    }
}

fn empty_minutes(typed: &str) -> Result<i32, String> {
    match typed.trim() {
        "" => Ok(EMPTY_MINUTES),
        typed => match typed.parse() {
            Ok(minutes @ 1..=10_080) => Ok(minutes),
            _ => Err("A number of minutes from 1 to 10080, which is a week.".into()),
        },
    }
}

/// `GET /settings/roles`
pub async fn show(State(app): State<App>, Admin(admin): Admin) -> Answer {
    let form = RoleForm { empty_minutes: EMPTY_MINUTES.to_string(), ..RoleForm::default() };
    page(&roles_page(&app, &admin, None, form, Errors::default()).await?)
}

async fn roles_page(
    app: &App,
    admin: &Person,
    editing: Option<Duty>,
    form: RoleForm,
    errors: Errors,
) -> sqlx::Result<RolesPage> {
    let shell = Shell::from(admin).at(Place::Settings);
    Ok(RolesPage { shell, duties: duties::all(&app.db).await?, editing, form, errors })
}

/// `POST /settings/roles`
pub async fn add(State(app): State<App>, Admin(admin): Admin, Form(form): Form<RoleForm>) -> Answer {
    let errors = match form.check(None) {
        Ok(duty) if duties::all(&app.db).await?.iter().any(|it| it.name == duty.name) => {
            Errors::one("label", "There is a role of this name. Call it otherwise, or change that one.")
        }
        Ok(duty) => {
            duties::save(&app.db, &duty).await?;
            return see(HERE);
        }
        Err(errors) => errors,
    };
    refused(&roles_page(&app, &admin, None, form, errors).await?)
}

async fn find(app: &App, name: &str) -> Result<Duty, Failure> {
    duties::all(&app.db).await?.into_iter().find(|it| it.name == name).ok_or(Failure::NotFound)
}

/// `GET /settings/roles/{role}`
pub async fn edit(State(app): State<App>, Admin(admin): Admin, Path(role): Path<String>) -> Answer {
    let duty = find(&app, &role).await?;
    let form = RoleForm::from(&duty);
    page(&roles_page(&app, &admin, Some(duty), form, Errors::default()).await?)
}

/// `POST /settings/roles/{role}`
pub async fn save(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(role): Path<String>,
    Form(form): Form<RoleForm>,
) -> Answer {
    let was = find(&app, &role).await?;
    match form.check(Some(&was)) {
        Ok(duty) => {
            duties::save(&app.db, &duty).await?;
            see(HERE)
        }
        Err(errors) => refused(&roles_page(&app, &admin, Some(was), form, errors).await?),
    }
}

/// `POST /settings/roles/{role}/remove`
pub async fn remove(State(app): State<App>, Admin(admin): Admin, Path(role): Path<String>) -> Answer {
    let duty = find(&app, &role).await?;
    if duties::remove(&app.db, &duty.name).await? {
        return see(HERE);
    }
    let why = "It was held or offered, and its history stays. Say that nobody has to hold it instead.";
    let form = RoleForm::from(&duty);
    refused(&roles_page(&app, &admin, Some(duty), form, Errors::one("remove", why)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_after_its_label() {
        for (label, name) in [
            ("Database liaison", Ok("database-liaison")),
            ("  2nd line / night ", Ok("nd-line-night")),
            ("Verbindungsoffizier", Ok("verbindungsoffizier")),
            ("Ü", Err(())),
            ("記録係", Err(())),
        ] {
            assert_eq!(name_of(label).map_err(drop).as_deref(), name.as_deref().map_err(|()| &()), "{label}");
        }
    }
}
