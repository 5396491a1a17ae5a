//! Correcting and striking out, with what stood before kept; and redaction,
//! the one way in which text is taken out for good.

use chrono::{DateTime, Utc};

use super::{Entry, Key, Log, New, NotWritten, Opened, Written, commander, log, store};
use crate::{
    App,
    people::Person,
    terms::Kind,
    web::{Failure, form::Edit},
};

/// What is to stand instead. What is left out stays as it is.
#[derive(Debug, Clone)]
pub struct Change {
    /// The text from now on.
    pub body: Option<Edit>,
    /// When it happened, from now on.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Struck out from now on.
    pub strike: bool,
    /// Why; needed for striking out.
    pub reason: String,
}

/// Appends a correction of an entry. Returns its `seq`.
///
/// Errors: not this person's to correct (403), no such entry (404), nothing
/// that differs, or a strike without a reason (422).
pub async fn correct(
    app: &App,
    by: &Person,
    (incident, seq): (i64, i64),
    change: Change,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let mut log = match log::open(app, incident, key).await? {
        Opened::Fresh(log) => log,
        Opened::Already(answer) => return Ok(answer),
    };
    let entry = target(&mut log, incident, seq).await?;
    if entry.kind == Kind::Update {
        return Err(Failure::Forbidden(CORRECTED_ITSELF).into());
    }
    let leads = commander::leads(log.tx(), incident, by).await?;
    if !entry.may_correct(by, leads) {
        return Err(Failure::Forbidden(MAY_CORRECT).into());
    }
    if change.strike && change.reason.is_empty() {
        return Err(NotWritten::refused("reason", "Please say why it is struck out."));
    }
    let stands = entry.stands();
    let body = match change.body {
        Some(edit) => edit.over(&stands.body).map_err(|message| NotWritten::refused("body", message))?,
        None => stands.body.clone(),
    };
    let occurred_at = change.occurred_at.unwrap_or(stands.occurred_at);
    let same = stands.body == body && stands.occurred_at == occurred_at;
    if same && change.strike == entry.struck().is_some() {
        return Err(NotWritten::refused("body", "This is what stands already."));
    }
    let correction = New {
        corrects: Some(seq),
        strikes: change.strike,
        ..New::by(by, Kind::Correction, body).at(occurred_at).because(change.reason)
    };
    let answer = log.append(correction).await?;
    Ok(log.commit(answer).await?)
}

/// Who may correct, in words.
pub const MAY_CORRECT: &str = "An entry is corrected by whoever wrote it, by the commander or by an admin. What the room itself recorded is changed where it was set.";

/// Where an update is corrected, in words: its entry follows it.
pub const CORRECTED_ITSELF: &str = "An update is corrected on its own page, and its entry with it: open it under Updates. Programs correct it at /api/v1/updates/{id}/corrections.";

/// Takes an entry's text out everywhere it stands; `seq` stays, and a
/// `redacted` entry says by whom and why. Returns that entry's `seq`.
pub async fn redact(
    app: &App,
    by: &Person,
    (incident, seq): (i64, i64),
    reason: String,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let mut log = match log::open(app, incident, key).await? {
        Opened::Fresh(log) => log,
        Opened::Already(answer) => return Ok(answer),
    };
    let entry = target(&mut log, incident, seq).await?;
    if entry.redaction.is_some() {
        return Err(NotWritten::refused("reason", "Its text was taken out already."));
    }
    if entry.corrects.is_some() {
        return Err(NotWritten::refused("reason", "Redact the entry that it corrects; this one goes with it."));
    }
    store::blank(log.tx(), incident, seq).await?;
    let redacted = New { corrects: Some(seq), ..New::by(by, Kind::Redacted, "").because(reason) };
    let answer = log.append(redacted).await?;
    Ok(log.commit(answer).await?)
}

async fn target(log: &mut Log, incident: i64, seq: i64) -> Result<Entry, NotWritten> {
    Ok(store::one(log.tx(), incident, seq).await?.ok_or(Failure::NotFound)?)
}
