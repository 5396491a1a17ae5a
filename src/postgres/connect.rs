//! Connecting to the database, wherever it is, and migrating it.

use std::time::Duration;

use anyhow::Context;
use sqlx::{
    Connection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::private::{Durability, Server};
use crate::config;

/// The schema. Forward only; every file is one topic.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// How many connections a process holds at most. Streams hold none.
const CONNECTIONS: u32 = 20;
/// How long a request waits for one before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may lie unused before it is tested: Postgres may have
/// been started anew meanwhile.
const RESTED: Duration = Duration::from_millis(200);
/// The database's name in our own cluster.
const NAME: &str = "second_story";

/// A connected and migrated database.
pub struct Database {
    /// Its connections.
    pub pool: PgPool,
    server: Option<Server>,
}

impl Database {
    /// For the server: `DATABASE_URL`, or a private Postgres that this process
    /// owns.
    pub async fn own(settings: &config::Database) -> anyhow::Result<Self> {
        match &settings.database_url {
            Some(options) => Self::named(options).await,
            None => Self::private(Server::start(&settings.private, Durability::Full).await?).await,
        }
    }

    /// For commands that may run beside a server.
    pub async fn beside(settings: &config::Database) -> anyhow::Result<Self> {
        match &settings.database_url {
            Some(options) => Self::named(options).await,
            None => Self::private(Server::attach_or_start(&settings.private).await?).await,
        }
    }

    async fn named(options: &PgConnectOptions) -> anyhow::Result<Self> {
        let pool = connect(options.clone()).await.context("DATABASE_URL: can't use this database")?;
        Ok(Self { pool, server: None })
    }

    async fn private(server: Server) -> anyhow::Result<Self> {
        server.ensure_database(NAME).await?;
        let pool = connect(server.connect_options(NAME)).await?;
        Ok(Self { pool, server: Some(server) })
    }

    /// Where the data is, for whoever starts it.
    pub fn describe(&self) -> String {
        match &self.server {
            Some(server) => server.describe(),
            None => "the Postgres named by DATABASE_URL".into(),
        }
    }

    /// Disconnects, and stops a Postgres that this process started.
    pub async fn close(self) -> anyhow::Result<()> {
        self.pool.close().await;
        match self.server {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }
}

/// Connects and migrates. Several processes may do so at once: one migrates,
/// the others wait.
pub async fn connect(options: PgConnectOptions) -> anyhow::Result<PgPool> {
    let options = options.application_name("second-story").options([
        ("timezone", "UTC"),
        // Nobody waits for ever behind a lock, and nobody keeps one while gone.
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "60s"),
        // A statement goes the same way whatever it is asked: planned once, not
        // at every turn, which costs more than most of ours run. Searches differ.
        ("plan_cache_mode", "force_generic_plan"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        // A connection that was used just now needs no test before it is used again.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .context("can't connect")?;
    MIGRATIONS.run(&pool).await.context("can't migrate")?;
    Ok(pool)
}
