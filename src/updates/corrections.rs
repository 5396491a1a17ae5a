//! Correcting an update and striking it out: what stood before stays visible.

use super::{Texts, Update, entry, store};
use crate::{
    App,
    incidents::store::{Opened, open},
    people::Person,
    response::held,
    terms::{Kind, Role},
    timeline::{Key, Log, New, NotWritten, Written, commander},
    web::Failure,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// The role that speaks to those outside.
pub const COMMUNICATIONS: &str = "communications";

/// What is to stand instead.
#[derive(Debug, Clone)]
pub struct Change {
    /// The words from now on; `None` strikes it out.
    pub texts: Option<Texts>,
    /// Why.
    pub reason: String,
    /// What its writer saw: the entry of the update, or of its last correction.
    /// `None` replaces whatever stands.
    pub seen: Option<i64>,
}

/// Who may correct an update, in words.
pub const MAY_CORRECT: &str =
    "An update is corrected by whoever wrote it, by the communications lead, by the commander or by an admin.";
const NOTHING_LEFT: &str = "Please write at least one of the four. To take the update back, strike it out.";
const MEANWHILE: &str =
    "Somebody corrected this meanwhile: see below what stands now. Yours is kept here; save again to replace theirs.";

impl Update {
    /// The entry that says what stands now: its own, or its last correction's.
    pub fn stands_since(&self) -> i64 {
        self.corrections.last().map_or(self.seq, |last| last.seq)
    }
}

/// Whether this person may correct an update.
pub async fn may_correct(db: &mut PgConnection, update: &Update, by: &Person) -> sqlx::Result<bool> {
    if by.role < Role::Responder {
        return Ok(false);
    }
    if update.written_by.id == by.id || commander::leads(&mut *db, update.incident, by).await? {
        return Ok(true);
    }
    let roles = held::of(db, update.incident).await?;
    Ok(roles.iter().any(|held| held.role == COMMUNICATIONS && held.is_held_by(by.id)))
}

/// Corrects an update or strikes it out. The answer is the `seq` of the correction.
///
/// Errors: no such update (404), not this person's to correct (403), taken out
/// for good (409), nothing that differs (422).
pub async fn correct(
    app: &App,
    by: &Person,
    (number, id): (i64, Uuid),
    change: Change,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let mut log = match open(app, by, number, key).await? {
        Opened::Fresh(log, _) => log,
        Opened::Already(written) => return Ok(written),
    };
    let update = store::one(log.tx(), number, id).await?.ok_or(Failure::NotFound)?;
    if !may_correct(log.tx(), &update, by).await? {
        return Err(Failure::Forbidden(MAY_CORRECT).into());
    }
    if update.redacted {
        return Err(Failure::Conflict("Its text was taken out for good.").into());
    }
    if let Some((field, why)) = objection(&update, &change) {
        return Err(NotWritten::refused(field, why));
    }
    let strikes = change.texts.is_none();
    let texts = change.texts.unwrap_or_else(|| update.texts.clone());
    let correction = New {
        corrects: Some(update.seq),
        strikes,
        ..New::by(by, Kind::Correction, entry(update.audience, &texts, update.next_by))
    };
    let seq = log.append(correction.at(update.written_at).because(&*change.reason)).await?;
    replace(&mut log, by, &update, (seq, &texts, &change.reason)).await?;
    Ok(log.commit(seq).await?)
}

/// Why an update is not corrected like this: the field at fault, and a sentence.
fn objection(update: &Update, change: &Change) -> Option<(&'static str, &'static str)> {
    if change.reason.is_empty() {
        Some(("reason", "Please say why: it stands beside the correction."))
    } else if change.seen.is_some_and(|seen| seen != update.stands_since()) {
        Some(("situation", MEANWHILE))
    } else {
        match &change.texts {
            None if update.struck => Some(("reason", "It is struck out already.")),
            Some(texts) if texts.is_no_news() => Some(("situation", NOTHING_LEFT)),
            Some(texts) if *texts == update.texts && !update.struck => {
                Some(("situation", "This is what stands already."))
            }
            _ => None,
        }
    }
}

async fn replace(
    log: &mut Log,
    by: &Person,
    update: &Update,
    (seq, to, reason): (i64, &Texts, &str),
) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "insert into update_versions (update_id, seq, situation, impact, doing, ruled_out, corrected_by, corrected_at, reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        update.id,
        seq,
        update.texts.situation,
        update.texts.impact,
        update.texts.doing,
        update.texts.ruled_out,
        by.id,
        now,
        reason
    )
    .execute(log.tx())
    .await?;
    sqlx::query!(
        "update updates set situation = $2, impact = $3, doing = $4, ruled_out = $5 where id = $1",
        update.id,
        to.situation,
        to.impact,
        to.doing,
        to.ruled_out
    )
    .execute(log.tx())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{terms::Audience, timeline::Author, updates::Version};

    fn texts(situation: &str) -> Texts {
        Texts { situation: situation.into(), ..Texts::default() }
    }

    fn update(strikes: Option<bool>) -> Update {
        let author = Author { id: Uuid::nil(), name: "Ana".into() };
        let version = |strikes| Version {
            seq: 9,
            texts: texts("before"),
            corrected_at: DateTime::UNIX_EPOCH,
            corrected_by: author.clone(),
            reason: "a slip".into(),
            strikes,
        };
        Update {
            id: Uuid::nil(),
            incident: 1,
            seq: 5,
            audience: Audience::Leadership,
            texts: texts("stands"),
            next_by: None,
            written_by: author.clone(),
            written_at: DateTime::UNIX_EPOCH,
            struck: strikes == Some(true),
            redacted: false,
            corrections: strikes.map(version).into_iter().collect(),
        }
    }

    #[test]
    fn a_correction_says_something_else_and_why_and_replaces_what_was_seen() {
        for (strikes, to, reason, seen, expected) in [
            (None, Some("other"), "a slip", Some(5), None),
            (None, Some("other"), "a slip", None, None),
            (None, Some("other"), "", Some(5), Some("reason")),
            (None, Some("stands"), "a slip", Some(5), Some("situation")),
            (None, Some(""), "a slip", Some(5), Some("situation")),
            (None, None, "not so", Some(5), None),
            (Some(false), Some("other"), "a slip", Some(5), Some("situation")),
            (Some(false), Some("other"), "a slip", Some(9), None),
            (Some(true), None, "not so", Some(9), Some("reason")),
            // Corrected after all, it stands again.
            (Some(true), Some("stands"), "it was so", Some(9), None),
        ] {
            let change = Change { texts: to.map(texts), reason: reason.into(), seen };
            let field = objection(&update(strikes), &change).map(|(field, _)| field);
            assert_eq!(field, expected, "{change:?}");
        }
    }
}
