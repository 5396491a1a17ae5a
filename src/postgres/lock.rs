//! One process owns a data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// A process that was killed a moment ago may not have let go yet.
const LETS_GO_WITHIN: Duration = Duration::from_secs(2);

/// Held as long as this lives. The system frees it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What came of asking for the lock.
pub enum Attempt {
    Ours(Lock),
    /// Held by another, with its process id where it has already written it.
    Theirs(Option<u32>),
}

/// Takes the lock of a folder, unless another keeps it.
pub async fn take(folder: &Path) -> Result<Attempt> {
    let begun = Instant::now();
    loop {
        let attempt = try_take(folder)?;
        if matches!(attempt, Attempt::Ours(_)) || begun.elapsed() > LETS_GO_WITHIN {
            return Ok(attempt);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes the lock of a folder if it is free.
pub fn try_take(folder: &Path) -> Result<Attempt> {
    let path = folder.join("lock");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open the lock file {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(Attempt::Ours(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            Ok(Attempt::Theirs(holder.trim().parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
