//! Questions in the database: asked and answered together with their entry.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{Answer, AskedBy, Asker, Question, is_like};
use crate::{
    App,
    incidents::{
        moments,
        store::{self, Opened},
    },
    people::{Person, secret},
    terms::Kind,
    timeline::{self, Author, Key, Log, New, NotWritten, Written, key::REUSED, log},
    updates,
    web::Failure,
};

/// How many similar questions are offered.
const OFFERED: usize = 3;

struct Row {
    id: Uuid,
    incident: i64,
    seq: i64,
    body: String,
    asked_by: Option<Uuid>,
    asker: Option<String>,
    link: Option<String>,
    asked_at: DateTime<Utc>,
    votes: i64,
    answered_at: Option<DateTime<Utc>>,
    answered_by: Option<Uuid>,
    answerer: Option<String>,
    answer_seq: Option<i64>,
    update_id: Option<Uuid>,
    reply: String,
}

impl From<Row> for Question {
    fn from(row: Row) -> Self {
        let author = |id: Option<Uuid>, name: Option<String>| id.zip(name).map(|(id, name)| Author { id, name });
        let asked_by = match author(row.asked_by, row.asker) {
            Some(person) => AskedBy::Person(person),
            None => AskedBy::Reader(row.link.unwrap_or_default()),
        };
        let (seq, update, reply) = (row.answer_seq, row.update_id, row.reply);
        let answered = row.answered_at.zip(author(row.answered_by, row.answerer));
        Self {
            id: row.id,
            incident: row.incident,
            seq: row.seq,
            is_redacted: row.body.is_empty(),
            body: row.body,
            asked_by,
            asked_at: row.asked_at,
            votes: row.votes,
            answer: answered.map(|(at, by)| Answer { at, by, seq, update, reply }),
        }
    }
}

/// The questions of an incident: first those that wait, the oldest first, then
/// those that were answered, the last one first.
pub async fn of(db: &mut PgConnection, incident: i64) -> sqlx::Result<Vec<Question>> {
    read(db, incident, None, None).await
}

/// One of them.
pub async fn one(db: &mut PgConnection, incident: i64, id: Uuid) -> sqlx::Result<Option<Question>> {
    Ok(read(db, incident, Some(id), None).await?.pop())
}

/// The one that an entry tells of.
pub async fn told_by(db: &mut PgConnection, incident: i64, seq: i64) -> sqlx::Result<Option<Question>> {
    Ok(read(db, incident, None, Some(seq)).await?.pop())
}

async fn read(db: &mut PgConnection, incident: i64, id: Option<Uuid>, seq: Option<i64>) -> sqlx::Result<Vec<Question>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select q.id, q.incident, q.seq, q.body, q.asked_by, asker.name as "asker?", l.label as "link?", q.asked_at,
                  (select count(*) from question_votes v where v.question_id = q.id) as "votes!",
                  q.answered_at, q.answered_by, answerer.name as "answerer?", q.answer_seq, q.update_id, q.reply
           from questions q
           left join people asker on asker.id = q.asked_by
           left join people answerer on answerer.id = q.answered_by
           left join share_links l on l.id = q.link_id
           where q.incident = $1 and ($2::uuid is null or q.id = $2) and ($3::bigint is null or q.seq = $3)
           order by q.answered_at desc nulls first, q.seq"#,
        incident,
        id,
        seq
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Question::from).collect())
}

/// The incident of a question.
pub async fn incident_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select incident from questions where id = $1", id).fetch_optional(db).await
}

/// The waiting questions that a text may repeat, the oldest first.
pub async fn similar(db: &PgPool, incident: i64, text: &str) -> sqlx::Result<Vec<Uuid>> {
    let waiting = sqlx::query!(
        "select id, body from questions where incident = $1 and answered_at is null and body <> '' order by seq",
        incident
    );
    let waiting = waiting.fetch_all(db).await?.into_iter().filter(|other| is_like(text, &other.body));
    Ok(waiting.map(|other| other.id).take(OFFERED).collect())
}

/// Asks something. The answer is the `seq` of the entry, by which [`told_by`]
/// finds it. Under the same key and text it is asked once.
///
/// Errors: no such incident, or none that they may see (404); the key used for
/// another question (422).
pub async fn ask(
    app: &App,
    asker: Asker<'_>,
    number: i64,
    body: String,
    key: Option<Uuid>,
) -> Result<Written, NotWritten> {
    let (mut log, id, link, person, entry) = match asker {
        Asker::Person(person) => {
            let what = ["question", &number.to_string(), &body];
            let key = key.and_then(|key| Key::new(person, &key.to_string(), &what));
            let log = match store::open(app, person, number, key).await? {
                Opened::Fresh(log, _) => log,
                Opened::Already(written) => return Ok(written),
            };
            (log, Uuid::now_v7(), None, Some(person.id), New::by(person, Kind::Question, "asked"))
        }
        // Nobody knows who they are: their key is the question's own id.
        Asker::Reader(link) => {
            let id = key.unwrap_or_else(Uuid::now_v7);
            let log = match open_once(app, (number, link), id, &body).await? {
                timeline::Opened::Fresh(log) => log,
                timeline::Opened::Already(written) => return Ok(written),
            };
            (log, id, Some(link), None, New::room(Kind::Question, "passed on a question from outside"))
        }
    };
    let seq = log.append(entry.because(&*body)).await?;
    let now = log.now;
    sqlx::query!(
        "insert into questions (id, incident, seq, body, link_id, asked_by, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        number,
        seq,
        body,
        link,
        person,
        now
    )
    .execute(log.tx())
    .await?;
    Ok(log.commit(seq).await?)
}

