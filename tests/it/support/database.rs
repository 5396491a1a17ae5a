//! One Postgres for the test run, on a memory disk where there is one; one
//! database a test, cloned from a template that was migrated once.

use std::{fs, path::PathBuf, sync::OnceLock};

use second_story::{
    config::{Fetch, PrivatePostgres},
    postgres::{
        connect::{self, MIGRATIONS},
        private::{Durability, Server},
    },
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

const TEMPLATE: &str = "template_of_tests";

/// A database that is as empty as a new instance's.
pub async fn fresh() -> PgPool {
    connect::connect(fresh_options().await).await.unwrap()
}

/// How to connect to a database that is as empty as a new instance's.
pub async fn fresh_options() -> PgConnectOptions {
    let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
    let name = format!("test_{}", Uuid::now_v7().simple());
    let mut admin = PgConnection::connect_with(&cluster.connect_options("postgres")).await.unwrap();
    // Copying files is quicker than logging them where nothing is synced anyway.
    let create = format!("create database {name} template {TEMPLATE} strategy file_copy");
    admin.execute(AssertSqlSafe(create)).await.unwrap();
    admin.close().await.unwrap();
    cluster.connect_options(&name)
}

/// Starts the cluster with the first test that asks for it. It ends with the
/// test process.
fn cluster() -> &'static Server {
    static CLUSTER: OnceLock<Server> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let settings = PrivatePostgres { data_dir: folder(), pg_bin: None, pg_fetch: Fetch::Allowed };
            let server = Server::start(&settings, Durability::None).await.unwrap();
            let mut admin = PgConnection::connect_with(&server.connect_options("postgres")).await.unwrap();
            admin.execute(AssertSqlSafe(format!("create database {TEMPLATE}"))).await.unwrap();
            let mut template = PgConnection::connect_with(&server.connect_options(TEMPLATE)).await.unwrap();
            MIGRATIONS.run(&mut template).await.unwrap();
            template.close().await.unwrap();
            server
        })
    })
}

/// A folder of this process. Those that earlier runs left behind are removed.
fn folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let roomy =
        nix::sys::statvfs::statvfs(&memory).is_ok_and(|disk| disk.blocks_available() * disk.fragment_size() > 1 << 30);
    let parent = if roomy { memory } else { PathBuf::from(env!("CARGO_TARGET_TMPDIR")) };
    for left in fs::read_dir(&parent).unwrap().flatten() {
        let name = left.file_name().into_string().unwrap_or_default();
        let process = name.strip_prefix("second-story-test-");
        if process.is_some_and(|process| !PathBuf::from(format!("/proc/{process}")).exists()) {
            let _ = fs::remove_dir_all(left.path());
        }
    }
    parent.join(format!("second-story-test-{}", std::process::id()))
}
