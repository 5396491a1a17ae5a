//! `/incidents/{number}/handoffs`: the ledger of all offers with how long each
//! waited, the form that makes one, and the page on which one is answered.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Thing,
    held::{self, Held},
    offers::{self, End, MAX_BRIEFING, NewOffer, Offer},
    roles::somebody,
    work::{self, Work},
    work_entries,
};
use crate::{
    App,
    incidents::{Incident, Responding, Seen},
    people::{self, Person},
    terms::{HandoffState, Kind, Role, TheoryState},
    timeline::{
        Entry, Key, MAX_REASON, NotWritten,
        key::fresh,
        store::{self, Filter},
        theories,
    },
    web::{
        Answer, Failure, Path, Place, Query, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// How many entries a briefing begins with, the last ones.
const RECENT: u8 = 5;

#[derive(Template)]
#[template(path = "response/handoffs.html")]
struct LedgerPage {
    shell: Shell,
    incident: Incident,
    offers: Vec<Offer>,
    now: DateTime<Utc>,
    may_write: bool,
}

/// `GET /incidents/{number}/handoffs`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&LedgerPage {
        shell: Shell::from(&person).at(Place::Incidents),
        offers: offers::of(&app.db, incident.number).await?,
        now: app.now().await?,
        may_write: person.role >= Role::Responder,
        incident,
    })
}

#[derive(Template)]
#[template(path = "response/offer.html")]
struct OfferPage {
    shell: Shell,
    incident: Incident,
    roles: Vec<Held>,
    work: Vec<Work>,
    everybody: Vec<Person>,
    form: OfferForm,
    errors: Errors,
}

/// The offer as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct OfferForm {
    key: String,
    /// A role's name, or nothing.
    role: String,
    /// A piece of work's id, or nothing.
    work_item: String,
    to: String,
    briefing: String,
}

impl OfferForm {
    fn thing(&self) -> Result<Thing, String> {
        match (self.role.as_str(), self.work_item.as_str()) {
            ("", "") => Err("Please choose what you offer.".into()),
            (role, "") => Ok(Thing::Role(role.to_owned())),
            ("", id) => id.parse().map(Thing::Work).map_err(|_| "There is no such work here.".into()),
            _ => Err("Please choose one of the two, a role or a piece of work.".into()),
        }
    }

    /// The thing as one choice says it. Templates call it.
    fn is_role(&self, role: &str) -> bool {
        self.role == role
    }

    /// Likewise.
    fn is_work(&self, id: &Uuid) -> bool {
        self.work_item.parse() == Ok(*id)
    }
}

/// `GET /incidents/{number}/handoffs/new`
pub async fn new(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Query(mut form): Query<OfferForm>,
) -> Answer {
    if form.briefing.is_empty() {
        form.briefing = briefing(&app, incident.number, &person, &form).await?;
    }
    page(&offer_page(&app, incident, person, form, Errors::default()).await?)
}

/// What a briefing begins with: the last that was written on the work, or else
/// by its giver, and the theories that are open.
async fn briefing(app: &App, incident: i64, by: &Person, form: &OfferForm) -> sqlx::Result<String> {
    let db = &mut *app.db.acquire().await?;
    let mut entries = match form.thing() {
        Ok(Thing::Work(id)) => work_entries::of(&mut *db, incident, id).await?,
        _ => vec![],
    };
    entries.retain(|entry| entry.kind.is_typed());
    if entries.is_empty() {
        let own = Filter { kinds: Kind::TYPED.to_vec(), author: Some(by.id), before: None };
        entries = store::page(&mut *db, incident, &own, i64::from(RECENT)).await?;
    }
    entries.retain(Entry::still_says);
    let last = &entries[entries.len().saturating_sub(usize::from(RECENT))..];
    let tried = list(last, |entry| format!("{}: {}", entry.kind.word(), entry.gist()));
    let mut theories = theories::of(db, incident).await?;
    theories.retain(|theory| theory.theory_state() == TheoryState::Open);
    let suspected = list(&theories, Entry::gist);
    Ok(format!("Where it stands:\n\nWhat was tried:\n{tried}\n\nOpen theories:\n{suspected}\n\nWhat is next:\n"))
}

/// As lines of Markdown; one that is empty where there are none.
fn list(entries: &[Entry], says: impl Fn(&Entry) -> String) -> String {
    let lines: Vec<String> = entries.iter().map(|entry| format!("- {}", says(entry))).collect();
    if lines.is_empty() { "- ".to_owned() } else { lines.join("\n") }
}

