//! Who may call what. Every route is registered with an [`Access`]; the guard
//! refuses before the handler runs, and the extractors hand the handler the
//! person it may trust: holding the value is the permission.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;

use super::{Person, bearer, sessions, sessions::Session};
use crate::{App, terms::Role, web::Failure};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; nobody looks who.
    Open,
    /// Anybody, signed in or not.
    Visitor,
    /// Whoever is signed in.
    Viewer,
    /// Responders and admins.
    Responder,
    /// Whoever commands the incident, and admins. The guard lets responders in,
    /// the handler's `Leading` asks further.
    Commander,
    /// Admins.
    Admin,
    /// A program with a token.
    Read,
    /// A program with a token that writes, of a responder or an admin.
    Write,
    /// A program with a token that writes, of anybody: viewers ask as well.
    Ask,
}

impl Access {
    const fn needs(self) -> Option<Role> {
        match self {
            Self::Open | Self::Visitor | Self::Read | Self::Write | Self::Ask => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Responder | Self::Commander => Some(Role::Responder),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// The guard of a route: finds out who asks, and refuses who may not.
pub async fn guard(State((app, access)): State<(App, Access)>, mut request: Request, next: Next) -> Response {
    match access {
        Access::Open => return next.run(request).await,
        Access::Read | Access::Write | Access::Ask => return bearer::guard(&app, access, request, next).await,
        _ => {}
    }
    let session = match current(&app, request.headers()).await {
        Ok(session) => session.filter(|session| is_of(session, request.headers())),
        Err(failure) => return failure.into_response(),
    };
    if let Some(needed) = access.needs() {
        let allowed = match &session {
            None => Err(sign_in_first(request.method(), request.uri(), request.headers())),
            Some(session) => holds(&session.person, needed),
        };
        if let Err(failure) = allowed {
            return failure.into_response();
        }
    }
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    next.run(request).await
}

async fn current(app: &App, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    let jar = CookieJar::from_headers(headers);
    match jar.get(sessions::cookie_name(&app.web)) {
        Some(cookie) => Ok(sessions::find(app, cookie.value()).await?),
        None => Ok(None),
    }
}

/// A script says whose page it runs on. If somebody else has signed in since,
/// it is signed out: what one person typed is not sent as another.
fn is_of(session: &Session, headers: &HeaderMap) -> bool {
    headers.get("x-person").is_none_or(|person| person.as_bytes() == session.person.id.to_string().as_bytes())
}

fn holds(person: &Person, needed: Role) -> Result<(), Failure> {
    if person.role >= needed {
        return Ok(());
    }
    Err(Failure::Forbidden(match needed {
        Role::Admin => "Only admins may do this. Ask one of them.",
        _ => "Viewers read along. Ask an admin to make you a responder.",
    }))
}

/// Back to where one was: the page itself, or the page a form was sent from.
fn sign_in_first(method: &Method, uri: &Uri, headers: &HeaderMap) -> Failure {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let referrer = referrer.and_then(|text| url::Url::parse(text).ok());
    let next = match referrer {
        Some(page) if method != Method::GET => page[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        _ if method == Method::GET => uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        _ => "/".to_owned(),
    };
    Failure::SignInFirst { next }
}

/// Whoever asks, signed in or not.
pub struct Visitor(pub Option<Session>);

/// Somebody signed in.
pub struct Viewer(pub Person);

/// Somebody who may write in rooms.
pub struct Responder(pub Person);

/// Somebody who administers the instance.
pub struct Admin(pub Person);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Ok(Self(parts.extensions.get::<Session>().cloned()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let session = parts.extensions.get::<Session>().cloned();
        session.ok_or_else(|| sign_in_first(&parts.method, &parts.uri, &parts.headers))
    }
}

macro_rules! extract_person {
    ($($name:ident)+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
                let session = Session::from_request_parts(parts, state).await?;
                holds(&session.person, Role::$name)?;
                Ok(Self(session.person))
            }
        }
    )+};
}
extract_person!(Viewer Responder Admin);
