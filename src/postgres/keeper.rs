//! The thread that keeps Postgres alive.
//!
//! It alone starts, watches and signals the process, so nobody else has to know
//! its number. It is a thread of its own because on Linux the child is told to
//! end when the thread that started it ends.

use std::{
    process::Child,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};

use super::{
    lock::Lock,
    postmaster::{self, Postmaster},
};

/// How soon a death is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps Postgres alive until it is stopped or dropped. The locks are held until
/// Postgres has really ended.
#[derive(Debug)]
pub struct Keeper {
    /// Nothing is ever sent: the thread stops when this is dropped.
    alive: Sender<()>,
    thread: JoinHandle<()>,
}

/// Told how Postgres ended, for as long as somebody waits for its start; after
/// that deaths are logged.
pub type Deaths = Receiver<String>;

impl Keeper {
    /// Starts the thread, and it Postgres.
    pub fn begin(postmaster: Postmaster, locks: Vec<Lock>) -> Result<(Self, Deaths)> {
        let (alive, owner) = mpsc::channel();
        let (tell, deaths) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("postgres keeper".into())
            .spawn(move || {
                keep(&postmaster, &owner, &tell);
                drop(locks);
            })
            .context("cannot start a thread")?;
        Ok((Self { alive, thread }, deaths))
    }

    /// Stops Postgres and returns when it has ended.
    pub async fn stop(self) -> Result<()> {
        drop(self.alive);
        tokio::task::spawn_blocking(|| self.thread.join())
            .await?
            .map_err(|_| anyhow!("the thread that keeps PostgreSQL panicked"))
    }
}

fn keep(postmaster: &Postmaster, owner: &Receiver<()>, tell: &Sender<String>) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let begun = Instant::now();
        let ended = match postmaster.spawn() {
            Ok(mut child) => match watch(&mut child, owner) {
                Some(ended) => ended,
                None => return postmaster::shut_down(child),
            },
            Err(error) => format!("cannot start {}: {error}", postmaster.program.display()),
        };
        report(&ended, postmaster, tell);
        if begun.elapsed() > LONGEST_PAUSE {
            pause = SHORTEST_PAUSE;
        }
        // Connections of the dead one may hold its shared memory for a moment.
        if owner_left_within(owner, pause) {
            return;
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Waits until the process ends, and says how; none when the owner left first.
fn watch(child: &mut Child, owner: &Receiver<()>) -> Option<String> {
    loop {
        if owner_left_within(owner, LOOK_EVERY) {
            return None;
        }
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Some(format!("PostgreSQL ended ({status})")),
            Err(error) => return Some(format!("cannot watch PostgreSQL: {error}")),
        }
    }
}

fn owner_left_within(owner: &Receiver<()>, time: Duration) -> bool {
    owner.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
}

fn report(ended: &str, postmaster: &Postmaster, tell: &Sender<String>) {
    let told = tell.send(format!("{ended}. {}", postmaster.last_words()));
    if told.is_err() {
        let log = postmaster.log_path();
        tracing::error!("{ended} though nobody asked it to; starting it again. Its log is {}", log.display());
    }
}
