//! The account of this machine that runs Postgres.

use std::{
    fs, io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, ensure};
use nix::unistd::{Gid, Uid, User, geteuid};

/// Postgres refuses to run as root, so root hands it to another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Ourselves,
    Other { name: String, uid: Uid, gid: Gid },
}

impl Account {
    /// Whoever owns the cluster; for a new one ourselves, or where we are root
    /// `postgres`, else `nobody`.
    pub fn for_cluster(cluster: &Path) -> Result<Self> {
        match (owner(cluster)?, geteuid().is_root()) {
            (None, false) => Ok(Self::Ourselves),
            (None, true) => Self::service(),
            (Some((uid, _)), false) => {
                ensure!(
                    uid == geteuid(),
                    "{} belongs to {}: start as that user, or as root",
                    cluster.display(),
                    name_of(uid)
                );
                Ok(Self::Ourselves)
            }
            (Some((uid, _)), true) if uid.is_root() => Err(anyhow!(
                "{} belongs to root, and Postgres does not run as root: give it to the user \
                 postgres with chown -R",
                cluster.display()
            )),
            (Some((uid, gid)), true) => Ok(Self::Other { name: name_of(uid), uid, gid }),
        }
    }

    fn service() -> Result<Self> {
        for name in ["postgres", "nobody"] {
            if let Some(User { name, uid, gid, .. }) = User::from_name(name)? {
                return Ok(Self::Other { name, uid, gid });
            }
        }
        Err(anyhow!(
            "Postgres does not run as root, and this machine has neither a user postgres nor a \
             user nobody: start as another user, or set DATABASE_URL"
        ))
    }

    /// A command that runs as this account, in a folder it must be able to
    /// enter, and knows nothing of our environment.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")])
            .stdin(Stdio::null());
        if let Self::Other { uid, gid, .. } = self {
            // The standard library also drops the groups of root.
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Asked by trying, since mode bits are not all that decides.
    pub fn can_enter(&self, folder: &Path) -> bool {
        *self == Self::Ourselves
            || self
                .command(Path::new("/bin/sh"), folder)
                .args(["-c", ":"])
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Makes a folder that this account alone may read.
    pub fn make_private_folder(&self, folder: &Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o700).create(folder)?;
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid, .. } => chown(folder, Some(uid.as_raw()), Some(gid.as_raw())),
        }
    }

    /// Whether a path is a folder that this account alone may read: in a shared
    /// temp folder somebody else may have been there first.
    pub fn owns_privately(&self, folder: &Path) -> bool {
        let uid = match self {
            Self::Ourselves => geteuid(),
            Self::Other { uid, .. } => *uid,
        };
        fs::symlink_metadata(folder)
            .is_ok_and(|it| it.is_dir() && it.uid() == uid.as_raw() && it.mode() & 0o777 == 0o700)
    }

    /// The mode of a folder on the way to the cluster: another account passes
    /// through it without listing it.
    pub fn passage(&self) -> u32 {
        match self {
            Self::Ourselves => 0o700,
            Self::Other { .. } => 0o711,
        }
    }

    /// For messages.
    pub fn name(&self) -> String {
        match self {
            Self::Ourselves => name_of(geteuid()),
            Self::Other { name, .. } => name.clone(),
        }
    }
}

fn owner(path: &Path) -> Result<Option<(Uid, Gid)>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some((Uid::from_raw(found.uid()), Gid::from_raw(found.gid())))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
}

fn name_of(uid: Uid) -> String {
    match User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        _ => format!("user {uid}"),
    }
}
