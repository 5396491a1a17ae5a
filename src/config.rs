//! Every setting, each a flag and an environment variable. This is the only
//! reader of the environment; `README.md` has the same table in words.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use sqlx::postgres::PgConnectOptions;
use url::Url;

/// Where the data is: what every command needs.
#[derive(Args, Debug, Clone)]
pub struct Database {
    /// A Postgres to use (15 or newer). Without it, a private one runs in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<PgConnectOptions>,
    /// What the private one needs.
    #[command(flatten)]
    pub private: PrivatePostgres,
}

/// Our own Postgres, used when no `DATABASE_URL` is set.
#[derive(Args, Debug, Clone)]
pub struct PrivatePostgres {
    /// The folder that holds everything this instance stores.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// A folder of Postgres programs (postgres, initdb), instead of searching for one.
    #[arg(long, env = "PG_BIN", global = true)]
    pub pg_bin: Option<PathBuf>,
    /// Whether Postgres may be fetched when this machine has none.
    #[arg(long, env = "PG_FETCH", default_value = "allowed", global = true)]
    pub pg_fetch: Fetch,
}

/// Whether the last resort, a pinned and hash-checked fetch, is allowed.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// Fetch when nothing else is found, and say so.
    Allowed,
    /// Never; explain what to install instead.
    Never,
}

/// What is logged.
#[derive(Args, Debug, Clone)]
pub struct Log {
    /// What is logged, to standard error: levels, or levels by part (`warn,second_story=debug`).
    #[arg(long, env = "RUST_LOG", default_value = "warn,second_story=info", global = true)]
    pub rust_log: String,
}

/// How the server is reached.
#[derive(Args, Debug, Clone)]
pub struct Web {
    /// The address to listen on.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:3000", global = true)]
    pub bind: SocketAddr,
    /// The address people open, when it differs from BIND (behind a proxy, say). With https, cookies are Secure.
    #[arg(long, env = "PUBLIC_URL", value_parser = origin, global = true)]
    pub public_url: Option<Url>,
    /// Addresses of proxies whose X-Forwarded-For is believed, separated by commas.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
}

/// An instance that a command writes to as a program does.
#[derive(Args, Debug, Clone)]
pub struct Remote {
    /// Where the instance is.
    #[arg(long, default_value = "http://127.0.0.1:3000", value_parser = origin)]
    pub url: Url,
    /// A token of the instance that may write.
    #[arg(long, env = "SECOND_STORY_TOKEN", hide_env_values = true)]
    pub token: String,
}

impl Web {
    /// Whether browsers reach it by https: then cookies are Secure.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// With the port that was really bound, where BIND asked for any.
    #[must_use]
    pub fn bound_to(self, bind: SocketAddr) -> Self {
        Self { bind, ..self }
    }

    /// The full address of a path of ours, for people to open.
    pub fn url(&self, path: &str) -> String {
        match &self.public_url {
            Some(url) => format!("{}{path}", url.origin().ascii_serialization()),
            None if self.bind.ip().is_unspecified() => {
                format!("http://localhost:{}{path}", self.bind.port())
            }
            None => format!("http://{}{path}", self.bind),
        }
    }
}

/// An `http(s)://host[:port]` without path: cookies and links are made for a whole origin.
fn origin(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must start with http:// or https:// and name a host".into());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an origin alone, such as https://incidents.example.org".into());
    }
    Ok(url)
}
