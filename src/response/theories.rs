//! `/incidents/{number}/theories`: what is suspected and what became of it; and
//! each with the form that eliminates or confirms it and says what speaks to it.

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use serde::Deserialize;

use crate::{
    App,
    incidents::{Incident, Seen, seen::SeenEntry},
    people::{Person, Responder},
    terms::{Role, Stance, TheoryState},
    timeline::{
        Entry, Key, MAX_REASON, NotWritten,
        key::fresh,
        theories::{self, Change, Tie},
    },
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "response/theories.html")]
struct TheoriesPage {
    shell: Shell,
    incident: Incident,
    theories: Vec<Entry>,
}

/// `GET /incidents/{number}/theories`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    let theories = theories::of(&mut *app.db.acquire().await?, incident.number).await?;
    page(&TheoriesPage { shell: Shell::from(&person).at(Place::Incidents), incident, theories })
}

/// The theory of a path, that this person may see.
pub struct SeenTheory {
    incident: Incident,
    theory: Entry,
    person: Person,
}

impl FromRequestParts<App> for SeenTheory {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let SeenEntry { incident, entry, person } = SeenEntry::from_request_parts(parts, app).await?;
        if entry.is_theory() { Ok(Self { incident, theory: entry, person }) } else { Err(Failure::NotFound) }
    }
}

impl SeenTheory {
    fn path(&self) -> String {
        format!("{}/theories/{}", self.incident.path(), self.theory.seq)
    }
}

#[derive(Template)]
#[template(path = "response/theory.html")]
struct TheoryPage {
    shell: Shell,
    seen: SeenTheory,
    may_write: bool,
    form: TheoryForm,
    errors: Errors,
}

/// What is said of a theory, as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct TheoryForm {
    key: String,
    /// What became of it; nothing leaves it.
    state: String,
    /// What the page said had become of it: a choice that stays is none.
    state_was: String,
    reason: String,
    /// The number of an entry; nothing for none.
    evidence: String,
    /// `for`, `against`, or `none` to take it back.
    stance: String,
}

fn theory_page(seen: SeenTheory, form: TheoryForm, errors: Errors) -> TheoryPage {
    TheoryPage {
        shell: Shell::from(&seen.person).at(Place::Incidents),
        may_write: seen.person.role >= Role::Responder,
        form: TheoryForm { key: fresh(), state_was: seen.theory.theory_state().word().to_owned(), ..form },
        seen,
        errors,
    }
}

/// `GET /incidents/{number}/theories/{seq}`
pub async fn one(seen: SeenTheory) -> Answer {
    page(&theory_page(seen, TheoryForm::default(), Errors::default()))
}

/// `POST /incidents/{number}/theories/{seq}`
pub async fn save(
    State(app): State<App>,
    Responder(_): Responder,
    seen: SeenTheory,
    Form(form): Form<TheoryForm>,
) -> Answer {
    let change = match form.check() {
        Ok(change) => change,
        Err(errors) => return refused(&theory_page(seen, form, errors)),
    };
    let what = [&seen.path()[..], &form.state, &form.reason, &form.evidence, &form.stance];
    let key = Key::new(&seen.person, &form.key, &what);
    match theories::change(&app, &seen.person, (seen.incident.number, seen.theory.seq), change, key).await {
        Ok(_) => see(&seen.incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&theory_page(seen, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

impl TheoryForm {
    /// The state that is chosen, or else the present one. Templates call it.
    fn chosen(&self, present: TheoryState) -> TheoryState {
        self.state.parse().unwrap_or(present)
    }

    fn check(&self) -> Result<Change, Errors> {
        let mut errors = Errors::default();
        let mut change = Change::default();
        let number = self.evidence.trim().trim_start_matches('#');
        let says_nothing = self.state.is_empty() && number.is_empty() && self.reason.is_empty();
        if self.state != self.state_was || says_nothing {
            let state = self.state.parse().map_err(|_| "Please choose one of the three.".to_owned());
            change.state = errors.take("state", state);
        }
        if let Some(reason) = errors.take("reason", form::optional_text(&self.reason, MAX_REASON)) {
            change.reason = reason;
        }
        if !number.is_empty() {
            let entry: Result<i64, _> = number.parse().map_err(|_| "The number of an entry, such as #12.".to_owned());
            let stance = match self.stance.as_str() {
                "none" => Ok(None),
                word => word.parse().map(Some).map_err(|_| "Please say how it speaks to the theory.".to_owned()),
            };
            let tie = entry.and_then(|entry| Ok(Tie { entry, stance: stance? }));
            change.tie = errors.take("evidence", tie);
        }
        if errors.is_empty() { Ok(change) } else { Err(errors) }
    }
}
