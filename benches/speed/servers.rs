//! What is measured and what it stands on: a throw-away Postgres that is as
//! durable as any, databases in it, and on each the product and the floor, every
//! server a process of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
        statfs::{TMPFS_MAGIC, statfs},
    },
    unistd::Pid,
};
use second_story::{
    config::{Fetch, PrivatePostgres},
    postgres::{
        connect,
        private::{Durability, Server},
    },
};
use sqlx::{ConnectOptions, PgPool, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{Effort, data, data::Data};

/// How long a server may take to stop.
const PATIENCE: Duration = Duration::from_secs(15);

/// A Postgres, and an instance on it.
pub struct Ground {
    postgres: Server,
    /// A small instance.
    pub small: Instance,
    /// How many files may be open.
    pub files: u64,
}

/// A filled database and what serves it.
pub struct Instance {
    /// Whom and what it holds.
    pub data: Data,
    /// The product on it.
    pub product: Running,
    /// The floor on it.
    pub floor: Running,
    database: PgConnectOptions,
    db: PgPool,
}

impl Ground {
    /// Starts Postgres, fills a database and starts the servers.
    pub async fn prepare(effort: Effort) -> anyhow::Result<Self> {
        let files = raise_file_limit()?;
        let settings = PrivatePostgres { data_dir: folder("postgres"), pg_bin: None, pg_fetch: Fetch::Allowed };
        let postgres = Server::start(&settings, Durability::Full).await?;
        let small = Instance::prepare(&postgres, "small", effort.incidents[0]).await?;
        Ok(Self { postgres, small, files })
    }

    /// Another instance, beside the small one, until it is stopped.
    pub async fn instance(&self, name: &str, incidents: i64) -> anyhow::Result<Instance> {
        Instance::prepare(&self.postgres, name, incidents).await
    }

    /// On what everything runs, in words.
    pub fn describe(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let in_memory = statfs(&self.postgres.cluster()).is_ok_and(|disk| disk.filesystem_type() == TMPFS_MAGIC);
        let disk = if in_memory { "in memory, so that commits cost less than they should" } else { "on disk" };
        format!(
            "{cores} cores, shared by the load, the servers and PostgreSQL {}, which is {disk} with fsync and \
             synchronous_commit on. {} open files allowed.",
            self.postgres.version(),
            self.files
        )
    }

    /// Stops everything and removes it.
    pub async fn remove(self) -> anyhow::Result<()> {
        let Self { postgres, small, .. } = self;
        small.stop().await?;
        let (data_dir, cluster) = (postgres.data_dir().to_path_buf(), postgres.cluster());
        postgres.stop().await?;
        // The folder around the cluster lies elsewhere where Postgres' user may not come in.
        for folder in cluster.parent().into_iter().chain([data_dir.as_path()]).filter(|folder| folder.exists()) {
            fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
        }
        Ok(())
    }
}

impl Instance {
    async fn prepare(postgres: &Server, name: &str, incidents: i64) -> anyhow::Result<Self> {
        postgres.ensure_database(name).await?;
        let database = postgres.connect_options(name);
        let db = connect::connect(database.clone()).await?;
        let data = data::fill(&db, incidents).await?;
        let product = Running::product(&database).await?;
        let floor = Running::floor(&database).await?;
        Ok(Self { data, product, floor, database, db })
    }

    /// The `seq` of the last entry in the room that is watched.
    pub async fn head(&self) -> anyhow::Result<i64> {
        self.head_of(self.data.watched).await
    }

    /// The `seq` of the last entry of an incident.
    pub async fn head_of(&self, incident: i64) -> anyhow::Result<i64> {
        let head = sqlx::query_scalar("select seq from timeline_heads where incident = $1");
        Ok(head.bind(incident).fetch_one(&self.db).await?)
    }

    /// The id of the floor's last entry.
    pub async fn floor_head(&self) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar("select coalesce(max(id), 0) from floor_entries").fetch_one(&self.db).await?)
    }

    /// Stops its servers.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.db.close().await;
        self.product.stop().await?;
        self.floor.stop().await
    }

    /// Another process of the product on the same database.
    pub async fn another_product(&self) -> anyhow::Result<Running> {
        Running::product(&self.database).await
    }

    /// Another process of the floor on the same database.
    pub async fn another_floor(&self) -> anyhow::Result<Running> {
        Running::floor(&self.database).await
    }
}

/// A folder that is ours alone.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("speed-{name}-{}", std::process::id()))
}

/// Ten thousand viewers are ten thousand open files, here and in the server.
fn raise_file_limit() -> anyhow::Result<u64> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("raise the limit of open files")?;
    Ok(most)
}

/// A server process.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _out: Lines<BufReader<ChildStdout>>,
}

impl Running {
    async fn product(database: &PgConnectOptions) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_second-story"));
        command.arg("serve").env("DATABASE_URL", database.to_url_lossy().as_str());
        Self::start(command).await
    }

    async fn floor(database: &PgConnectOptions) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--floor").arg(database.to_url_lossy().as_str());
        Self::start(command).await
    }

    /// Starts a server and waits until it says where it is.
    pub async fn start(mut command: Command) -> anyhow::Result<Self> {
        for name in ["PUBLIC_URL", "TRUSTED_PROXIES"] {
            command.env_remove(name);
        }
        command
            .env("BIND", "127.0.0.1:0")
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut out = BufReader::new(child.stdout.take().context("standard output")?).lines();
        while let Some(line) = out.next_line().await? {
            if let Some(url) = line.trim_start().strip_prefix("Open") {
                let address = url.trim().trim_start_matches("http://").trim_end_matches('/').parse()?;
                return Ok(Self { address, child, _out: out });
            }
        }
        bail!("a server did not start")
    }

    /// The memory it holds, in KiB; `None` where the system does not tell.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Asks it to stop, as Ctrl-C does, and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(id) = self.child.id() {
            kill(Pid::from_raw(id.try_into()?), Signal::SIGINT)?;
        }
        tokio::time::timeout(PATIENCE, self.child.wait()).await.context("a server did not stop")??;
        Ok(())
    }
}
