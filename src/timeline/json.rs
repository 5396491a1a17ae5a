//! An entry as programs read it, and the key they send with a write.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Author, Entry, Key, Written, attachments::Attachment, key};
use crate::{
    people::Person,
    terms::{Kind, Source},
    web::Problem,
};

/// An entry of a timeline. `body` and `occurred_at` are what stands now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct EntryJson {
    /// 1, 2, 3 … within the incident, without holes, in commit order.
    pub seq: i64,
    /// What kind of line it is.
    #[schema(value_type = String, example = "action")]
    pub kind: Kind,
    /// The text, in Markdown; empty when it was redacted.
    pub body: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Who wrote it; null when the room itself did.
    pub author: Option<AuthorJson>,
    /// Where it came from.
    #[schema(value_type = String, example = "person")]
    pub source: Source,
    /// The reason given with it, or nothing.
    pub reason: String,
    /// For a correction or a redaction: the `seq` of the entry it is about.
    pub corrects: Option<i64>,
    /// Why it is struck out, if it is.
    pub struck: Option<Struck>,
    /// Why its text was taken out for good, if it was.
    pub redacted: Option<Struck>,
    /// Kept in sight.
    pub pinned: bool,
    /// What stood before, the oldest first.
    pub history: Vec<Before>,
    /// The images in it.
    pub attachments: Vec<AttachmentJson>,
}

/// An image of an entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentJson {
    /// Its id.
    pub id: Uuid,
    /// Where its bytes are, from this server's root.
    #[schema(example = "/api/v1/incidents/7/attachments/019aa000-0000-7000-8000-000000000000")]
    pub url: String,
    /// image/png, image/jpeg, image/gif or image/webp.
    pub content_type: String,
    /// What it shows, in words; empty when nobody said.
    pub alt: String,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
}

impl From<&Attachment> for AttachmentJson {
    fn from(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id,
            url: format!("/api/v1{}", attachment.path()),
            content_type: attachment.media_type.clone(),
            alt: attachment.alt.clone(),
            width: attachment.width,
            height: attachment.height,
        }
    }
}

impl Written {
    /// 201 for what was made, 200 for what had been made before under the same key.
    pub const fn status(&self) -> StatusCode {
        if self.again { StatusCode::OK } else { StatusCode::CREATED }
    }
}

/// Who wrote an entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub struct AuthorJson {
    /// Their name.
    pub name: String,
    /// The role they held in the incident then, if any.
    pub role: Option<String>,
}

/// A reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct Struck {
    /// In the words of whoever did it.
    pub reason: String,
}

/// What an entry said before one of its corrections.
#[derive(Debug, Serialize, ToSchema)]
pub struct Before {
    /// The `seq` of the correction that replaced it.
    pub seq: i64,
    /// The text that stood.
    pub body: String,
    /// The time that stood.
    pub occurred_at: DateTime<Utc>,
    /// Why it was corrected.
    pub reason: String,
}

impl From<&Entry> for EntryJson {
    fn from(entry: &Entry) -> Self {
        let stands = entry.stands();
        let before = std::iter::once(&entry.written).chain(entry.corrections.iter().map(|it| &it.stands));
        let history = entry.corrections.iter().zip(before).map(|(correction, before)| Before {
            seq: correction.seq,
            body: before.body.clone(),
            occurred_at: before.occurred_at,
            reason: correction.reason.clone(),
        });
        let name = |author: &Author| AuthorJson { name: author.name.clone(), role: None };
        Self {
            seq: entry.seq,
            kind: entry.kind,
            body: stands.body.clone(),
            occurred_at: stands.occurred_at,
            recorded_at: entry.recorded_at,
            author: entry.author.as_ref().map(name),
            source: entry.source,
            reason: entry.reason.clone(),
            corrects: entry.corrects,
            struck: entry.struck().map(|strike| Struck { reason: strike.reason.clone() }),
            redacted: entry.redaction.as_ref().map(|it| Struck { reason: it.reason.clone() }),
            pinned: entry.pinned,
            history: history.collect(),
            attachments: entry.attachments.iter().map(AttachmentJson::from).collect(),
        }
    }
}

/// What a program sends along so that a repeated call is made once: any text
/// of up to 255 characters, best a UUID.
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key of this person's write. `what` are all its parts, in order.
    pub fn of(&self, person: &Person, what: &[&str]) -> Option<Key> {
        Key::named(person, self.0.as_deref()?, what)
    }

    /// The id that it stands for.
    pub fn id(&self) -> Option<Uuid> {
        key::id_of(self.0.as_deref()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
        match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(Problem::new(StatusCode::BAD_REQUEST, "Idempotency-Key: 1 to 255 ASCII characters.")),
        }
    }
}
