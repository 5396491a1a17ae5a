//! `/incidents/{number}/status`: forward, back, reopened, resolved, cancelled.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    Incident, Responding, merge,
    moments::{self, Moment},
    store::{self, Opened},
    transitions::{self, Change},
};
use crate::{
    App,
    people::Person,
    terms::{Kind, MomentName, Status},
    timeline::{Key, Log, MAX_REASON, New, NotWritten, Written, commander, key::fresh},
    web::{
        Answer, Place, Query, Shell,
        form::{self, Errors, Form},
        page, refused, see, time,
    },
};

/// A change of status, checked.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The new status.
    pub status: Status,
    /// Why; may be empty where no reason is asked for.
    pub reason: String,
    /// Moments given along with it.
    pub moments: Vec<(MomentName, DateTime<Utc>)>,
}

/// Changes an incident's status. The answer is the `seq` of the entry.
pub async fn set(
    app: &App,
    by: &Person,
    number: i64,
    what: StatusChange,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    // One that is taken apart from another again is told there, too.
    let also = store::seen_by(&app.db, number, by.id).await?.and_then(|incident| incident.merged_into);
    let (mut log, incident) = match store::open_both(app, by, (number, also), key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    let seq = apply(&mut log, &incident, by, what).await?;
    Ok(log.commit(seq).await?)
}

/// The change, on a timeline that is open.
pub async fn apply(log: &mut Log, incident: &Incident, by: &Person, what: StatusChange) -> Result<i64, NotWritten> {
    let number = incident.number;
    let leads = commander::leads(log.tx(), number, by).await?;
    let change = transitions::change(incident.status, what.status, &what.reason, leads)
        .map_err(|(field, message)| NotWritten::refused(field, message))?;
    let round = if change == Change::Reopen { incident.round + 1 } else { incident.round };
    if let Some(target) = incident.merged_into {
        merge::take_apart(log, by, (number, target)).await?;
    }
    store::store_status(log, number, what.status, round).await?;
    let body = format!("{} → {}", incident.status, what.status);
    let seq = log.append(New::by(by, Kind::Status, body).because(what.reason)).await?;
    if change == Change::Reopen || incident.status == Status::Triage {
        store::begin_round(log, number, seq).await?;
    }
    for (name, at) in what.moments {
        moments::give(log, incident, round, Moment { name, at, by }).await?;
    }
    let now = log.now;
    if what.status == Status::Monitoring {
        moments::set_first(log, number, round, MomentName::Mitigated, now).await?;
    }
    if what.status == Status::Resolved {
        moments::set_first(log, number, round, MomentName::Resolved, now).await?;
    }
    Ok(seq)
}

#[derive(Template)]
#[template(path = "incidents/status.html")]
struct StatusPage {
    shell: Shell,
    incident: Incident,
    form: StatusForm,
    asked: Vec<MomentName>,
    offered: Vec<Status>,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub struct StatusForm {
    key: String,
    status: String,
    reason: String,
    time_zone: String,
    impact_started: String,
    detected: String,
    acknowledged: String,
    mitigated: String,
    recovered: String,
}

impl StatusForm {
    /// What was typed for a moment. Templates call it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn moment(&self, name: &MomentName) -> &str {
        match name {
            MomentName::ImpactStarted => &self.impact_started,
            MomentName::Detected => &self.detected,
            MomentName::Acknowledged => &self.acknowledged,
            MomentName::Mitigated => &self.mitigated,
            MomentName::Recovered => &self.recovered,
            MomentName::Declared | MomentName::Resolved => "",
        }
    }

    fn check(&self, person: &Person, now: DateTime<Utc>) -> Result<StatusChange, Errors> {
        let mut errors = Errors::default();
        let status = self.status.parse().map_err(|_| "Please choose a status.".to_owned());
        let status = errors.take("status", status);
        let reason = errors.take("reason", form::optional_text(&self.reason, MAX_REASON));
        let zone = time::browsers_zone(&self.time_zone, person.zone());
        let mut moments = Vec::new();
        for name in MomentName::ALL {
            let typed = self.moment(name).trim();
            if !typed.is_empty()
                && let Some(at) = errors.take(name.word(), time::parse(typed, zone, now))
            {
                moments.push((*name, at));
            }
        }
        match (status, reason) {
            (Some(status), Some(reason)) if errors.is_empty() => Ok(StatusChange { status, reason, moments }),
            _ => Err(errors),
        }
    }
}

/// `GET /incidents/{number}/status`
pub async fn show(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Query(asked): Query<StatusForm>,
) -> Answer {
    let form = StatusForm { status: asked.status, ..StatusForm::default() };
    page(&status_page(&app, incident, &person, form, Errors::default()).await?)
}

async fn status_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: StatusForm,
    errors: Errors,
) -> sqlx::Result<StatusPage> {
    let mut asked = if form.status == Status::Resolved.word() {
        moments::missing(&app.db, incident.number, incident.round).await?
    } else {
        Vec::new()
    };
    // What was typed stays, whatever else was chosen.
    let typed = MomentName::ALL.iter().filter(|name| !form.moment(name).is_empty());
    asked.extend(typed);
    asked.sort_unstable();
    asked.dedup();
    let form = StatusForm { key: fresh(), ..form };
    let shell = Shell::from(person).at(Place::Incidents);
    let leads = commander::leads(&app.db, incident.number, person).await?;
    let offered = transitions::offered(incident.status, leads);
    Ok(StatusPage { shell, incident, form, asked, offered, errors })
}

/// `POST /incidents/{number}/status`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<StatusForm>,
) -> Answer {
    let what = match form.check(&person, app.now().await?) {
        Ok(what) => what,
        Err(errors) => return refused(&status_page(&app, incident, &person, form, errors).await?),
    };
    let path = incident.path();
    let mut parts = vec![&*path, what.status.word(), &what.reason, &form.time_zone];
    // Times as they were typed: sent again, -10m is another instant.
    parts.extend(MomentName::ALL.iter().map(|name| form.moment(name)));
    let key = Key::new(&person, &form.key, &parts);
    match set(&app, &person, incident.number, what, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&status_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
