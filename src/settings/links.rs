//! `/settings/links`: the share links that one made; admins see everybody's.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    App,
    incidents::store,
    people::{Person, Responder},
    sharing::links::{self, Link},
    terms::{Role, SharedNames},
    timeline::NotWritten,
    web::{Answer, Failure, Path, Place, Shell, page, see},
};

#[derive(Template)]
#[template(path = "settings/links.html")]
struct LinksPage {
    shell: Shell,
    me: Person,
    links: Vec<Link>,
    now: DateTime<Utc>,
}

/// `GET /settings/links`
pub async fn show(State(app): State<App>, Responder(person): Responder) -> Answer {
    let whose = (person.role < Role::Admin).then_some(person.id);
    let links = links::all(&app.db, &person, whose).await?;
    let now = app.now().await?;
    page(&LinksPage { shell: Shell::from(&person).at(Place::Settings), me: person, links, now })
}

/// `POST /settings/links/{id}/revoke`
pub async fn revoke(State(app): State<App>, Responder(person): Responder, Path(id): Path<Uuid>) -> Answer {
    let link = links::one(&app.db, id).await?.filter(|link| link.is_run_by(&person)).ok_or(Failure::NotFound)?;
    store::seen_by(&app.db, link.incident, person.id).await?.ok_or(Failure::NotFound)?;
    match links::revoke(&app, &person, &link).await {
        Ok(()) => see("/settings/links"),
        Err(NotWritten::Refused(_)) => Err(Failure::Conflict("Open the page again.")),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
