//! What somebody is writing, saved as they type: they find it again on any
//! device, until it is sent. It is theirs alone, and no entry.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::Texts;
use crate::{App, people::Person, terms::Audience};

/// The longest of each text in a draft: longer than is sent, so that nothing is lost.
pub const MAX_DRAFT: usize = 20_000;
/// The longest time as it is typed.
pub const MAX_TIME: usize = 100;

/// What is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// For whom.
    pub audience: Audience,
    /// The words.
    pub texts: Texts,
    /// When the next one comes, as it was typed.
    pub next_by: String,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
}

/// What this person is writing for an incident.
pub async fn of(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<Option<Draft>> {
    let row = sqlx::query!(
        r#"select audience as "audience: Audience", situation, impact, doing, ruled_out, next_by, saved_at
           from update_drafts where incident = $1 and person_id = $2"#,
        incident,
        person
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| Draft {
        audience: row.audience,
        texts: Texts { situation: row.situation, impact: row.impact, doing: row.doing, ruled_out: row.ruled_out },
        next_by: row.next_by,
        saved_at: row.saved_at,
    }))
}

/// Saves it, unless the form with this key was sent meanwhile: then there is
/// nothing left to write. Returns whether it is there.
pub async fn save(app: &App, by: &Person, incident: i64, draft: &Draft, key: Option<Uuid>) -> sqlx::Result<bool> {
    let mut tx = app.db.begin().await?;
    // Behind an update that is being sent.
    sqlx::query_scalar!("select seq from timeline_heads where incident = $1 for share", incident)
        .fetch_optional(&mut *tx)
        .await?;
    let saved = sqlx::query!(
        "insert into update_drafts (incident, person_id, audience, situation, impact, doing, ruled_out, next_by, saved_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9
         where not exists (select from client_keys where person_id = $2 and key = $10)
         on conflict (incident, person_id) do update
         set audience = excluded.audience, situation = excluded.situation, impact = excluded.impact,
             doing = excluded.doing, ruled_out = excluded.ruled_out, next_by = excluded.next_by,
             saved_at = excluded.saved_at",
        incident,
        by.id,
        draft.audience as Audience,
        draft.texts.situation,
        draft.texts.impact,
        draft.texts.doing,
        draft.texts.ruled_out,
        draft.next_by,
        draft.saved_at,
        key
    );
    let saved = saved.execute(&mut *tx).await?.rows_affected() == 1;
    tx.commit().await?;
    Ok(saved)
}

/// Throws it away.
pub async fn discard(db: impl PgExecutor<'_>, incident: i64, person: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from update_drafts where incident = $1 and person_id = $2", incident, person)
        .execute(db)
        .await?;
    Ok(())
}
