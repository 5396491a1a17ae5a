//! `/settings/people`: who may come in, and as what.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    App,
    people::{
        Admin, Person, email,
        one_time_links::{self, Purpose},
        sessions,
        store::{self, Listed, Refused},
    },
    terms::Role,
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// A one-time link, shown once.
pub struct MadeLink {
    what: String,
    url: String,
}

#[derive(Template)]
#[template(path = "settings/people.html")]
struct PeoplePage {
    shell: Shell,
    people: Vec<Listed>,
    link: Option<MadeLink>,
    form: InviteForm,
    errors: Errors,
}

/// An invitation as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct InviteForm {
    email: String,
    name: String,
    role: String,
}

/// `GET /settings/people`
pub async fn show(State(app): State<App>, Admin(admin): Admin) -> Answer {
    page(&people_page(&app, &admin, InviteForm::default(), Errors::default()).await?)
}

async fn people_page(app: &App, admin: &Person, form: InviteForm, errors: Errors) -> sqlx::Result<PeoplePage> {
    let people = store::list(&app.db).await?;
    Ok(PeoplePage { shell: shell(admin), people, link: None, form, errors })
}

fn shell(admin: &Person) -> Shell {
    Shell::from(admin).at(Place::Settings)
}

/// `POST /settings/people`: makes an invitation link and shows it.
pub async fn invite(State(app): State<App>, Admin(admin): Admin, Form(form): Form<InviteForm>) -> Answer {
    let mut errors = Errors::default();
    let address = errors.take("email", email(&form.email));
    let name = errors.take("name", form::optional_line(&form.name, 100));
    let role: Option<Role> = errors.take("role", form.role.parse().map_err(|_| "Please choose a role.".to_owned()));
    let (Some(email), Some(name), Some(role)) = (address, name, role) else {
        return refused(&people_page(&app, &admin, form, errors).await?);
    };
    if store::with_email(&app.db, &email).await?.is_some() {
        let errors =
            Errors::one("email", "Somebody has this address already. Their account page makes a new-password link.");
        return refused(&people_page(&app, &admin, form, errors).await?);
    }
    let what = format!("Invitation for {email}.");
    let mut tx = app.db.begin().await?;
    let path = one_time_links::make(&mut tx, &Purpose::Invite { email, name, role }, Some(admin.id)).await?;
    tx.commit().await?;
    let link = Some(MadeLink { what, url: app.web.url(&path) });
    page(&PeoplePage { link, ..people_page(&app, &admin, InviteForm::default(), Errors::default()).await? })
}

/// A role as it was chosen.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RoleForm {
    role: String,
}

/// `POST /settings/people/{id}/role`
pub async fn set_role(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<Uuid>,
    Form(form): Form<RoleForm>,
) -> Answer {
    let Ok(role) = form.role.parse() else {
        let errors = Errors::one("role", "Please choose a role.");
        return refused(&people_page(&app, &admin, InviteForm::default(), errors).await?);
    };
    let mut tx = app.db.begin().await?;
    match store::set_role(&mut tx, id, role).await? {
        Ok(()) => tx.commit().await?,
        Err(Refused::LastAdmin) => {
            let errors = Errors::one("role", "Somebody must stay an admin: this is the last one.");
            return refused(&people_page(&app, &admin, InviteForm::default(), errors).await?);
        }
        Err(_) => return Err(Failure::NotFound),
    }
    see("/settings/people")
}

#[derive(Template)]
#[template(path = "settings/person.html")]
struct PersonPage {
    shell: Shell,
    person: Person,
    active: bool,
    sessions: Vec<sessions::Listed>,
    link: Option<MadeLink>,
    errors: Errors,
}

/// `GET /settings/people/{id}`
pub async fn account(State(app): State<App>, Admin(admin): Admin, Path(id): Path<Uuid>) -> Answer {
    page(&person_page(&app, &admin, id, Errors::default()).await?)
}

async fn person_page(app: &App, admin: &Person, id: Uuid, errors: Errors) -> Result<PersonPage, Failure> {
    let person = store::find(&app.db, id).await?.ok_or(Failure::NotFound)?;
    Ok(PersonPage {
        shell: shell(admin),
        active: store::is_active(&app.db, id).await?,
        sessions: sessions::of(&app.db, id).await?,
        link: None,
        person,
        errors,
    })
}

/// `POST /settings/people/{id}/reset`: makes a new-password link and shows it.
pub async fn reset(State(app): State<App>, Admin(admin): Admin, Path(id): Path<Uuid>) -> Answer {
    let shown = person_page(&app, &admin, id, Errors::default()).await?;
    let mut tx = app.db.begin().await?;
    let path = one_time_links::make(&mut tx, &Purpose::Reset { person: id }, Some(admin.id)).await?;
    tx.commit().await?;
    let link = MadeLink { what: format!("New-password link for {}.", shown.person.name), url: app.web.url(&path) };
    page(&PersonPage { link: Some(link), ..shown })
}

/// Whether somebody may sign in.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ActiveForm {
    active: String,
}

/// `POST /settings/people/{id}/active`
pub async fn set_active(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<Uuid>,
    Form(form): Form<ActiveForm>,
) -> Answer {
    let Ok(active) = form.active.parse() else {
        let errors = Errors::one("active", "Please say whether they may sign in.");
        return refused(&person_page(&app, &admin, id, errors).await?);
    };
    let mut tx = app.db.begin().await?;
    match store::set_active(&mut tx, id, active).await? {
        Ok(()) => {
            if !active {
                // They do not come back to life when this person is let in again.
                sessions::end_all(&mut *tx, id, None).await?;
            }
            tx.commit().await?;
        }
        Err(Refused::LastAdmin) => {
            let errors = Errors::one("active", "Somebody must stay an admin: this is the last one.");
            return refused(&person_page(&app, &admin, id, errors).await?);
        }
        Err(_) => return Err(Failure::NotFound),
    }
    app.streams.sweep(&app.db).await?;
    see(&format!("/settings/people/{id}"))
}

/// `POST /settings/people/{id}/sessions/{session}/end`
pub async fn end_session(State(app): State<App>, Admin(_): Admin, Path((id, session)): Path<(Uuid, Uuid)>) -> Answer {
    sessions::end(&app.db, id, session).await?;
    app.streams.sweep(&app.db).await?;
    see(&format!("/settings/people/{id}"))
}

/// `POST /settings/people/{id}/sessions/end`
pub async fn end_sessions(State(app): State<App>, Admin(_): Admin, Path(id): Path<Uuid>) -> Answer {
    sessions::end_all(&app.db, id, None).await?;
    app.streams.sweep(&app.db).await?;
    see(&format!("/settings/people/{id}"))
}
