//! Our own Postgres: made from nothing, kept alive, and never run twice.

#![expect(clippy::unwrap_used, reason = "what goes wrong around a test fails the test")]

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};
use second_story::{
    config::{Fetch, PrivatePostgres},
    postgres::private::{Durability, Origin, Server},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

#[tokio::test]
async fn from_nothing_to_the_first_query() {
    let folder = Folder::new();
    let server = Server::start(&folder.settings(), Durability::Full).await.unwrap();

    assert_eq!(server.origin(), Origin::Created);
    assert_eq!(server.data_dir(), fs::canonicalize(&folder.path).unwrap());
    assert!(server.describe().contains(folder.path.to_str().unwrap()));
    assert!(server.version().starts_with(|c: char| c.is_ascii_digit()));
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("data_checksums", "on"),
        ("timezone", "UTC"),
    ] {
        let said = ask(&server, "postgres", &format!("SHOW {setting}")).await;
        assert_eq!(said, value, "{setting}");
    }
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_stop_and_a_start_keep_what_was_written() {
    let folder = Folder::new();
    let server = start(&folder).await;
    remember(&server, "all is well").await;
    server.stop().await.unwrap();

    let server = start(&folder).await;
    assert_eq!(server.origin(), Origin::Started);
    assert_eq!(recall(&server).await, "all is well");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_database_is_made_once() {
    let folder = Folder::new();
    let server = start(&folder).await;
    server.ensure_database("odd \"name\"").await.unwrap();
    let (one, other) = tokio::join!(server.ensure_database("odd \"name\""), server.ensure_database("odd \"name\""));
    one.and(other).unwrap();
    let said = ask(&server, "odd \"name\"", "SELECT current_database()::text").await;
    assert_eq!(said, "odd \"name\"");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_postgres_comes_back_with_its_data() {
    let folder = Folder::new();
    let server = Server::start(&folder.settings(), Durability::Full).await.unwrap();
    remember(&server, "written before the kill").await;

    // Twice: what came back is looked after like the first.
    for _ in 0..2 {
        let killed = postmaster(&server.cluster()).unwrap();
        kill(killed, Signal::SIGKILL).unwrap();
        eventually("another Postgres answers", async || {
            postmaster(&server.cluster()) != Some(killed) && answers(&server).await
        })
        .await;
        assert_eq!(recall(&server).await, "written before the kill");
    }

    let last = postmaster(&server.cluster()).unwrap();
    server.stop().await.unwrap();
    assert!(!is_alive(last));
}

#[tokio::test]
async fn of_two_starts_at_once_one_wins_and_the_other_says_why() {
    let folder = Folder::new();
    let settings = folder.settings();
    let (one, other) =
        tokio::join!(Server::start(&settings, Durability::None), Server::start(&settings, Durability::None));
    let (server, refused) = match (one, other) {
        (Ok(server), Err(refused)) | (Err(refused), Ok(server)) => (server, refused),
        both => panic!("one must win: {both:?}"),
    };
    let expected =
        format!("Second Story already runs on {} (process {})", server.data_dir().display(), std::process::id());
    assert!(refused.to_string().starts_with(&expected), "{refused}");
    assert!(answers(&server).await, "the refused one harmed nothing");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_command_uses_the_running_server_and_leaves_it_running() {
    let folder = Folder::new();
    let server = start(&folder).await;
    remember(&server, "for both").await;

    let guest = Server::attach_or_start(&folder.settings()).await.unwrap();
    assert_eq!(guest.origin(), Origin::Attached);
    assert_eq!(guest.version(), server.version());
    assert_eq!(recall(&guest).await, "for both");
    guest.stop().await.unwrap();
    assert!(answers(&server).await);
    server.stop().await.unwrap();

    let alone = Server::attach_or_start(&folder.settings()).await.unwrap();
    assert_eq!(alone.origin(), Origin::Started);
    assert_eq!(recall(&alone).await, "for both");
    alone.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_cut_short_is_mended_by_the_next() {
    let folder = Folder::new();
    let settings = folder.settings();
    let first = tokio::spawn(async move { Server::start(&settings, Durability::None).await });
    let place = folder.path.join("postgres");
    eventually("initdb has begun", async || {
        names_in(&place)
            .iter()
            .any(|draft| draft.starts_with("cluster.") && place.join(draft).join("PG_VERSION").exists())
    })
    .await;
    first.abort();
    assert!(first.await.is_err(), "it ended before it was done");

    let server = start(&folder).await;
    assert_eq!(server.origin(), Origin::Created);
    assert!(answers(&server).await);
    let drafts = names_in(&place).into_iter().filter(|name| name.starts_with("cluster."));
    assert_eq!(drafts.count(), 0, "what was cut short is gone");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_not_ours_stays_untouched() {
    let folder = Folder::new();
    let foreign = folder.path.join("postgres/cluster");
    fs::create_dir_all(&foreign).unwrap();
    std::os::unix::fs::chown(&foreign, Some(65534), None)
        .or_else(|error| if geteuid().is_root() { Err(error) } else { Ok(()) })
        .unwrap();
    fs::write(foreign.join("PG_VERSION"), "15\n").unwrap();
    let error = Server::start(&folder.settings(), Durability::None).await.unwrap_err();
    assert!(error.to_string().contains("is not a complete cluster of ours"), "{error}");
    assert_eq!(names_in(&foreign), ["PG_VERSION"]);
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_does_no_harm() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.data_dir = folder.path.join("deep/".repeat(30));
    let server = Server::start(&settings, Durability::None).await.unwrap();
    assert!(answers(&server).await);
    let guest = Server::attach_or_start(&settings).await.unwrap();
    assert!(answers(&guest).await);
    server.stop().await.unwrap();

    let server = Server::start(&settings, Durability::None).await.unwrap();
    assert_eq!(server.origin(), Origin::Started);
    let sockets = ask(&server, "postgres", "SHOW unix_socket_directories").await;
    assert!(Path::new(&sockets).starts_with(env::temp_dir()));
    server.stop().await.unwrap();
    fs::remove_dir(sockets).unwrap();
}

#[tokio::test]
async fn where_postgres_cannot_enter_the_cluster_lies_elsewhere() {
    if !geteuid().is_root() {
        println!("skipped: only root runs Postgres as another user");
        return;
    }
    let folder = Folder::new();
    fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o700)).unwrap();

    let server = start(&folder).await;
    let cluster = server.cluster();
    assert!(cluster.starts_with("/var/lib/second-story"));
    assert!(server.describe().contains("/var/lib/second-story/"));
    remember(&server, "elsewhere").await;
    server.stop().await.unwrap();

    let server = start(&folder).await;
    assert_eq!((server.origin(), server.cluster()), (Origin::Started, cluster));
    assert_eq!(recall(&server).await, "elsewhere");
    server.stop().await.unwrap();
    let mode = fs::metadata(&folder.path).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700, "the data folder stays closed");
}

#[tokio::test]
async fn a_copied_data_folder_does_not_run_the_same_cluster_twice() {
    if !geteuid().is_root() {
        println!("skipped: only root runs Postgres as another user");
        return;
    }
    let (folder, copy) = (Folder::new(), Folder::new());
    fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o700)).unwrap();
    let server = start(&folder).await;
    let record = "postgres-lies-in";
    fs::copy(folder.path.join(record), copy.path.join(record)).unwrap();

    let refused = Server::start(&copy.settings(), Durability::None).await.unwrap_err();
    assert!(refused.to_string().starts_with("Second Story already runs on"));
    assert!(answers(&server).await);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_pg_bin_without_programs_is_named() {
    let folder = Folder::new();
    let empty = folder.path.join("empty");
    fs::create_dir(&empty).unwrap();
    let settings = PrivatePostgres { pg_bin: Some(empty.clone()), ..folder.settings() };
    let error = Server::start(&settings, Durability::None).await.unwrap_err();
    let expected = format!("PG_BIN: {} cannot be used", empty.display());
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_pid_file_that_names_an_innocent_does_not_harm_it() {
    let folder = Folder::new();
    let server = start(&folder).await;
    let pid_file = server.cluster().join("postmaster.pid");
    let notes = fs::read_to_string(&pid_file).unwrap();
    let server_pid = postmaster(&server.cluster()).unwrap().to_string();
    server.stop().await.unwrap();

    let ourselves = std::process::id().to_string();
    fs::write(&pid_file, notes.replacen(&server_pid, &ourselves, 1)).unwrap();
    let server = start(&folder).await;
    assert!(answers(&server).await);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn killed_ourselves_we_leave_no_postgres_and_start_again() {
    let folder = Folder::new();
    let mut ourselves = Command::new(env::current_exe().unwrap())
        .args(["private_postgres::holds_a_server_until_killed", "--exact", "--ignored"])
        .env(HELD, &folder.path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let written = folder.path.join("written");
    eventually("the other process has written", async || written.exists()).await;
    ourselves.kill().unwrap();
    ourselves.wait().unwrap();

    let server = start(&folder).await;
    assert_eq!(server.origin(), Origin::Started);
    assert_eq!(recall(&server).await, "by one who was killed");
    server.stop().await.unwrap();
}

const HELD: &str = "SECOND_STORY_TEST_HELD";

/// The other process of the test above.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn holds_a_server_until_killed() {
    let Some(path) = env::var_os(HELD) else {
        return;
    };
    let settings = settings(Path::new(&path));
    let server = Server::start(&settings, Durability::Full).await.unwrap();
    remember(&server, "by one who was killed").await;
    fs::write(Path::new(&path).join("written"), "").unwrap();
    std::future::pending::<()>().await;
}

/// A data folder, removed with the value along with what it says lies elsewhere.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { Path::new(env!("CARGO_TARGET_TMPDIR")) };
        let path = parent.join(format!("second-story-{}", Uuid::new_v4().simple()));
        fs::DirBuilder::new().mode(0o755).create(&path).unwrap();
        Self { path }
    }

    fn settings(&self) -> PrivatePostgres {
        settings(&self.path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_to_string(self.path.join("postgres-lies-in")) {
            let _ = fs::remove_dir_all(elsewhere.trim());
            let _ = fs::remove_dir("/var/lib/second-story");
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn settings(data_dir: &Path) -> PrivatePostgres {
    PrivatePostgres { data_dir: data_dir.to_path_buf(), pg_bin: None, pg_fetch: Fetch::Never }
}

async fn start(folder: &Folder) -> Server {
    Server::start(&folder.settings(), Durability::None).await.unwrap()
}

async fn connect(server: &Server, database: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect_with(&server.connect_options(database)).await
}

async fn answers(server: &Server) -> bool {
    connect(server, "postgres").await.is_ok()
}

async fn ask(server: &Server, database: &str, question: &str) -> String {
    let mut connection = connect(server, database).await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(question)).fetch_one(&mut connection).await.unwrap()
}

async fn remember(server: &Server, text: &str) {
    let mut connection = connect(server, "postgres").await.unwrap();
    sqlx::query("CREATE TABLE memory (text text)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO memory VALUES ($1)").bind(text).execute(&mut connection).await.unwrap();
}

async fn recall(server: &Server) -> String {
    ask(server, "postgres", "SELECT text FROM memory").await
}

/// The process that the pid file of a cluster names.
fn postmaster(cluster: &Path) -> Option<Pid> {
    let notes = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    notes.lines().next()?.parse().ok().map(Pid::from_raw)
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None).is_ok()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Looks again and again, for at most half a minute.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
