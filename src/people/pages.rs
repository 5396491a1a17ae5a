//! Signing in and out, and the pages behind one-time links.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect},
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Visitor,
    address::ClientAddress,
    email,
    one_time_links::{self, Purpose},
    password::{self, Password},
    sessions, store, throttle,
};
use crate::{
    App,
    terms::Role,
    web::{
        Answer, Failure, Path, Query, Shell,
        form::{self, Errors, Form},
        page, page_with, refused, see,
    },
};

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: SignIn,
    errors: Errors,
}

/// What one signs in with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SignIn {
    email: String,
    password: String,
    next: String,
}

/// `GET /sign-in`
pub async fn sign_in_page(Visitor(session): Visitor, Query(form): Query<SignIn>) -> Answer {
    if session.is_some() {
        return see(local_path(&form.next));
    }
    page(&SignInPage { shell: Shell::default(), form, errors: Errors::default() })
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Form(mut form): Form<SignIn>,
) -> Answer {
    let account = form.email.trim().to_lowercase();
    let typed = std::mem::take(&mut form.password);
    let again = |status, form, message: &str| {
        let errors = Errors::one("password", message);
        page_with(status, &SignInPage { shell: Shell::default(), form, errors })
    };
    if account.contains('\0') || account.chars().count() > 254 {
        return again(StatusCode::UNPROCESSABLE_ENTITY, form, WRONG);
    }
    if !throttle::take(&app.db, &account, address).await? {
        let mut response = again(
            StatusCode::TOO_MANY_REQUESTS,
            form,
            "Too many tries. Please wait a quarter of an hour, or ask an admin for a link.",
        )?;
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("900"));
        return Ok(response);
    }
    let person = store::with_email(&app.db, &account).await?;
    let stored = match person {
        Some(id) => store::password_hash(&app.db, id).await?,
        None => None,
    };
    let right = password::verify(typed, stored).await?;
    let Some(person) = person.filter(|_| right) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, form, WRONG);
    };
    throttle::clear(&app.db, &account, address).await?;
    let session = begin_session(&app, &headers, &jar, person).await?;
    Ok((session, Redirect::to(local_path(&form.next))).into_response())
}

const WRONG: &str = "This e-mail address and password do not belong together.";

/// Begins a new session and ends the one this browser had: an id that somebody
/// else planted or saw is worth nothing afterwards.
async fn begin_session(app: &App, headers: &HeaderMap, jar: &CookieJar, person: Uuid) -> Result<CookieJar, Failure> {
    if let Some(old) = jar.get(sessions::cookie_name(&app.web))
        && let Some(old) = sessions::find(app, old.value()).await?
    {
        sessions::end(&app.db, old.person.id, old.id).await?;
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let secret = sessions::begin(&app.db, person, user_agent).await?;
    Ok(CookieJar::new().add(sessions::cookie(&app.web, secret.reveal().to_owned())))
}

/// A path of our own to return to; anything else leads home.
fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.chars().all(|c| c.is_ascii_graphic())
        && !next.starts_with("/sign-");
    if local { next } else { "/" }
}

/// `POST /sign-out`
pub async fn sign_out(State(app): State<App>, Visitor(session): Visitor) -> Answer {
    if let Some(session) = session {
        sessions::end(&app.db, session.person.id, session.id).await?;
        app.streams.sweep(&app.db).await?;
    }
    let gone = Cookie::build((sessions::cookie_name(&app.web), ""))
        .path("/")
        .http_only(true)
        .secure(app.web.is_https())
        .max_age(std::time::Duration::ZERO.try_into().unwrap_or_default())
        .build();
    Ok((CookieJar::new().add(gone), Redirect::to("/sign-in")).into_response())
}

#[derive(Template)]
#[template(path = "people/welcome.html")]
struct WelcomePage {
    shell: Shell,
    purpose: Purpose,
    action: String,
    form: Welcome,
    errors: Errors,
}

/// What the person behind a one-time link says of themselves.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Welcome {
    name: String,
    email: String,
    password: String,
}

