//! `GET /incidents/{number}`: the room.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use uuid::Uuid;

use super::{command, composer::Composer, panels::Panels};
use crate::{
    App,
    incidents::{Seen, severities, transitions},
    people::Person,
    terms::{Kind, LinkKind, Role, Status, WorkState},
    timeline::{Author, look, store},
    web::{Answer, Failure, Place, Query, Shell, form::Errors, page},
};

/// How many entries the room shows at first.
const ENTRIES: i64 = 200;
/// How many when they are put in the order in which they happened.
const HAPPENED: i64 = 2_000;

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
    /// The `seq` up to which this page shows everything.
    head: i64,
    entries: Vec<String>,
    /// The first entry shown, if there are earlier ones.
    earlier: Option<i64>,
    view: View,
    authors: Vec<Author>,
    severities: Vec<severities::Row>,
    composer: Composer,
    errors: Errors,
    help: &'static [(&'static str, &'static str)],
    may_write: bool,
}

/// `GET /incidents/{number}`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen, Query(view): Query<View>) -> Answer {
    let room = read(&app, incident.number, person, view).await?;
    page(&room)
}

async fn read(app: &App, number: i64, person: Person, view: View) -> Result<RoomPage, Failure> {
    // One snapshot: the entries shown and the `seq` from which the stream goes on.
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let head = store::head(&mut tx, number).await?.ok_or(Failure::NotFound)?;
    let limit = if view.as_it_happened() { HAPPENED } else { ENTRIES };
    // One more than is shown says whether there are earlier ones.
    let mut entries = store::page(&mut tx, number, &view.filter(), limit + 1).await?;
    let more = i64::try_from(entries.len()).is_ok_and(|read| read > limit);
    entries.drain(..usize::from(more));
    let earlier = entries.first().map(|first| first.seq).filter(|_| more);
    if view.as_it_happened() {
        entries.sort_by_key(|entry| (entry.happened_at(), entry.seq));
    }
    let panels = Panels::read(&mut tx, number).await?;
    let authors = store::authors(&mut tx, number).await?;
    let severities = severities::all(&mut *tx).await?;
    tx.commit().await?;
    let entries = entries.iter().map(look::html).collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
    Ok(RoomPage {
        shell: Shell::from(&person).at(Place::Incidents),
        may_write: person.role >= Role::Responder,
        person,
        panels,
        head,
        entries,
        earlier,
        view,
        authors,
        severities,
        composer: Composer::blank(),
        errors: Errors::default(),
        help: command::HELP,
    })
}

impl RoomPage {
    /// The statuses that one click leads to. Templates call it.
    fn next_statuses(&self) -> Vec<Status> {
        let now = self.panels.incident.status;
        let offered = transitions::offered(now, self.person.role).into_iter();
        offered.filter(|to| transitions::is_one_click(now, *to)).collect()
    }

    /// The statuses that ask for a reason or for moments. Templates call it.
    fn asking_statuses(&self) -> Vec<Status> {
        let now = self.panels.incident.status;
        let offered = transitions::offered(now, self.person.role).into_iter();
        offered.filter(|to| !transitions::is_one_click(now, *to)).collect()
    }
}
