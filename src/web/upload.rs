//! Forms that may carry files. They arrive as a stream: what is too much is
//! not kept, and the rest of the form is, so that nothing typed is lost.

use axum::{
    body::to_bytes,
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;

use super::{
    Failure,
    form::{self, decode},
};

/// How large a file may be, in bytes.
pub const MAX_FILE: usize = 5 << 20;
/// How many files come with a form, at most.
pub const MAX_FILES: usize = 4;
/// What is read of a form with files at most: more than is taken, so that it
/// can be said beside the field.
pub const MAX_BYTES: usize = 32 << 20;

/// A submitted form, and the files that came with it in order, whatever they
/// are called. Without files it is read as [`Form`](form::Form) reads it.
///
/// A file larger than [`MAX_FILE`] is cut off one byte beyond it; files beyond
/// one more than [`MAX_FILES`] are dropped. Both are for the reader to refuse.
pub struct Upload<T> {
    /// The fields.
    pub form: T,
    /// The files.
    pub files: Vec<Bytes>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Upload<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match content_type.map(|it| it.split(';').next().unwrap_or_default().trim()) {
            Some("application/x-www-form-urlencoded") => {
                let body = to_bytes(request.into_body(), form::MAX_BYTES).await;
                let body = body.map_err(|_| Failure::TooLarge.into_response())?;
                let form = decode(&body).map_err(IntoResponse::into_response)?;
                Ok(Self { form, files: Vec::new() })
            }
            Some("multipart/form-data") => {
                let parts =
                    Multipart::from_request(request, state).await.map_err(|_| Failure::WrongType.into_response())?;
                read(parts).await.map_err(IntoResponse::into_response)
            }
            _ => Err(Failure::WrongType.into_response()),
        }
    }
}

async fn read<T: DeserializeOwned>(mut parts: Multipart) -> Result<Upload<T>, Failure> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut files = Vec::new();
    let mut text = 0;
    while let Some(mut part) = parts.next_field().await? {
        if let Some(name) = part.file_name() {
            let unchosen = name.is_empty();
            let bytes = whole(&mut part, MAX_FILE).await?;
            if files.len() <= MAX_FILES && !(unchosen && bytes.is_empty()) {
                files.push(bytes);
            }
        } else {
            let name = part.name().unwrap_or_default().to_owned();
            let value = whole(&mut part, form::MAX_BYTES).await?;
            text += value.len();
            if text > form::MAX_BYTES {
                return Err(Failure::TooLarge);
            }
            let value = str::from_utf8(&value).map_err(|_| Failure::BadRequest(form::NOT_UTF8))?;
            fields.push((name, value.to_owned()));
        }
    }
    let fields = serde_html_form::to_string(fields).map_err(anyhow::Error::from)?;
    Ok(Upload { form: decode(fields.as_bytes())?, files })
}

/// Reads a part to its end, and keeps no more of it than one byte too many.
async fn whole(part: &mut Field<'_>, most: usize) -> Result<Bytes, MultipartError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = part.chunk().await? {
        let room = (most + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes.freeze())
}

impl From<MultipartError> for Failure {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            _ => Self::BadRequest("The form can't be read to its end. Nothing was written."),
        }
    }
}
