//! The Unix socket: the only way to the private Postgres, in a folder that
//! nobody else may enter.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::net::UnixStream;

use super::place::Place;

/// The role that initdb makes and everything of ours uses.
pub const ROLE: &str = "second_story";
const PORT: u16 = 5432;
const FILE: &str = ".s.PGSQL.5432";
/// The address of a socket holds 103 bytes on macOS and 107 on Linux.
const LONGEST: usize = 103;

/// The folder of the socket: in the place, or under a short name in the temp
/// folder where that path is longer than a socket's may be.
pub fn folder_for(place: &Path) -> PathBuf {
    let beside = place.join("run");
    if beside.join(FILE).as_os_str().len() <= LONGEST {
        return beside;
    }
    let hash = HEXLOWER.encode(&Sha256::digest(place.as_os_str().as_encoded_bytes())[..8]);
    std::env::temp_dir().join(format!("second-story-{hash}"))
}

/// Makes the folder, or finds it as it was made.
pub fn make_folder(place: &Place) -> Result<PathBuf> {
    let folder = folder_for(&place.folder);
    match place.account.make_private_folder(&folder) {
        Ok(()) => Ok(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !place.account.owns_privately(&folder) {
                bail!(
                    "{} must be a folder of the user {} alone (mode 0700): remove it and start again",
                    folder.display(),
                    place.account.name()
                );
            }
            Ok(folder)
        }
        Err(error) => Err(error).with_context(|| format!("cannot make {}", folder.display())),
    }
}

/// The folder of the socket of whatever runs on a cluster: Postgres notes it in
/// the fifth line of its pid file.
pub fn of_running(cluster: &Path) -> Option<PathBuf> {
    let notes = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    notes.lines().nth(4).filter(|line| !line.is_empty()).map(PathBuf::from)
}

/// The process that listens, according to the system.
pub async fn listener(folder: &Path) -> Option<Pid> {
    let stream = UnixStream::connect(folder.join(FILE)).await.ok()?;
    stream.peer_cred().ok()?.pid().map(Pid::from_raw)
}

/// How to connect; nothing but the database is left to choose.
pub fn connect_options(folder: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .port(PORT)
        .username(ROLE)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

/// A connection for looking after the server itself.
pub async fn connect(socket_folder: &Path) -> Result<PgConnection> {
    let options = connect_options(socket_folder, "postgres").disable_statement_logging();
    let connecting = PgConnection::connect_with(&options);
    Ok(tokio::time::timeout(Duration::from_secs(5), connecting).await??)
}

/// The server's version: 15.18 of `15.18 (Debian 15.18-0+deb12u1)`: its first word.
pub async fn version(socket_folder: &Path) -> Result<String> {
    let mut connection = connect(socket_folder).await?;
    let said: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(said.split(' ').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_makes_way_for_a_short_one() {
        let short = Path::new("/data/postgres");
        assert_eq!(folder_for(short), short.join("run"));

        let long = Path::new("/").join("deep/".repeat(30));
        let folder = folder_for(&long);
        assert!(folder.starts_with(std::env::temp_dir()));
        assert_eq!(folder, folder_for(&long), "the same at every start");
        assert_ne!(folder, folder_for(&long.join("other")));
    }
}
