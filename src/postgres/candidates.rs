//! Where on a machine the Postgres programs may be.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Folders worth a look, the likeliest first.
pub fn candidates() -> Vec<PathBuf> {
    let mut folders = on_path(&std::env::var_os("PATH").unwrap_or_default());
    folders.extend(told_by_pg_config());
    folders.extend(usual());
    folders
}

/// Folders of PATH. Links are followed, for `postgres` often lies beside the
/// real `initdb` only.
fn on_path(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf))
        .collect()
}

fn told_by_pg_config() -> Option<PathBuf> {
    let answer = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(answer.stdout).ok()?;
    answer.status.success().then(|| folder.trim().into())
}

/// Where packages put them, the newest version of each first.
fn usual() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
        ("/usr", "pgsql-", "bin"),                   // RPMs of postgresql.org
        ("/usr/libexec", "postgresql", ""),          // Alpine
        ("/usr/lib", "postgresql", "bin"),           // SUSE
        ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew
        ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        folders.extend(numbered(Path::new(parent), prefix, below));
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/bin"].map(PathBuf::from));
    folders
}

/// `parent/prefixN/below` for every N there is, the greatest first.
fn numbered(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = leading_number(name.strip_prefix(prefix)?)?;
            Some((number, entry.path().join(below)))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// 17 of `17.2`, `17-beta` and `17`.
pub fn leading_number(text: &str) -> Option<u32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of folders, removed with the value.
    struct Shelf(PathBuf);

    impl Shelf {
        fn with(names: &[&str]) -> Self {
            let shelf = std::env::temp_dir().join(format!("shelf-{}", uuid::Uuid::new_v4()));
            for name in names {
                fs::create_dir_all(shelf.join(name)).unwrap();
            }
            Self(shelf)
        }
    }

    impl Drop for Shelf {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_newest_of_several_versions_goes_first() {
        let shelf = Shelf::with(&["9.6", "15", "17", "common"]);
        let found = numbered(&shelf.0, "", "bin");
        let expected = ["17/bin", "15/bin", "9.6/bin"].map(|below| shelf.0.join(below));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_prefix_leaves_out_other_folders() {
        let shelf = Shelf::with(&["pgsql-16", "pgsql-extras", "python3"]);
        let found = numbered(&shelf.0, "pgsql-", "bin");
        assert_eq!(found, [shelf.0.join("pgsql-16/bin")]);
    }

    #[test]
    fn links_on_path_lead_to_the_real_folder() {
        let shelf = Shelf::with(&["real", "links"]);
        fs::write(shelf.0.join("real/initdb"), "").unwrap();
        std::os::unix::fs::symlink(shelf.0.join("real/initdb"), shelf.0.join("links/initdb")).unwrap();
        let real = fs::canonicalize(shelf.0.join("real")).unwrap();
        assert_eq!(on_path(shelf.0.join("links").as_os_str()), [real]);
    }
}
