//! `/incidents/{number}/updates/{id}`: one update with all that it said, and the
//! form that corrects it or strikes it out.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    MAX_TEXT, Texts, Update,
    corrections::{self, Change},
    store,
};
use crate::{
    App,
    incidents::{Incident, Responding, Seen},
    people::Person,
    timeline::{Key, MAX_REASON, NotWritten, key::fresh},
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// Which update.
#[derive(Deserialize)]
pub struct UpdateId {
    pub(super) id: Uuid,
}

#[derive(Template)]
#[template(path = "updates/update.html")]
struct UpdatePage {
    shell: Shell,
    incident: Incident,
    update: Update,
    may_correct: bool,
    form: CorrectForm,
    errors: Errors,
}

/// A correction as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CorrectForm {
    key: String,
    situation: String,
    impact: String,
    doing: String,
    ruled_out: String,
    reason: String,
    /// Said at all: strike it out.
    strike: String,
    /// The entry that said what its writer saw.
    seen: String,
}

impl CorrectForm {
    fn of(update: &Update) -> Self {
        let Texts { situation, impact, doing, ruled_out } = update.texts.clone();
        Self { situation, impact, doing, ruled_out, ..Self::default() }
    }

    /// The fields for words: the name, the label and the text. Templates call it.
    fn texts(&self) -> [(&'static str, &'static str, &str); 4] {
        [
            ("situation", "Situation", &self.situation),
            ("impact", "Impact", &self.impact),
            ("doing", "What is being done", &self.doing),
            ("ruled_out", "Ruled out", &self.ruled_out),
        ]
    }

    fn check(&self) -> Result<Change, Errors> {
        let mut errors = Errors::default();
        let mut take = |name, text, most| errors.take(name, form::optional_text(text, most));
        let reason = take("reason", &self.reason, MAX_REASON);
        let texts = if self.strike.is_empty() {
            let [situation, impact, doing, ruled_out] =
                self.texts().map(|(name, _, text)| take(name, text, MAX_TEXT).unwrap_or_default());
            Some(Texts { situation, impact, doing, ruled_out })
        } else {
            // Striking out leaves the words as they are.
            None
        };
        match reason {
            Some(reason) if errors.is_empty() => Ok(Change { texts, reason, seen: self.seen.parse().ok() }),
            _ => Err(errors),
        }
    }

    fn key(&self, by: &Person, path: &str) -> Option<Key> {
        let words = [&*self.situation, &self.impact, &self.doing, &self.ruled_out];
        let what: Vec<&str> = [path, "correct", &self.strike, &self.reason].into_iter().chain(words).collect();
        Key::new(by, &self.key, &what)
    }
}

async fn update_page(
    app: &App,
    incident: Incident,
    me: &Person,
    (id, typed): (Uuid, Option<CorrectForm>),
    errors: Errors,
) -> Result<UpdatePage, Failure> {
    let mut db = app.db.acquire().await?;
    let update = store::one(&mut db, incident.number, id).await?.ok_or(Failure::NotFound)?;
    let form = typed.unwrap_or_else(|| CorrectForm::of(&update));
    Ok(UpdatePage {
        shell: Shell::from(me).at(Place::Incidents),
        may_correct: !update.redacted && corrections::may_correct(&mut db, &update, me).await?,
        form: CorrectForm { key: fresh(), seen: update.stands_since().to_string(), ..form },
        incident,
        update,
        errors,
    })
}

/// `GET /incidents/{number}/updates/{id}`
pub async fn show(
    State(app): State<App>,
    Seen { incident, person }: Seen,
    Path(UpdateId { id }): Path<UpdateId>,
) -> Answer {
    page(&update_page(&app, incident, &person, (id, None), Errors::default()).await?)
}

/// `POST /incidents/{number}/updates/{id}`
pub async fn correct(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(UpdateId { id }): Path<UpdateId>,
    Form(form): Form<CorrectForm>,
) -> Answer {
    let change = match form.check() {
        Ok(change) => change,
        Err(errors) => return refused(&update_page(&app, incident, &person, (id, Some(form)), errors).await?),
    };
    let path = format!("{}/updates/{id}", incident.path());
    match corrections::correct(&app, &person, (incident.number, id), change, form.key(&person, &path)).await {
        Ok(_) => see(&path),
        Err(NotWritten::Refused(errors)) => {
            refused(&update_page(&app, incident, &person, (id, Some(form)), errors).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