async fn offer_page(
    app: &App,
    incident: Incident,
    me: Person,
    form: OfferForm,
    errors: Errors,
) -> sqlx::Result<OfferPage> {
    let mut work = work::of(&app.db, incident.number).await?;
    work.retain(|item| item.state.is_live());
    let mut everybody = people::store::active(&app.db).await?;
    everybody.retain(|it| it.role >= Role::Responder && it.id != me.id);
    Ok(OfferPage {
        shell: Shell::from(&me).at(Place::Incidents),
        roles: held::of(&app.db, incident.number).await?,
        work,
        everybody,
        form: OfferForm { key: fresh(), ..form },
        incident,
        errors,
    })
}

/// `POST /incidents/{number}/handoffs`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<OfferForm>,
) -> Answer {
    let mut errors = Errors::default();
    let thing = errors.take("role", form.thing());
    let briefing = errors.take("briefing", form::optional_text(&form.briefing, MAX_BRIEFING));
    let to = errors.take("to", somebody(&app, &person, &form.to).await?);
    let to = to.and_then(|to| errors.take("to", to.ok_or_else(|| "Please say to whom.".to_owned())));
    let (Some(thing), Some(briefing), Some(to)) = (thing, briefing, to) else {
        return refused(&offer_page(&app, incident, person, form, errors).await?);
    };
    let what = [&incident.path(), "offer", &form.role, &form.work_item, &form.to, &briefing];
    let key = Key::new(&person, &form.key, &what);
    match offers::offer(&app, &person, incident.number, NewOffer { thing, to: &to, briefing }, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&offer_page(&app, incident, person, form, errors).await?),
        Err(NotWritten::Failed(Failure::Conflict(message))) => {
            refused(&offer_page(&app, incident, person, form, Errors::one("role", message)).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// Which offer.
#[derive(Deserialize)]
pub struct OfferPath {
    id: Uuid,
}

#[derive(Template)]
#[template(path = "response/handoff.html")]
struct AnswerPage {
    shell: Shell,
    incident: Incident,
    offer: Offer,
    me: Person,
    now: DateTime<Utc>,
    form: AnswerForm,
    errors: Errors,
}

/// The answer as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AnswerForm {
    key: String,
    /// What whoever declines says; may be empty.
    word: Option<String>,
}

/// `GET /incidents/{number}/handoffs/{id}`
pub async fn one(
    State(app): State<App>,
    Seen { incident, person }: Seen,
    Path(OfferPath { id }): Path<OfferPath>,
) -> Answer {
    page(&answer_page(&app, incident, person, id, (AnswerForm::default(), Errors::default())).await?)
}

async fn answer_page(
    app: &App,
    incident: Incident,
    me: Person,
    id: Uuid,
    (form, errors): (AnswerForm, Errors),
) -> Result<AnswerPage, Failure> {
    let offer = offers::one(&app.db, incident.number, id).await?.ok_or(Failure::NotFound)?;
    Ok(AnswerPage {
        shell: Shell::from(&me).at(Place::Incidents),
        now: app.now().await?,
        form: AnswerForm { key: fresh(), ..form },
        incident,
        offer,
        me,
        errors,
    })
}

/// `POST /incidents/{number}/handoffs/{id}/accept`
pub async fn accept(
    State(app): State<App>,
    responding: Responding,
    Path(OfferPath { id }): Path<OfferPath>,
    Form(form): Form<AnswerForm>,
) -> Answer {
    end(&app, responding, id, form, End::Accept).await
}

/// `POST /incidents/{number}/handoffs/{id}/decline`
pub async fn decline(
    State(app): State<App>,
    responding: Responding,
    Path(OfferPath { id }): Path<OfferPath>,
    Form(form): Form<AnswerForm>,
) -> Answer {
    // A form that does not say is none of ours.
    let Some(word) = &form.word else {
        return Err(Failure::BadRequest("The form lacks its field for a word. Nothing was written."));
    };
    match form::optional_text(word, MAX_REASON) {
        Ok(word) => end(&app, responding, id, form, End::Decline(word)).await,
        Err(message) => {
            let Responding { incident, person } = responding;
            refused(&answer_page(&app, incident, person, id, (form, Errors::one("word", message))).await?)
        }
    }
}

/// `POST /incidents/{number}/handoffs/{id}/withdraw`
pub async fn withdraw(
    State(app): State<App>,
    responding: Responding,
    Path(OfferPath { id }): Path<OfferPath>,
    Form(form): Form<AnswerForm>,
) -> Answer {
    end(&app, responding, id, form, End::Withdraw).await
}

async fn end(app: &App, responding: Responding, id: Uuid, form: AnswerForm, how: End) -> Answer {
    let Responding { incident, person } = responding;
    let said = format!("{how:?}");
    let key = Key::new(&person, &form.key, &[&incident.path(), &id.to_string(), &said]);
    match offers::end(app, &person, (incident.number, id), how, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&answer_page(app, incident, person, id, (form, errors)).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
