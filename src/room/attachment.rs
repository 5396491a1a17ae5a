//! `/incidents/{number}/attachments/{id}`: an image of an entry, as long as it
//! is there and for whoever may see the incident.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    App,
    incidents::Seen,
    timeline::attachments::{self, Attachment},
    web::{Answer, Failure, Path},
};

/// Which one.
#[derive(Deserialize)]
pub struct Which {
    /// Its id.
    pub id: Uuid,
}

/// `GET /incidents/{number}/attachments/{id}`
pub async fn show(
    State(app): State<App>,
    Seen { incident, .. }: Seen,
    Path(Which { id }): Path<Which>,
    headers: HeaderMap,
) -> Answer {
    answer(&app, incident.number, id, &headers).await
}

/// An image's bytes, or that they have not changed. A browser may keep them,
/// and asks each time: what was redacted is gone.
pub async fn answer(app: &App, incident: i64, id: Uuid, asked: &HeaderMap) -> Result<Response, Failure> {
    let mut db = app.db.acquire().await?;
    let attachment = attachments::find(&mut *db, incident, id).await?.ok_or(Failure::NotFound)?;
    let tag = format!("\"{id}\"");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.contains(&tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = attachments::bytes(&mut *db, id).await?.ok_or(Failure::NotFound)?;
        bytes.into_response()
    };
    describe(&attachment, &tag, response.headers_mut()).map_err(anyhow::Error::from)?;
    Ok(response)
}

/// Nothing in an image is run, whatever a browser takes it for.
fn describe(attachment: &Attachment, tag: &str, headers: &mut HeaderMap) -> Result<(), header::InvalidHeaderValue> {
    let ending = attachment.media_type.trim_start_matches("image/");
    let name = format!("inline; filename=\"incident-{}-entry-{}.{ending}\"", attachment.incident, attachment.seq);
    let mut set = |header, value: &str| HeaderValue::from_str(value).map(|value| headers.insert(header, value));
    set(header::CONTENT_TYPE, &attachment.media_type)?;
    set(header::CONTENT_DISPOSITION, &name)?;
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")?;
    set(header::CACHE_CONTROL, "private, no-cache")?;
    set(header::ETAG, tag)?;
    Ok(())
}
