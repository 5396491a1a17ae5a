//! Pieces of work: who holds what. At most one holder each; others may help.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Claim, Holder, Thing, held, offers, work_entries, work_terms};
use crate::{
    App,
    incidents::{
        Incident, moments,
        store::{self, Opened},
    },
    people::Person,
    terms::{Kind, WorkState},
    timeline::{Key, Log, New, NotWritten, Written, commander},
    web::{Failure, time::spoken},
};

/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;

/// A piece of work.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: i64,
    /// What is to be done.
    pub title: String,
    /// How far it is.
    pub state: WorkState,
    /// Who holds it; who did it, when it is done.
    pub holder: Option<Holder>,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// Since when it stands like this.
    pub since: DateTime<Utc>,
    /// When its holder said to be back.
    pub due_at: Option<DateTime<Utc>>,
    /// The names of those who help.
    pub helpers: Vec<String>,
    helper_ids: Vec<Uuid>,
}

impl Work {
    /// Whether its holder said to be back by now.
    pub fn is_overdue(&self, now: &DateTime<Utc>) -> bool {
        self.state == WorkState::InProgress && self.due_at.is_some_and(|due| due < *now)
    }

    /// How long it has stood like this, in words. Templates call it.
    pub fn for_so_long(&self, now: &DateTime<Utc>) -> String {
        spoken(*now - self.since)
    }

    /// Whether this person holds it.
    pub fn is_held_by(&self, person: &Uuid) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.id == *person)
    }

    /// Whether this person helps. Templates call it.
    pub fn is_helped_by(&self, person: &Uuid) -> bool {
        self.helper_ids.contains(person)
    }

    /// Whether this person says how far it is: its holder, and anybody where
    /// nobody holds it.
    pub fn may_be_moved_by(&self, person: &Uuid) -> bool {
        self.holder.as_ref().is_none_or(|holder| holder.id == *person)
    }

    /// The address of its page.
    pub fn path(&self) -> String {
        format!("/incidents/{}/work-items/{}", self.incident, self.id)
    }
}

/// The work of an incident: what is held and what nobody holds first.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Work>> {
    read(db, incident, None).await
}

/// One piece of work.
pub async fn one(db: impl PgExecutor<'_>, incident: i64, id: Uuid) -> sqlx::Result<Option<Work>> {
    Ok(read(db, incident, Some(id)).await?.pop())
}

async fn read(db: impl PgExecutor<'_>, incident: i64, id: Option<Uuid>) -> sqlx::Result<Vec<Work>> {
    let rows = sqlx::query!(
        r#"select w.id, w.title, w.state as "state: WorkState", w.created_at, w.since, w.due_at, p.id as "holder?",
                  p.name as "name?", p.email as "email?",
                  array(select h.name from work_helpers k join people h on h.id = k.person_id
                        where k.work_item = w.id order by k.since, h.name) as "helpers!",
                  array(select person_id from work_helpers where work_item = w.id) as "helper_ids!"
           from work_items w left join people p on p.id = w.holder
           where w.incident = $1 and ($2::uuid is null or w.id = $2)
           order by w.state in ('done', 'dropped'), w.created_at, w.id"#,
        incident,
        id
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    let work = rows.map(|row| Work {
        id: row.id,
        incident,
        title: row.title,
        state: row.state,
        holder: row.holder.zip(row.name).zip(row.email).map(|((id, name), email)| Holder { id, name, email }),
        added_at: row.created_at,
        since: row.since,
        due_at: row.due_at,
        helpers: row.helpers,
        helper_ids: row.helper_ids,
    });
    Ok(work.collect())
}

/// The incident of a piece of work.
pub async fn incident_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select incident from work_items where id = $1", id).fetch_optional(db).await
}

/// The piece of work that an entry added.
pub async fn added_by(db: impl PgExecutor<'_>, incident: i64, entry: i64) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select id from work_items where incident = $1 and entry = $2", incident, entry)
        .fetch_optional(db)
        .await
}

/// A piece of work to add.
pub struct NewWork<'a> {
    /// What is to be done.
    pub title: String,
    /// Who holds it from the start.
    pub to: Option<&'a Person>,
    /// When they are to be back.
    pub due_at: Option<DateTime<Utc>>,
}

