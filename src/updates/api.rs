//! Updates and their cadence, as programs read and write them.

pub mod cadence;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    MAX_TEXT, Texts, Update,
    corrections::{self, Change},
    one::UpdateId,
    store::{self, NewUpdate, Next},
};
use crate::{
    App,
    incidents::{
        self,
        seen::{Reading, Writing},
    },
    people::bearer::Writer,
    terms::Audience,
    timeline::{
        MAX_REASON,
        json::{AuthorJson, IdempotencyKey, Struck},
    },
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
    },
};

/// An update for those outside the work, as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Update)]
pub struct UpdateJson {
    /// Its id.
    pub id: Uuid,
    /// The `seq` of its entry.
    pub seq: i64,
    /// `leadership` or `public`.
    #[schema(value_type = String, example = "leadership")]
    pub audience: Audience,
    /// What is known, as plain text; this and the others may be empty.
    pub situation: String,
    /// Who is concerned, and how.
    pub impact: String,
    /// What is being done.
    pub doing: String,
    /// What was ruled out.
    pub ruled_out: String,
    /// It says that there is no news yet, and no more.
    pub no_news: bool,
    /// The promised time of the next one; null when none was promised.
    pub next_by: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub author: AuthorJson,
    /// When.
    pub written_at: DateTime<Utc>,
    /// Why it is struck out, if it is. Its promise stands.
    pub struck: Option<Struck>,
    /// Its text was taken out for good.
    pub redacted: bool,
    /// What it said before, the oldest first.
    pub corrections: Vec<VersionJson>,
}

/// What an update said before it was corrected or struck out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpdateVersion)]
pub struct VersionJson {
    /// The `seq` of the correction.
    pub seq: i64,
    /// What stood.
    pub situation: String,
    /// What stood.
    pub impact: String,
    /// What stood.
    pub doing: String,
    /// What stood.
    pub ruled_out: String,
    /// Whether it was struck out, and not corrected.
    pub strikes: bool,
    /// Who corrected it.
    pub author: AuthorJson,
    /// When.
    pub corrected_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl From<Update> for UpdateJson {
    fn from(update: Update) -> Self {
        let struck = update.strike().filter(|_| !update.redacted).map(|it| Struck { reason: it.reason.clone() });
        let no_news = update.texts.is_no_news() && !update.redacted;
        let Texts { situation, impact, doing, ruled_out } = update.texts;
        let corrections = update.corrections.into_iter().map(|before| VersionJson {
            seq: before.seq,
            situation: before.texts.situation,
            impact: before.texts.impact,
            doing: before.texts.doing,
            ruled_out: before.texts.ruled_out,
            strikes: before.strikes,
            author: AuthorJson { name: before.corrected_by.name, role: None },
            corrected_at: before.corrected_at,
            reason: before.reason,
        });
        Self {
            id: update.id,
            seq: update.seq,
            audience: update.audience,
            situation,
            impact,
            doing,
            ruled_out,
            no_news,
            next_by: update.next_by,
            author: AuthorJson { name: update.written_by.name, role: None },
            written_at: update.written_at,
            struck,
            redacted: update.redacted,
            corrections: corrections.collect(),
        }
    }
}

/// The updates of an incident, the newest first, with what they said before.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/updates", tag = "updates", params(("number" = i64, Path)),
    responses((status = 200, body = Items<UpdateJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<UpdateJson>>, Problem> {
    let all = store::of(&mut *app.db.acquire().await?, incident.number).await?;
    Ok(Items::all(all))
}

/// An update to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpdateJson {
    /// `leadership`, which it is unless said, or `public`.
    #[schema(example = "leadership")]
    audience: Option<String>,
    /// What is known: plain text, up to 2000 characters. Of the four, at least one says something.
    #[serde(default)]
    situation: String,
    /// Who is concerned, and how.
    #[serde(default)]
    impact: String,
    /// What is being done.
    #[serde(default)]
    doing: String,
    /// What was ruled out.
    #[serde(default)]
    ruled_out: String,
    /// When the next one comes. Left out, as the interval says; null promises none.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    next_by: Field<DateTime<Utc>>,
    /// There is no news yet: the four are empty, and the promise moves.
    #[serde(default)]
    no_news: bool,
}

/// A field that may be left out, and may be null.
#[derive(Debug, Default)]
enum Field<T> {
    #[default]
    Left,
    Said(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        Option::deserialize(field).map(Self::Said)
    }
}

/// Writes an update, or says that there is no news yet.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/updates", tag = "updates", request_body = NewUpdateJson,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = UpdateJson), (status = 200, body = UpdateJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Writing { incident, person }: Writing,
    key: IdempotencyKey,
    Json(new): Json<NewUpdateJson>,
) -> Result<Response, Problem> {
    let key = key.of(&person, &[&incident.path(), "update", &format!("{new:?}")]);
    let new = new.check()?;
    let written = store::write(&app.clone().by_program(), &person, incident.number, new, key).await?;
    let update = store::told_by(&mut *app.db.acquire().await?, incident.number, written.answer).await?;
    let update = UpdateJson::from(update.ok_or(Failure::NotFound)?);
    Ok((written.status(), axum::Json(update)).into_response())
}

impl NewUpdateJson {
    fn check(self) -> Result<NewUpdate, Errors> {
        let mut errors = Errors::default();
        let audience = self.audience.as_deref().map_or(Ok(Audience::Leadership), str::parse);
        let audience = errors.take("audience", audience.map_err(|_| "leadership or public.".to_owned()));
        let texts = [&self.situation, &self.impact, &self.doing, &self.ruled_out];
        let texts = checked_texts(texts.map(|text| Some(text.as_str())), &Texts::default(), &mut errors);
        if texts.is_no_news() && !self.no_news {
            errors
                .add("situation", "One of situation, impact, doing and ruled_out says something, or no_news is true.");
        }
        if self.no_news && !texts.is_no_news() {
            errors.add("no_news", "What says something is news.");
        }
        let next = match self.next_by {
            Field::Left => Next::ByInterval,
            Field::Said(None) => Next::Unsaid,
            Field::Said(Some(at)) => Next::By(at),
        };
        match audience {
            Some(audience) if errors.is_empty() => Ok(NewUpdate { audience, texts, next }),
            _ => Err(errors),
        }
    }
}

/// The four texts, those that are left out as they stand; with messages beside those that cannot be taken.
fn checked_texts(said: [Option<&str>; 4], stands: &Texts, errors: &mut Errors) -> Texts {
    let [situation, impact, doing, ruled_out] = std::array::from_fn(|index| {
        let (name, _, stands) = stands.all()[index];
        match said[index] {
            Some(text) => errors.take(name, form::optional_text(text, MAX_TEXT)).unwrap_or_default(),
            None => stands.to_owned(),
        }
    });
    Texts { situation, impact, doing, ruled_out }
}

/// What is to stand instead. A text that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCorrection {
    /// What is known.
    situation: Option<String>,
    /// Who is concerned, and how.
    impact: Option<String>,
    /// What is being done.
    doing: Option<String>,
    /// What was ruled out.
    ruled_out: Option<String>,
    /// Strikes the update out; its words stay as they are.
    #[serde(default)]
    strike: bool,
    /// Why; always needed.
    reason: String,
}

