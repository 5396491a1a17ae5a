//! `/incidents/{number}/merge`: two incidents turn out to be one. Both keep
//! their timelines, and each says where the other is.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use sqlx::PgExecutor;

use super::{
    Incident, Leading, path,
    similar::{self, Similar},
    store::{self, Opened},
    visibility,
};
use crate::{
    App,
    people::Person,
    terms::{Kind, Status},
    timeline::{Key, Log, MAX_REASON, New, NotWritten, Written, commander, key::fresh},
    web::{
        Answer, Failure, Place, Query, Shell,
        form::{self, Errors, Form},
        page, refused, see,
    },
};

/// An incident that is handled together with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Its number.
    pub number: i64,
    /// What it is called.
    pub title: String,
}

/// Who may merge, in words.
pub const MAY_MERGE: &str = "Only the commander or an admin may merge an incident. Ask one.";

/// Why an incident may not become part of another: a sentence for the person.
fn objection(incident: &Incident, into: &Incident) -> Option<String> {
    let (number, target) = (incident.number, into.number);
    if number == target {
        Some("An incident can't be merged into itself.".into())
    } else if let Some(already) = incident.merged_into {
        Some(format!("It is merged into #{already} already. Reopen it first."))
    } else if let Some(further) = into.merged_into {
        Some(format!("#{target} is itself merged into #{further}. Choose that one."))
    } else if incident.status == Status::Cancelled || into.status == Status::Cancelled {
        Some("A cancelled incident can't be merged. Reopen it first.".into())
    } else if incident.private != into.private {
        // Each shows the other's title to everybody who sees it.
        Some("One of the two is private and the other is not. Make both the same first.".into())
    } else if incident.drill != into.drill {
        Some("One of the two is a drill and the other is not.".into())
    } else {
        None
    }
}

/// Merges an incident into another. The answer is the `seq` of the entry.
///
/// Errors: neither the commander nor an admin (403), not seen (404), or an objection beside `into` (422).
pub async fn set(
    app: &App,
    by: &Person,
    (number, target): (i64, i64),
    reason: String,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let unknown = || NotWritten::refused("into", format!("There is no incident #{target}."));
    if store::seen_by(&app.db, target, by.id).await?.is_none() {
        return Err(unknown());
    }
    let both = (number, Some(target).filter(|target| *target != number));
    let (mut log, incident) = match store::open_both(app, by, both, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(written) => return Ok(written),
    };
    if !commander::leads(log.tx(), number, by).await? {
        return Err(Failure::Forbidden(MAY_MERGE).into());
    }
    let into = store::seen_by(log.tx(), target, by.id).await?.ok_or_else(unknown)?;
    if let Some(objection) = objection(&incident, &into) {
        return Err(NotWritten::refused("into", objection));
    }
    store(&mut log, &incident, &into).await?;
    let seq = log.append(New::by(by, Kind::Merge, format!("this into #{target}")).because(&*reason)).await?;
    log.append_also(target, New::by(by, Kind::Merge, format!("#{number} into this")).because(reason)).await?;
    Ok(log.commit(seq).await?)
}

async fn store(log: &mut Log, incident: &Incident, into: &Incident) -> sqlx::Result<()> {
    let now = log.now;
    sqlx::query!(
        "update incidents set status = 'merged', merged_into = $2, ended_at = coalesce(ended_at, $3) where number = $1",
        incident.number,
        into.number,
        now
    )
    .execute(log.tx())
    .await?;
    if incident.private {
        visibility::share(log.tx(), incident.number, into.number).await?;
    }
    Ok(())
}

/// Tells the other incident that this one stands by itself again.
///
/// Errors: it was merged into another one meanwhile (422).
pub async fn take_apart(log: &mut Log, by: &Person, (number, target): (i64, i64)) -> Result<(), NotWritten> {
    let apart = New::by(by, Kind::Merge, format!("#{number} no longer: it stands by itself again"));
    if log.append_also(target, apart).await? {
        Ok(())
    } else {
        Err(NotWritten::refused("status", "It was merged elsewhere meanwhile. Look at it again."))
    }
}

/// The incident into which one is merged, and those that are merged into it.
/// A private one is named only where the reader of this one sees it as well.
pub async fn joined(db: impl PgExecutor<'_>, incident: &Incident) -> sqlx::Result<Vec<Joined>> {
    sqlx::query_as!(
        Joined,
        "select number, title from incidents
         where (number = $2 or merged_into = $1) and (not private or $3) order by number",
        incident.number,
        incident.merged_into,
        incident.private
    )
    .fetch_all(db)
    .await
}

#[derive(Template)]
#[template(path = "incidents/merge.html")]
struct MergePage {
    shell: Shell,
    incident: Incident,
    similar: Vec<Similar>,
    form: MergeForm,
    errors: Errors,
}

/// The form as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct MergeForm {
    key: String,
    into: String,
    reason: String,
}

/// `GET /incidents/{number}/merge`
pub async fn show(
    State(app): State<App>,
    Leading { incident, person }: Leading,
    Query(form): Query<MergeForm>,
) -> Answer {
    page(&merge_page(&app, incident, &person, form, Errors::default()).await?)
}

async fn merge_page(
    app: &App,
    incident: Incident,
    person: &Person,
    form: MergeForm,
    errors: Errors,
) -> sqlx::Result<MergePage> {
    let mut similar = similar::to(&app.db, person, &incident.title).await?;
    similar.retain(|it| it.incident.number != incident.number);
    let shell = Shell::from(person).at(Place::Incidents);
    Ok(MergePage { shell, incident, similar, form: MergeForm { key: fresh(), ..form }, errors })
}

/// `POST /incidents/{number}/merge`
pub async fn save(
    State(app): State<App>,
    Leading { incident, person }: Leading,
    Form(form): Form<MergeForm>,
) -> Answer {
    let mut errors = Errors::default();
    let into = form.into.trim().trim_start_matches('#').parse::<i64>();
    let into = errors.take("into", into.map_err(|_| "Please write the number of an incident, such as 42.".into()));
    let reason = errors.take("reason", form::optional_text(&form.reason, MAX_REASON));
    let (Some(into), Some(reason)) = (into, reason) else {
        return refused(&merge_page(&app, incident, &person, form, errors).await?);
    };
    let key = Key::new(&person, &form.key, &[&incident.path(), "merge", &path(into), &reason]);
    match set(&app, &person, (incident.number, into), reason, key).await {
        Ok(_) => see(&path(into)),
        Err(NotWritten::Refused(errors)) => refused(&merge_page(&app, incident, &person, form, errors).await?),
        Err(NotWritten::Failed(failure)) => Err(failure),
    }
}
