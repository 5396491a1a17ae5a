//! From the start to the first page: in an empty folder, where a database is
//! made first, and again in the same folder.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    Effort, http,
    http::Connection,
    servers::{Ground, Running},
    table::{self, Spread},
};

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    println!("## From the start to the first page\n");
    let (mut empty, mut again, mut floor) = (vec![], vec![], vec![]);
    for _ in 0..effort.rounds.min(3) {
        // Any user may enter it: Postgres runs as another one under root.
        let folder = std::env::temp_dir().join(format!("second-story-speed-{}", Uuid::now_v7().simple()));
        fs::create_dir_all(&folder)?;
        empty.push(start(&folder).await?);
        again.push(start(&folder).await?);
        fs::remove_dir_all(&folder)?;
        let begun = Instant::now();
        floor.push(first_page(ground.small.another_floor().await?, "/", begun).await?);
    }
    let row = |name: &str, times: &[Duration]| {
        vec![name.to_owned(), Spread::of(times.iter().map(Duration::as_secs_f64)).with_ends()]
    };
    let rows = [
        row("in an empty folder, its database made first", &empty),
        row("in the same folder again", &again),
        row("the floor, on a database that runs", &floor),
    ];
    table::print(&["start", "seconds, median (least–most)"], &rows);
    Ok(())
}

async fn start(folder: &Path) -> anyhow::Result<Duration> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_second-story"));
    command.arg("serve").env_remove("DATABASE_URL").env("DATA_DIR", folder);
    let begun = Instant::now();
    first_page(Running::start(command).await?, "/sign-in", begun).await
}

async fn first_page(server: Running, path: &str, begun: Instant) -> anyhow::Result<Duration> {
    let mut connection = Connection::open(server.address).await?;
    let answer = connection.ask(&http::get(path, "")).await?;
    ensure!(answer.status == 200, "{}", answer.head);
    let took = begun.elapsed();
    server.stop().await?;
    Ok(took)
}
