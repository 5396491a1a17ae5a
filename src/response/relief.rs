//! "I need relief": asked without a reason, and seen by whoever asks and whoever
//! holds command or operations. Nobody else sees that it was asked: it is not in
//! the log, wakes no room, and comes in no event.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    board::Board,
    load::{Level, Limits},
    stays::{self, Call, Responder},
};
use crate::{
    App,
    incidents::{Incident, severities},
    people::Person,
    terms::Role,
    timeline::{Key, NotWritten, Written, commander},
    web::Failure,
};

/// The roles whose holders see who asked for relief.
const WATCHERS: [&str; 2] = [commander::COMMANDER, "operations"];

/// What one person may see of the relief that is asked for.
#[derive(Debug, Default)]
pub struct Relief {
    /// What they asked for themselves.
    pub own: Option<Asked>,
    /// What others asked for, by name.
    pub others: Vec<Asked>,
    /// The names of those who see it besides them.
    pub watchers: Vec<String>,
    /// They hold command or operations.
    pub watches: bool,
    /// They lead, and offer what anybody holds.
    pub leads: bool,
}

/// Relief that somebody asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its id.
    pub id: Uuid,
    /// Who asked.
    pub person: Person,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What they hold.
    pub holds: Vec<Held>,
    /// Who could take over, by name.
    pub successors: Vec<Successor>,
}

/// What somebody holds who asked for relief.
#[derive(Debug, Clone)]
pub struct Held {
    /// What it is called.
    pub called: String,
    /// Where it is offered to somebody.
    pub offer: String,
}

impl Held {
    /// Where it is offered to this person. Templates call it.
    pub fn offer_to(&self, successor: &Successor) -> String {
        let handle: String = url::form_urlencoded::byte_serialize(successor.person.handle.as_bytes()).collect();
        format!("{}&to=@{handle}", self.offer)
    }
}

/// Somebody who could take over: calm on this call, or on none.
#[derive(Debug, Clone)]
pub struct Successor {
    /// Who.
    pub person: Person,
    /// They are on this call.
    pub on_call: bool,
    /// Whether they would be off work at this hour.
    pub off_hours: bool,
}

impl Relief {
    /// Whether there may be news for them. Templates call it.
    pub fn is_live(&self) -> bool {
        self.watches || self.own.is_some()
    }
}

/// What this person may see. They have been found to see the incident and respond.
pub async fn seen_by(app: &App, incident: &Incident, person: &Person) -> Result<Relief, Failure> {
    let mut db = app.db.acquire().await?;
    let number = incident.number;
    let open = open(&mut *db, number).await?;
    let seeing = watchers(&mut *db, number).await?;
    let watches = seeing.iter().any(|(id, _)| *id == person.id);
    let own = open.iter().find(|asked| asked.person.id == person.id).cloned();
    let names = seeing.into_iter().filter(|(id, _)| *id != person.id).map(|(_, name)| name);
    let mut relief = Relief { own, watchers: names.collect(), watches, ..Relief::default() };
    let others = open.into_iter().filter(|asked| asked.person.id != person.id);
    relief.others = if watches { others.collect() } else { Vec::new() };
    if relief.others.is_empty() {
        return Ok(relief);
    }
    let now = app.now().await?;
    relief.leads = commander::leads(&mut *db, number, person).await?;
    let board = Board::read(&mut db, number).await?;
    let limits = Limits::from(&severities::one(&mut *db, incident.severity).await?);
    let responders = stays::responders(&mut *db, number, now).await?;
    let asking: Vec<Uuid> = relief.others.iter().chain(&relief.own).map(|asked| asked.person.id).collect();
    let able = responders.iter().filter(|it| !asking.contains(&it.person.id));
    let successors: Vec<_> = able.filter_map(|it| Successor::of(it, number, limits, now)).collect();
    for asked in &mut relief.others {
        asked.holds = held_by(&board, number, asked.person.id);
        asked.successors.clone_from(&successors);
    }
    Ok(relief)
}

impl Successor {
    fn of(responder: &Responder, incident: i64, limits: Limits, now: DateTime<Utc>) -> Option<Self> {
        let load = responder.load(incident, limits, now);
        let on_call = responder.is_on(incident);
        let able = if on_call { load.level == Level::Calm } else { !responder.is_on_a_call() };
        able.then(|| Self { person: responder.person.clone(), on_call, off_hours: load.off_hours })
    }
}

