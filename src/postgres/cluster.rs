//! The files of the cluster: made once, and completely or not at all.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::Command;

use super::{
    place::Place,
    private::{Durability, Origin},
    programs::Programs,
    socket,
};

/// A file inside the cluster, written when everything else is.
const COMPLETE: &str = "made-by-second-story";
/// How long a Postgres without its owner may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The version that made a cluster; none where there is no cluster yet.
pub fn major(cluster: &Path) -> Result<Option<u32>> {
    let path = cluster.join("PG_VERSION");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
    };
    let major = text.trim().parse();
    Ok(Some(major.with_context(|| format!("{} holds no version", path.display()))?))
}

/// Makes the cluster if there is none.
pub async fn ensure_made(place: &Place, programs: &Programs, durability: Durability) -> Result<Origin> {
    let cluster = place.cluster();
    if cluster.join(COMPLETE).exists() {
        return Ok(Origin::Started);
    }
    ensure!(
        !cluster.exists(),
        "{} is not a complete cluster of ours: move it away, and the next start makes a new one",
        cluster.display()
    );
    make(place, programs, durability).await?;
    Ok(Origin::Created)
}

/// Works on a draft and renames it, so that a kill leaves no half cluster.
async fn make(place: &Place, programs: &Programs, durability: Durability) -> Result<()> {
    let draft = place.unfinished("cluster");
    place.account.make_private_folder(&draft).with_context(|| format!("cannot make {}", draft.display()))?;
    // macOS has no C.UTF-8; with the encoding given, C orders by bytes just so.
    if initdb(place, programs, &draft, durability, "C.UTF-8").await.is_err() {
        initdb(place, programs, &draft, durability, "C").await?;
    }
    File::create(draft.join(COMPLETE))?.sync_all()?;
    File::open(&draft)?.sync_all()?;
    fs::rename(&draft, place.cluster())?;
    File::open(&place.folder)?.sync_all()?;
    Ok(())
}

/// Runs initdb, which empties the folder again when it fails. Whoever reaches
/// the socket is trusted: its folder lets nobody else in.
async fn initdb(place: &Place, programs: &Programs, draft: &Path, durability: Durability, locale: &str) -> Result<()> {
    let mut command = place.account.command(&programs.initdb(), draft);
    command
        .arg("--pgdata")
        .arg(draft)
        .args(["--username", socket::ROLE, "--auth", "trust"])
        .args(["--encoding", "UTF8", "--locale", locale])
        .args(["--data-checksums", "--no-instructions"]);
    if durability == Durability::None {
        command.arg("--no-sync");
    }
    let answer = Command::from(command)
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {}", programs.initdb().display()))?;
    ensure!(
        answer.status.success(),
        "initdb failed as user {}:\n{}",
        place.account.name(),
        String::from_utf8_lossy(&answer.stderr).trim()
    );
    Ok(())
}

/// Ends a Postgres that a killed process of ours left on the cluster: we can
/// watch over our own child only. The caller holds the lock, so nobody uses it.
pub async fn end_leftover(cluster: &Path) -> Result<()> {
    let begun = Instant::now();
    let mut told = false;
    while let Some(pid) = running(cluster) {
        // The pid file may be old and the number somebody else's by now: only
        // who listens on the cluster's socket is told to end.
        if !told && listens(cluster, pid).await {
            tracing::warn!("a Postgres was left running (process {pid}): ending it");
            kill(pid, Signal::SIGINT)?;
            told = true;
        }
        if begun.elapsed() > PATIENCE {
            if told {
                kill(pid, Signal::SIGQUIT)?;
            }
            // What still runs now makes the start fail, and Postgres says why.
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn listens(cluster: &Path, pid: Pid) -> bool {
    match socket::of_running(cluster) {
        Some(folder) => socket::listener(&folder).await == Some(pid),
        None => false,
    }
}

/// The process that the pid file names, unless that number is nobody's or
/// another's by now.
fn running(cluster: &Path) -> Option<Pid> {
    let notes = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = Pid::from_raw(notes.lines().next()?.trim().parse().ok()?);
    (kill(pid, None).is_ok() && !works_elsewhere(pid, cluster)).then_some(pid)
}

/// Postgres works in the folder of its cluster, and Linux tells which one a
/// process works in. A container that was killed often finds its old numbers in
/// use, and should not wait for their owners.
fn works_elsewhere(pid: Pid, cluster: &Path) -> bool {
    cfg!(target_os = "linux") && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder != cluster)
}
