//! The Postgres programs, `postgres` and `initdb`: the first that fit.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};

use super::{account::Account, candidates, cluster, fetch, not_found::NotFound, place::Place};
use crate::config::{Fetch, PrivatePostgres};

const OLDEST: u32 = 15;

/// A folder that holds `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    pub fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }
}

/// What we look for: programs that this account can run, and for a cluster that
/// exists of the version that made it.
#[derive(Debug)]
struct Wanted<'a> {
    account: &'a Account,
    major: Option<u32>,
}

/// The programs of this machine, else those that may be fetched.
pub async fn find(settings: &PrivatePostgres, place: &Place) -> Result<Programs> {
    let wanted = Wanted { account: &place.account, major: cluster::major(&place.cluster())? };
    if let Some(folder) = &settings.pg_bin {
        return named(folder, &wanted);
    }
    let fetched = fetch::programs_in(&place.folder);
    let mut nothing = match search(fetched.clone(), &wanted) {
        Ok(programs) => return Ok(programs),
        Err(nothing) => nothing,
    };
    if wanted.major.is_some_and(|major| major != fetch::MAJOR) {
        return Err(nothing.into());
    }
    if let Err(failure) = fetch_if_allowed(settings.pg_fetch, place).await {
        nothing.looked.push(format!("{}: {failure:#}", fetch::WHAT));
        return Err(nothing.into());
    }
    probe(&fetched, &wanted).map_err(|wrong| anyhow!("what was fetched cannot be used: {wrong}"))
}

async fn fetch_if_allowed(pg_fetch: Fetch, place: &Place) -> Result<()> {
    if pg_fetch == Fetch::Never {
        bail!("not asked, since PG_FETCH=never");
    }
    fetch::fetch(place).await.context("the fetch failed")
}

/// The programs in the folder that `PG_BIN` names.
fn named(folder: &Path, wanted: &Wanted) -> Result<Programs> {
    let folder = std::path::absolute(folder)?;
    match probe(&folder, wanted) {
        Ok(programs) => Ok(programs),
        Err(wrong) => bail!(
            "PG_BIN: {} cannot be used: {wrong}. Name a folder that holds postgres and initdb{}, or \
             leave PG_BIN out to search this machine",
            folder.display(),
            match wanted.major {
                Some(major) => format!(" of version {major}, which made the data"),
                None => format!(", version {OLDEST} or newer"),
            }
        ),
    }
}

/// The first fitting programs of this machine; a copy fetched before goes first.
fn search(fetched: PathBuf, wanted: &Wanted) -> Result<Programs, NotFound> {
    let mut folders = vec![fetched];
    folders.extend(candidates::candidates());
    first_fitting(folders, |folder| probe(folder, wanted)).map_err(|looked| NotFound { major: wanted.major, looked })
}

fn first_fitting(
    folders: Vec<PathBuf>,
    probe: impl Fn(&Path) -> Result<Programs, String>,
) -> Result<Programs, Vec<String>> {
    let mut seen = HashSet::new();
    let mut looked = Vec::new();
    for folder in folders {
        if !seen.insert(folder.clone()) {
            continue;
        }
        match probe(&folder) {
            Ok(programs) => return Ok(programs),
            Err(wrong) => looked.push(format!("{}: {wrong}", folder.display())),
        }
    }
    Err(looked)
}

/// Looks at one folder; the error is what is wrong with it.
fn probe(folder: &Path, wanted: &Wanted) -> Result<Programs, String> {
    let postgres = folder.join("postgres");
    if !postgres.is_file() || !folder.join("initdb").is_file() {
        return Err("no postgres+initdb".into());
    }
    let answer = wanted
        .account
        .command(&postgres, Path::new("/"))
        .arg("--version")
        .output()
        .map_err(|error| format!("{} cannot run it ({error})", wanted.account.name()))?;
    let said = String::from_utf8_lossy(&answer.stdout);
    let Some(major) = major_version(&said) else {
        let complaint = String::from_utf8_lossy(&answer.stderr);
        return Err(format!("does not run: {}", complaint.trim()));
    };
    if major < OLDEST || wanted.major.is_some_and(|wanted| wanted != major) {
        return Err(format!("is version {major}"));
    }
    Ok(Programs { folder: folder.to_path_buf() })
}

/// 15 of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_version(said: &str) -> Option<u32> {
    let version = said.trim().strip_prefix("postgres (PostgreSQL) ")?;
    candidates::leading_number(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_every_packager() {
        for (said, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18.6\n", Some(18)),
            ("postgres (PostgreSQL) 19beta1\n", Some(19)),
            ("postgres (EnterpriseDB) 15.1\n", None),
            ("", None),
        ] {
            assert_eq!(major_version(said), major, "{said}");
        }
    }

    #[test]
    fn the_first_that_fits_is_taken_and_each_is_asked_once() {
        let folders = ["/a", "/a", "/b", "/c"].map(PathBuf::from).to_vec();
        let asked = std::cell::RefCell::new(vec![]);
        let found = first_fitting(folders, |folder| {
            asked.borrow_mut().push(folder.to_path_buf());
            if folder.ends_with("b") {
                return Ok(programs(folder));
            }
            Err("is version 13".into())
        });
        assert_eq!(found, Ok(programs(Path::new("/b"))));
        assert_eq!(asked.into_inner(), [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn where_nothing_fits_each_place_says_why() {
        let folders = vec!["/a".into(), "/b".into()];
        let found = first_fitting(folders, |_| Err("no postgres+initdb".into()));
        assert_eq!(found, Err(vec!["/a: no postgres+initdb".into(), "/b: no postgres+initdb".into()]));
    }

    #[test]
    fn a_wrong_pg_bin_is_named_with_what_is_wrong() {
        let wanted = Wanted { account: &Account::Ourselves, major: Some(18) };
        let error = named(Path::new("/nowhere"), &wanted).unwrap_err().to_string();
        assert!(error.starts_with("PG_BIN: /nowhere cannot be used: no postgres+initdb."));
        assert!(error.contains("of version 18, which made the data"));
    }

    fn programs(folder: &Path) -> Programs {
        Programs { folder: folder.to_path_buf() }
    }
}