/// Adds a piece of work. The answer is the `seq` of the entry, by which
/// [`added_by`] finds it.
///
/// Errors: given to somebody else by one who does not lead (403).
pub async fn add(
    app: &App,
    by: &Person,
    number: i64,
    new: NewWork<'_>,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let leads = commander::leads(log.tx(), number, by).await?;
    let to = new.to.map(|to| to.id);
    Claim { by: by.id, leads, holder: None, to }.changes_hands()?;
    held::may_be_given(&mut log, number, ("person", new.to)).await?;
    let body = match new.to {
        None => format!("added “{}”, which nobody holds yet", new.title),
        Some(to) if to.id == by.id => format!("works on “{}”", new.title),
        Some(to) => format!("gave “{}” to {}", new.title, to.name),
    };
    let seq = log.append(New::by(by, Kind::Work, body)).await?;
    let id = insert(&mut log, number, seq, &new).await?;
    work_entries::tie(&mut log, (number, id), seq).await?;
    if to.is_some() {
        moments::acknowledge(&mut log, &incident).await?;
    }
    Ok(log.commit(seq).await?)
}

async fn insert(log: &mut Log, number: i64, seq: i64, new: &NewWork<'_>) -> sqlx::Result<Uuid> {
    let (id, now) = (Uuid::now_v7(), log.now);
    let state = if new.to.is_some() { WorkState::InProgress } else { WorkState::Open };
    sqlx::query!(
        "insert into work_items (id, incident, title, state, holder, since, due_at, created_at, entry)
         values ($1, $2, $3, $4, $5, $6, $7, $6, $8)",
        id,
        number,
        new.title,
        state as WorkState,
        new.to.map(|to| to.id),
        now,
        new.due_at,
        seq
    )
    .execute(log.tx())
    .await?;
    work_terms::pass(log, id, new.to.map(|to| to.id)).await?;
    Ok(id)
}

/// A change of a piece of work.
#[derive(Debug, Clone)]
pub enum Change {
    /// Who holds it.
    Holder(Option<Person>),
    /// How far it is.
    State(WorkState),
    /// When its holder is to be back.
    Due(Option<DateTime<Utc>>),
    /// What is to be done.
    Title(String),
    /// Whether one helps its holder.
    Help(bool),
}

/// Changes a piece of work, all or nothing. What is so already writes nothing.
///
/// Errors: no such work (404), not theirs to give (403), held by another (409).
pub async fn change(
    app: &App,
    by: &Person,
    (number, id): (i64, Uuid),
    changes: Vec<Change>,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let mut seq = 0;
    for change in changes {
        let item = one(log.tx(), number, id).await?.ok_or(Failure::NotFound)?;
        let said = match change {
            Change::Holder(to) => give(&mut log, &incident, by, (&item, to)).await?,
            Change::State(to) => move_to(&mut log, by, &item, to).await?,
            Change::Due(at) => time_box(&mut log, &item, at).await?,
            Change::Title(to) => rename(&mut log, &item, to).await?,
            Change::Help(helps) => help(&mut log, by, &item, helps).await?,
        };
        if let Some(body) = said {
            seq = log.append(New::by(by, Kind::Work, body)).await?;
            work_entries::tie(&mut log, (number, id), seq).await?;
        }
    }
    Ok(log.commit(seq).await?)
}

async fn give(
    log: &mut Log,
    incident: &Incident,
    by: &Person,
    (item, to): (&Work, Option<Person>),
) -> Result<Option<String>, NotWritten> {
    let leads = commander::leads(log.tx(), item.incident, by).await?;
    let holder = item.holder.as_ref().filter(|_| item.state.is_live());
    let claim = Claim { by: by.id, leads, holder: holder.map(|holder| holder.id), to: to.as_ref().map(|to| to.id) };
    if !claim.changes_hands()? {
        return Ok(None);
    }
    held::may_be_given(log, item.incident, ("person", to.as_ref())).await?;
    offers::withdraw_open(log, by, item.incident, &Thing::Work(item.id)).await?;
    pass(log, item.id, to.as_ref().map(|to| to.id)).await?;
    moments::acknowledge(log, incident).await?;
    let title = &item.title;
    Ok(Some(match to {
        Some(to) if to.id == by.id => format!("took “{title}”"),
        Some(to) => format!("gave “{title}” to {}", to.name),
        None => format!("gave up “{title}”: nobody holds it"),
    }))
}

