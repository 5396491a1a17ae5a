//! Roles and their terms: who commands, who speaks to those outside, who writes
//! along. At most one holder each; their history stays.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Claim, Holder, Thing, offers};
use crate::{
    App,
    incidents::{
        Incident, moments,
        store::{self, Opened},
    },
    people::Person,
    terms::Kind,
    timeline::{Key, Log, New, NotWritten, Written, commander},
    web::time::spoken,
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
    pub fn is_missing(&self, incident: &Incident) -> bool {
        let needed = self.needed_from.is_some_and(|from| incident.severity as i16 <= from);
        self.holder.is_none() && needed && incident.status.is_open()
    }

    /// Whether this person holds it.
    pub fn is_held_by(&self, person: Uuid) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.id == person)
    }

    /// How long its holder has held it, in words. Templates call it.
    pub fn held_for(&self, now: &DateTime<Utc>) -> String {
        self.since.map(|since| spoken(*now - since)).unwrap_or_default()
    }
}

/// One term of a role, past or present.
#[derive(Debug, Clone)]
pub struct Term {
    /// The role, by its name.
    pub role: String,
    /// As it reads on a page.
    pub label: String,
    /// Who held it.
    pub person: Uuid,
    /// Their name.
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
        "select r.name as role, r.label, p.id as person, p.name, t.since, t.until
         from role_terms t join roles r on r.name = t.role join people p on p.id = t.person_id
         where t.incident = $1 order by t.since desc, t.id desc",
        incident
    )
    .fetch_all(db)
    .await
}

/// One of all roles, by its name.
///
/// Errors: none is called so; says which there are (422).
pub fn one(all: Vec<Held>, role: &str) -> Result<Held, NotWritten> {
    let names: Vec<String> = all.iter().map(|held| held.role.clone()).collect();
    let unknown = || NotWritten::refused("role", format!("There is no such role. There are {}.", names.join(", ")));
    all.into_iter().find(|held| held.role == role).ok_or_else(unknown)
}

/// Gives a role to somebody, or to nobody. What is so already writes nothing.
/// An offer of it that stands open ends with it.
///
/// Errors: no such role (422), not theirs to give (403), held by another (409).
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
    let held = one(of(log.tx(), number).await?, role)?;
    let leads = commander::leads(log.tx(), number, by).await?;
    let holder = held.holder.as_ref().map(|holder| holder.id);
    let claim = Claim { by: by.id, leads, holder, to: to.map(|to| to.id) };
    if !claim.changes_hands()? {
        return Ok(log.commit(0).await?);
    }
    may_be_given(&mut log, number, ("person", to)).await?;
    offers::withdraw_open(&mut log, by, number, &Thing::Role(role.to_owned())).await?;
    pass(&mut log, number, role, to.map(|to| to.id)).await?;
    let body = match (to, &held.holder) {
        (Some(to), _) if to.id == by.id => format!("took {}", held.label),
        (Some(to), _) => format!("made {} {}", to.name, held.label),
        (None, Some(holder)) if holder.id != by.id => format!("relieved {} as {}", holder.name, held.label),
        (None, _) => format!("gave up {}", held.label),
    };
    let seq = log.append(New::by(by, Kind::Role, body)).await?;
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(seq).await?)
}

/// Nobody is given what they cannot see.
pub async fn may_be_given(
    log: &mut Log,
    number: i64,
    (field, to): (&'static str, Option<&Person>),
) -> Result<(), NotWritten> {
    if let Some(to) = to
        && store::seen_by(log.tx(), number, to.id).await?.is_none()
    {
        let message = format!("{} does not see this incident, which is private.", to.name);
        return Err(NotWritten::refused(field, message));
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
    sqlx::query!("delete from empty_roles where incident = $1 and role = $2", incident, role).execute(log.tx()).await?;
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