/// Opens the timeline for a question of a reader, unless it was asked before.
async fn open_once(
    app: &App,
    (number, link): (i64, Uuid),
    id: Uuid,
    body: &str,
) -> Result<timeline::Opened, NotWritten> {
    let mut log = match log::open(app, number, None).await? {
        timeline::Opened::Fresh(log) => log,
        already @ timeline::Opened::Already(_) => return Ok(already),
    };
    let before = sqlx::query!("select seq, body, incident, link_id from questions where id = $1", id);
    match before.fetch_optional(log.tx()).await? {
        None => {
            may_ask(&mut log, link).await?;
            Ok(timeline::Opened::Fresh(log))
        }
        Some(it) if it.incident == number && it.link_id == Some(link) && it.body == body => {
            Ok(timeline::Opened::Already(Written { answer: it.seq, again: true }))
        }
        Some(_) => Err(NotWritten::refused("key", REUSED)),
    }
}

/// Under the lock: the link may have ended meanwhile, or its incident.
async fn may_ask(log: &mut log::Log, link: Uuid) -> Result<(), NotWritten> {
    let now = log.now;
    let may = sqlx::query_scalar!(
        r#"select l.may_ask and l.revoked_at is null and share_link_ends(l) > $2 and i.ended_at is null as "may!"
           from share_links l join incidents i on i.number = l.incident where l.id = $1"#,
        link,
        now
    );
    if may.fetch_optional(log.tx()).await? == Some(true) {
        return Ok(());
    }
    Err(Failure::Gone("It takes no more questions: the link has ended, or the incident.").into())
}

/// Says that somebody asks the same: once each, and not by whoever asked. It is
/// no entry; who it was is known to nobody.
///
/// Errors: no such question (404), answered already or taken out (409).
pub async fn plus_one(app: &App, question: Uuid, voter: Vec<u8>) -> Result<(), Failure> {
    let row = sqlx::query!(
        r#"with question as (
               select id, incident, asked_by, answered_at is null and body <> '' as waits
               from questions where id = $1 for share
           ), vote as (
               insert into question_votes (question_id, voter, voted_at)
               select id, $2, coalesce($3, clock_timestamp()) from question
               where waits and (asked_by is null or sha256(convert_to(asked_by::text, 'UTF8')) <> $2)
               on conflict do nothing
           )
           select incident, waits as "waits!" from question"#,
        question,
        voter,
        app.at
    );
    let row = row.fetch_optional(&app.db).await?.ok_or(Failure::NotFound)?;
    if !row.waits {
        return Err(Failure::Conflict(ANSWERED));
    }
    app.wake.incident(row.incident);
    Ok(())
}

/// Those of an incident's questions that somebody said to ask, too.
pub(super) async fn voted(db: impl PgExecutor<'_>, incident: i64, voter: &[u8]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select q.id from questions q join question_votes v on v.question_id = q.id
         where q.incident = $1 and v.voter = $2",
        incident,
        voter
    )
    .fetch_all(db)
    .await
}

/// What stands for a person who asks the same.
pub(super) fn voter(person: &Person) -> Vec<u8> {
    secret::hash(&person.id.to_string())
}

/// What answers a question: a reply, an update, or both.
#[derive(Debug, Clone, Default)]
pub struct Answering {
    /// In words.
    pub reply: String,
    /// The update that says it.
    pub update: Option<Uuid>,
}

/// Answers a question. The answer is the `seq` of the entry.
///
/// Errors: no such question (404), answered already or taken out (409), an
/// update that is none of this incident or says nothing any more, or nothing
/// at all (422).
pub async fn answer(
    app: &App,
    by: &Person,
    (number, id): (i64, Uuid),
    with: Answering,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let question = one(log.tx(), number, id).await?.ok_or(Failure::NotFound)?;
    if !question.waits() {
        return Err(Failure::Conflict(ANSWERED).into());
    }
    let update = match with.update {
        Some(update) => updates::store::one(log.tx(), number, update).await?.filter(|update| !update.struck),
        None => None,
    };
    let body = match update {
        Some(update) => format!("answered the question #{} with the update #{}", question.seq, update.seq),
        None if with.update.is_some() => return Err(NotWritten::refused("update", NO_UPDATE)),
        None if with.reply.is_empty() => return Err(NotWritten::refused("reply", NOTHING)),
        None => format!("answered the question #{}", question.seq),
    };
    let seq = log.append(New::by(by, Kind::Question, body).because(&*with.reply)).await?;
    settle(&mut log, by, (id, seq), &with).await?;
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}

async fn settle(log: &mut Log, by: &Person, (id, seq): (Uuid, i64), with: &Answering) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "update questions
         set answered_at = greatest(asked_at, $2), answered_by = $3, update_id = $4, reply = $5, answer_seq = $6
         where id = $1",
        id,
        now,
        by.id,
        with.update,
        with.reply,
        seq
    )
    .execute(log.tx())
    .await?;
    Ok(())
}

/// Why something comes too late, in words.
const ANSWERED: &str = "This question is answered meanwhile, or was taken out.";
/// Why nothing is no answer, in words.
const NOTHING: &str = "Please write a reply, or choose the update that answers it.";
/// Why an update answers nothing, in words.
const NO_UPDATE: &str = "This is no update of this incident that still says something.";
