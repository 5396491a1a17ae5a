//! The product, served in this process.

use std::net::SocketAddr;

use second_story::{
    App,
    config::Web,
    people::{Person, sessions, store},
    server,
    terms::Role,
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Client, database};

/// A server on a database of its own, stopped when dropped.
pub struct Server {
    /// What its handlers reach.
    pub app: App,
    /// Where it is, without a slash at the end.
    pub url: String,
    _stop: DropGuard,
}

impl Server {
    /// On a fresh database.
    pub async fn start() -> Self {
        Self::on(database::fresh().await).await
    }

    /// On a database, where others may serve, too.
    pub async fn on(db: PgPool) -> Self {
        Self::with(db, |web| web).await
    }

    /// With other settings.
    pub async fn with(db: PgPool, settings: impl FnOnce(Web) -> Web) -> Self {
        let (listener, web) = listen().await;
        Self::serve(App::new(db, settings(web)), listener)
    }

    /// On a fresh database, and where it is always the same time.
    pub async fn at(now: &str) -> Self {
        Self::on_at(database::fresh().await, now).await
    }

    /// On a database, where others may serve, too, and where it is always the same time.
    pub async fn on_at(db: PgPool, now: &str) -> Self {
        let (listener, web) = listen().await;
        let app = App { at: Some(now.parse().unwrap()), ..App::new(db, web) };
        Self::serve(app, listener)
    }

    fn serve(app: App, listener: TcpListener) -> Self {
        let url = format!("http://{}", app.web.bind);
        let stop = CancellationToken::new();
        let serving = server::serve(app.clone(), listener, stop.clone().cancelled_owned());
        tokio::spawn(async move { serving.await.unwrap() });
        Self { app, url, _stop: stop.drop_guard() }
    }

    /// Somebody signed in. The name also makes the address: `ana@example.org`.
    pub async fn person(&self, name: &str, role: Role) -> Client {
        let person = self.add(name, role).await;
        let secret = sessions::begin(&self.app.db, person.id, "test").await.unwrap();
        let cookie = format!("{}={}", sessions::cookie_name(&self.app.web), secret.reveal());
        Client::new(&self.url, Some(person), Some(cookie))
    }

    /// Ana, a responder, and the incident that she has declared.
    pub async fn room(&self) -> (Client, i64) {
        let ana = self.person("Ana", Role::Responder).await;
        let incident = ana.declare("Checkout fails").await;
        (ana, incident)
    }

    /// Somebody who has not signed in.
    pub fn anybody(&self) -> Client {
        Client::new(&self.url, None, None)
    }

    async fn add(&self, name: &str, role: Role) -> Person {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let mut tx = self.app.db.begin().await.unwrap();
        let id = store::add(&mut tx, &email, name, role).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        store::find(&self.app.db, id).await.unwrap().unwrap()
    }
}

async fn listen() -> (TcpListener, Web) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let web = Web { bind: listener.local_addr().unwrap(), public_url: None, trusted_proxies: vec![] };
    (listener, web)
}
