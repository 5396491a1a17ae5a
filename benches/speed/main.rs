//! How fast the product is, measured against a floor: a bare axum, sqlx and
//! askama program that does the same work on the same Postgres, without
//! sessions, permissions and Markdown. Both run in turn, several rounds, so that
//! what else the machine does meets both. Ratios are what counts; absolute
//! figures are this machine's today.
//!
//! ```sh
//! cargo bench                      # everything, in minutes
//! cargo bench -- --quick           # one short round, to see that it works
//! cargo bench -- room entries      # only these
//! ```
//!
//! It is bounded in time and count and talks to nothing but this machine.

mod data;
mod duel;
mod entries;
mod floor;
mod http;
mod list;
mod load;
mod room;
mod servers;
mod sharing;
mod start;
mod stream;
mod table;
mod viewers;
mod wire;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use sqlx::postgres::PgConnectOptions;
use tokio::runtime;

use crate::servers::Ground;

#[derive(Parser)]
struct Arguments {
    /// Only these; all when none is named.
    sections: Vec<Section>,
    /// One short round, to see that it works.
    #[arg(long)]
    quick: bool,
    /// Serves the floor on a database: so this program starts it.
    #[arg(long, hide = true)]
    floor: Option<PgConnectOptions>,
    /// Cargo says so to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// The page of a room with 200 entries.
    Room,
    /// A page of the list, of 1,000 and of 100,000 incidents.
    List,
    /// Adding an entry.
    Entries,
    /// Live entries to many viewers.
    Stream,
    /// What a share link shows, and to many at once.
    Sharing,
    /// From the start to the first page.
    Start,
    /// What a browser fetches for its first room.
    Wire,
}

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often everything is measured.
    pub rounds: usize,
    /// How long each time.
    pub time: Duration,
    /// How many viewers are tried.
    pub viewers: &'static [usize],
    /// How many incidents the small and the large instance hold.
    pub incidents: [i64; 2],
}

const FULL: Effort =
    Effort { rounds: 7, time: Duration::from_secs(2), viewers: &[100, 1_000, 10_000], incidents: [1_000, 100_000] };
const QUICK: Effort =
    Effort { rounds: 1, time: Duration::from_millis(500), viewers: &[100], incidents: [1_000, 10_000] };

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(database) = arguments.floor {
        let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(floor::serve(database));
    }
    // One thread: the load should take as little as possible from who is measured.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&arguments))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let effort = if arguments.quick { QUICK } else { FULL };
    let wants = |section| arguments.sections.is_empty() || arguments.sections.contains(&section);
    let ground = Ground::prepare(effort).await?;
    println!("{}\n", ground.describe());
    let measured = async {
        if wants(Section::Room) {
            room::measure(&ground, effort).await?;
        }
        if wants(Section::List) {
            list::measure(&ground, effort).await?;
        }
        if wants(Section::Entries) {
            entries::measure(&ground, effort).await?;
        }
        if wants(Section::Stream) {
            stream::measure(&ground, effort).await?;
        }
        if wants(Section::Sharing) {
            sharing::measure(&ground, effort).await?;
        }
        if wants(Section::Start) {
            start::measure(&ground, effort).await?;
        }
        if wants(Section::Wire) {
            wire::measure(&ground).await?;
        }
        anyhow::Ok(())
    };
    let measured = measured.await;
    ground.remove().await?;
    measured
}
