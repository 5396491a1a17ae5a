//! `/me`: how I appear, my password, where I am signed in.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Person,
    address::ClientAddress,
    handle, one_time_links,
    password::{self, Password},
    sessions::{self, Listed, Session},
    store::{self, Refused},
    throttle,
};
use crate::{
    App,
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "people/me.html")]
struct MePage {
    shell: Shell,
    session: Session,
    form: Profile,
    errors: Errors,
    sessions: Vec<Listed>,
    zones: Vec<&'static str>,
}

/// How one appears.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Profile {
    name: String,
    handle: String,
    time_zone: String,
}

impl From<&Person> for Profile {
    fn from(person: &Person) -> Self {
        Self { name: person.name.clone(), handle: person.handle.clone(), time_zone: person.time_zone.clone() }
    }
}

/// `GET /me`
pub async fn show(State(app): State<App>, session: Session) -> Answer {
    let form = Profile::from(&session.person);
    page(&me(&app, session, form, Errors::default()).await?)
}

async fn me(app: &App, session: Session, form: Profile, errors: Errors) -> Result<MePage, Failure> {
    Ok(MePage {
        shell: Shell::from(&session.person).at(Place::Me),
        sessions: sessions::of(&app.db, session.person.id).await?,
        zones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
        session,
        form,
        errors,
    })
}

/// `POST /me`
pub async fn save(State(app): State<App>, session: Session, Form(form): Form<Profile>) -> Answer {
    let mut errors = Errors::default();
    let name = errors.take("name", form::line(&form.name, 100));
    let handle = errors.take("handle", handle(&form.handle));
    let zone = form.time_zone.parse::<chrono_tz::Tz>();
    let zone =
        errors.take("time_zone", zone.map_err(|_| "Please choose a zone from the list, such as Europe/Berlin.".into()));
    let (Some(name), Some(handle), Some(zone)) = (name, handle, zone) else {
        return refused(&me(&app, session, form, errors).await?);
    };
    let changed = Person { name, handle, time_zone: zone.name().into(), ..session.person.clone() };
    if store::set_profile(&app.db, &changed).await? == Err(Refused::HandleTaken) {
        return refused(&me(&app, session, form, Errors::one("handle", "Somebody else has this handle.")).await?);
    }
    see("/me")
}

/// A new password, and the one it replaces.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NewPassword {
    current_password: String,
    password: String,
}

/// `POST /me/password`
pub async fn change_password(
    State(app): State<App>,
    session: Session,
    ClientAddress(address): ClientAddress,
    Form(form): Form<NewPassword>,
) -> Answer {
    let person = &session.person;
    let mut errors = Errors::default();
    // A stolen session may not guess faster than a stranger at the door.
    if !throttle::take(&app.db, &person.email, address).await? {
        errors.add("current_password", "Too many tries. Please wait a quarter of an hour.");
    } else if password::verify(form.current_password, store::password_hash(&app.db, person.id).await?).await? {
        throttle::clear(&app.db, &person.email, address).await?;
    } else {
        errors.add("current_password", "This is not your current password.");
    }
    let mut chosen = None;
    // Judging one costs time that only its owner may spend.
    if errors.is_empty() {
        let about = [person.name.as_str(), &person.email];
        chosen = errors.take("password", Password::choose(&form.password, &about).await?);
    }
    let Some(password) = chosen else {
        let profile = Profile::from(person);
        return refused(&me(&app, session, profile, errors).await?);
    };
    let hash = password.hash().await?;
    let mut tx = app.db.begin().await?;
    store::set_password(&mut *tx, person.id, &hash).await?;
    one_time_links::end_resets(&mut *tx, person.id).await?;
    sessions::end_all(&mut *tx, person.id, Some(session.id)).await?;
    tx.commit().await?;
    app.streams.sweep(&app.db).await?;
    see("/me")
}

/// `POST /me/sessions/{id}/end`
pub async fn end_session(State(app): State<App>, session: Session, Path(id): Path<Uuid>) -> Result<Response, Failure> {
    sessions::end(&app.db, session.person.id, id).await?;
    app.streams.sweep(&app.db).await?;
    see("/me")
}

/// `POST /me/sessions/end-others`
pub async fn end_other_sessions(State(app): State<App>, session: Session) -> Answer {
    sessions::end_all(&app.db, session.person.id, Some(session.id)).await?;
    app.streams.sweep(&app.db).await?;
    see("/me")
}
