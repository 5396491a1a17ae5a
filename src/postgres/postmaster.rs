//! The Postgres process: how it is started, told to stop, and what it said.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{place::Place, private::Durability};

const LOG_LIMIT: u64 = 10 * 1024 * 1024;
/// How long a fast shutdown may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Everything a start needs, so that it can be repeated.
#[derive(Debug)]
pub struct Postmaster {
    pub place: Place,
    pub program: PathBuf,
    pub socket_folder: PathBuf,
    pub durability: Durability,
}

impl Postmaster {
    /// Starts the process. It ends when the calling thread does.
    pub fn spawn(&self) -> io::Result<Child> {
        let cluster = self.place.cluster();
        let log = open_log(&self.log_path())?;
        let mut command = self.place.account.command(&self.program, &cluster);
        command
            .arg("-D")
            .arg(&cluster)
            .arg("-k")
            .arg(&self.socket_folder)
            .args(settings(self.durability).flat_map(|setting| ["-c", setting]))
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in a terminal must reach us alone, who stop Postgres last.
            .process_group(0);
        end_with_this_thread(&mut command);
        command.spawn()
    }

    pub fn log_path(&self) -> PathBuf {
        self.place.folder.join("postgres.log")
    }

    /// The last lines of the log.
    pub fn last_words(&self) -> String {
        let path = self.log_path();
        let tail = tail(&path, 15).unwrap_or_default();
        format!("Last lines of {}:\n{tail}", path.display())
    }
}

/// Given on the command line, these stand above whatever the cluster's own
/// configuration says; all else may be set there.
fn settings(durability: Durability) -> impl Iterator<Item = &'static str> {
    const ALWAYS: &[&str] = &[
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
        "log_checkpoints=off",
        // Compiling a query costs more than any query of ours runs.
        "jit=off",
    ];
    const FULL: &[&str] = &["fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=100"];
    const NONE: &[&str] = &[
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=4GB",
        "checkpoint_timeout=1h",
        "max_connections=300",
    ];
    let more = match durability {
        Durability::Full => FULL,
        Durability::None => NONE,
    };
    ALWAYS.iter().chain(more).copied()
}

/// Even a kill that gives us no time to stop Postgres must not leave it running.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the parent-death signal can only be set between fork and exec")]
fn end_with_this_thread(command: &mut Command) {
    use nix::{errno::Errno, sys::prctl, unistd};

    let parent = unistd::getpid();
    // SAFETY: after the fork only async-signal-safe calls are made, and nothing
    // is allocated.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGINT)?;
            // The parent may have ended before the line above.
            if unistd::getppid() != parent {
                return Err(Errno::ESRCH.into());
            }
            Ok(())
        });
    }
}

/// Elsewhere a Postgres that was left running is ended at the next start.
#[cfg(not(target_os = "linux"))]
fn end_with_this_thread(_: &mut Command) {}

/// Ends connections and stops; one that takes too long is stopped at once, and
/// mends itself from its log at the next start.
pub fn shut_down(mut child: Child) {
    signal(&child, Signal::SIGINT);
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    tracing::warn!("PostgreSQL did not stop within 10 s: stopping it at once");
    signal(&child, Signal::SIGQUIT);
    if let Err(error) = child.wait() {
        tracing::warn!("cannot wait for PostgreSQL: {error}");
    }
}

fn signal(child: &Child, signal: Signal) {
    let sent = i32::try_from(child.id())
        .map_err(|_| nix::errno::Errno::ESRCH)
        .and_then(|pid| kill(Pid::from_raw(pid), signal));
    if let Err(error) = sent {
        tracing::warn!("cannot send {signal} to PostgreSQL: {error}");
    }
}

/// The log is ours; Postgres only writes to it. A long one makes way first.
fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

fn tail(path: &Path, lines: usize) -> io::Result<String> {
    const ENOUGH: u64 = 8 * 1024;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    Ok(all[all.len().saturating_sub(lines)..].join("\n"))
}
