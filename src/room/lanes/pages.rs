//! `GET /incidents/{number}/lanes`: the picture, the ways to zoom, and the same
//! as tables.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    draw::picture,
    layout::{AXIS, BAR, MARK, NAMES, Picture, SHORT, WIDTH},
    story::{self, Story},
    window::Window,
};
use crate::{
    App,
    incidents::{Incident, Seen},
    people::Person,
    web::{Answer, Place, Query, Shell, form::Errors, page, refused, time},
};

/// Which stretch of time, as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Range {
    from: String,
    to: String,
    time_zone: String,
}

#[derive(Template)]
#[template(path = "room/lanes.html")]
struct LanesPage {
    shell: Shell,
    incident: Incident,
    typed: Range,
    errors: Errors,
    story: Story,
    window: Window,
    picture: Picture,
    now: DateTime<Utc>,
}

/// `GET /incidents/{number}/lanes`
pub async fn show(State(app): State<App>, Seen { incident, person }: Seen, Query(typed): Query<Range>) -> Answer {
    let now = app.now().await?;
    // One snapshot: what happened, and who held what meanwhile.
    let mut tx = app.db.begin_with("begin isolation level repeatable read read only").await?;
    let story = story::read(&mut tx, &incident, now).await?;
    tx.commit().await?;
    let (window, errors) = match typed.window(story.whole, &person, now) {
        Ok(window) => (window, Errors::default()),
        Err(errors) => (story.whole, errors),
    };
    let shell = Shell::from(&person).at(Place::Incidents);
    let picture = picture(incident.number, &story, window);
    let lanes = LanesPage { shell, incident, typed, errors, story, window, picture, now };
    if lanes.errors.is_empty() { page(&lanes) } else { refused(&lanes) }
}

impl Range {
    /// The stretch that is meant. Times are read as seen from the end.
    fn window(&self, whole: Window, person: &Person, now: DateTime<Utc>) -> Result<Window, Errors> {
        let zone = time::browsers_zone(&self.time_zone, person.zone());
        let read = |field, typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => {
                let at = time::parse(typed, zone, whole.to).or_else(|_| time::parse(typed, zone, now));
                at.map(Some).map_err(|message| Errors::one(field, message))
            }
        };
        let (from, to) = (read("from", &self.from)?, read("to", &self.to)?);
        Window::within(whole, from, to).map_err(|message| Errors::one("to", message))
    }
}

impl LanesPage {
    /// How many entries lie in the stretch that is shown.
    fn shown(&self) -> usize {
        self.story.entries.iter().filter(|entry| self.window.holds(entry.happened_at())).count()
    }
}