fn held_by(board: &Board, incident: i64, person: Uuid) -> Vec<Held> {
    let offer = |what: &str, id: &str| format!("/incidents/{incident}/handoffs/new?{what}={id}");
    let roles = board.roles.iter().filter(|it| it.is_held_by(person));
    let roles = roles.map(|it| Held { called: it.label.clone(), offer: offer("role", &it.role) });
    let work = board.work.iter().filter(|it| it.is_held_by(&person));
    let work = work.map(|it| Held { called: it.title.clone(), offer: offer("work_item", &it.id.to_string()) });
    roles.chain(work).collect()
}

/// The relief that is asked for now, by name.
async fn open(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Asked>> {
    let rows = sqlx::query!(
        r#"select r.id, r.asked_at, p.id as person, p.email, p.name, p.handle, p.role as "role: Role", p.time_zone
           from relief_requests r join people p on p.id = r.person_id
           where r.incident = $1 and r.ended_at is null
           order by lower(p.name), p.id"#,
        incident
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    let asked = rows.map(|row| Asked {
        id: row.id,
        person: Person {
            id: row.person,
            email: row.email,
            name: row.name,
            handle: row.handle,
            role: row.role,
            time_zone: row.time_zone,
        },
        asked_at: row.asked_at,
        holds: Vec::new(),
        successors: Vec::new(),
    });
    Ok(asked.collect())
}

/// Who holds command and operations.
async fn watchers(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!(
        "select distinct p.id, p.name from role_terms t join people p on p.id = t.person_id
         where t.incident = $1 and t.role = any($2) and t.until is null
           and p.role <> 'viewer' and p.deactivated_at is null
         order by p.name, p.id",
        incident,
        &WATCHERS.map(str::to_owned)
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Asks for relief. Whoever asks is on the call.
///
/// Errors: no such incident (404), it is over (409), the key was used for another write (422).
pub async fn ask(app: &App, by: &Person, number: i64, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut tx, now) = match stays::open(app, by, number, key).await? {
        Call::Fresh(tx, now) => (tx, now),
        Call::Already(written) => return Ok(written),
    };
    let joined = stays::is_on(&mut tx, number, by.id, now).await?;
    sqlx::query!(
        "insert into relief_requests (id, incident, person_id, asked_at) values ($1, $2, $3, $4)
         on conflict (incident, person_id) where ended_at is null do nothing",
        Uuid::now_v7(),
        number,
        by.id,
        now
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    if joined {
        app.wake.incident(number);
    }
    Ok(Written { answer: 0, again: false })
}

/// Ends what somebody asked for: they take it back, or whoever holds command or
/// operations says that they are relieved. One that has ended stays so.
///
/// Errors: there is none, or none that they may see (404).
pub async fn end(app: &App, by: &Person, (number, id): (i64, Uuid)) -> Result<(), Failure> {
    let now = app.now().await?;
    let ended = sqlx::query!(
        "update relief_requests r set ended_at = coalesce(r.ended_at, greatest(r.asked_at, $4))
         where r.id = $1 and r.incident = $2
           and (r.person_id = $3 or exists (
               select from role_terms t
               where t.incident = $2 and t.person_id = $3 and t.role = any($5) and t.until is null))",
        id,
        number,
        by.id,
        now,
        &WATCHERS.map(str::to_owned)
    );
    if ended.execute(&app.db).await?.rows_affected() == 0 {
        return Err(Failure::NotFound);
    }
    Ok(())
}

/// Takes back one's own, if there is one.
pub async fn take_back(app: &App, by: &Person, number: i64) -> Result<(), Failure> {
    let now = app.now().await?;
    sqlx::query!(
        "update relief_requests set ended_at = greatest(asked_at, $3)
         where incident = $1 and person_id = $2 and ended_at is null",
        number,
        by.id,
        now
    )
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Ends what those asked for who are no longer on the call.
pub(super) async fn end_with_the_stay(tx: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "update relief_requests r set ended_at = greatest(r.asked_at, $1)
         where r.ended_at is null and not exists (
             select from stays s where s.incident = r.incident and s.person_id = r.person_id and s.until is null)",
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The incident in which something was asked for.
pub async fn incident_of(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select incident from relief_requests where id = $1", id).fetch_optional(db).await
}
