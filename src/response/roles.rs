//! `/incidents/{number}/roles`: who commands, who speaks to those outside, who
//! writes along. At most one holder each; their history stays.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Claim, Holder, NOT_THEIRS, Ruling, TAKEN, Thing, leads, offers, spoken_since};
use crate::{
    App,
    incidents::{
        Incident, Responding, Seen, moments,
        store::{self, Opened},
    },
    people::{self, Person},
    terms::{Kind, MomentName, Role, Severity},
    timeline::{Key, Log, New, NotWritten, Written, commander, key::fresh},
    web::{
        Answer, Failure, Place, Shell,
        form::{Errors, Form},
        page, refused, see,
    },
};

/// A role, and who holds it in an incident.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its name, such as `commander`.
    pub role: String,
    /// As it reads on a page.
    pub label: String,
    /// What its holder does.
    pub duty: String,
    /// Somebody should hold it from this severity on.
    pub needed_from: Option<i16>,
    /// Who holds it.
    pub holder: Option<Holder>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

impl Held {
    /// Whether somebody should hold it and nobody does. Templates call it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn is_missing(&self, severity: &Severity) -> bool {
        self.holder.is_none() && self.needed_from.is_some_and(|from| *severity as i16 <= from)
    }

    /// How long its holder has held it, in words. Templates call it.
    pub fn held_for(&self, now: &DateTime<Utc>) -> String {
        self.since.map(|since| spoken_since(since, *now)).unwrap_or_default()
    }
}

/// One term of a role, past or present.
#[derive(Debug, Clone)]
pub struct Term {
    /// The role, as it reads on a page.
    pub label: String,
    /// Who held it.
    pub name: String,
    /// From when.
    pub since: DateTime<Utc>,
    /// To when; `None` while they hold it.
    pub until: Option<DateTime<Utc>>,
}

/// All roles of an incident, in their order.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Held>> {
    let rows = sqlx::query!(
        r#"select r.name, r.label, r.duty, r.needed_from, t.since as "since?", p.id as "id?", p.name as "holder?",
                  p.email as "email?"
           from roles r
           left join role_terms t on t.role = r.name and t.incident = $1 and t.until is null
           left join people p on p.id = t.person_id
           order by r.position, r.name"#,
        incident
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    let held = rows.map(|row| Held {
        role: row.name,
        label: row.label,
        duty: row.duty,
        needed_from: row.needed_from,
        holder: row.id.zip(row.holder).zip(row.email).map(|((id, name), email)| Holder { id, name, email }),
        since: row.since,
    });
    Ok(held.collect())
}

/// Who held which role, the latest first.
pub async fn history(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Term>> {
    sqlx::query_as!(
        Term,
        "select r.label, p.name, t.since, t.until
         from role_terms t join roles r on r.name = t.role join people p on p.id = t.person_id
         where t.incident = $1 order by t.since desc, t.id desc",
        incident
    )
    .fetch_all(db)
    .await
}

/// Gives a role to somebody, or to nobody. What is so already writes nothing.
/// An offer of it that stands open ends with it.
///
/// Errors: no such role (404), not theirs to give (403), held by another (409).
pub async fn set(
    app: &App,
    by: &Person,
    (number, role): (i64, &str),
    to: Option<&Person>,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let held = of(log.tx(), number).await?.into_iter().find(|it| it.role == role).ok_or(Failure::NotFound)?;
    let commands = commander::is(log.tx(), number, by.id).await?;
    let holder = held.holder.as_ref().map(|holder| holder.id);
    let claim = Claim { by: by.id, leads: leads(by, commands), holder, to: to.map(|to| to.id) };
    match claim.ruling() {
        Ruling::Same => return Ok(log.commit(0).await?),
        Ruling::Taken => return Err(Failure::Conflict(TAKEN).into()),
        Ruling::NotTheirs => return Err(Failure::Forbidden(NOT_THEIRS).into()),
        Ruling::Given => {}
    }
    may_be_given(&mut log, number, to).await?;
    offers::withdraw_open(&mut log, by, number, &Thing::Role(role.to_owned())).await?;
    pass(&mut log, number, role, to.map(|to| to.id)).await?;
    let body = match (to, &held.holder) {
        (Some(to), _) if to.id == by.id => format!("took {}", held.label),
        (Some(to), _) => format!("made {} {}", to.name, held.label),
        (None, Some(holder)) if holder.id != by.id => format!("relieved {} as {}", holder.name, held.label),
        (None, _) => format!("gave up {}", held.label),
    };
    let seq = log.append(New::by(by, Kind::Role, body)).await?;
    acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}

/// Nobody is given what they cannot see.
pub async fn may_be_given(log: &mut Log, number: i64, to: Option<&Person>) -> Result<(), NotWritten> {
    if let Some(to) = to
        && store::seen_by(log.tx(), number, to.id).await?.is_none()
    {
        let message = format!("{} does not see this incident, which is private.", to.name);
        return Err(NotWritten::refused("person", message));
    }
    Ok(())
}

/// The term ends, and the next begins.
pub async fn pass(log: &mut Log, incident: i64, role: &str, to: Option<Uuid>) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "update role_terms set until = greatest(since, $3) where incident = $1 and role = $2 and until is null",
        incident,
        role,
        now
    )
    .execute(log.tx())
    .await?;
    let Some(to) = to else { return Ok(()) };
    sqlx::query!(
        "insert into role_terms (id, incident, role, person_id, since) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        incident,
        role,
        to,
        now
    )
    .execute(log.tx())
    .await?;
    Ok(())
}

