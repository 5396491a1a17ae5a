//! What the API answers when it does not do what was asked: problem+json
//! (RFC 9457), with the fields at fault.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::QueryRejection;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{Failure, form::Errors};

/// A problem, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What kind of problem it is, in a few words.
    pub title: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds to wait before another try.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong, in words.
    pub message: String,
}

impl Problem {
    /// A problem without fields.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }
}

impl From<Errors> for Problem {
    fn from(errors: Errors) -> Self {
        let fields = errors.into_iter().map(|(field, message)| FieldError { field: field.into_owned(), message });
        Self { errors: fields.collect(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Nothing was written.") }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.log();
        let (status, title, advice) = failure.words();
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(2);
        Self { title: title.to_owned(), retry_after, ..Self::new(status, advice) }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Failure::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The parameters of a path; a 404 problem where one is none of ours.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query; a 400 problem where it cannot be read. Fields may repeat.
#[derive(FromRequestParts)]
#[from_request(via(axum_extra::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Failure::from(rejection).into()
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Failure::from(rejection).into()
    }
}

/// A JSON body. Refuses other content types (415), what is no JSON (400), and
/// JSON that lacks a field or has a wrong type (422).
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_none_or(|it| it.split(';').next().unwrap_or_default().trim() != "application/json") {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json."));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| Problem::from(Failure::TooLarge))?;
        serde_json::from_slice(&body).map(Json).map_err(|error| {
            let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            Problem::new(status, error.to_string())
        })
    }
}
