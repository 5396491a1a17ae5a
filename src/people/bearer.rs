//! Programs: they carry a token in `Authorization: Bearer …`, and no cookie
//! counts for them.

use std::num::NonZeroU32;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use uuid::Uuid;

use super::{
    access::Access,
    tokens::{self, Token},
};
use crate::{
    App,
    terms::{Role, Scope},
    web::Problem,
};

/// How often a token may write, in a minute.
const WRITES: NonZeroU32 = NonZeroU32::new(1200).unwrap();

/// How often each token may write.
pub struct Limits(DefaultKeyedRateLimiter<Uuid>);

impl Default for Limits {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(WRITES)))
    }
}

impl Limits {
    /// Counts a write, or says how many seconds to wait.
    fn count(&self, token: Uuid) -> Result<(), u64> {
        self.0.check_key(&token).map_err(|early| {
            let wait = early.wait_time_from(governor::clock::DefaultClock::default().now());
            wait.as_secs() + 1
        })
    }
}

/// The guard of the API's routes.
pub async fn guard(app: &App, access: Access, mut request: Request, next: Next) -> Response {
    let token = match admit(app, access, request.headers().clone()).await {
        Ok(token) => token,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(token);
    next.run(request).await
}

async fn admit(app: &App, access: Access, headers: HeaderMap) -> Result<Token, Problem> {
    let carried = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let carried =
        carried.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, carried)) = carried else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "Send a token: Authorization: Bearer …"));
    };
    let token = tokens::find(&app.db, carried.trim()).await?;
    let token =
        token.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "This token is not known, or was revoked."))?;
    match access {
        Access::Write => may_write(&token)?,
        Access::Ask => may_ask(&token)?,
        _ => {}
    }
    if access != Access::Read {
        app.limits.count(token.id).map_err(|seconds| Problem {
            retry_after: Some(seconds),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, format!("{WRITES} writes a minute. Wait {seconds} s."))
        })?;
    }
    Ok(token)
}

fn may_ask(token: &Token) -> Result<(), Problem> {
    if token.scope != Scope::Write {
        return Err(Problem::new(StatusCode::FORBIDDEN, "This token only reads."));
    }
    Ok(())
}

fn may_write(token: &Token) -> Result<(), Problem> {
    may_ask(token)?;
    if token.person.role < Role::Responder {
        return Err(Problem::new(StatusCode::FORBIDDEN, "Viewers read along; this token's owner is one."));
    }
    Ok(())
}

/// The program that asks: it may read.
pub struct Reader(pub Token);

/// The program that asks: it may write.
pub struct Writer(pub Token);

/// The program that asks something, or says that it asks the same: that may be a viewer's.
pub struct Asker(pub Token);

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let token = parts.extensions.get::<Token>().cloned();
        token.map(Self).ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "Send a token."))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Reader(token) = Reader::from_request_parts(parts, state).await?;
        may_write(&token)?;
        Ok(Self(token))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Reader(token) = Reader::from_request_parts(parts, state).await?;
        may_ask(&token)?;
        Ok(Self(token))
    }
}
