//! `/incidents/{number}/questions`: the queue, asking, saying that one asks the
//! same; and each question with the form that answers it.

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Answering, AskedBy, Asker, MAX_QUESTION, MAX_REPLY, Question, absorbed,
    store::{self, voter},
    waiting,
};
use crate::{
    App,
    incidents::{Incident, Seen},
    people::{Person, Responder},
    response::held,
    terms::Role,
    timeline::{Key, NotWritten, key::fresh},
    updates::{self, Update},
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "updates/questions.html")]
struct QuestionsPage {
    shell: Shell,
    incident: Incident,
    me: Person,
    /// To whom the queue belongs.
    keeper: Option<String>,
    questions: Vec<Question>,
    /// Those that this person asks, too.
    voted: Vec<Uuid>,
    latest: Option<Update>,
    now: DateTime<Utc>,
    form: AskForm,
    /// Those that may be what is asked, offered before it is asked anew.
    similar: Vec<Uuid>,
    errors: Errors,
}

impl QuestionsPage {
    fn may_answer(&self) -> bool {
        self.me.role >= Role::Responder
    }

    fn waiting(&self) -> impl Iterator<Item = &Question> {
        waiting(&self.questions)
    }

    fn answered(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| !question.waits())
    }

    fn absorbed(&self) -> i64 {
        absorbed(&self.questions)
    }

    fn offered(&self) -> impl Iterator<Item = &Question> {
        self.waiting().filter(|question| self.similar.contains(&question.id))
    }

    fn is_own(&self, question: &Question) -> bool {
        question.is_asked_by(self.me.id)
    }

    fn asks_too(&self, question: &Question) -> bool {
        self.voted.contains(&question.id)
    }
}

/// `GET /incidents/{number}/questions`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&questions_page(&app, incident, person, (AskForm::default(), Errors::default())).await?)
}

async fn questions_page(
    app: &App,
    incident: Incident,
    me: Person,
    (form, errors): (AskForm, Errors),
) -> Result<QuestionsPage, Failure> {
    let mut db = app.db.acquire().await?;
    let number = incident.number;
    let roles = held::of(&mut *db, number).await?;
    Ok(QuestionsPage {
        shell: Shell::from(&me).at(Place::Incidents),
        keeper: super::keeper(&roles).map(|keeper| keeper.name.clone()),
        questions: store::of(&mut db, number).await?,
        voted: store::voted(&mut *db, number, &voter(&me)).await?,
        latest: latest(&mut db, number).await?,
        now: app.now().await?,
        form: AskForm { key: fresh(), ..form },
        similar: Vec::new(),
        incident,
        me,
        errors,
    })
}

/// The last update that has news.
async fn latest(db: &mut sqlx::PgConnection, incident: i64) -> sqlx::Result<Option<Update>> {
    let last = updates::store::last(db, incident).await?;
    Ok(last.filter(|update| !update.struck && !update.texts.is_no_news()))
}

/// A question as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AskForm {
    key: String,
    body: String,
    /// Said at all: others' questions were offered, and it is none of them.
    anyway: Option<String>,
}

/// `POST /incidents/{number}/questions`
pub async fn ask(State(app): State<App>, Seen { incident, person }: Seen, Form(form): Form<AskForm>) -> Answer {
    let body = match form::text(&form.body, MAX_QUESTION) {
        Ok(body) => body,
        Err(why) => {
            return refused(&questions_page(&app, incident, person, (form, Errors::one("body", why))).await?);
        }
    };
    if form.anyway.is_none() {
        let similar = store::similar(&app.db, incident.number, &body).await?;
        if !similar.is_empty() {
            let page = questions_page(&app, incident, person, (form, Errors::default())).await?;
            return refused(&QuestionsPage { similar, ..page });
        }
    }
    let path = format!("{}/questions", incident.path());
    match store::ask(&app, Asker::Person(&person), incident.number, body, form.key.parse().ok()).await {
        Ok(_) => see(&path),
        Err(NotWritten::Refused(errors)) => refused(&questions_page(&app, incident, person, (form, errors)).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// The question of a path, of an incident that this person may see.
pub struct SeenQuestion {
    incident: Incident,
    question: Question,
    person: Person,
}

#[derive(Deserialize)]
struct Id {
    id: Uuid,
}

impl FromRequestParts<App> for SeenQuestion {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Seen { incident, person } = Seen::from_request_parts(parts, app).await?;
        let Path(Id { id }) = Path::from_request_parts(parts, app).await?;
        let question = store::one(&mut *app.db.acquire().await?, incident.number, id).await?;
        Ok(Self { question: question.ok_or(Failure::NotFound)?, incident, person })
    }
}

/// `POST /incidents/{number}/questions/{id}/same`: once a person, however often it is sent.
pub async fn same(State(app): State<App>, seen: SeenQuestion) -> Answer {
    store::plus_one(&app, seen.question.id, voter(&seen.person)).await?;
    see(&format!("{}/questions#q{}", seen.incident.path(), seen.question.id))
}

#[derive(Template)]
#[template(path = "updates/answer.html")]
struct AnswerPage {
    shell: Shell,
    seen: SeenQuestion,
    latest: Option<Update>,
    now: DateTime<Utc>,
    form: AnswerForm,
    errors: Errors,
}

/// An answer as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AnswerForm {
    key: String,
    reply: String,
    /// The update that answers it; nothing for none.
    update: String,
}

/// `GET /incidents/{number}/questions/{id}/answer`
pub async fn answer_form(State(app): State<App>, Responder(_): Responder, seen: SeenQuestion) -> Answer {
    page(&answer_page(&app, seen, (AnswerForm::default(), Errors::default())).await?)
}

async fn answer_page(
    app: &App,
    seen: SeenQuestion,
    (form, errors): (AnswerForm, Errors),
) -> Result<AnswerPage, Failure> {
    Ok(AnswerPage {
        shell: Shell::from(&seen.person).at(Place::Incidents),
        latest: latest(&mut *app.db.acquire().await?, seen.incident.number).await?,
        now: app.now().await?,
        form: AnswerForm { key: fresh(), ..form },
        seen,
        errors,
    })
}

/// `POST /incidents/{number}/questions/{id}/answer`
pub async fn answer(
    State(app): State<App>,
    Responder(person): Responder,
    seen: SeenQuestion,
    Form(form): Form<AnswerForm>,
) -> Answer {
    let with = match form.check() {
        Ok(with) => with,
        Err(errors) => return refused(&answer_page(&app, seen, (form, errors)).await?),
    };
    let key = Key::new(&person, &form.key, &[&seen.question.path(), "answer", &form.reply, &form.update]);
    match store::answer(&app, &person, (seen.incident.number, seen.question.id), with, key).await {
        Ok(_) => see(&format!("{}/questions", seen.incident.path())),
        Err(NotWritten::Refused(errors)) => refused(&answer_page(&app, seen, (form, errors)).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

impl AnswerForm {
    fn check(&self) -> Result<Answering, Errors> {
        let mut errors = Errors::default();
        let reply = errors.take("reply", form::optional_text(&self.reply, MAX_REPLY));
        let update = match self.update.trim() {
            "" => Some(None),
            id => errors.take("update", id.parse().map(Some).map_err(|_| "Please choose an update.".to_owned())),
        };
        match (reply, update) {
            (Some(reply), Some(update)) => Ok(Answering { reply, update }),
            _ => Err(errors),
        }
    }
}