/// Corrects an update or strikes it out, and answers what stands now. What stood before stays visible.
#[utoipa::path(post, path = "/api/v1/updates/{id}/corrections", tag = "updates", request_body = UpdateCorrection,
    params(("id" = Uuid, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = UpdateJson), (status = 200, body = UpdateJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 415, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn correct(
    State(app): State<App>,
    Writer(token): Writer,
    Path(UpdateId { id }): Path<UpdateId>,
    key: IdempotencyKey,
    Json(new): Json<UpdateCorrection>,
) -> Result<Response, Problem> {
    let person = token.person;
    let number = store::incident_of(&app.db, id).await?.ok_or(Failure::NotFound)?;
    incidents::store::seen_by(&app.db, number, person.id).await?.ok_or(Failure::NotFound)?;
    let update = store::one(&mut *app.db.acquire().await?, number, id).await?.ok_or(Failure::NotFound)?;
    let key = key.of(&person, &["update", &id.to_string(), "correct", &format!("{new:?}")]);
    let mut errors = Errors::default();
    let reason = errors.take("reason", form::text(&new.reason, MAX_REASON));
    let said = [&new.situation, &new.impact, &new.doing, &new.ruled_out].map(Option::as_deref);
    let texts = checked_texts(said, &update.texts, &mut errors);
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        return Err(errors.into());
    };
    let change = Change { texts: (!new.strike).then_some(texts), reason, seen: None };
    let written = corrections::correct(&app.clone().by_program(), &person, (number, id), change, key).await?;
    let update = store::one(&mut *app.db.acquire().await?, number, id).await?.ok_or(Failure::NotFound)?;
    Ok((written.status(), axum::Json(UpdateJson::from(update))).into_response())
}
