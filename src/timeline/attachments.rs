//! Attachments: the images that are part of entries, as they are stored.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::image::Image;

/// How large an image is shown in a timeline, in pixels.
const BOX: (i32, i32) = (320, 240);

/// An image that is part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: Uuid,
    /// The entry's incident.
    pub incident: i64,
    /// The entry's `seq`.
    pub seq: i64,
    /// What it is, by its bytes.
    pub media_type: String,
    /// In pixels, as it is seen.
    pub width: i32,
    /// In pixels, as it is seen.
    pub height: i32,
    /// What it shows, in words; empty when nobody said.
    pub alt: String,
}

impl Attachment {
    /// Its address.
    pub fn path(&self) -> String {
        format!("/incidents/{}/attachments/{}", self.incident, self.id)
    }

    /// Its width and height in a timeline, in proportion.
    pub fn shown(&self) -> (i32, i32) {
        let (width, height) = (i64::from(self.width), i64::from(self.height));
        let (widest, highest) = (i64::from(BOX.0).min(width), i64::from(BOX.1).min(height));
        let (width, height) = if width * highest > height * widest {
            (widest, height * widest / width)
        } else {
            (width * highest / height, highest)
        };
        let at_least_one = |length: i64| i32::try_from(length.max(1)).unwrap_or(1);
        (at_least_one(width), at_least_one(height))
    }

    /// The words that stand for it.
    pub fn words(&self) -> &str {
        if self.alt.is_empty() { "image without description" } else { &self.alt }
    }
}

/// Stores the images of an entry, in its own transaction.
pub async fn add(tx: &mut PgConnection, incident: i64, seq: i64, images: &[Image]) -> sqlx::Result<()> {
    for (position, image) in (1..).zip(images) {
        sqlx::query!(
            "insert into attachments (id, incident, seq, position, media_type, width, height, alt, bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            Uuid::now_v7(),
            incident,
            seq,
            position,
            image.media_type,
            image.width,
            image.height,
            image.alt,
            &image.bytes[..]
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The images of several entries, by entry and place.
pub async fn of(db: impl PgExecutor<'_>, incident: i64, seqs: &[i64]) -> sqlx::Result<Vec<Attachment>> {
    sqlx::query_as!(
        Attachment,
        "select id, incident, seq, media_type, width, height, alt from attachments
         where incident = $1 and seq = any($2) order by seq, position",
        incident,
        seqs
    )
    .fetch_all(db)
    .await
}

/// An image by its id: what it is, and whether it is still there.
pub async fn find(db: impl PgExecutor<'_>, incident: i64, id: Uuid) -> sqlx::Result<Option<Attachment>> {
    sqlx::query_as!(
        Attachment,
        "select id, incident, seq, media_type, width, height, alt from attachments where incident = $1 and id = $2",
        incident,
        id
    )
    .fetch_optional(db)
    .await
}

/// An image's bytes.
pub async fn bytes(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("select bytes from attachments where id = $1", id).fetch_optional(db).await
}

/// Takes the images of an entry out for good.
pub async fn remove(tx: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<()> {
    sqlx::query!("delete from attachments where incident = $1 and seq = $2", incident, seq).execute(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_in_proportion_and_never_larger_than_it_is() {
        let shown = |width, height| {
            let (id, media_type, alt) = (Uuid::nil(), String::new(), String::new());
            Attachment { id, incident: 1, seq: 2, media_type, width, height, alt }.shown()
        };
        for (size, expected) in [
            ((3200, 1200), (320, 120)),
            ((1200, 3200), (90, 240)),
            ((640, 480), (320, 240)),
            ((20, 10), (20, 10)),
            ((50_000, 1), (320, 1)),
            ((1, 50_000), (1, 240)),
            ((1000, 100), (320, 32)),
        ] {
            assert_eq!(shown(size.0, size.1), expected, "{size:?}");
        }
    }
}
