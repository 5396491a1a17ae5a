//! `/incidents/{number}/links`: the call, the chat, the runbook. People are
//! pulled onto a call, so the room's bar shows them.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use sqlx::PgExecutor;
use url::Url;
use uuid::Uuid;

use super::{
    Incident, Responding,
    store::{self, Opened},
};
use crate::{
    App,
    people::Person,
    terms::{Kind, LinkKind},
    timeline::{Key, New, NotWritten, Written, key::fresh},
    web::{
        Answer, Failure, Path, Place, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// A link of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: Uuid,
    /// What it leads to.
    pub kind: LinkKind,
    /// What it is called.
    pub label: String,
    /// Where it leads: http or https.
    pub url: String,
}

impl Link {
    /// The host it leads to, so that one sees where a click goes.
    pub fn host(&self) -> String {
        Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl LinkKind {
    /// The symbol in `static/icons.svg` that stands for it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Call => "phone",
            Self::Chat => "message-square",
            Self::Runbook => "book-open",
            Self::Dashboard => "activity",
        }
    }
}

/// The links of an incident: calls first.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Link>> {
    sqlx::query_as!(
        Link,
        r#"select id, kind as "kind: LinkKind", label, url from incident_links
           where incident = $1 order by incident_links.kind, id"#,
        incident
    )
    .fetch_all(db)
    .await
}

/// A link as it is to be added, checked.
#[derive(Debug, Clone)]
pub struct NewLink {
    kind: LinkKind,
    label: String,
    url: String,
}

impl NewLink {
    /// Checks a link. Errors are messages beside the fields `kind`, `label`, `url`.
    pub fn check(kind: &str, label: &str, url: &str) -> Result<Self, Errors> {
        let mut errors = Errors::default();
        let kind: Option<LinkKind> =
            errors.take("kind", kind.parse().map_err(|_| "Call, chat, runbook or dashboard.".to_owned()));
        let label = errors.take("label", form::optional_line(label, 80));
        let url = errors.take("url", form::line(url, 2000).and_then(|text| web_address(&text)));
        match (kind, label, url) {
            (Some(kind), Some(label), Some(url)) => {
                let label = if label.is_empty() { kind.label().to_owned() } else { label };
                Ok(Self { kind, label, url })
            }
            _ => Err(errors),
        }
    }
}

fn web_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or("An address that starts with https:// or http://.")?;
    if url.as_str().len() > 2000 {
        return Err("This address is too long; 2000 characters fit.".into());
    }
    Ok(url.into())
}

/// Adds a link. Returns the `seq` of the entry.
pub async fn add(app: &App, by: &Person, number: i64, link: NewLink, key: Option<Key>) -> Result<Written, NotWritten> {
    let (mut log, _) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(answer) => return Ok(answer),
    };
    sqlx::query!(
        "insert into incident_links (id, incident, kind, label, url) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        number,
        link.kind as LinkKind,
        link.label,
        link.url
    )
    .execute(log.tx())
    .await?;
    let body = format!("added the {} “{}”", link.kind.word(), link.label);
    let seq = log.append(New::by(by, Kind::Link, body)).await?;
    Ok(log.commit(seq).await?)
}

/// Removes a link; one that is gone already stays gone.
pub async fn remove(app: &App, by: &Person, number: i64, id: Uuid) -> Result<Written, NotWritten> {
    let (mut log, _) = match store::open(app, by, number, None).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(answer) => return Ok(answer),
    };
    let removed = sqlx::query!(
        r#"delete from incident_links where id = $1 and incident = $2 returning kind as "kind: LinkKind", label"#,
        id,
        number
    );
    let Some(link) = removed.fetch_optional(log.tx()).await? else {
        return Ok(Written { answer: 0, again: false });
    };
    let body = format!("removed the {} “{}”", link.kind.word(), link.label);
    let seq = log.append(New::by(by, Kind::Link, body)).await?;
    Ok(log.commit(seq).await?)
}

#[derive(Template)]
#[template(path = "incidents/links.html")]
struct LinksPage {
    shell: Shell,
    incident: Incident,
    links: Vec<Link>,
    form: LinkForm,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LinkForm {
    key: String,
    kind: String,
    label: String,
    url: String,
}

/// `GET /incidents/{number}/links`
pub async fn show(State(app): State<App>, Responding { incident, person }: Responding) -> Answer {
    page(&links_page(&app, incident, &person, LinkForm::default(), Errors::default()).await?)
}

async fn links_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: LinkForm,
    errors: Errors,
) -> sqlx::Result<LinksPage> {
    let links = of(&app.db, incident.number).await?;
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(LinksPage { shell, incident, links, form: LinkForm { key: fresh(), ..form }, errors })
}

/// `POST /incidents/{number}/links`
pub async fn save(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Form(form): Form<LinkForm>,
) -> Answer {
    let link = match NewLink::check(&form.kind, &form.label, &form.url) {
        Ok(link) => link,
        Err(errors) => return refused(&links_page(&app, incident, &person, form, errors).await?),
    };
    let key = Key::new(&person, &form.key, &[&incident.path(), link.kind.word(), &link.label, &link.url]);
    match add(&app, &person, incident.number, link, key).await {
        Ok(_) => see(&incident.path()),
        Err(NotWritten::Refused(errors)) => refused(&links_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}

/// What a removal names.
#[derive(Deserialize)]
pub struct LinkPath {
    id: Uuid,
}

/// `POST /incidents/{number}/links/{id}/remove`
pub async fn delete(
    State(app): State<App>,
    Responding { incident, person }: Responding,
    Path(LinkPath { id }): Path<LinkPath>,
) -> Answer {
    match remove(&app, &person, incident.number, id).await {
        Ok(_) => see(&format!("{}/links", incident.path())),
        Err(NotWritten::Failed(failure)) => Err(failure),
        Err(NotWritten::Refused(_)) => Err(Failure::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_web_and_nowhere_else() {
        assert!(NewLink::check("call", "", "https://meet.example.org/x").is_ok());
        for url in ["javascript:alert(1)", "data:text/html,x", "/local", "https://", "meet.example.org", "ftp://x.org"]
        {
            let errors = NewLink::check("call", "", url).unwrap_err();
            assert!(errors.on("url").is_some(), "{url}");
        }
        assert!(NewLink::check("door", "", "https://x.org").unwrap_err().on("kind").is_some());
    }
}
