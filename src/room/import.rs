//! `/incidents/{number}/import`: many entries at once, from an excerpt of a
//! chat, a log or somebody's notes. It is read, looked over row by row, and
//! then written in one go or not at all.

use askama::Template;
use axum::extract::State;

use super::{
    excerpt::Calendar,
    import_form::{ImportForm, MOST, Row},
};
use crate::{
    App,
    incidents::{Incident, Responding, entries},
    people::{self, Person},
    terms::Kind,
    timeline::{NotWritten, key::fresh},
    web::{
        Answer, Place, Shell,
        form::{Errors, Form},
        page, refused, see,
    },
};

#[derive(Template)]
#[template(path = "room/import.html")]
struct ImportPage {
    shell: Shell,
    incident: Incident,
    form: ImportForm,
    errors: Errors,
    zones: Vec<&'static str>,
}

fn import_page(incident: Incident, person: &Person, form: ImportForm, errors: Errors) -> ImportPage {
    ImportPage {
        shell: Shell::from(person).at(Place::Incidents),
        incident,
        form: ImportForm { key: fresh(), ..form },
        errors,
        zones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
    }
}

/// `GET /incidents/{number}/import`
pub async fn show(Responding { incident, person }: Responding) -> Answer {
    let form = ImportForm::blank(&incident, &person);
    page(&import_page(incident, &person, form, Errors::default()))
}

/// `POST /incidents/{number}/import`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(fields): Form<Vec<(String, String)>>,
) -> Answer {
    let form = ImportForm::from(fields);
    let calendar = match form.calendar(&incident, &person, app.now().await?) {
        Ok(calendar) => calendar,
        Err(errors) => return refused(&import_page(incident, &person, form, errors)),
    };
    match form.step.as_str() {
        "write" => write(&app, incident, &person, form, calendar).await,
        "check" => looked_over(incident, &person, form, calendar),
        _ => read(&app, incident, &person, form, calendar).await,
    }
}

async fn read(app: &App, incident: Incident, person: &Person, mut form: ImportForm, calendar: Calendar) -> Answer {
    let people = people::store::list(&app.db).await?;
    let people: Vec<Person> = people.into_iter().map(|listed| listed.person).collect();
    form.rows.clear();
    match form.read(&calendar, &people, person) {
        Ok(()) => looked_over(incident, person, form, calendar),
        Err(errors) => refused(&import_page(incident, person, form, errors)),
    }
}

/// The rows, with what is wrong with them beside each.
fn looked_over(incident: Incident, person: &Person, form: ImportForm, mut calendar: Calendar) -> Answer {
    let (_, errors) = form.check(&mut calendar, person);
    page(&import_page(incident, person, form, errors))
}

async fn write(app: &App, incident: Incident, by: &Person, form: ImportForm, mut calendar: Calendar) -> Answer {
    let (entries, mut errors) = form.check(&mut calendar, by);
    if form.kept() == 0 {
        errors.add("rows", "No row is ticked.");
    }
    if form.kept() > MOST {
        errors.add("rows", format!("{MOST} entries fit at once."));
    }
    if !errors.is_empty() {
        return refused(&import_page(incident, by, form, errors));
    }
    let key = form.key(&incident, by);
    match entries::append_all(app, by, incident.number, entries, key).await {
        Ok(written) => see(&format!("{}#e{}", incident.path(), written.answer)),
        Err(NotWritten::Refused(errors)) => refused(&import_page(incident, by, form, errors)),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

impl ImportPage {
    /// Whether a row is of a later day than the one before it. Templates call it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_later_day(&self, number: &usize, row: &Row) -> bool {
        let before = number.checked_sub(1).and_then(|number| self.form.rows.get(&number));
        let day = |row: &Row| row.time.get(..10).map(str::to_owned);
        before.and_then(day).zip(day(row)).is_some_and(|(before, today)| before < today)
    }
}

/// The name of a row's field. Templates call it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
fn field(name: &str, row: &usize) -> String {
    format!("{name}.{row}")
}
