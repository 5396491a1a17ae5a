//! Asking through a link. What others have asked is offered first; a question
//! goes to whoever speaks for the response, and interrupts nobody else.

use std::{net::IpAddr, num::NonZeroU32};

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use uuid::Uuid;

use super::{pages::ScreenPage, visitor::Visitor};
use crate::{
    App,
    people::{
        address::ClientAddress,
        secret::{self, Secret},
    },
    timeline::{NotWritten, key::fresh},
    updates::questions::{self, Asker, MAX_QUESTION},
    web::{
        Answer, Failure,
        form::{self, Errors, Form},
        see,
    },
};

/// How much may be asked through one link in an hour: a question is for a
/// person to answer, who has other things to do.
const QUESTIONS: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// Tells browsers apart that say they ask the same: random, and given to nobody
/// who has not said so.
const READER: &str = "reader";

/// How often an address may say in an hour that somebody there asks the same.
const SAME: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// How much was asked through each link.
pub struct Asking {
    questions: DefaultKeyedRateLimiter<Uuid>,
    same: DefaultKeyedRateLimiter<(Uuid, IpAddr)>,
}

impl Default for Asking {
    fn default() -> Self {
        let (questions, same) = (Quota::per_hour(QUESTIONS), Quota::per_hour(SAME));
        Self { questions: RateLimiter::keyed(questions), same: RateLimiter::keyed(same) }
    }
}

impl Asking {
    /// Forgets the links through which nobody asks any more.
    pub fn sweep(&self) {
        self.questions.retain_recent();
        self.same.retain_recent();
    }
}

/// A question as it was typed.
#[derive(Deserialize)]
#[serde(default)]
pub struct AskForm {
    pub(super) key: String,
    pub(super) body: String,
    /// Said at all: others' questions were offered, and it is none of them.
    pub(super) anyway: Option<String>,
}

impl Default for AskForm {
    fn default() -> Self {
        Self { key: fresh(), body: String::new(), anyway: None }
    }
}

/// `POST /s/{token}/questions`
pub async fn ask(State(app): State<App>, visitor: Visitor, Form(form): Form<AskForm>) -> Answer {
    let page = ScreenPage::of(&app, &visitor).await?;
    if !page.may_ask {
        return Err(Failure::Forbidden("This page takes no questions."));
    }
    let (link, incident) = (visitor.link.id, visitor.link.incident);
    let body = match form::text(&form.body, MAX_QUESTION) {
        Ok(body) => body,
        Err(why) => return page.again(form, Errors::one("body", why)).answer(StatusCode::UNPROCESSABLE_ENTITY),
    };
    if form.anyway.is_none() {
        let alike = questions::similar(&app.db, incident, &body).await?;
        let similar =
            page.rendered.shown.waiting.iter().filter(|(id, _)| alike.contains(id)).cloned().collect::<Vec<_>>();
        if !similar.is_empty() {
            return ScreenPage { similar, form, ..page }.answer(StatusCode::OK);
        }
    }
    if app.asking.questions.check_key(&link).is_err() {
        let errors = Errors::one("body", "Much was asked just now. It is kept here: send it again in some minutes.");
        return page.again(form, errors).answer(StatusCode::TOO_MANY_REQUESTS);
    }
    match questions::ask(&app, Asker::Reader(link), incident, body, form.key.parse().ok()).await {
        Ok(_) => see(&format!("{}#questions", visitor.path())),
        Err(NotWritten::Refused(errors)) => page.again(form, errors).answer(StatusCode::UNPROCESSABLE_ENTITY),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// Which question.
#[derive(Deserialize)]
pub struct SameForm {
    question: Uuid,
}

/// `POST /s/{token}/same`: "I ask this, too", once a browser.
pub async fn same(
    State(app): State<App>,
    visitor: Visitor,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    Form(form): Form<SameForm>,
) -> Answer {
    let page = ScreenPage::of(&app, &visitor).await?;
    if app.asking.same.check_key(&(visitor.link.id, address)).is_err() {
        return page.answer(StatusCode::TOO_MANY_REQUESTS);
    }
    if !page.may_ask || !page.rendered.shown.waiting.iter().any(|(id, _)| *id == form.question) {
        return Err(Failure::Conflict("It is answered meanwhile, or gone. Open the page again."));
    }
    let known = jar.get(READER).map(|cookie| cookie.value().to_owned());
    let reader = known.unwrap_or_else(|| Secret::new().reveal().to_owned());
    questions::plus_one(&app, form.question, secret::hash(&reader)).await?;
    let cookie = Cookie::build((READER, reader)).path("/s/").http_only(true).same_site(SameSite::Lax);
    let jar = jar.add(cookie.secure(app.web.is_https()));
    Ok((jar, see(&format!("{}#q{}", visitor.path(), form.question))?).into_response())
}

/// `GET` of what is only sent: somebody reloads, or has copied the address.
pub async fn back(visitor: Visitor) -> Answer {
    see(&visitor.path())
}
