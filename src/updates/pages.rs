//! `/incidents/{number}/updates`: what was said to those outside, and the form
//! that says more; what is being written is saved meanwhile.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    MAX_TEXT, Texts, Update,
    cadence::{self, Facts},
    drafts::{self, Draft, MAX_DRAFT, MAX_TIME},
    material::{self, Piece},
    store::{self, NewUpdate, Next},
};
use crate::{
    App,
    aliases::Aliases,
    incidents::{Incident, Responding, Seen},
    people::Person,
    terms::{Audience, Role, SharedNames},
    timeline::{Key, NotWritten, key::fresh},
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

#[derive(Template)]
#[template(path = "updates/updates.html")]
struct UpdatesPage {
    shell: Shell,
    incident: Incident,
    updates: Vec<Update>,
    facts: Facts,
    material: Vec<Piece>,
    form: UpdateForm,
    /// When what stands in the form was saved.
    saved_at: Option<DateTime<Utc>>,
    /// It is shown as it will read, before it is sent.
    is_checked: bool,
    errors: Errors,
    may_write: bool,
    now: DateTime<Utc>,
    /// Who is named in what is written.
    aliases: Aliases,
}

/// An update as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct UpdateForm {
    key: String,
    audience: String,
    situation: String,
    impact: String,
    doing: String,
    ruled_out: String,
    /// Minutes or a time; nothing for no promise.
    next_by: String,
    time_zone: String,
    /// Said at all: there is no news yet.
    no_news: String,
    /// Said at all: show it as it will read, and do not send it.
    check: String,
}

/// A field of the form, as the page shows it.
struct TextField<'a> {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    text: &'a str,
}

impl UpdateForm {
    /// The fields for words. Templates call it.
    fn texts(&self) -> [TextField<'_>; 4] {
        let field = |name, label, help, text| TextField { name, label, help, text };
        [
            field("situation", "Situation", "What is known, in words that mean something outside.", &*self.situation),
            field("impact", "Impact", "Who is concerned, and how.", &*self.impact),
            field("doing", "What is being done", "What happens next, too.", &*self.doing),
            field("ruled_out", "Ruled out", "What it is not: leaders want to hear that.", &*self.ruled_out),
        ]
    }

    /// The audience that is chosen. Templates call it.
    fn chosen(&self) -> Audience {
        self.audience.parse().unwrap_or(Audience::Leadership)
    }

    fn of_draft(draft: &Draft) -> Self {
        let Draft { audience, texts, next_by, .. } = draft.clone();
        let Texts { situation, impact, doing, ruled_out } = texts;
        let audience = audience.word().to_owned();
        Self { audience, situation, impact, doing, ruled_out, next_by, ..Self::default() }
    }

    /// What is offered to whoever begins.
    fn offered(facts: &Facts, material: &[Piece]) -> Self {
        let minutes = facts.interval.leadership.filter(|_| facts.may_promise());
        let next_by = minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default();
        Self { ruled_out: material::ruled_out(material), next_by, ..Self::default() }
    }

    fn checked_texts(&self, longest: usize, errors: &mut Errors) -> Option<Texts> {
        let mut take = |name, text| errors.take(name, form::optional_text(text, longest));
        let texts = (
            take("situation", &self.situation),
            take("impact", &self.impact),
            take("doing", &self.doing),
            take("ruled_out", &self.ruled_out),
        );
        let (Some(situation), Some(impact), Some(doing), Some(ruled_out)) = texts else { return None };
        Some(Texts { situation, impact, doing, ruled_out })
    }

    fn checked_audience(&self, errors: &mut Errors) -> Option<Audience> {
        let audience = self.audience.parse().map_err(|_| "Please say for whom it is.".to_owned());
        errors.take("audience", audience)
    }

    fn next(&self, by: &Person, now: DateTime<Utc>) -> Result<Next, String> {
        if self.next_by.trim().is_empty() {
            return Ok(Next::Unsaid);
        }
        time::ahead(&self.next_by, time::browsers_zone(&self.time_zone, by.zone()), now).map(Next::By)
    }

    fn check(&self, by: &Person, now: DateTime<Utc>) -> Result<NewUpdate, Errors> {
        let mut errors = Errors::default();
        let no_news = !self.no_news.is_empty();
        let texts = if no_news { Some(Texts::default()) } else { self.checked_texts(MAX_TEXT, &mut errors) };
        let audience =
            if self.audience.is_empty() { Some(Audience::Leadership) } else { self.checked_audience(&mut errors) };
        let next = errors.take("next_by", self.next(by, now));
        if !no_news && texts.as_ref().is_some_and(Texts::is_no_news) {
            errors.add("situation", NOTHING_SAID);
        }
        match (audience, texts, next) {
            (Some(audience), Some(texts), Some(next)) if errors.is_empty() => {
                let next = if no_news && next == Next::Unsaid { Next::ByInterval } else { next };
                Ok(NewUpdate { audience, texts, next })
            }
            _ => Err(errors),
        }
    }