const USED: Failure = Failure::Gone("It was used, has expired, or was replaced. Ask an admin for a new one.");

/// `GET /setup/{token}`, `/invite/{token}`, `/reset/{token}`
pub async fn welcome_page(State(app): State<App>, uri: axum::http::Uri, Path(token): Path<String>) -> Answer {
    let purpose = one_time_links::find(&app.db, &token).await?.ok_or(USED)?;
    let name = if let Purpose::Invite { name, .. } = &purpose { name.clone() } else { String::new() };
    let form = Welcome { name, ..Welcome::default() };
    page(&WelcomePage { shell: Shell::default(), purpose, action: uri.path().into(), form, errors: Errors::default() })
}

/// `POST /setup/{token}`, `/invite/{token}`, `/reset/{token}`
pub async fn welcome(
    State(app): State<App>,
    uri: axum::http::Uri,
    Path(token): Path<String>,
    (headers, jar): (HeaderMap, CookieJar),
    Form(mut form): Form<Welcome>,
) -> Answer {
    let purpose = one_time_links::find(&app.db, &token).await?.ok_or(USED)?;
    let typed = std::mem::take(&mut form.password);
    if let Purpose::Reset { person } = &purpose {
        let known = store::find(&app.db, *person).await?.ok_or(USED)?;
        (form.name, form.email) = (known.name, known.email);
    }
    let newcomer = match Newcomer::check(&purpose, &form, &typed).await? {
        Ok(newcomer) => newcomer,
        Err(errors) => {
            return refused(&WelcomePage { shell: Shell::default(), purpose, action: uri.path().into(), form, errors });
        }
    };
    let hash = newcomer.password.hash().await?;
    let mut tx = app.db.begin().await?;
    if !one_time_links::use_up(&mut tx, &token).await? {
        return Err(USED);
    }
    let person = admit(&mut tx, &purpose, &newcomer.email, &newcomer.name).await?.ok_or(USED)?;
    store::set_password(&mut *tx, person, &hash).await?;
    sessions::end_all(&mut *tx, person, None).await?;
    tx.commit().await?;
    app.streams.sweep(&app.db).await?;
    let session = begin_session(&app, &headers, &jar, person).await?;
    Ok((session, Redirect::to("/")).into_response())
}

struct Newcomer {
    name: String,
    email: String,
    password: Password,
}

impl Newcomer {
    async fn check(purpose: &Purpose, form: &Welcome, typed: &str) -> anyhow::Result<Result<Self, Errors>> {
        let mut errors = Errors::default();
        let (name, email) = match purpose {
            Purpose::Reset { .. } => (Some(form.name.clone()), Some(form.email.clone())),
            Purpose::Invite { email, .. } => (errors.take("name", form::line(&form.name, 100)), Some(email.clone())),
            Purpose::Setup => {
                (errors.take("name", form::line(&form.name, 100)), errors.take("email", email(&form.email)))
            }
        };
        let about = [form.name.as_str(), email.as_deref().unwrap_or_default()];
        let password = errors.take("password", Password::choose(typed, &about).await?);
        match (name, email, password) {
            (Some(name), Some(email), Some(password)) => Ok(Ok(Self { name, email, password })),
            _ => Ok(Err(errors)),
        }
    }
}

/// The person the link was for; `None` when somebody else has the address by now.
async fn admit(tx: &mut PgConnection, purpose: &Purpose, email: &str, name: &str) -> sqlx::Result<Option<Uuid>> {
    match purpose {
        Purpose::Reset { person } => Ok(Some(*person)),
        Purpose::Invite { role, .. } => Ok(store::add(tx, email, name, *role).await?.ok()),
        Purpose::Setup => Ok(store::add(tx, email, name, Role::Admin).await?.ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn one_is_sent_back_only_within_this_site() {
        assert_eq!(local_path("/incidents/7?kind=action#e3"), "/incidents/7?kind=action#e3");
        for elsewhere in [
            "",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "https:evil.test",
            "/\t/evil.test",
            "/\0",
            "/\u{7f}",
            "/ evil",
            "\\\\evil",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
