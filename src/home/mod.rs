//! `/`: what is live now.

use askama::Template;
use axum::extract::State;

use crate::{
    App,
    incidents::list::{self, Filter},
    people::Viewer,
    terms::Role,
    web::{Answer, Place, Shell, page},
};

/// How many live incidents are shown: more at once is a day of its own.
const LIVE: usize = 50;
/// How many that have ended.
const ENDED: usize = 8;

#[derive(Template)]
#[template(path = "home/home.html")]
struct HomePage {
    shell: Shell,
    live: Vec<String>,
    ended: Vec<String>,
    may_declare: bool,
}

/// `GET /`
pub async fn show(State(app): State<App>, Viewer(person): Viewer) -> Answer {
    let with = |words: &[&str]| Filter { status: words.iter().map(ToString::to_string).collect(), ..Filter::default() };
    let mut db = app.db.acquire().await?;
    let live = list::find(&mut db, &with(&["open"]), &person, LIVE).await?;
    let ended = list::find(&mut db, &with(&["resolved", "cancelled", "merged"]), &person, ENDED).await?;
    let rows = |found: &[list::Listed]| found.iter().map(list::row).collect::<Result<Vec<_>, _>>();
    page(&HomePage {
        shell: Shell::from(&person).at(Place::Home),
        live: rows(&live).map_err(anyhow::Error::from)?,
        ended: rows(&ended).map_err(anyhow::Error::from)?,
        may_declare: person.role >= Role::Responder,
    })
}
