//! Who comes in, how, and how their access ends.

mod one_time_links;
mod passwords;
mod sessions;
mod settings;
mod signing_in;
mod throttle;

use std::time::Duration;

use axum::http::Method;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use reqwest::header::SET_COOKIE;
use second_story::{config::Web, people::one_time_links::Purpose, terms::Role};
use sqlx::{AssertSqlSafe, PgPool};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{
    Client, Events, Reply, Server, contents, database,
    forms::PASSWORD,
    people::address,
    world::{choose_password, make_link},
};

/// Sends the form of a link as somebody new.
async fn come_in(browser: &Client, link: &str, name: &str) -> Reply {
    let email = format!("{}@example.org", name.to_lowercase());
    let form = [("name", name), ("email", &email), ("password", PASSWORD)];
    browser.post(link, &form).await
}

/// An invitation's path, as the admin's page shows it.
async fn invite(admin: &Client, email: &str, role: &str) -> String {
    let form = [("email", email), ("name", ""), ("role", role)];
    link_in(&admin.post("/settings/people", &form).await)
}

async fn reset_link(admin: &Client, person: &Client) -> String {
    let reset = format!("{}/reset", account(person));
    link_in(&admin.post(&reset, &[]).await)
}

fn link_in(page: &Reply) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, link) = page.body.split_once("<code>http").unwrap();
    let link = link.split("</code>").next().unwrap();
    let path = link.splitn(4, '/').nth(3).unwrap();
    format!("/{path}")
}

/// The page of a person in the settings.
fn account(person: &Client) -> String {
    format!("/settings/people/{}", person.person.as_ref().unwrap().id)
}

async fn sign_in(server: &Server, name: &str, password: &str) -> Reply {
    sign_in_with(&server.anybody(), name, password).await
}

async fn sign_in_with(browser: &Client, name: &str, password: &str) -> Reply {
    let email = format!("{name}@example.org");
    let form = [("email", email.as_str()), ("password", password)];
    browser.post("/sign-in", &form).await
}

async fn https() -> Server {
    Server::with(database::fresh().await, |web| Web {
        public_url: Some("https://incidents.example.org".parse().unwrap()),
        ..web
    })
    .await
}

/// Everybody, as address and role.
async fn people(db: &PgPool) -> Vec<String> {
    let people = sqlx::query_scalar("select email || ' ' || role from people order by email");
    people.fetch_all(db).await.unwrap()
}

/// Makes something older than it is.
async fn age(server: &Server, sql: &'static str) {
    let done = sqlx::query(sql).execute(&server.app.db).await.unwrap();
    assert!(done.rows_affected() > 0);
}

/// Waits until a stream ends. The line stays up otherwise, with a ping now and then.
async fn ends(stream: &mut Events) {
    let over = async { while stream.next().await.is_some() {} };
    let over = tokio::time::timeout(Duration::from_secs(12), over).await;
    over.expect("the stream ends");
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_password_at_speed() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Viewer).await;
    for _ in 0..8 {
        let form = [("current_password", "a guess of mine"), ("password", PASSWORD)];
        let reply = ana.post("/me/password", &form).await;
        assert!(reply.error("current_password").unwrap().contains("not your current"));
    }
    let reply = ana.post("/me/password", &[("current_password", "one more guess"), ("password", PASSWORD)]).await;
    assert!(reply.error("current_password").unwrap().contains("Too many tries"));
}

#[tokio::test]
async fn what_a_deactivated_admin_gave_out_lets_nobody_in() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Admin).await;
    let ben = server.person("Ben", Role::Admin).await;
    let purpose = Purpose::Invite { email: "new@example.org".into(), name: String::new(), role: Role::Admin };
    let mut tx = server.app.db.begin().await.unwrap();
    let by = ben.person.as_ref().unwrap().id;
    let invite = second_story::people::one_time_links::make(&mut tx, &purpose, Some(by)).await.unwrap();
    let reset = Purpose::Reset { person: by };
    let reset = second_story::people::one_time_links::make(&mut tx, &reset, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(server.anybody().get(&invite).await.status, 200);
    ana.post(&format!("/settings/people/{by}/active"), &[("active", "false")]).await;
    for path in [invite, reset] {
        assert_eq!(server.anybody().get(&path).await.status, 410, "{path}");
    }
}
