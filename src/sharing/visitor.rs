//! A reader with a link and no sign-in. The secret in the path is the whole
//! permission; whoever guesses is slowed down.

use std::{net::IpAddr, num::NonZeroU32};

use askama::Template;
use axum::{
    RequestPartsExt,
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;

use super::links::{self, Link};
use crate::{
    App,
    people::address::ClientAddress,
    web::{Failure, Path, page_with},
};

/// How many secrets that are none an address may try in a minute. Nobody
/// guesses one of 256 bits; it keeps the database from being asked.
const GUESSES: NonZeroU32 = NonZeroU32::new(30).unwrap();

/// How often each address has tried what is no link.
pub struct Guesses(DefaultKeyedRateLimiter<IpAddr>);

impl Default for Guesses {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(GUESSES)))
    }
}

impl Guesses {
    fn are_too_many(&self, address: IpAddr) -> bool {
        self.0.check_key(&address).is_err()
    }

    /// Forgets the addresses that have stopped.
    pub fn sweep(&self) {
        self.0.retain_recent();
    }
}

/// Somebody who reads behind a link that works. Holding it is the permission.
pub struct Visitor {
    /// The link.
    pub link: Link,
    /// Its secret, as it stands in the address.
    pub token: String,
}

impl Visitor {
    /// The address of what they read.
    pub fn path(&self) -> String {
        format!("/s/{}", self.token)
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Path(Token { token }) = parts.extract().await.map_err(IntoResponse::into_response)?;
        let found = links::behind(&app.db, &token).await.map_err(|error| Failure::from(error).into_response())?;
        let now = app.now().await.map_err(IntoResponse::into_response)?;
        match found {
            Some(link) if link.works(&now) => Ok(Self { link, token }),
            Some(_) => Err(dead(StatusCode::GONE)),
            None => {
                let address = ClientAddress::from_request_parts(parts, app).await;
                let ClientAddress(address) = address.map_err(IntoResponse::into_response)?;
                let tries_too_often = app.guesses.are_too_many(address);
                Err(dead(if tries_too_often { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::NOT_FOUND }))
            }
        }
    }
}

#[derive(Template)]
#[template(path = "sharing/dead.html")]
struct DeadPage {
    status: u16,
}

/// What somebody sees whose link leads nowhere: kind, and nothing of what it led to.
fn dead(status: StatusCode) -> Response {
    let page = page_with(status, &DeadPage { status: status.as_u16() });
    let mut page = unlisted(page.unwrap_or_else(IntoResponse::into_response));
    if status == StatusCode::TOO_MANY_REQUESTS {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    page
}

/// Found by nobody who was not sent here.
pub fn unlisted(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow, noarchive"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
