//! `/incidents/{number}/visibility`: whether everybody sees an incident, or
//! its people and admins alone. For anybody else a private one does not exist.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    Incident, Leading, path,
    store::{self, Opened},
};
use crate::{
    App,
    people::{self, Person},
    terms::{Kind, Role},
    timeline::{Key, Log, New, NotWritten, Written, commander, key::fresh},
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// How many people one private incident may name.
const MAX: usize = 200;

/// Who may change it, in words.
pub const MAY_CHANGE: &str = "Only the commander or an admin may change who sees an incident. Ask one.";

/// Who sees an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody who is signed in.
    Everybody,
    /// These people, and admins.
    People(Vec<Person>),
}

/// Reads the people of a private incident as they are typed: addresses or
/// handles, separated by commas or on lines of their own.
///
/// Errors are sentences for the person who typed them.
pub async fn read_people(db: impl PgExecutor<'_>, typed: &str) -> sqlx::Result<Result<Vec<Person>, String>> {
    let names = typed.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
    check_people(db, names).await
}

/// The people of a private incident, by address or handle.
///
/// Errors are sentences for whoever sent them.
pub async fn check_people<'a>(
    db: impl PgExecutor<'_>,
    names: impl IntoIterator<Item = &'a str>,
) -> sqlx::Result<Result<Vec<Person>, String>> {
    let wanted: Vec<String> = names.into_iter().map(|name| name.trim_start_matches('@').to_lowercase()).collect();
    if let Some(why) = wanted.iter().find_map(|name| form::line(name, 254).err()) {
        return Ok(Err(why));
    }
    if wanted.len() > MAX {
        return Ok(Err(format!("These are {} people; {MAX} fit.", wanted.len())));
    }
    let found = people::store::named(db, &wanted).await?;
    let unknown = wanted.iter().find(|name| !found.iter().any(|it| it.email == **name || it.handle == **name));
    Ok(match unknown {
        Some(name) => Err(format!("Nobody here has the address or handle “{name}”.")),
        None => Ok(found),
    })
}

/// Names people of an incident, and whoever names them.
pub async fn add_people(tx: &mut PgConnection, number: i64, by: Uuid, people: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into incident_people (incident, person_id)
         select $1, person from unnest($2::uuid[] || $3::uuid) as person on conflict do nothing",
        number,
        people,
        by
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Names the people of each of two incidents in the other as well.
pub async fn share(tx: &mut PgConnection, one: i64, other: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into incident_people (incident, person_id)
         select case incident when $1 then $2 else $1 end, person_id from incident_people where incident in ($1, $2)
         on conflict do nothing",
        one,
        other
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The people whom an incident names, by name.
pub async fn people_of(db: impl PgExecutor<'_>, number: i64) -> sqlx::Result<Vec<Person>> {
    sqlx::query_as!(
        Person,
        r#"select p.id, p.email, p.name, p.handle, p.role as "role: Role", p.time_zone
           from incident_people named join people p on p.id = named.person_id
           where named.incident = $1 order by lower(p.name), p.id"#,
        number
    )
    .fetch_all(db)
    .await
}

/// The addresses of the people whom some incidents name, each with its number.
pub async fn addresses(db: impl PgExecutor<'_>, numbers: &[i64]) -> sqlx::Result<Vec<(i64, String)>> {
    let rows = sqlx::query!(
        "select named.incident, p.email from incident_people named join people p on p.id = named.person_id
         where named.incident = any($1) order by lower(p.name), p.id",
        numbers
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.incident, row.email)).collect())
}

/// Everybody who may see an incident that is private.
pub async fn audience(db: impl PgExecutor<'_>, number: i64) -> sqlx::Result<HashSet<Uuid>> {
    let ids = sqlx::query_scalar!("select id from people where may_see_private($1, id)", number);
    Ok(ids.fetch_all(db).await?.into_iter().collect())
}

/// Changes who sees an incident. What is so already writes nothing.
///
/// Errors: neither the commander nor an admin (403).
pub async fn set(app: &App, by: &Person, number: i64, to: Visibility, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let seq = apply(&mut log, &incident, by, to).await?;
    Ok(log.commit(seq).await?)
}

/// The change, on a timeline that is open.
pub async fn apply(log: &mut Log, incident: &Incident, by: &Person, to: Visibility) -> Result<i64, NotWritten> {
    let number = incident.number;
    if !commander::leads(log.tx(), number, by).await? {
        return Err(Failure::Forbidden(MAY_CHANGE).into());
    }
    let (private, body) = match to {
        Visibility::Everybody if !incident.private => return Ok(0),
        Visibility::Everybody => (false, "visible to everybody".to_owned()),
        Visibility::People(people) => {
            let before = people_of(log.tx(), number).await?;
            sqlx::query!("delete from incident_people where incident = $1", number).execute(log.tx()).await?;
            let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
            add_people(log.tx(), number, by.id, &ids).await?;
            let now = people_of(log.tx(), number).await?;
            if incident.private && before == now {
                return Ok(0);
            }
            let names: Vec<String> = now.into_iter().map(|it| it.name).collect();
            (true, format!("private: admins see it, and {}", names.join(", ")))
        }
    };
    sqlx::query!("update incidents set private = $2 where number = $1", number, private).execute(log.tx()).await?;
    Ok(log.append(New::by(by, Kind::Visibility, body)).await?)
}

#[derive(Template)]
#[template(path = "incidents/visibility.html")]
struct VisibilityPage {
    shell: Shell,
    incident: Incident,
    everybody: Vec<Person>,
    form: VisibilityForm,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct VisibilityForm {
    key: String,
    /// Empty for everybody; a form that does not say opens nothing.
    private: Option<String>,
    people: String,
}

/// `GET /incidents/{number}/visibility`
pub async fn show(State(app): State<App>, Leading { incident, person }: Leading) -> Answer {
    let handles: Vec<String> =
        people_of(&app.db, incident.number).await?.into_iter().map(|it| format!("@{}", it.handle)).collect();
    let private = if incident.private { "on" } else { "" };
    let form =
        VisibilityForm { private: Some(private.into()), people: handles.join(", "), ..VisibilityForm::default() };
    page(&visibility_page(&app, incident, &person, form, Errors::default()).await?)
}

async fn visibility_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: VisibilityForm,
    errors: Errors,
) -> sqlx::Result<VisibilityPage> {
    let shell = Shell::from(person).at(Place::Incidents);
    let everybody = people::store::active(&app.db).await?;
    Ok(VisibilityPage { shell, incident, everybody, form: VisibilityForm { key: fresh(), ..form }, errors })
}

/// `POST /incidents/{number}/visibility`
pub async fn save(
    State(app): State<App>,
    Leading { incident, person }: Leading,
    Form(form): Form<VisibilityForm>,
) -> Answer {
    let people = read_people(&app.db, &form.people).await?.map_err(|message| Errors::one("people", message));
    let to = match form.private.as_deref() {
        None => Err(Errors::one("private", "Please choose who sees it.")),
        Some("") => Ok(Visibility::Everybody),
        Some(_) => people.map(Visibility::People),
    };
    let to = match to {
        Ok(to) => to,
        Err(errors) => return refused(&visibility_page(&app, incident, &person, form, errors).await?),
    };
    let said = if to == Visibility::Everybody { "everybody" } else { "people" };
    let key = Key::new(&person, &form.key, &[&incident.path(), "visibility", said, &form.people]);
    match set(&app, &person, incident.number, to, key).await {
        Ok(_) => see(&path(incident.number)),
        Err(NotWritten::Refused(errors)) => refused(&visibility_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
