//! Asking through a link. What others have asked is offered first; a question
//! goes to whoever speaks for the response, and interrupts nobody else.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use axum_extra::extract::{CookieJar, cookie::{Cookie, SameSite}};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use uuid::Uuid;

use super::{pages::ScreenPage, visitor::Visitor};
use crate::{
    App,
    people::secret::{self, Secret},
    timeline::key::fresh,
    updates::questions::{self, Asker},
    web::{
        Answer,
        form::{self, Errors, Form},
        see,
    },
};
