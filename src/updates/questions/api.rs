//! Questions as programs read, ask and answer them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Answering, AskedBy, Asker, MAX_QUESTION, MAX_REPLY, Question,
    store::{self, voter},
};
use crate::{
    App,
    incidents::{
        self, Incident,
        seen::{Asking, Reading},
    },
    people::{
        Person,
        bearer::{self, Writer},
    },
    timeline::json::IdempotencyKey,
    web::{
        Failure, Problem,
        form::{self, Errors},
        items::Items,
        problem::{Json, Path},
    },
};

/// A question of somebody outside the work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub struct QuestionJson {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// The `seq` of the entry that tells of it.
    pub seq: i64,
    /// What is asked, as plain text; empty when it was redacted.
    pub body: String,
    /// The name of who asked; null when it came through a share link.
    pub asked_by: Option<String>,
    /// The label of the share link through which it came.
    pub share_link: Option<String>,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// How many others ask the same.
    pub votes: i64,
    /// How long it waited, or has waited by now.
    pub waited_seconds: i64,
    /// What was answered; null while it waits.
    pub answer: Option<AnswerJson>,
}

/// The answer to a question: a reply, an update, or both.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerJson {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// The `seq` of the entry that tells of it.
    pub seq: Option<i64>,
    /// In words, as plain text; empty when the update says it, or when it was redacted.
    pub reply: String,
    /// The id of the update that answers it.
    pub update: Option<Uuid>,
}

impl QuestionJson {
    /// As it stands at a time.
    pub fn at(question: Question, now: DateTime<Utc>) -> Self {
        let waited_seconds = question.waited(now).num_seconds();
        let (asked_by, share_link) = match question.asked_by {
            AskedBy::Person(person) => (Some(person.name), None),
            AskedBy::Reader(label) => (None, Some(label)),
        };
        Self {
            id: question.id,
            incident: question.incident,
            seq: question.seq,
            body: question.body,
            asked_by,
            share_link,
            asked_at: question.asked_at,
            votes: question.votes,
            waited_seconds,
            answer: question.answer.map(AnswerJson::from),
        }
    }
}

impl From<Answer> for AnswerJson {
    fn from(answer: Answer) -> Self {
        Self { at: answer.at, by: answer.by.name, seq: answer.seq, reply: answer.reply, update: answer.update }
    }
}

/// The questions of an incident: first those that wait, the oldest first, then
/// those that were answered, the last one first.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/questions", tag = "updates", params(("number" = i64, Path)),
    responses((status = 200, body = Items<QuestionJson>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Reading { incident, .. }: Reading,
) -> Result<axum::Json<Items<QuestionJson>>, Problem> {
    let all = store::of(&mut *app.db.acquire().await?, incident.number).await?;
    let now = app.now().await?;
    Ok(Items::all(all.into_iter().map(|question| QuestionJson::at(question, now))))
}

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuestion {
    /// Plain text, of up to 500 characters.
    #[schema(example = "When will checkout be back?")]
    body: String,
}

/// Asks something. It waits for whoever speaks for the response, and interrupts
/// nobody. Viewers may ask as well.
#[utoipa::path(post, path = "/api/v1/incidents/{number}/questions", tag = "updates", request_body = NewQuestion,
    params(("number" = i64, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 201, body = QuestionJson), (status = 200, body = QuestionJson, description = "The same key again"),
    (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    Asking { incident, person }: Asking,
    key: IdempotencyKey,
    Json(new): Json<NewQuestion>,
) -> Result<Response, Problem> {
    let body = form::text(&new.body, MAX_QUESTION).map_err(|why| Errors::one("body", why))?;
    let number = incident.number;
    let written = store::ask(&app.clone().by_program(), Asker::Person(&person), number, body, key.id()).await?;
    let question = store::told_by(&mut *app.db.acquire().await?, number, written.answer).await?;
    let question = QuestionJson::at(question.ok_or(Failure::NotFound)?, app.now().await?);
    Ok((written.status(), axum::Json(question)).into_response())
}

/// Which question.
#[derive(Deserialize)]
pub struct QuestionId {
    id: Uuid,
}

/// Says that the token's owner asks the same. However often it is said, it
/// counts once; viewers may say it as well.
#[utoipa::path(post, path = "/api/v1/questions/{id}/same", tag = "updates", params(("id" = Uuid, Path)),
    responses((status = 200, body = QuestionJson), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn same(
    State(app): State<App>,
    bearer::Asker(token): bearer::Asker,
    Path(QuestionId { id }): Path<QuestionId>,
) -> Result<axum::Json<QuestionJson>, Problem> {
    let incident = incident_of(&app, id, &token.person).await?;
    store::plus_one(&app, id, voter(&token.person)).await?;
    one(&app, incident.number, id).await
}

/// What answers it: a reply, an update, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// Plain text, of up to 2,000 characters.
    #[serde(default)]
    reply: String,
    /// The id of an update of the same incident.
    update: Option<Uuid>,
}

/// Answers a question.
#[utoipa::path(post, path = "/api/v1/questions/{id}/answer", tag = "updates", request_body = NewAnswer,
    params(("id" = Uuid, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated call answer the same")),
    responses((status = 200, body = QuestionJson), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 415, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn answer(
    State(app): State<App>,
    Writer(token): Writer,
    Path(QuestionId { id }): Path<QuestionId>,
    key: IdempotencyKey,
    Json(NewAnswer { reply, update }): Json<NewAnswer>,
) -> Result<axum::Json<QuestionJson>, Problem> {
    let person = token.person;
    let number = incident_of(&app, id, &person).await?.number;
    let reply = form::optional_text(&reply, MAX_REPLY).map_err(|why| Errors::one("reply", why))?;
    let said = update.map(|update| update.to_string()).unwrap_or_default();
    let key = key.of(&person, &["answer", &id.to_string(), &reply, &said]);
    store::answer(&app.clone().by_program(), &person, (number, id), Answering { reply, update }, key).await?;
    one(&app, number, id).await
}

/// The incident of a question, if this person may see it.
async fn incident_of(app: &App, id: Uuid, person: &Person) -> Result<Incident, Problem> {
    let number = store::incident_of(&app.db, id).await?.ok_or(Failure::NotFound)?;
    Ok(incidents::store::seen_by(&app.db, number, person.id).await?.ok_or(Failure::NotFound)?)
}

async fn one(app: &App, incident: i64, id: Uuid) -> Result<axum::Json<QuestionJson>, Problem> {
    let question = store::one(&mut *app.db.acquire().await?, incident, id).await?.ok_or(Failure::NotFound)?;
    Ok(axum::Json(QuestionJson::at(question, app.now().await?)))
}
