//! `/incidents/{number}/share-links`: the links of an incident, made and revoked.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::links::{self, Link, MAX_LABEL, Made, NewLink};
use crate::{
    App,
    incidents::{Incident, Responding},
    people::Person,
    terms::{SharedNames, SharedView},
    timeline::{Key, NotWritten, key::fresh},
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// How long a link may last, as the form offers it: hours, and in words.
const LENGTHS: &[(i64, &str)] =
    &[(1, "for 1 hour"), (8, "for 8 hours"), (24, "for 1 day"), (7 * 24, "for 7 days"), (30 * 24, "for 30 days")];

#[derive(Template)]
#[template(path = "sharing/share_links.html")]
struct LinksPage {
    shell: Shell,
    incident: Incident,
    me: Person,
    links: Vec<Link>,
    now: DateTime<Utc>,
    made: Option<Shown>,
    form: LinkForm,
    errors: Errors,
}

/// A link that was just made, the only time its secret is shown.
struct Shown {
    label: String,
    address: String,
}

/// A link as it is asked for.
#[derive(Deserialize)]
#[serde(default)]
pub struct LinkForm {
    key: String,
    label: String,
    /// Hours from now; nothing until a day after the incident.
    lasts: String,
    names: String,
    may_ask: Option<String>,
    shows_summary: Option<String>,
}

impl Default for LinkForm {
    fn default() -> Self {
        Self {
            key: fresh(),
            label: String::new(),
            lasts: String::new(),
            names: String::new(),
            may_ask: None,
            shows_summary: None,
        }
    }
}

impl LinkForm {
    /// As it is offered: two clicks are enough.
    fn offered() -> Self {
        Self { label: "Leadership".to_owned(), may_ask: Some("1".to_owned()), ..Self::default() }
    }

    fn check(&self, now: DateTime<Utc>) -> Result<NewLink, Errors> {
        let mut errors = Errors::default();
        let label = errors.take("label", form::line(&self.label, MAX_LABEL));
        let expires_at = errors.take("lasts", self.expires_at(now));
        let names = self.names.parse().map_err(|_| "Please choose how people appear.".to_owned());
        let names: Option<SharedNames> = errors.take("names", names);
        match (label, expires_at, names) {
            (Some(label), Some(expires_at), Some(names)) => Ok(NewLink {
                label,
                view: SharedView::Leadership,
                names,
                may_ask: self.may_ask.is_some(),
                shows_summary: self.shows_summary.is_some(),
                expires_at,
            }),
            _ => Err(errors),
        }
    }

    fn expires_at(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
        if self.lasts.is_empty() {
            return Ok(None);
        }
        let chosen = LENGTHS.iter().find(|(hours, _)| hours.to_string() == self.lasts);
        let (hours, _) = chosen.ok_or("Please choose how long it lasts.")?;
        Ok(Some(now + Duration::hours(*hours)))
    }
}

async fn links_page(app: &App, by: Responding, form: LinkForm, errors: Errors) -> Result<LinksPage, Failure> {
    let Responding { incident, person } = by;
    Ok(LinksPage {
        shell: Shell::from(&person).at(Place::Incidents),
        links: links::of(&app.db, incident.number).await?,
        now: app.now().await?,
        made: None,
        me: person,
        incident,
        form,
        errors,
    })
}

/// `GET /incidents/{number}/share-links`
pub async fn show(State(app): State<App>, by: Responding) -> Answer {
    page(&links_page(&app, by, LinkForm::offered(), Errors::default()).await?)
}

/// `POST /incidents/{number}/share-links`: makes a link and shows it, this once.
pub async fn make(State(app): State<App>, by: Responding, Form(form): Form<LinkForm>) -> Answer {
    let new = match form.check(app.now().await?) {
        Ok(new) => new,
        Err(errors) => return refused(&links_page(&app, by, form, errors).await?),
    };
    let asks = [form.may_ask.is_some(), form.shows_summary.is_some()].map(|it| if it { "1" } else { "" });
    let what = [&by.incident.path()[..], "share", &form.label, &form.lasts, &form.names, asks[0], asks[1]];
    let key = Key::new(&by.person, &form.key, &what);
    let label = new.label.clone();
    match links::make(&app, &by.person, by.incident.number, new, key).await {
        Ok(Made { path: Some(path), .. }) => {
            let made = Some(Shown { label, address: app.web.url(&path) });
            page(&LinksPage { made, ..links_page(&app, by, LinkForm::offered(), Errors::default()).await? })
        }
        Ok(Made { path: None, .. }) => {
            let errors = Errors::one(
                "key",
                "This link was made already, and its address is shown only once. If it is lost, revoke it below and make another.",
            );
            refused(&links_page(&app, by, LinkForm::offered(), errors).await?)
        }
        Err(NotWritten::Refused(errors)) => refused(&links_page(&app, by, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// Which link.
#[derive(Deserialize)]
pub struct LinkPath {
    id: Uuid,
}

/// `POST /incidents/{number}/share-links/{id}/revoke`
pub async fn revoke(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(LinkPath { id }): Path<LinkPath>,
) -> Answer {
    let link = links::one(&app.db, id).await?.filter(|link| link.incident == incident.number);
    match links::revoke(&app, &person, &link.ok_or(Failure::NotFound)?).await {
        Ok(()) => see(&format!("{}/share-links", incident.path())),
        Err(NotWritten::Refused(_)) => Err(Failure::Conflict("Open the page again.")),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
