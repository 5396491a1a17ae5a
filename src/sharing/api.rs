//! Share links as programs make and revoke them.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::links::{self, Link, MAX_LABEL, NewLink};
use crate::{
    App,
    incidents::{
        seen::{Reading, Writing},
        store,
    },
    people::bearer::Writer,
    terms::{Role, SharedNames, SharedView},
    timeline::json::IdempotencyKey,
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
    },
};

/// A share link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShareLink)]
pub struct LinkJson {
    /// Its id.
    pub id: Uuid,
    /// Its address with the secret: only in the answer that makes it, null ever after.
    pub url: Option<String>,
    /// For whom it is.
    pub label: String,
    /// What it shows: leadership or postmortem.
    #[schema(value_type = String, example = "leadership")]
    pub view: SharedView,
    /// How people appear: roles or names.
    #[schema(value_type = String, example = "roles")]
    pub names: SharedNames,
    /// Whether its readers may ask.
    pub may_ask: bool,
    /// Whether the incident's summary may stand there until the first update.
    pub shows_summary: bool,
    /// When it ends, as things stand: at a time of its own, or 24 h after the
    /// incident and 30 days after it was made at most.
    pub expires_at: DateTime<Utc>,
    /// Who made it, by name.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was opened.
    pub views: i64,
    /// When it was opened last.
    pub last_viewed_at: Option<DateTime<Utc>>,
}

impl From<Link> for LinkJson {
    fn from(link: Link) -> Self {
        Self {
            id: link.id,
            url: None,
            label: link.label,
            view: link.view,
            names: link.names,
            may_ask: link.may_ask,
            shows_summary: link.shows_summary,
            expires_at: link.ends_at,
            created_by: link.by,
            created_at: link.created_at,
            revoked_at: link.revoked_at,
            views: link.views,
            last_viewed_at: link.last_viewed_at,
        }
    }
}

/// The links of an incident, the newest first. Without their secrets.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/share-links", tag = "sharing", params(("number" = i64, Path)),
    responses((status = 200, body = Items<LinkJson>), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, person }: Reading,
) -> Result<axum::Json<Items<LinkJson>>, Problem> {
    if person.role < Role::Responder {
        return Err(Failure::Forbidden("Viewers read along; links are for those who respond.").into());
    }
    Ok(Items::all(links::of(&app.db, incident.number).await?))
}

/// A link to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShareLink {
    /// For whom it is: 1 to 80 characters.
    label: String,
    /// When it ends, 30 days from now at most; otherwise 24 h after the incident.
    expires_at: Option<DateTime<Utc>>,
    /// Whether its readers may ask.
    #[serde(default)]
    may_ask: bool,
    /// How people appear: roles (as long as nothing is said) or names.
    #[schema(value_type = Option<String>, example = "roles")]
    names: Option<SharedNames>,
    /// What it shows: leadership (as long as nothing is said), or postmortem once one is published.
    #[schema(value_type = Option<String>, example = "leadership")]
    view: Option<SharedView>,
    /// Whether the incident's summary may stand there until the first update.
    #[serde(default)]
    shows_summary: bool,
}

/// Makes a link. Its address is in this answer and in no other: the same key
/// again answers the link without it.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/share-links", tag = "sharing", request_body = NewShareLink,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call make one link")),
    responses((status = 201, body = LinkJson), (status = 200, body = LinkJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewShareLink>,
) -> Result<Response, Problem> {
    let what = format!("{new:?}");
    let label = form::line(&new.label, MAX_LABEL).map_err(|why| Errors::one("label", why))?;
    let new = NewLink {
        label,
        view: new.view.unwrap_or(SharedView::Leadership),
        names: new.names.unwrap_or(SharedNames::Roles),
        may_ask: new.may_ask,
        shows_summary: new.shows_summary,
        expires_at: new.expires_at,
    };
    let key = key.of(&person, &[&incident.path(), "share", &what]);
    let made = links::make(&app.clone().by_program(), &person, incident.number, new, key).await?;
    let link = links::one(&app.db, made.id).await?.ok_or(Failure::NotFound)?;
    let status = if made.path.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let url = made.path.map(|path| app.web.url(&path));
    Ok((status, axum::Json(LinkJson { url, ..link.into() })).into_response())
}

/// Revokes a link: its own maker or an admin may. Whoever reads behind it reads no more.
#[utoipa::path(delete, path = "/api/v1/share-links/{id}", tag = "sharing", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn revoke(
    State(app): State<App>,
    Writer(token): Writer,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let link = links::one(&app.db, id).await?.ok_or(Failure::NotFound)?;
    store::seen_by(&app.db, link.incident, token.person.id).await?.ok_or(Failure::NotFound)?;
    links::revoke(&app.by_program(), &token.person, &link).await?;
    Ok(StatusCode::NO_CONTENT)
}
