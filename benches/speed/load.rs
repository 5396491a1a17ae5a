//! Load: some connections that ask for a while, each as soon as it was answered.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::task::JoinSet;

use crate::{http::Connection, table::share};

/// Who is asked what.
#[derive(Clone)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// How many connections ask at the same time.
    pub connections: usize,
    /// What the next request of a connection is.
    pub request: Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>,
    /// The status that every answer must have.
    pub status: u16,
}

/// What one run came to.
#[derive(Debug, Clone)]
pub struct Run {
    /// Answers a second.
    pub rate: f64,
    /// The median time to an answer.
    pub p50: Duration,
    /// The time within which 99 of 100 were answered.
    pub p99: Duration,
}

impl Load {
    /// Asks for a while.
    pub async fn run(&self, time: Duration) -> anyhow::Result<Run> {
        let mut asking = JoinSet::new();
        let begun = Instant::now();
        for number in 0..self.connections {
            asking.spawn(ask(self.clone(), number, begun + time));
        }
        let mut times = Vec::new();
        while let Some(asked) = asking.join_next().await {
            times.append(&mut asked??);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        times.sort_unstable();
        Ok(Run { rate, p50: share(&times, 50), p99: share(&times, 99) })
    }
}

async fn ask(load: Load, number: usize, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(load.address).await?;
    let mut times = Vec::with_capacity(16 * 1024);
    while Instant::now() < end {
        let request = (load.request)(number);
        let asked = Instant::now();
        let answer = connection.ask(&request).await?;
        ensure!(answer.status == load.status, "{} was expected:\n{}", load.status, answer.head);
        times.push(asked.elapsed());
    }
    Ok(times)
}