/// It changes hands. Whoever holds it now no longer only helps.
pub async fn pass(log: &mut Log, id: Uuid, to: Option<Uuid>) -> sqlx::Result<()> {
    let now = log.now;
    let state = if to.is_some() { WorkState::InProgress } else { WorkState::Open };
    sqlx::query!(
        "update work_items set holder = $2, state = $3, since = $4, due_at = null where id = $1",
        id,
        to,
        state as WorkState,
        now
    )
    .execute(log.tx())
    .await?;
    sqlx::query!("delete from work_helpers where work_item = $1 and person_id = $2", id, to).execute(log.tx()).await?;
    work_terms::pass(log, id, to).await
}

/// Done, dropped, or open again. Its holder moves it, and whoever leads;
/// anybody, when nobody holds it.
async fn move_to(log: &mut Log, by: &Person, item: &Work, to: WorkState) -> Result<Option<String>, NotWritten> {
    if item.state == to {
        return Ok(None);
    }
    if !item.may_be_moved_by(&by.id) && !commander::leads(log.tx(), item.incident, by).await? {
        return Err(
            Failure::Forbidden("Whoever holds it says how far it is; the commander and admins may as well.").into()
        );
    }
    if to == WorkState::InProgress && item.holder.is_none() {
        return Err(NotWritten::refused("state", "Somebody must hold it first: take it."));
    }
    offers::withdraw_open(log, by, item.incident, &Thing::Work(item.id)).await?;
    let now = log.now;
    sqlx::query!(
        "update work_items set state = $2, since = $3, due_at = null,
                holder = case when $2 = 'open'::work_state then null else holder end
         where id = $1",
        item.id,
        to as WorkState,
        now
    )
    .execute(log.tx())
    .await?;
    let holder = item.holder.as_ref().filter(|_| to == WorkState::InProgress);
    work_terms::pass(log, item.id, holder.map(|holder| holder.id)).await?;
    let title = &item.title;
    Ok(Some(match to {
        WorkState::Done => format!("finished “{title}”"),
        WorkState::Dropped => format!("dropped “{title}”"),
        WorkState::Open => format!("opened “{title}” again"),
        WorkState::InProgress => format!("goes on with “{title}”"),
    }))
}

async fn time_box(log: &mut Log, item: &Work, at: Option<DateTime<Utc>>) -> Result<Option<String>, NotWritten> {
    if item.due_at == at {
        return Ok(None);
    }
    if item.state != WorkState::InProgress {
        return Err(NotWritten::refused("due_at", "Only work that somebody holds is due back."));
    }
    sqlx::query!("update work_items set due_at = $2 where id = $1", item.id, at).execute(log.tx()).await?;
    let title = &item.title;
    Ok(Some(match at {
        Some(at) => format!("wants “{title}” back by {} UTC", at.format("%H:%M")),
        None => format!("takes its time box off “{title}”"),
    }))
}

async fn rename(log: &mut Log, item: &Work, to: String) -> Result<Option<String>, NotWritten> {
    if item.title == to {
        return Ok(None);
    }
    sqlx::query!("update work_items set title = $2 where id = $1", item.id, to).execute(log.tx()).await?;
    Ok(Some(format!("calls “{}” now “{to}”", item.title)))
}

async fn help(log: &mut Log, by: &Person, item: &Work, helps: bool) -> Result<Option<String>, NotWritten> {
    let now = log.now;
    let changed = if helps {
        if item.is_held_by(&by.id) {
            return Err(Failure::Conflict("You hold it; the others help you.").into());
        }
        sqlx::query!(
            "insert into work_helpers (work_item, person_id, since) values ($1, $2, $3) on conflict do nothing",
            item.id,
            by.id,
            now
        )
        .execute(log.tx())
        .await?
    } else {
        sqlx::query!("delete from work_helpers where work_item = $1 and person_id = $2", item.id, by.id)
            .execute(log.tx())
            .await?
    };
    let title = &item.title;
    let said = if helps { format!("joined “{title}”") } else { format!("no longer helps with “{title}”") };
    Ok((changed.rows_affected() == 1).then_some(said))
}
