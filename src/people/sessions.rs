//! Signed-in browsers. A session lives in Postgres; the browser holds a random
//! cookie, of which only a hash is stored.

use std::collections::HashMap;

use axum_extra::extract::cookie::{Cookie, SameSite};
use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::{Person, secret, secret::Secret};
use crate::{
    App,
    config::Web,
    postgres::batch::{Batch, SharedError},
    terms::Role,
};

/// A session that was not used for this long has ended.
pub const IDLE_DAYS: i32 = 7;
/// A session ends this long after it began, used or not.
pub const ABSOLUTE_DAYS: i32 = 30;

/// Who a request comes from.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id, which is no secret: lists show it.
    pub id: Uuid,
    /// Whose it is.
    pub person: Person,
}

/// A session as its owner and admins see it.
#[derive(Debug)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// What the browser calls itself.
    pub user_agent: String,
}

impl Listed {
    /// The browser in words its owner recognises: "Firefox on Linux".
    pub fn browser(&self) -> String {
        let says = |words: &[(&str, &'static str)]| {
            words.iter().find(|(token, _)| self.user_agent.contains(token)).map(|(_, name)| *name)
        };
        // Browsers also claim to be those they grew out of: the more particular first.
        let browser = says(&[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ]);
        let system = says(&[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(name), None) | (None, Some(name)) => name.into(),
            (None, None) => "Another browser".into(),
        }
    }

    /// Whether it is one that is carried around.
    pub fn is_phone(&self) -> bool {
        ["iPhone", "Android"].iter().any(|token| self.user_agent.contains(token))
    }
}

/// The name of the cookie. With https the browser itself holds it to this host.
pub fn cookie_name(web: &Web) -> &'static str {
    if web.is_https() { "__Host-session" } else { "session" }
}

/// The cookie that carries a session.
pub fn cookie(web: &Web, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(web), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(web.is_https())
        .max_age(
            std::time::Duration::from_secs(u64::from(ABSOLUTE_DAYS.unsigned_abs()) * 86_400)
                .try_into()
                .unwrap_or_default(),
        )
        .build()
}

/// Begins a session and returns what the cookie holds.
pub async fn begin(db: impl PgExecutor<'_>, person: Uuid, user_agent: &str) -> sqlx::Result<Secret> {
    let secret = Secret::new();
    let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
    sqlx::query!(
        "insert into sessions (id, token_hash, person_id, user_agent) values ($1, $2, $3, $4)",
        Uuid::now_v7(),
        secret.hash(),
        person,
        user_agent
    )
    .execute(db)
    .await?;
    Ok(secret)
}

/// Sessions that are looked up, by the hash of their cookie.
pub type LookUps = Batch<Vec<u8>, Session>;

/// The session behind a cookie, while it lasts and its owner may sign in.
pub async fn find(app: &App, cookie: &str) -> Result<Option<Session>, SharedError> {
    let db = app.db.clone();
    app.sessions.find(secret::hash(cookie), move |hashes| lasting(db.clone(), hashes)).await
}

async fn lasting(db: PgPool, hashes: Vec<Vec<u8>>) -> sqlx::Result<HashMap<Vec<u8>, Session>> {
    let mut db = db.acquire().await?;
    let rows = sqlx::query!(
        r#"select s.token_hash, s.id, s.last_seen_at < now() - interval '1 minute' as "stale!",
                  p.id as person_id, p.email, p.name, p.handle, p.role as "role: Role", p.time_zone
           from sessions s join people p on p.id = s.person_id
           where s.token_hash = any($1) and p.deactivated_at is null
             and s.last_seen_at > now() - make_interval(days => $2)
             and s.created_at > now() - make_interval(days => $3)"#,
        &hashes,
        IDLE_DAYS,
        ABSOLUTE_DAYS
    )
    .fetch_all(&mut *db)
    .await?;
    let stale: Vec<Uuid> = rows.iter().filter(|row| row.stale).map(|row| row.id).collect();
    if !stale.is_empty() {
        sqlx::query!("update sessions set last_seen_at = now() where id = any($1)", &stale).execute(&mut *db).await?;
    }
    let sessions = rows.into_iter().map(|row| {
        let person = Person {
            id: row.person_id,
            email: row.email,
            name: row.name,
            handle: row.handle,
            role: row.role,
            time_zone: row.time_zone,
        };
        (row.token_hash, Session { id: row.id, person })
    });
    Ok(sessions.collect())
}

/// Somebody's sessions, the last used first.
pub async fn of(db: impl PgExecutor<'_>, person: Uuid) -> sqlx::Result<Vec<Listed>> {
    sqlx::query_as!(
        Listed,
        "select id, created_at, last_seen_at, user_agent from sessions
         where person_id = $1
           and last_seen_at > now() - make_interval(days => $2)
           and created_at > now() - make_interval(days => $3)
         order by last_seen_at desc, id desc",
        person,
        IDLE_DAYS,
        ABSOLUTE_DAYS
    )
    .fetch_all(db)
    .await
}

/// Ends one session of a person.
pub async fn end(db: impl PgExecutor<'_>, person: Uuid, session: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from sessions where id = $1 and person_id = $2", session, person).execute(db).await?;
    Ok(())
}

/// Ends all of a person's sessions, but for the one they are using.
pub async fn end_all(db: impl PgExecutor<'_>, person: Uuid, but: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query!("delete from sessions where person_id = $1 and id is distinct from $2", person, but)
        .execute(db)
        .await?;
    Ok(())
}

/// Which of these sessions still let somebody in.
pub async fn alive(db: impl PgExecutor<'_>, sessions: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select s.id from sessions s join people p on p.id = s.person_id
         where s.id = any($1) and p.deactivated_at is null
           and s.created_at > now() - make_interval(days => $2)",
        sessions,
        ABSOLUTE_DAYS
    )
    .fetch_all(db)
    .await
}

/// Deletes what has ended by time.
pub async fn sweep(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from sessions where last_seen_at < now() - make_interval(days => $1)
            or created_at < now() - make_interval(days => $2)",
        IDLE_DAYS,
        ABSOLUTE_DAYS
    )
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_its_owner_calls_it() {
        let named = |user_agent: &str| {
            let at = DateTime::UNIX_EPOCH;
            Listed { id: Uuid::nil(), created_at: at, last_seen_at: at, user_agent: user_agent.into() }.browser()
        };
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(named(chrome), "Chrome on Linux");
        assert_eq!(named(&format!("{chrome} Edg/156.0")), "Edge on Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(named(safari), "Safari on iPhone");
        assert_eq!(named("curl/8.0"), "curl");
        assert_eq!(named(""), "Another browser");
    }
}
