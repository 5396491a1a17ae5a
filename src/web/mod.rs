//! What every page shares, and no feature: errors as pages, forms that keep
//! what was typed, headers, static files, Markdown, time.

pub mod assets;
pub mod events;
pub mod failure;
pub mod form;
pub mod guard;
pub mod items;
pub mod markdown;
mod params;
pub mod part;
pub mod problem;
pub mod time;
pub mod upload;

use askama::{Template, filters::HtmlSafe};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use uuid::Uuid;

pub use failure::Failure;
pub use params::{Path, Query};
pub use problem::Problem;

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

impl Shell {
    /// Around a page of this place.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// The signed-in person, as the layout shows them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Their id.
    pub id: Uuid,
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
    Ok((status, [no_store()], Html(html)).into_response())
}

const fn no_store() -> (HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Whether a browser takes what is compressed with gzip; all of them do.
fn takes_gzip(headers: &HeaderMap) -> bool {
    says(headers, &header::ACCEPT_ENCODING, "gzip")
}

fn says(headers: &HeaderMap, name: &HeaderName, text: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|said| said.contains(text))
}

/// Answers a form that was accepted: 303 to the page that shows what is now true.
pub fn see(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

/// An icon of `static/icons.svg`. It says nothing to a screen reader: a label
/// stands beside it.
pub struct Icon {
    name: &'static str,
    class: &'static str,
}

impl std::fmt::Display for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, class } = self;
        let sprite = assets::asset("icons.svg");
        write!(f, "<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"/></svg>")
    }
}

impl HtmlSafe for Icon {}

/// An icon of the size of text.
pub const fn icon(name: &'static str) -> Icon {
    Icon { name, class: "icon" }
}

/// A larger icon.
pub const fn large_icon(name: &'static str) -> Icon {
    Icon { name, class: "icon large" }
}

/// What shows that something opens.
pub const fn chevron() -> Icon {
    Icon { name: "chevron-down", class: "icon chevron" }
}
