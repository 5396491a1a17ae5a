//! `/incidents/{number}/work-items`: the pieces of work, added and moved on.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    roles::somebody,
    work::{self, Change, MAX_TITLE, NewWork, Work},
    work_entries,
};
use crate::{
    App,
    incidents::{Incident, Responding, Seen},
    people::{self, Person},
    terms::{Kind, Role, WorkState},
    timeline::{Key, MAX_BODY, New, NotWritten, commander, key::fresh, look},
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

#[derive(Template)]
#[template(path = "response/work_items.html")]
struct WorkPage {
    shell: Shell,
    incident: Incident,
    work: Vec<Work>,
    everybody: Vec<Person>,
    now: DateTime<Utc>,
    may_write: bool,
    form: WorkForm,
    errors: Errors,
}

/// A piece of work as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct WorkForm {
    key: String,
    title: String,
    /// An address or handle, `me`, or nothing for nobody yet.
    person: String,
    due_at: String,
    time_zone: String,
}

/// `GET /incidents/{number}/work-items`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&work_page(&app, incident, person, WorkForm::default(), Errors::default()).await?)
}

async fn work_page(
    app: &App,
    incident: Incident,
    me: Person,
    form: WorkForm,
    errors: Errors,
) -> Result<WorkPage, Failure> {
    Ok(WorkPage {
        shell: Shell::from(&me).at(Place::Incidents),
        work: work::of(&app.db, incident.number).await?,
        everybody: people::store::active(&app.db).await?,
        now: app.now().await?,
        may_write: me.role >= Role::Responder,
        form: WorkForm { key: fresh(), ..form },
        incident,
        errors,
    })
}

