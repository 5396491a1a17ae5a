//! A private Postgres, started and stopped with us.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnectOptions};

use super::{
    cluster,
    keeper::{Deaths, Keeper},
    lock::{self, Attempt, Lock},
    place::{self, Place},
    postmaster::Postmaster,
    programs, socket,
};
use crate::config::PrivatePostgres;

/// A start may have to replay the log of a crash before it answers.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// How long connections of a killed Postgres may stand in the way of a start.
const PASSES_WITHIN: Duration = Duration::from_secs(10);
const ATTACH_WITHIN: Duration = Duration::from_secs(30);

/// What must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Everything that was committed, whatever happens.
    Full,
    /// Nothing, for tests: quick, and with room for many connections.
    None,
}

/// How we came to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The cluster was made just now.
    Created,
    /// The cluster was there; we started it.
    Started,
    /// Another process of ours runs it.
    Attached,
}

/// A running private Postgres.
#[derive(Debug)]
pub struct Server {
    data_dir: PathBuf,
    folder: PathBuf,
    socket_folder: PathBuf,
    origin: Origin,
    version: String,
    /// None when attached.
    keeper: Option<Keeper>,
}

impl Server {
    /// Starts the server of a data folder and owns it. Fails, and harms nothing,
    /// when another process does.
    pub async fn start(settings: &PrivatePostgres, durability: Durability) -> Result<Self> {
        let data_dir = place::make_data_dir(&settings.data_dir)?;
        match lock::take(&data_dir).await? {
            Attempt::Ours(lock) => own(settings, durability, data_dir, lock).await,
            Attempt::Theirs(pid) => Err(already_runs(&data_dir, pid)),
        }
    }

    /// Uses the server that another process of ours runs on the data folder,
    /// or else starts it for as long as we live.
    pub async fn attach_or_start(settings: &PrivatePostgres) -> Result<Self> {
        let data_dir = place::make_data_dir(&settings.data_dir)?;
        let begun = Instant::now();
        loop {
            let pid = match lock::try_take(&data_dir)? {
                Attempt::Ours(lock) => {
                    return own(settings, Durability::Full, data_dir, lock).await;
                }
                Attempt::Theirs(pid) => pid,
            };
            // It may be starting, or about to stop: then the lock will be free.
            match attach(&data_dir).await {
                Ok(server) => return Ok(server),
                Err(error) if begun.elapsed() > ATTACH_WITHIN => {
                    let held = already_runs(&data_dir, pid);
                    return Err(error.context("its database does not answer").context(held));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// How to connect to one of its databases.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        socket::connect_options(&self.socket_folder, database)
    }

    /// Makes a database if there is none of that name.
    pub async fn ensure_database(&self, name: &str) -> Result<()> {
        let mut connection = socket::connect(&self.socket_folder).await?;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        if !exists {
            let quoted = name.replace('"', "\"\"");
            let made =
                sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE \"{quoted}\""))).execute(&mut connection).await;
            // Another process may have been quicker.
            if let Err(error) = made
                && !is_duplicate_database(&error)
            {
                return Err(error).context(format!("cannot make the database {name}"));
            }
        }
        Ok(connection.close().await?)
    }

    /// The data folder as an absolute path.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where the cluster really lies: in the data folder or, when Postgres' user
    /// cannot enter that, elsewhere.
    pub fn cluster(&self) -> PathBuf {
        place::cluster_in(&self.folder)
    }

    /// Such as `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How we came to the server.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// One line for people: what runs, and where everything lies.
    pub fn describe(&self) -> String {
        let Self { version, .. } = self;
        let data_dir = self.data_dir.display();
        let how = match self.origin {
            Origin::Created => "created in",
            Origin::Started => "started in",
            Origin::Attached => "already running in",
        };
        let line = format!("private PostgreSQL {version}, {how} {data_dir}");
        if self.folder.starts_with(&self.data_dir) {
            return line;
        }
        format!("{line}; the database itself lies in {}, since its user cannot enter {data_dir}", self.folder.display())
    }

    /// Stops the server if it is ours.
    pub async fn stop(self) -> Result<()> {
        match self.keeper {
            Some(keeper) => keeper.stop().await,
            None => Ok(()),
        }
    }

    /// Waits for the first answer. Whoever holds `deaths` hears of failed starts.
    async fn wait_until_ready(&mut self, deaths: Deaths) -> Result<()> {
        let begun = Instant::now();
        loop {
            let Err(error) = self.ask_version().await else {
                return Ok(());
            };
            if let Ok(death) = deaths.try_recv()
                && !(may_pass(&death) && begun.elapsed() < PASSES_WITHIN)
            {
                bail!("The private PostgreSQL does not start: {death}");
            }
            if begun.elapsed() > READY_WITHIN {
                return Err(error).context("the private PostgreSQL does not answer");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn ask_version(&mut self) -> Result<()> {
        self.version = socket::version(&self.socket_folder).await?;
        Ok(())
    }
}

/// Starts what the lock of the data folder entitles us to.
async fn own(settings: &PrivatePostgres, durability: Durability, data_dir: PathBuf, lock: Lock) -> Result<Server> {
    let place = Place::settle(data_dir)?;
    let mut locks = vec![lock];
    if place.is_elsewhere() {
        // A copy of the data folder would lead to the same place.
        match lock::take(&place.folder).await? {
            Attempt::Ours(lock) => locks.push(lock),
            Attempt::Theirs(pid) => return Err(already_runs(&place.folder, pid)),
        }
    }
    place.clear_unfinished()?;
    let programs = programs::find(settings, &place).await?;
    let origin = cluster::ensure_made(&place, &programs, durability).await?;
    cluster::end_leftover(&place.cluster()).await?;
    let socket_folder = socket::make_folder(&place)?;
    let postmaster = Postmaster {
        program: programs.postgres(),
        socket_folder: socket_folder.clone(),
        place: place.clone(),
        durability,
    };
    let (keeper, deaths) = Keeper::begin(postmaster, locks)?;
    let mut server = Server {
        data_dir: place.data_dir,
        folder: place.folder,
        socket_folder,
        origin,
        version: String::new(),
        keeper: Some(keeper),
    };
    if let Err(error) = server.wait_until_ready(deaths).await {
        server.stop().await?;
        return Err(error);
    }
    Ok(server)
}

async fn attach(data_dir: &Path) -> Result<Server> {
    let folder = place::known_folder(data_dir)?;
    let running = socket::of_running(&place::cluster_in(&folder));
    let socket_folder = running.context("it has not started")?;
    let version = socket::version(&socket_folder).await?;
    Ok(Server {
        data_dir: data_dir.to_path_buf(),
        folder,
        socket_folder,
        origin: Origin::Attached,
        version,
        keeper: None,
    })
}

fn already_runs(data_dir: &Path, pid: Option<u32>) -> anyhow::Error {
    let process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    anyhow!(
        "Second Story already runs on {}{process}: stop it first, or choose another folder with \
         DATA_DIR",
        data_dir.display()
    )
}

/// Postgres says so while connections of a killed predecessor still live.
fn may_pass(death: &str) -> bool {
    death.contains("pre-existing shared memory block")
}

fn is_duplicate_database(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42P04"))
}
