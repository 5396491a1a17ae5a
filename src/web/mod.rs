//! What every page shares, and no feature: errors as pages, forms that keep
//! what was typed, headers, static files, Markdown, time.

pub mod assets;
pub mod events;
pub mod failure;
pub mod form;
pub mod guard;
pub mod markdown;
pub mod time;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};

pub use failure::Failure;

use crate::terms::Role;

/// What a handler answers.
pub type Answer = Result<Response, Failure>;

/// What the layout shows around every page.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    /// Who is signed in, if anybody.
    pub person: Option<SignedIn>,
    /// The top-level place this page belongs to: marks it in the navigation.
    pub place: Place,
}

/// The signed-in person, as the layout shows them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// The places of the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// `/`
    Home,
    /// `/incidents` and below.
    Incidents,
    /// `/settings` and below.
    Settings,
    /// `/me`
    Me,
    /// Anything else.
    #[default]
    Elsewhere,
}

/// Answers a page with status 200.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// Answers a form that could not be accepted: 422, what was typed still in it.
pub fn refused(template: &impl Template) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// Answers a page under a status. Pages are private: no cache keeps them.
pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let html = template.render().map_err(anyhow::Error::from)?;
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((status, [no_store], Html(html)).into_response())
}

/// Answers a form that was accepted: 303 to the page that shows what is now true.
pub fn see(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}