/// `POST /incidents/{number}/work-items`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<WorkForm>,
) -> Answer {
    let mut errors = Errors::default();
    let title = errors.take("title", form::line(&form.title, MAX_TITLE));
    let to = errors.take("person", somebody(&app, &person, &form.person).await?);
    let due_at = errors.take("due_at", due(&form.due_at, &form.time_zone, &person, app.now().await?));
    let (Some(title), Some(to), Some(due_at)) = (title, to, due_at) else {
        return refused(&work_page(&app, incident, person, form, errors).await?);
    };
    if due_at.is_some() && to.is_none() {
        let errors = Errors::one("due_at", "Only work that somebody holds is due back.");
        return refused(&work_page(&app, incident, person, form, errors).await?);
    }
    let key = Key::new(&person, &form.key, &[&incident.path(), "work", &title, &form.person, &form.due_at]);
    let new = NewWork { title, to: to.as_ref(), due_at };
    match work::add(&app, &person, incident.number, new, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&work_page(&app, incident, person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// When something is due back, as people type it: `30` or `30m` from now, or a time.
fn due(typed: &str, zone: &str, by: &Person, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let at = time::ahead(typed, time::browsers_zone(zone, by.zone()), now)?;
    if at - now > chrono::Duration::days(1) { Err("Within a day.".into()) } else { Ok(Some(at)) }
}

/// Which piece of work.
#[derive(Deserialize)]
pub struct WorkPath {
    id: Uuid,
}

#[derive(Template)]
#[template(path = "response/work_item.html")]
struct OnePage {
    shell: Shell,
    incident: Incident,
    item: Work,
    me: Person,
    everybody: Vec<Person>,
    may_move: bool,
    leads: bool,
    now: DateTime<Utc>,
    form: ChangeForm,
    /// What was written of it and on it, finished.
    entries: Vec<String>,
    entry: EntryForm,
    errors: Errors,
}

/// What is typed on a page of work.
#[derive(Default)]
struct Typed {
    form: ChangeForm,
    entry: EntryForm,
    errors: Errors,
}

/// A change as it was typed. A field that is missing leaves it as it is.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ChangeForm {
    key: String,
    title: Option<String>,
    state: Option<String>,
    person: Option<String>,
    due_at: Option<String>,
    /// `yes` joins whoever holds it, `no` leaves them.
    help: Option<String>,
    time_zone: String,
}

/// `GET /incidents/{number}/work-items/{id}`
pub async fn one(
    State(app): State<App>,
    Seen { incident, person }: Seen,
    Path(WorkPath { id }): Path<WorkPath>,
) -> Answer {
    page(&one_page(&app, incident, person, id, Typed::default()).await?)
}

async fn one_page(app: &App, incident: Incident, me: Person, id: Uuid, typed: Typed) -> Result<OnePage, Failure> {
    let item = work::one(&app.db, incident.number, id).await?.ok_or(Failure::NotFound)?;
    let leads = commander::leads(&app.db, incident.number, &me).await?;
    let mut everybody = if leads { people::store::active(&app.db).await? } else { vec![] };
    everybody.retain(|it| it.role >= Role::Responder && !item.is_held_by(&it.id));
    let entries = work_entries::of(&mut *app.db.acquire().await?, incident.number, id).await?;
    let entries = entries.iter().map(look::html).collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
    Ok(OnePage {
        shell: Shell::from(&me).at(Place::Incidents),
        may_move: leads || item.may_be_moved_by(&me.id),
        leads,
        item,
        everybody,
        now: app.now().await?,
        form: ChangeForm { key: fresh(), ..typed.form },
        entry: EntryForm { key: fresh(), ..typed.entry },
        errors: typed.errors,
        entries,
        incident,
        me,
    })
}

/// `POST /incidents/{number}/work-items/{id}`
pub async fn change(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(WorkPath { id }): Path<WorkPath>,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let changes = match form.check(&app, &person).await? {
        Ok(changes) => changes,
        Err(errors) => {
            let typed = Typed { form, errors, ..Typed::default() };
            return refused(&one_page(&app, incident, person, id, typed).await?);
        }
    };
    if changes.is_empty() {
        return Err(Failure::BadRequest("The form says nothing that is to change. Nothing was written."));
    }
    let what = format!("{:?} {:?} {:?} {:?} {:?}", form.title, form.state, form.person, form.due_at, form.help);
    let key = Key::new(&person, &form.key, &[&incident.path(), "work", &id.to_string(), &what]);
    match work::change(&app, &person, (incident.number, id), changes, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => {
            let typed = Typed { form, errors, ..Typed::default() };
            refused(&one_page(&app, incident, person, id, typed).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// An entry as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct EntryForm {
    key: String,
    kind: String,
    body: String,
}

/// `POST /incidents/{number}/work-items/{id}/entries`
pub async fn write_on(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(WorkPath { id }): Path<WorkPath>,
    Form(entry): Form<EntryForm>,
) -> Answer {
    let mut errors = Errors::default();
    let kind = entry.kind.parse().ok().filter(|kind: &Kind| kind.is_typed());
    let kind = errors.take("kind", kind.ok_or_else(|| "Please choose one of the kinds.".to_owned()));
    let body = errors.take("body", form::text(&entry.body, MAX_BODY));
    let (Some(kind), Some(body)) = (kind, body) else {
        let typed = Typed { entry, errors, ..Typed::default() };
        return refused(&one_page(&app, incident, person, id, typed).await?);
    };
    let what = [&*incident.path(), "work", &id.to_string(), kind.word(), &body];
    let key = Key::new(&person, &entry.key, &what);
    match work_entries::write(&app, &person, (incident.number, id), New::by(&person, kind, body), key).await {
        Ok(_) => see(&format!("{}/work-items/{id}", incident.path())),
        Err(NotWritten::Refused(errors)) => {
            let typed = Typed { entry, errors, ..Typed::default() };
            refused(&one_page(&app, incident, person, id, typed).await?)
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

impl ChangeForm {
    async fn check(&self, app: &App, by: &Person) -> Result<Result<Vec<Change>, Errors>, Failure> {
        let mut errors = Errors::default();
        let mut changes = Vec::new();
        if let Some(typed) = &self.title {
            changes.extend(errors.take("title", form::line(typed, MAX_TITLE)).map(Change::Title));
        }
        if let Some(typed) = &self.person {
            changes.extend(errors.take("person", somebody(app, by, typed).await?).map(Change::Holder));
        }
        if let Some(typed) = &self.state {
            let state = typed.parse::<WorkState>().map_err(|_| "Open, in progress, done or dropped.".to_owned());
            changes.extend(errors.take("state", state).map(Change::State));
        }
        if let Some(typed) = &self.due_at {
            let at = due(typed, &self.time_zone, by, app.now().await?);
            changes.extend(errors.take("due_at", at).map(Change::Due));
        }
        if let Some(typed) = &self.help {
            let help = match typed.as_str() {
                "yes" => Ok(true),
                "no" => Ok(false),
                _ => Err("Yes or no.".to_owned()),
            };
            changes.extend(errors.take("help", help).map(Change::Help));
        }
        Ok(if errors.is_empty() { Ok(changes) } else { Err(errors) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_lies_ahead() {
        let now: DateTime<Utc> = "2026-11-22T13:10:00Z".parse().unwrap();
        let ana = Person {
            id: Uuid::nil(),
            email: String::new(),
            name: String::new(),
            handle: String::new(),
            role: Role::Responder,
            time_zone: "Europe/Berlin".into(),
        };
        for (typed, expected) in [
            ("30", Some("2026-11-22T13:40:00Z")),
            ("45 min", Some("2026-11-22T13:55:00Z")),
            ("90m", Some("2026-11-22T14:40:00Z")),
            ("14:30", Some("2026-11-22T13:30:00Z")),
            ("13:00", Some("2026-11-23T12:00:00Z")),
            ("", None),
        ] {
            let expected = expected.map(|at| at.parse().unwrap());
            assert_eq!(due(typed, "", &ana, now), Ok(expected), "{typed}");
        }
        for typed in ["0", "2000", "soon", "2027-01-01 12:00"] {
            assert!(due(typed, "", &ana, now).is_err(), "{typed}");
        }
    }
}
