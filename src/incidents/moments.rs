//! `/incidents/{number}/moments`: the points of the incident's life. One that
//! is missing is not recorded, never zero; one that changes says why.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgExecutor;

use super::{
    Incident, Responding,
    store::{self, Opened},
};
use crate::{
    App,
    people::Person,
    terms::{Kind, MomentName},
    timeline::{Key, Log, MAX_REASON, New, NotWritten, Written, key::fresh},
    web::{
        Answer, Place, Query, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

/// A moment as it is to be set by a person.
pub struct Moment<'a> {
    /// Which.
    pub name: MomentName,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: &'a Person,
}

/// A moment as it stands in a round.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Which.
    pub name: MomentName,
    /// When; `None` is "not recorded".
    pub at: Option<DateTime<Utc>>,
    /// Who set it; `None` when the room did, or nobody.
    pub by: Option<String>,
}

/// An incident is declared once; the other moments come again with a reopening.
const fn round_of(name: MomentName, round: i32) -> i32 {
    if matches!(name, MomentName::Declared) { 1 } else { round }
}

/// The seven moments of a round, in order, recorded or not.
pub async fn of(db: impl PgExecutor<'_>, incident: i64, round: i32) -> sqlx::Result<Vec<Recorded>> {
    let rows = sqlx::query!(
        r#"select m.name as "name: MomentName", m.at, p.name as "by?"
           from moments m left join people p on p.id = m.set_by
           where m.incident = $1 and m.round = case m.name when 'declared' then 1 else $2 end"#,
        incident,
        round
    )
    .fetch_all(db)
    .await?;
    let recorded = |name: &MomentName| rows.iter().find(|row| row.name == *name);
    let all = MomentName::ALL.iter().map(|name| Recorded {
        name: *name,
        at: recorded(name).map(|row| row.at),
        by: recorded(name).and_then(|row| row.by.clone()),
    });
    Ok(all.collect())
}

/// The moments that nobody has recorded and that a person could.
pub async fn missing(db: impl PgExecutor<'_>, incident: i64, round: i32) -> sqlx::Result<Vec<MomentName>> {
    let all = of(db, incident, round).await?;
    let missing = all.into_iter().filter(|it| it.at.is_none()).map(|it| it.name);
    Ok(missing.filter(|name| !matches!(name, MomentName::Declared | MomentName::Resolved)).collect())
}

/// Sets a moment that the room derives, unless it is set already.
pub async fn set_first(
    log: &mut Log,
    incident: i64,
    round: i32,
    name: MomentName,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let set = sqlx::query!(
        "insert into moments (incident, round, name, at) values ($1, $2, $3, $4) on conflict do nothing",
        incident,
        round,
        name as MomentName,
        at
    );
    if set.execute(log.tx()).await?.rows_affected() == 1 && name != MomentName::Declared {
        log.append(New::room(Kind::Moment, name.label()).at(at)).await?;
    }
    Ok(())
}

/// Somebody responds: the first one to do so in a round of an open incident
/// acknowledges it.
pub async fn acknowledge(log: &mut Log, incident: &Incident) -> sqlx::Result<()> {
    if !incident.status.is_open() || incident.acknowledged >= incident.round {
        return Ok(());
    }
    let now = log.now;
    set_first(log, incident.number, incident.round, MomentName::Acknowledged, now).await?;
    sqlx::query!("update incidents set acknowledged = round where number = $1", incident.number)
        .execute(log.tx())
        .await?;
    Ok(())
}

/// Records a moment of the present round, or corrects it with a reason.
pub async fn record(
    app: &App,
    number: i64,
    moment: Moment<'_>,
    reason: &str,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, moment.by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    if reason.is_empty() && differs(&mut log, &incident, &moment).await? {
        let ask = "It is recorded already: please say why it changes.";
        return Err(NotWritten::refused("reason", ask));
    }
    set(&mut log, number, incident.round, moment, reason).await?;
    Ok(log.commit(0).await?)
}