    fn check_draft(&self, saved_at: DateTime<Utc>) -> Result<Draft, Errors> {
        let mut errors = Errors::default();
        let audience = self.checked_audience(&mut errors);
        let texts = self.checked_texts(MAX_DRAFT, &mut errors);
        let next_by = errors.take("next_by", form::optional_line(&self.next_by, MAX_TIME));
        match (audience, texts, next_by) {
            (Some(audience), Some(texts), Some(next_by)) => Ok(Draft { audience, texts, next_by, saved_at }),
            _ => Err(errors),
        }
    }

    fn key(&self, by: &Person, incident: &Incident) -> Option<Key> {
        let what = [
            &*incident.path(),
            "update",
            &self.no_news,
            &self.audience,
            &self.situation,
            &self.impact,
            &self.doing,
            &self.ruled_out,
            &self.next_by,
        ];
        Key::new(by, &self.key, &what)
    }
}

const NOTHING_SAID: &str = "Please write at least one of the four. If there is nothing new, say “No news yet”.";

/// What a form came back with.
struct Typed {
    form: UpdateForm,
    errors: Errors,
}

async fn updates_page(
    app: &App,
    incident: Incident,
    me: &Person,
    typed: Option<Typed>,
) -> Result<UpdatesPage, Failure> {
    let mut db = app.db.acquire().await?;
    let updates = store::of(&mut db, incident.number).await?;
    let facts = cadence::facts(&mut *db, incident.number).await?.ok_or(Failure::NotFound)?;
    // That there was no news yet said nothing of it, and what is struck out no longer does.
    let said = updates.iter().find(|update| !update.struck && !update.texts.is_no_news()).map_or(0, |last| last.seq);
    let material = material::since(&mut db, incident.number, said).await?;
    let draft = drafts::of(&mut *db, incident.number, me.id).await?.filter(|_| typed.is_none());
    let saved_at = draft.as_ref().map(|draft| draft.saved_at);
    let begin = || {
        let form = draft.as_ref().map_or_else(|| UpdateForm::offered(&facts, &material), UpdateForm::of_draft);
        Typed { form, errors: Errors::default() }
    };
    let Typed { form, errors } = typed.unwrap_or_else(begin);
    Ok(UpdatesPage {
        shell: Shell::from(me).at(Place::Incidents),
        is_checked: !form.check.is_empty() && errors.is_empty(),
        form: UpdateForm { key: fresh(), ..form },
        may_write: me.role >= Role::Responder,
        now: app.now().await?,
        aliases: Aliases::of(app, incident.number, SharedNames::Roles).await?,
        incident,
        updates,
        facts,
        material,
        saved_at,
        errors,
    })
}

/// `GET /incidents/{number}/updates`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&updates_page(&app, incident, &person, None).await?)
}

/// `POST /incidents/{number}/updates`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<UpdateForm>,
) -> Answer {
    let new = match form.check(&person, app.now().await?) {
        Ok(_) if !form.check.is_empty() => {
            // The page's script had no time to.
            if let Ok(draft) = form.check_draft(app.now().await?) {
                drafts::save(&app, &person, incident.number, &draft, form.key.parse().ok()).await?;
            }
            let typed = Typed { form, errors: Errors::default() };
            return page(&updates_page(&app, incident, &person, Some(typed)).await?);
        }
        Ok(new) => new,
        Err(errors) => return refused(&updates_page(&app, incident, &person, Some(Typed { form, errors })).await?),
    };
    let key = form.key(&person, &incident);
    match store::write(&app, &person, incident.number, new, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => {
            refused(&updates_page(&app, incident, &person, Some(Typed { form, errors })).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// A draft as it was sent: by the page's script, by a button, or to be thrown away.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DraftForm {
    #[serde(flatten)]
    form: UpdateForm,
    /// Said at all: a script asks, and shows what comes back.
    live: String,
    /// Said at all: throw it away.
    discard: String,
}

/// What a script shows of a draft: that it is saved, and which words will not travel.
#[derive(Template)]
#[template(path = "updates/_draft.html")]
struct DraftLook {
    form: UpdateForm,
    saved_at: Option<DateTime<Utc>>,
    aliases: Aliases,
}

/// `POST /incidents/{number}/updates/draft`
pub async fn save_draft(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(DraftForm { form, live, discard }): Form<DraftForm>,
) -> Answer {
    let there = format!("{}/updates", incident.path());
    if !discard.is_empty() {
        drafts::discard(&app.db, incident.number, person.id).await?;
        return see(&there);
    }
    let draft = match form.check_draft(app.now().await?) {
        Ok(draft) => draft,
        Err(errors) => return refused(&updates_page(&app, incident, &person, Some(Typed { form, errors })).await?),
    };
    let saved = drafts::save(&app, &person, incident.number, &draft, form.key.parse().ok()).await?;
    if live.is_empty() {
        return see(&there);
    }
    let aliases = Aliases::of(&app, incident.number, SharedNames::Roles).await?;
    page(&DraftLook { saved_at: saved.then_some(draft.saved_at), form, aliases })
}