/// Whoever takes something responds: the first one acknowledges the incident.
pub async fn acknowledge(log: &mut Log, incident: &Incident) -> sqlx::Result<()> {
    if incident.status.is_open() {
        let now = log.now;
        moments::set_first(log, incident.number, incident.round, MomentName::Acknowledged, now).await?;
    }
    Ok(())
}

/// A role's name, if there is such a role.
pub async fn label(db: &mut PgConnection, role: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select label from roles where name = $1", role).fetch_optional(db).await
}

#[derive(Template)]
#[template(path = "response/roles.html")]
struct RolesPage {
    shell: Shell,
    incident: Incident,
    me: Person,
    roles: Vec<Held>,
    history: Vec<Term>,
    everybody: Vec<Person>,
    now: DateTime<Utc>,
    leads: bool,
    key: String,
    errors: Errors,
}

impl RolesPage {
    fn may_write(&self) -> bool {
        self.me.role >= Role::Responder
    }
}

/// `GET /incidents/{number}/roles`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen) -> Answer {
    page(&roles_page(&app, incident, person, Errors::default()).await?)
}

async fn roles_page(app: &App, incident: Incident, me: Person, errors: Errors) -> sqlx::Result<RolesPage> {
    let number = incident.number;
    Ok(RolesPage {
        shell: Shell::from(&me).at(Place::Incidents),
        roles: of(&app.db, number).await?,
        history: history(&app.db, number).await?,
        everybody: people::store::active(&app.db).await?,
        leads: leads(&me, commander::is(&app.db, number, me.id).await?),
        now: app.now().await?,
        key: fresh(),
        incident,
        me,
        errors,
    })
}

/// Who is to hold which role: an address or handle, `me`, or nothing for nobody.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RoleForm {
    key: String,
    role: String,
    person: String,
}

/// `POST /incidents/{number}/roles`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<RoleForm>,
) -> Answer {
    let to = match somebody(&app, &person, &form.person).await? {
        Ok(to) => to,
        Err(message) => {
            let errors = Errors::one("person", message);
            return refused(&roles_page(&app, incident, person, errors).await?);
        }
    };
    let key = Key::new(&person, &form.key, &[&incident.path(), "role", &form.role, &form.person]);
    match set(&app, &person, (incident.number, &form.role), to.as_ref(), key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Failed(failure)) => Err(failure),
        Err(NotWritten::Refused(errors)) => refused(&roles_page(&app, incident, person, errors).await?),
    }
}

/// Whom a form names: an address or handle, `me`, or nothing for nobody.
pub async fn somebody(app: &App, me: &Person, typed: &str) -> sqlx::Result<Result<Option<Person>, String>> {
    let name = typed.trim().trim_start_matches('@').to_lowercase();
    match name.as_str() {
        "" => Ok(Ok(None)),
        "me" => Ok(Ok(Some(me.clone()))),
        _ if name.contains('\0') => Ok(Err("This is nobody's address or handle.".into())),
        _ => {
            let found = people::store::named(&app.db, std::slice::from_ref(&name)).await?;
            let able = found.into_iter().find(|it| it.role >= Role::Responder);
            Ok(able.map(Some).ok_or_else(|| format!("“{typed}” is nobody here who responds.")))
        }
    }
}
