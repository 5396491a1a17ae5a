//! Where the cluster lies: in the data folder, unless the account that runs
//! Postgres cannot enter that.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use nix::unistd::geteuid;
use uuid::Uuid;

use super::account::Account;

/// A file in the data folder that names the place, when it is elsewhere.
const RECORD: &str = "postgres-lies-in";
const ELSEWHERE: &str = "/var/lib/second-story";
const UNFINISHED: &str = ".unfinished-";

/// A settled place. In its folder lie the cluster, the log, usually the socket,
/// and programs that were fetched.
#[derive(Debug, Clone)]
pub struct Place {
    /// Absolute, as every path of this module.
    pub data_dir: PathBuf,
    pub folder: PathBuf,
    pub account: Account,
}

/// The data folder as an absolute path, made if there is none.
pub fn make_data_dir(given: &Path) -> Result<PathBuf> {
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(given)
        .and_then(|()| fs::canonicalize(given))
        .with_context(|| format!("DATA_DIR: cannot make the folder {}", given.display()))
}

/// Where the cluster of a data folder lies, as far as is known without settling it.
pub fn known_folder(data_dir: &Path) -> Result<PathBuf> {
    Ok(recorded(data_dir)?.unwrap_or_else(|| data_dir.join("postgres")))
}

impl Place {
    /// Settles the place for good. The caller holds the lock of the data folder.
    pub fn settle(data_dir: PathBuf) -> Result<Self> {
        let known = known_folder(&data_dir)?;
        let account = Account::for_cluster(&cluster_in(&known))?;
        let folder = if recorded(&data_dir)?.is_some() || account.can_enter(&data_dir) {
            known
        } else {
            ensure!(
                !cluster_in(&known).exists(),
                "the user {} cannot enter {} any more, where its database lies: open the folders \
                 on the way with chmod a+x",
                account.name(),
                known.display()
            );
            choose_elsewhere(&data_dir, &account)?
        };
        make_passage(&folder, &account)?;
        ensure!(
            account.can_enter(&folder),
            "the user {} runs Postgres and cannot enter {}: open the folders on the way with \
             chmod a+x",
            account.name(),
            folder.display()
        );
        Ok(Self { data_dir, folder, account })
    }

    pub fn cluster(&self) -> PathBuf {
        cluster_in(&self.folder)
    }

    pub fn is_elsewhere(&self) -> bool {
        !self.folder.starts_with(&self.data_dir)
    }

    /// A name for something that gets its real name by a rename once it is
    /// complete. Never used twice: what a killed process left running must not
    /// write into its successor's work.
    pub fn unfinished(&self, name: &str) -> PathBuf {
        let unique = Uuid::new_v4().simple();
        self.folder.join(format!("{name}{UNFINISHED}{unique}"))
    }

    /// Removes what killed processes left behind.
    pub fn clear_unfinished(&self) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().contains(UNFINISHED)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!("cannot remove {}: {error}", entry.path().display());
            }
        }
        Ok(())
    }
}

/// The cluster in the folder of a place.
pub fn cluster_in(folder: &Path) -> PathBuf {
    folder.join("cluster")
}

fn recorded(data_dir: &Path) -> Result<Option<PathBuf>> {
    let record = data_dir.join(RECORD);
    let folder = match fs::read_to_string(&record) {
        Ok(text) => PathBuf::from(text.trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(format!("cannot read {}", record.display())),
    };
    // Beginning anew without a word would look like a loss of everything.
    ensure!(
        folder.is_dir(),
        "the file {} says that the database lies in {}, which does not exist: bring that folder \
         back, or remove the file to begin with an empty database",
        record.display(),
        folder.display()
    );
    Ok(Some(folder))
}

/// Makes a folder under /var/lib and records it. The name is unique, so that a
/// data folder that was deleted and made again begins empty.
fn choose_elsewhere(data_dir: &Path, account: &Account) -> Result<PathBuf> {
    let name = data_dir.file_name().unwrap_or_default().to_string_lossy();
    let unique = Uuid::new_v4().simple().to_string();
    let folder = Path::new(ELSEWHERE).join(format!("{name}-{}", &unique[..8]));
    make_passage(Path::new(ELSEWHERE), account)?;
    make_passage(&folder, account)?;
    // The record appears complete or not at all.
    let draft = data_dir.join(format!("{RECORD}.new"));
    fs::write(&draft, format!("{}\n", folder.display()))?;
    fs::rename(&draft, data_dir.join(RECORD))?;
    Ok(folder)
}

/// Makes a folder of ours through which the account can pass, whatever the
/// umask. One that exists stays as its owner wants it.
fn make_passage(folder: &Path, account: &Account) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(account.passage())))
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}
