//! What is said when this machine has no Postgres for us: how to get one.

use std::fmt;

/// Nothing fits, and why, place by place.
#[derive(Debug)]
pub struct NotFound {
    pub major: Option<u32>,
    pub looked: Vec<String>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.major {
            None => f.write_str(NOTHING)?,
            Some(major) => write!(
                f,
                "No database: the data was made by PostgreSQL {major}, and no server programs \
                 (postgres, initdb) of version {major} were found on this machine.\n\n\
                 Install PostgreSQL {major}, or name a folder that holds it: PG_BIN=/path/to/bin"
            )?,
        }
        write!(f, "\n\nLooked in:")?;
        for place in &self.looked {
            write!(f, "\n  {place}")?;
        }
        Ok(())
    }
}

impl std::error::Error for NotFound {}

const NOTHING: &str = "\
No database: DATABASE_URL is not set and no PostgreSQL server programs (postgres, initdb; version 15 or newer) were found on this machine.

Do one of these, then start again:
  * install PostgreSQL (Second Story starts and stops its own private copy, nothing else to set up):
      Debian, Ubuntu:  sudo apt-get install postgresql
      Fedora, RHEL:    sudo dnf install postgresql-server
      Alpine:          sudo apk add postgresql
      Arch:            sudo pacman -S postgresql
      macOS:           brew install postgresql@17
  * or name a folder that holds them:     PG_BIN=/path/to/bin
  * or use a database you already have:   DATABASE_URL=postgres://user:password@host/dbname
  * or start everything in containers:    docker compose up";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_to_do_and_where_it_looked() {
        let text = NotFound { major: None, looked: vec!["/usr/bin: no postgres+initdb".into()] }.to_string();
        assert!(text.starts_with("No database: DATABASE_URL is not set and no PostgreSQL server"));
        assert!(text.contains("\n      Debian, Ubuntu:  sudo apt-get install postgresql\n"));
        assert!(text.contains("\n  * or name a folder that holds them:     PG_BIN=/path/to/bin\n"));
        assert!(text.ends_with("\n\nLooked in:\n  /usr/bin: no postgres+initdb"));
    }

    #[test]
    fn names_the_version_that_made_the_data() {
        let text = NotFound { major: Some(18), looked: vec![] }.to_string();
        assert!(text.starts_with("No database: the data was made by PostgreSQL 18,"));
        assert!(text.contains("PG_BIN=/path/to/bin"));
    }
}
