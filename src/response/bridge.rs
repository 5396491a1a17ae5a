//! `/incidents/{number}/bridge`: who is on the call and what they carry, told by
//! hand where presence does not know; and `/incidents/{number}/relief`, what one
//! person may see of the relief that is asked for.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    load::{Level, Limits, Load},
    relief::{self, Relief},
    retention,
    stays::{self, Responder},
};
use crate::{
    App,
    incidents::{Incident, Responding, severities},
    people::Person,
    timeline::{Key, NotWritten, Written, key::fresh},
    web::{Answer, Failure, Path, Place, Shell, form::Form, page, see, time::spoken},
};

/// Somebody on the call.
pub struct OnCall {
    /// Who.
    pub person: Person,
    /// Since when, without a longer gap.
    pub since: DateTime<Utc>,
    /// What they carry.
    pub load: Load,
}

impl OnCall {
    /// How long they have been on this call, in words. Templates call it.
    fn time(&self) -> String {
        spoken(self.load.on_call)
    }
}

/// Everybody on the call of an incident, by name; nobody once it is over.
pub async fn on_call(app: &App, incident: &Incident) -> Result<Vec<OnCall>, Failure> {
    Ok(call(app, incident).await?.0)
}

/// Those on the call, and those who left it with when, both by name.
async fn call(app: &App, incident: &Incident) -> Result<(Vec<OnCall>, Vec<(String, DateTime<Utc>)>), Failure> {
    if !incident.status.is_open() {
        return Ok((Vec::new(), Vec::new()));
    }
    let now = app.now().await?;
    let limits = Limits::from(&severities::one(&app.db, incident.severity).await?);
    let responders = stays::responders(&app.db, incident.number, now).await?;
    let left = |it: &Responder| Some((it.person.name.clone(), it.left(incident.number)?));
    let left = responders.iter().filter_map(left).collect();
    let on_call = responders.into_iter().filter_map(|it| {
        let since = it.since(incident.number)?;
        let load = it.load(incident.number, limits, now);
        Some(OnCall { person: it.person, since, load })
    });
    Ok((on_call.collect(), left))
}

#[derive(Template)]
#[template(path = "response/bridge.html")]
struct BridgePage {
    shell: Shell,
    incident: Incident,
    me: Person,
    on_call: Vec<OnCall>,
    left: Vec<(String, DateTime<Utc>)>,
    /// How many were there, where only that is kept.
    counted: Option<i32>,
    days: i32,
    relief: Relief,
    key: String,
}

impl BridgePage {
    fn am_on_call(&self) -> bool {
        self.on_call.iter().any(|it| it.person.id == self.me.id)
    }
}

/// `GET /incidents/{number}/bridge`
pub async fn show(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    let (on_call, left) = call(&app, &incident).await?;
    page(&BridgePage {
        shell: Shell::from(&person).at(Place::Incidents),
        on_call,
        left,
        counted: retention::people(&app.db, incident.number).await?,
        days: retention::days(&app.db).await?,
        relief: relief::seen_by(&app, &incident, &person).await?,
        key: fresh(),
        incident,
        me: person,
    })
}

/// A button.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Button {
    key: String,
}

impl Button {
    fn key(&self, Responding { incident, person }: &Responding, what: &str) -> Option<Key> {
        Key::new(person, &self.key, &[&incident.path(), what])
    }
}

/// `POST /incidents/{number}/bridge/join`
pub async fn join(State(app): State<App>, responding: Responding, Form(button): Form<Button>) -> Answer {
    let key = button.key(&responding, "join");
    back(&responding.incident, stays::join(&app, &responding.person, responding.incident.number, key).await)
}

/// `POST /incidents/{number}/bridge/leave`
pub async fn leave(State(app): State<App>, responding: Responding, Form(button): Form<Button>) -> Answer {
    let key = button.key(&responding, "leave");
    back(&responding.incident, stays::leave(&app, &responding.person, responding.incident.number, key).await)
}

/// `POST /incidents/{number}/relief`
pub async fn ask(State(app): State<App>, responding: Responding, Form(button): Form<Button>) -> Answer {
    let key = button.key(&responding, "relief");
    back(&responding.incident, relief::ask(&app, &responding.person, responding.incident.number, key).await)
}

/// A button has no field beside which anything could stand.
fn back(incident: &Incident, written: Result<Written, NotWritten>) -> Answer {
    match written {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(_)) => Err(Failure::Conflict("This was sent before, for something else.")),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "response/_relief.html")]
struct ReliefLook {
    incident: Incident,
    relief: Relief,
}

/// `GET /incidents/{number}/relief`
pub async fn relief(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    let relief = relief::seen_by(&app, &incident, &person).await?;
    page(&ReliefLook { incident, relief })
}

/// Which request.
#[derive(Deserialize)]
pub struct Which {
    id: Uuid,
}

/// `POST /incidents/{number}/relief/{id}/end`: taken back, or relieved.
pub async fn end(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(Which { id }): Path<Which>,
) -> Answer {
    relief::end(&app, &person, (incident.number, id)).await?;
    see(&incident.path())
}
