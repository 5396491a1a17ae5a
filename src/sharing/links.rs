//! Share links: made in an incident's room, shown once, counted, and ended by
//! revoking them or by their time. Only a hash of the secret is stored.

use chrono::{DateTime, Duration, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{
    App,
    incidents::store::{self, Opened},
    people::{
        Person,
        secret::{self, Secret},
    },
    terms::{Kind, Role, SharedNames, SharedView},
    timeline::{Key, New, NotWritten},
    web::Failure,
};

/// The longest label, in characters.
pub const MAX_LABEL: usize = 80;
/// How long a link may last at most, in days.
pub const MAX_DAYS: i64 = 30;

/// A link as it is asked for.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// For whom it is.
    pub label: String,
    /// What it shows.
    pub view: SharedView,
    /// How people appear.
    pub names: SharedNames,
    /// Whether its readers may ask.
    pub may_ask: bool,
    /// Whether the incident's summary may stand there until the first update.
    pub shows_summary: bool,
    /// When it ends; `None` is 24 h after the incident, 30 days at most.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A link as whoever manages it sees it: without its secret.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// The incident's number.
    pub incident: i64,
    /// The entry that tells of it.
    pub seq: i64,
    /// The incident's title.
    pub title: String,
    /// For whom it is.
    pub label: String,
    /// What it shows.
    pub view: SharedView,
    /// How people appear.
    pub names: SharedNames,
    /// Whether its readers may ask.
    pub may_ask: bool,
    /// Whether the summary may stand there.
    pub shows_summary: bool,
    /// The time of its own, if one was chosen.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it ends, as things stand.
    pub ends_at: DateTime<Utc>,
    /// Who made it, by name.
    pub by: String,
    /// The person who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was opened.
    pub views: i64,
    /// When it was opened last.
    pub last_viewed_at: Option<DateTime<Utc>>,
}

impl Link {
    /// Whether its time is over.
    pub fn is_over(&self, now: &DateTime<Utc>) -> bool {
        self.ends_at <= *now
    }

    /// Whether it still leads anywhere.
    pub fn works(&self, now: &DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && !self.is_over(now)
    }

    /// Whether this person may revoke it: their own, and admins all.
    pub fn is_run_by(&self, person: &Person) -> bool {
        self.created_by == person.id || person.role >= Role::Admin
    }
}

/// A link that was just made.
pub struct Made {
    /// Its id.
    pub id: Uuid,
    /// The path with the secret, the only time it is known. `None` when this
    /// very write had made it before.
    pub path: Option<String>,
}

/// Makes a link.
///
/// Errors: no such incident (404); a time that has passed or is too far off,
/// nothing published to show, the key used for another write (422).
pub async fn make(app: &App, by: &Person, number: i64, new: NewLink, key: Option<Key>) -> Result<Made, NotWritten> {
    let mut log = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, _) => log,
        Opened::Already(written) => {
            return Ok(Made { id: made_with(&app.db, number, written.answer).await?, path: None });
        }
    };
    if new.view == SharedView::Postmortem {
        return Err(NotWritten::refused("view", "There is no published postmortem to show."));
    }
    may_last(new.expires_at, log.now).map_err(|why| NotWritten::refused("expires_at", why))?;
    let (id, secret) = (Uuid::now_v7(), Secret::new());
    let body = format!("“{}” may follow this incident by a link", new.label);
    let seq = log.append(New::by(by, Kind::Shared, body)).await?;
    let now = log.now;
    sqlx::query!(
        "insert into share_links (id, token_hash, incident, seq, label, view, names, may_ask, shows_summary,
                                  expires_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        id,
        secret.hash(),
        number,
        seq,
        new.label,
        new.view as SharedView,
        new.names as SharedNames,
        new.may_ask,
        new.shows_summary,
        new.expires_at,
        by.id,
        now
    )
    .execute(log.tx())
    .await?;
    log.commit(seq).await?;
    Ok(Made { id, path: Some(format!("/s/{}", secret.reveal())) })
}

/// Errors are sentences for the person.
fn may_last(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), String> {
    match until {
        Some(until) if until <= now => Err("This time has passed already.".into()),
        Some(until) if until > now + Duration::days(MAX_DAYS) => {
            Err(format!("A link lasts for {MAX_DAYS} days at most. Make another one then."))
        }
        _ => Ok(()),
    }
}

async fn made_with(db: &PgPool, incident: i64, seq: i64) -> Result<Uuid, NotWritten> {
    let id = sqlx::query_scalar!("select id from share_links where incident = $1 and seq = $2", incident, seq);
    Ok(id.fetch_optional(db).await?.ok_or(Failure::NotFound)?)
}

/// Revokes a link: whoever reads behind it reads no more. One that was stays revoked.
///
/// Errors: not theirs to revoke (403), no such link (404).
pub async fn revoke(app: &App, by: &Person, link: &Link) -> Result<(), NotWritten> {
    if !link.is_run_by(by) {
        return Err(Failure::Forbidden("A link is revoked by whoever made it, or by an admin. Ask one of them.").into());
    }
    let Opened::Fresh(mut log, _) = store::open(app, by, link.incident, None).await? else { return Ok(()) };
    let now = log.now;
    let revoked = sqlx::query!(
        "update share_links set revoked_at = greatest($3, created_at), revoked_by = $2 where id = $1 and revoked_at is null",
        link.id,
        by.id,
        now
    );
    if revoked.execute(log.tx()).await?.rows_affected() == 1 {
        let seq = log.append(New::by(by, Kind::Shared, format!("revoked the link that #{} made", link.seq))).await?;
        log.commit(seq).await?;
    }
    Ok(app.streams.sweep(&app.db).await?)
}

macro_rules! links {
    ($which:literal, $($value:expr),*) => {
        sqlx::query_as!(
            Link,
            r#"select l.id, l.incident, l.seq, i.title, l.label, l.view as "view: SharedView", l.names as "names: SharedNames",
                      l.may_ask, l.shows_summary, l.expires_at, share_link_ends(l) as "ends_at!",
                      p.name as by, l.created_by, l.created_at, l.revoked_at, l.views, l.last_viewed_at
               from share_links l join incidents i on i.number = l.incident join people p on p.id = l.created_by "#
                + $which,
            $($value),*
        )
    };
}

/// The links of an incident, the newest first.
pub async fn of(db: impl PgExecutor<'_>, incident: i64) -> sqlx::Result<Vec<Link>> {
    links!("where l.incident = $1 order by l.created_at desc, l.id desc", incident).fetch_all(db).await
}

/// Somebody's links, or everybody's, the newest first; of incidents that this person may see.
pub async fn all(db: impl PgExecutor<'_>, person: &Person, of: Option<Uuid>) -> sqlx::Result<Vec<Link>> {
    let seen = links!(
        "where ($1::uuid is null or l.created_by = $1) and (not i.private or may_see_private(i.number, $2))
         order by l.created_at desc, l.id desc limit 500",
        of,
        person.id
    );
    seen.fetch_all(db).await
}

/// A link by its id.
pub async fn one(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Link>> {
    links!("where l.id = $1", id).fetch_optional(db).await
}

/// The link behind a secret, working or not.
pub async fn behind(db: impl PgExecutor<'_>, token: &str) -> sqlx::Result<Option<Link>> {
    links!("where l.token_hash = $1", secret::hash(token)).fetch_optional(db).await
}

/// Counts that it was opened.
pub async fn count_view(db: &PgPool, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("update share_links set views = views + 1, last_viewed_at = now() where id = $1", id)
        .execute(db)
        .await?;
    Ok(())
}
