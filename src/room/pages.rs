//! `GET /incidents/{number}`: the room.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;
use uuid::Uuid;

use super::{command, composer::Composer, front::Front, panels::Panels};
use crate::{
    App,
    incidents::{Seen, transitions},
    people::Person,
    response::relief::{self, Relief},
    terms::{Kind, LinkKind, Role, Stance, Status, TheoryState},
    timeline::{commander, store},
    web::{Answer, Place, Query, Shell, form::Errors, part},
};

/// What of the timeline is shown.
#[derive(Deserialize, Default, Debug, Clone)]
#[serde(default)]
pub struct View {
    /// A kind, or `typed`; empty for all.
    kind: String,
    /// An author's id; empty for everybody.
    person: String,
    /// `happened`, or as recorded.
    order: String,
    /// Only entries before this one.
    before: Option<i64>,
}

impl View {
    fn filter(&self) -> store::Filter {
        let kinds = match self.kind.as_str() {
            "typed" => Kind::TYPED.to_vec(),
            word => word.parse().into_iter().collect(),
        };
        store::Filter { kinds, author: self.person.parse().ok(), before: self.before }
    }

    /// Whether it is what everybody sees at first.
    fn is_first(&self) -> bool {
        self.kind.is_empty() && self.person.is_empty() && self.order.is_empty() && self.before.is_none()
    }

    fn as_it_happened(&self) -> bool {
        self.order == "happened"
    }

    /// Whether an author is chosen. Templates call it.
    fn is_by(&self, author: &Uuid) -> bool {
        self.person.parse() == Ok(*author)
    }

    /// This view with another kind. Templates call it.
    fn with_kind(&self, kind: &str) -> String {
        self.query(kind, None)
    }

    /// This view, before an entry. Templates call it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn earlier_than(&self, seq: &i64) -> String {
        self.query(&self.kind, Some(*seq))
    }

    fn query(&self, kind: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let before = before.map(|seq| seq.to_string()).unwrap_or_default();
        for (name, value) in [("kind", kind), ("person", &self.person), ("order", &self.order), ("before", &before)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "room/room.html")]
struct RoomPage {
    shell: Shell,
    person: Person,
    panels: Panels,
    relief: Relief,
    front: Arc<Front>,
    view: View,
    composer: Composer,
    errors: Errors,
    help: &'static [(&'static str, &'static str)],
    may_write: bool,
    leads: bool,
}

/// `GET /incidents/{number}`
pub async fn show(
    State(app): State<App>,
    Seen { incident, person }: Seen,
    Query(view): Query<View>,
    headers: HeaderMap,
) -> Answer {
    let (front, panels, asked) = if view.is_first() {
        app.fronts.newest(&app, incident.number).await?
    } else {
        let front = Front::filtered(&app, incident.number, &view.filter(), view.as_it_happened()).await?;
        let panels = front.beside.panels.clone();
        (Arc::new(front), panels, true)
    };
    let responds = person.role >= Role::Responder;
    let relief = if asked && responds { relief::seen_by(&app, &incident, &person).await? } else { Relief::default() };
    let room = RoomPage {
        shell: Shell::from(&person).at(Place::Incidents),
        may_write: responds,
        leads: commander::may_lead(&person, panels.board.is_commanded_by(person.id)),
        person,
        panels,
        relief,
        front: front.clone(),
        view,
        composer: Composer::blank(),
        errors: Errors::default(),
        help: command::HELP,
    };
    front.entries.page(&room, &headers)
}

impl RoomPage {
    /// The statuses that one click leads to. Templates call it.
    fn next_statuses(&self) -> Vec<Status> {
        let now = self.panels.incident.status;
        let offered = transitions::offered(now, self.leads).into_iter();
        offered.filter(|to| transitions::is_one_click(now, *to)).collect()
    }

    /// The statuses that ask for a reason or for moments. Templates call it.
    fn asking_statuses(&self) -> Vec<Status> {
        let now = self.panels.incident.status;
        let offered = transitions::offered(now, self.leads).into_iter();
        offered.filter(|to| !transitions::is_one_click(now, *to)).collect()
    }
}