/// Sets a moment that was asked for as a missing one. If somebody has recorded
/// it meanwhile, that stands.
pub async fn give(log: &mut Log, incident: &Incident, round: i32, moment: Moment<'_>) -> Result<(), NotWritten> {
    let incident = Incident { round, ..incident.clone() };
    if differs(log, &incident, &moment).await? {
        let advice = "It is recorded already, at another time. Leave this empty, or correct it under Moments.";
        return Err(NotWritten::refused(moment.name.word(), advice));
    }
    Ok(set(log, incident.number, round, moment, "").await?)
}

/// Whether the moment is recorded at another time.
async fn differs(log: &mut Log, incident: &Incident, moment: &Moment<'_>) -> sqlx::Result<bool> {
    let all = of(log.tx(), incident.number, incident.round).await?;
    let stands = all.iter().find(|it| it.name == moment.name);
    Ok(stands.and_then(|it| it.at).is_some_and(|at| at != moment.at))
}

/// Sets or corrects a moment. Setting it to what it is writes nothing.
pub async fn set(log: &mut Log, incident: i64, round: i32, moment: Moment<'_>, reason: &str) -> sqlx::Result<()> {
    let set = sqlx::query!(
        r#"insert into moments as m (incident, round, name, at, set_by) values ($1, $2, $3, $4, $5)
           on conflict (incident, round, name) do update set at = excluded.at, set_by = excluded.set_by
               where m.at <> excluded.at"#,
        incident,
        round_of(moment.name, round),
        moment.name as MomentName,
        moment.at,
        moment.by.id
    );
    if set.execute(log.tx()).await?.rows_affected() == 1 {
        let entry = New::by(moment.by, Kind::Moment, moment.name.label()).at(moment.at).because(reason);
        log.append(entry).await?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "incidents/moments.html")]
struct MomentsPage {
    shell: Shell,
    incident: Incident,
    moments: Vec<Recorded>,
    /// The rounds that reopenings ended, the last first.
    earlier: Vec<(i32, Vec<Recorded>)>,
    form: MomentsForm,
    errors: Errors,
}

/// One moment as it was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct MomentsForm {
    key: String,
    moment: String,
    at: String,
    reason: String,
    time_zone: String,
}

/// `GET /incidents/{number}/moments`
pub async fn show(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Query(form): Query<MomentsForm>,
) -> Answer {
    page(&moments_page(&app, incident, &person, form, Errors::default()).await?)
}

async fn moments_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: MomentsForm,
    errors: Errors,
) -> sqlx::Result<MomentsPage> {
    let moments = of(&app.db, incident.number, incident.round).await?;
    let mut earlier = Vec::new();
    for round in (1..incident.round).rev() {
        earlier.push((round, of(&app.db, incident.number, round).await?));
    }
    let form = MomentsForm { key: fresh(), ..form };
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(MomentsPage { shell, incident, moments, earlier, form, errors })
}

/// `POST /incidents/{number}/moments`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<MomentsForm>,
) -> Answer {
    match record_form(&app, &person, &incident, &form).await {
        Ok(_) => see(&format!("{}/moments", incident.path())),
        Err(NotWritten::Refused(errors)) => refused(&moments_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

async fn record_form(app: &App, by: &Person, incident: &Incident, form: &MomentsForm) -> Result<Written, NotWritten> {
    let now = app.now().await?;
    let mut errors = Errors::default();
    let name = form.moment.parse().map_err(|_| "Please choose a moment.".to_owned());
    let name: Option<MomentName> = errors.take("moment", name);
    let zone = time::browsers_zone(&form.time_zone, by.zone());
    let at = errors.take("at", time::parse(&form.at, zone, now));
    let reason = errors.take("reason", form::optional_text(&form.reason, MAX_REASON));
    let (Some(name), Some(at), Some(reason)) = (name, at, reason) else {
        return Err(NotWritten::Refused(errors));
    };
    // The time as it was typed: sent again, -10m is another instant.
    let what = [&incident.path(), "moment", name.word(), &form.at, &form.time_zone, reason.as_str()];
    let key = Key::new(by, &form.key, &what);
    let moment = Moment { name, at, by };
    record(app, incident.number, moment, &reason, key).await
}
