//! `POST /incidents/{number}/timeline`: one line, a command or an entry.

use askama::Template;
use axum::extract::State;
use bytes::Bytes;
use serde::Deserialize;

use super::{
    command::{self, Line},
    holding,
};
use crate::{
    App,
    incidents::{
        Incident, Responding,
        details::{self, Edits},
        entries, links,
        moments::{self, Moment},
        severity, status,
    },
    people::Person,
    terms::{Audience, Kind},
    timeline::{
        Key, New, NotWritten, Written,
        image::Image,
        key::fresh,
        theories::{self, Change},
    },
    updates::{
        self, Texts, cadence,
        store::{NewUpdate, Next},
    },
    web::{
        Answer, Failure, Place, Shell,
        form::{self, Edit, Errors},
        page, refused, see, time,
        upload::Upload,
    },
};

/// The composer as it was sent.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Composer {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) occurred_at: String,
    pub(super) time_zone: String,
    /// What each image shows, in words.
    pub(super) alt: Vec<String>,
}

impl Composer {
    /// An empty one.
    pub fn blank() -> Self {
        Self { key: fresh(), ..Self::default() }
    }

    /// The words for the image, as they were typed. Templates call it.
    pub fn first_alt(&self) -> &str {
        self.alt.first().map_or("", String::as_str)
    }

    /// The kind that the buttons say. Templates call it.
    pub fn chosen(&self) -> Kind {
        self.kind.parse().ok().filter(|kind: &Kind| kind.is_typed()).unwrap_or(Kind::Note)
    }
}

#[derive(Template)]
#[template(path = "room/compose.html")]
struct ComposePage {
    shell: Shell,
    incident: Incident,
    composer: Composer,
    errors: Errors,
    help: &'static [(&'static str, &'static str)],
}

fn compose_page(incident: Incident, person: &Person, composer: Composer, errors: Errors) -> ComposePage {
    let shell = Shell::from(person).at(Place::Incidents);
    let composer = Composer { key: fresh(), ..composer };
    ComposePage { shell, incident, composer, errors, help: command::HELP }
}

/// `GET /incidents/{number}/timeline`: the composer as a page of its own.
pub async fn show(Responding { incident, person }: Responding) -> Answer {
    page(&compose_page(incident, &person, Composer::blank(), Errors::default()))
}

/// `POST /incidents/{number}/timeline`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Upload { form: composer, files }: Upload<Composer>,
) -> Answer {
    match add(&app, &person, &incident, (&composer, &files)).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => {
            let mut errors = on_the_line(&errors);
            if !files.is_empty() {
                errors.add("image", "Please choose the image again: a form can't keep it.");
            }
            refused(&compose_page(incident, &person, composer, errors))
        }
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// The composer has one field: whatever a command refuses stands beside it.
fn on_the_line(errors: &Errors) -> Errors {
    let message = errors.clone().into_iter().next().map(|(_, message)| message);
    Errors::one("body", message.unwrap_or_else(|| "This can't be taken as it is.".into()))
}

async fn add(
    app: &App,
    by: &Person,
    incident: &Incident,
    (composer, files): (&Composer, &[Bytes]),
) -> Result<Written, NotWritten> {
    let now = app.now().await?;
    let zone = time::browsers_zone(&composer.time_zone, by.zone());
    let kind = match composer.kind.as_str() {
        "" => Kind::Note,
        word => {
            let kind = word.parse().ok().filter(|kind: &Kind| kind.is_typed());
            kind.ok_or_else(|| NotWritten::refused("kind", "Please choose one of the kinds."))?
        }
    };
    let occurred_at = match composer.occurred_at.trim() {
        "" => None,
        typed => Some(time::parse(typed, zone, now).map_err(|why| NotWritten::refused("occurred_at", why))?),
    };
    // "-10m" in a line that waited means ten minutes before it was typed.
    let typed_at = occurred_at.unwrap_or(now);
    let images = Image::all(files, &composer.alt).map_err(|why| NotWritten::refused("images", why))?;
    let line = if images.is_empty() || form::says_something(&composer.body) {
        command::read(&composer.body, kind, zone, typed_at)
    } else {
        // An image says enough.
        Ok(Line::Entry { kind, body: String::new(), occurred_at })
    };
    let line = match line.map_err(|why| NotWritten::refused("body", why))? {
        Line::Entry { kind, body, occurred_at: None } => Line::Entry { kind, body, occurred_at },
        line => line,
    };
    // Not the time: sent again later, a line that waited is still the same one.
    let mut what = vec![incident.path(), "timeline".into(), kind.word().into(), composer.body.clone()];
    what.extend(images.iter().flat_map(|image| [image.hash(), image.alt.clone()]));
    let key = Key::new(by, &composer.key, &what.iter().map(String::as_str).collect::<Vec<_>>());
    carry_out(app, by, incident.number, (line, images), key).await
}

/// Does what a line says. Returns the `seq` of its entry.
async fn carry_out(
    app: &App,
    by: &Person,
    number: i64,
    (line, images): (Line, Vec<Image>),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    match line {
        Line::Entry { kind, body, occurred_at } => {
            entries::append(app, by, number, New { occurred_at, images, ..New::by(by, kind, body) }, key).await
        }
        _ if !images.is_empty() => {
            Err(NotWritten::refused("images", "A command takes no image: add it with an entry."))
        }
        Line::Severity(to, why) => severity::set(app, by, number, (to, why), key).await,
        Line::Status(to, reason) => {
            let change = status::StatusChange { status: to, reason, moments: vec![] };
            status::set(app, by, number, change, key).await
        }
        Line::Moment(name, at, why) => moments::record(app, number, Moment { name, at, by }, &why, key).await,
        Line::Link(new) => links::add(app, by, number, new, key).await,
        Line::Title(to) => {
            let edits = Edits { title: Some(Edit { to, was: None }), ..Edits::default() };
            details::set(app, by, number, edits, key).await
        }
        Line::Role(role, to) => holding::give(app, by, number, (&role, &to), key).await,
        Line::Work(title, to) => holding::add(app, by, number, (title, to), key).await,
        Line::Handoff(offered) => holding::offer(app, by, number, offered, key).await,
        Line::Update(situation) => {
            let texts = Texts { situation, ..Texts::default() };
            updates::store::write(app, by, number, to_leadership(texts), key).await
        }
        Line::NoNews => updates::store::write(app, by, number, to_leadership(Texts::default()), key).await,
        Line::Snooze(until, why) => cadence::snooze(app, by, number, (until, why), key).await,
        Line::Call(on_call) => holding::call(app, by, number, on_call, key).await,
        Line::Theory(seq, state, reason) => {
            let change = Change { state: Some(state), reason, tie: None };
            match theories::change(app, by, (number, seq), change, key).await {
                Err(NotWritten::Failed(Failure::NotFound)) => {
                    Err(NotWritten::refused("body", format!("#{seq} is no theory of this incident.")))
                }
                written => written,
            }
        }
    }
}

/// What one line tells leaders; the next comes as the interval says.
const fn to_leadership(texts: Texts) -> NewUpdate {
    NewUpdate { audience: Audience::Leadership, texts, next: Next::ByInterval }
}
