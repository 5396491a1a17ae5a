//! Where an incident stands, for programs.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    incidents::{api::IncidentJson, seen::Reading},
    response::api::{roles::RoleJson, theories::TheoryJson, work_items::WorkJson},
    room::brief::Brief,
    timeline::json::EntryJson,
    updates::{
        api::UpdateJson,
        questions::{self, api::QuestionJson},
    },
    web::Problem,
};

/// Where an incident stands: what whoever arrives is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Brief)]
pub struct BriefJson {
    /// The incident.
    pub incident: IncidentJson,
    /// Since when it has hurt: when the impact started, or else when it was declared.
    pub since: DateTime<Utc>,
    /// The roles, held or free.
    pub roles: Vec<RoleJson>,
    /// The work that goes on.
    pub work_items: Vec<WorkJson>,
    /// What is suspected, the open theories first.
    pub theories: Vec<TheoryJson>,
    /// What was said last to those outside; null when nothing was.
    pub last_update: Option<UpdateJson>,
    /// When the next update is promised; null when none is.
    pub next_update_by: Option<DateTime<Utc>>,
    /// The questions that wait for an answer, the oldest first.
    pub questions: Vec<QuestionJson>,
    /// What was done last.
    pub actions: Vec<EntryJson>,
    /// What was decided last.
    pub decisions: Vec<EntryJson>,
    /// The `seq` of the last entry that this tells of.
    pub seq: i64,
}

/// Where the incident stands: what is known, what is being tried, who holds
/// what, what is suspected and what was decided.
#[utoipa::path(get, path = "/api/v1/incidents/{number}/brief", tag = "timeline", params(("number" = i64, Path)),
    responses((status = 200, body = BriefJson), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, Reading { incident, .. }: Reading) -> Result<axum::Json<BriefJson>, Problem> {
    let brief = Brief::read(&app, incident.number).await?;
    let since = brief.since();
    let Brief { panels, actions, decisions, head: seq } = brief;
    Ok(axum::Json(BriefJson {
        incident: IncidentJson::one(&app, panels.incident).await?,
        roles: panels.board.roles.into_iter().map(RoleJson::from).collect(),
        work_items: panels.board.work.into_iter().map(WorkJson::from).collect(),
        next_update_by: panels.standing.promise().map(|promise| promise.due_at),
        last_update: panels.standing.last.map(UpdateJson::from),
        theories: panels.theories.iter().map(TheoryJson::from).collect(),
        questions: questions::waiting(&panels.questions).map(|it| QuestionJson::at(it.clone(), panels.now)).collect(),
        actions: actions.iter().map(EntryJson::from).collect(),
        decisions: decisions.iter().map(EntryJson::from).collect(),
        since,
        seq,
    }))
}
