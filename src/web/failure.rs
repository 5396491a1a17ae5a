//! What can go wrong outside a form. A failed form is not one of these: it is
//! a page with a message beside the field.

use askama::Template;
use axum::{
    extract::rejection::PathRejection,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use axum_extra::extract::QueryRejection;

use super::Shell;
use crate::postgres::batch::SharedError;

/// Why a request was not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It does not exist, or this person may not know that it does: 404.
    #[error("not found")]
    NotFound,
    /// Signed in, and not allowed: 403. Says who may.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// Not signed in: 303 to the sign-in page, and back here afterwards.
    #[error("not signed in")]
    SignInFirst {
        /// The path to return to.
        next: String,
    },
    /// Somebody else was quicker, or it has changed meanwhile: 409. Says what to do.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The request itself is malformed: 400. Says how.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// The address takes other methods: 405.
    #[error("wrong method")]
    WrongMethod,
    /// A form of another kind than is read: 415.
    #[error("wrong content type")]
    WrongType,
    /// More than is read: 413.
    #[error("too large")]
    TooLarge,
    /// Used up or out of date: 410. Says what to do.
    #[error("gone: {0}")]
    Gone(&'static str),
    /// The database cannot be asked just now: 503, worth trying again.
    #[error("the database is unavailable: {0}")]
    Unavailable(SharedError),
    /// A fault of ours: 500, logged with its causes, never shown.
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        SharedError::new(error).into()
    }
}

impl From<SharedError> for Failure {
    fn from(error: SharedError) -> Self {
        use sqlx::Error as E;
        match &*error {
            E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed => Self::Unavailable(error),
            E::Database(cause) if cause.code().is_some_and(|code| passes(&code)) => Self::Unavailable(error),
            _ => Self::Unexpected(error.into()),
        }
    }
}

/// Whether a database error passes by itself: the server starts or stops
/// (57P0x), has no room (53xxx), or somebody else held a lock (40xxx, 55P03).
fn passes(code: &str) -> bool {
    ["57P", "53", "40", "55P03"].iter().any(|class| code.starts_with(class))
}

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Self::NotFound
    }
}

impl From<QueryRejection> for Failure {
    fn from(_: QueryRejection) -> Self {
        Self::BadRequest("The address has a parameter that can't be read.")
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    shell: Shell,
    status: u16,
    title: &'a str,
    advice: &'a str,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.log();
        if let Self::SignInFirst { next } = &self {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            return Redirect::to(&format!("/sign-in?next={next}")).into_response();
        }
        let (status, title, advice) = self.words();
        let page = FailurePage { shell: Shell::default(), status: status.as_u16(), title, advice };
        let html = page.render().unwrap_or_else(|_| title.to_owned());
        let mut response = (status, Html(html)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl Failure {
    /// Logs what an operator should know of, once.
    pub(super) fn log(&self) {
        match self {
            Self::Unexpected(error) => {
                tracing::error!(error = format!("{error:#}"), "unexpected failure");
            }
            Self::Unavailable(error) => tracing::warn!(%error, "database unavailable"),
            _ => {}
        }
    }

    /// How it is told: status, title, advice.
    pub(super) fn words(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address may be mistyped, or what it led to is not for you to see. Incidents can be found by number, title and date.",
            ),
            Self::Forbidden(who) => (StatusCode::FORBIDDEN, "This is not yours to do", who),
            Self::Conflict(advice) => (StatusCode::CONFLICT, "It has changed meanwhile", advice),
            Self::BadRequest(how) => (StatusCode::BAD_REQUEST, "The request can't be read", how),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "This address works in another way",
                "It takes a form, or shows a page, and not the other way round. Nothing was written.",
            ),
            Self::WrongType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The request can't be read",
                "Send the form as a browser does. Nothing was written.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "That is more than can be taken at once",
                "Go back, and send it in smaller parts. Nothing was written.",
            ),
            Self::Gone(advice) => (StatusCode::GONE, "This link no longer works", advice),
            Self::Unavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer just now",
                "Nothing was written. Go back and try again in a few seconds.",
            ),
            Self::SignInFirst { .. } | Self::Unexpected(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side",
                "Go back and try again. If it stays, the server's log has the details under this request's x-request-id.",
            ),
        }
    }
}
