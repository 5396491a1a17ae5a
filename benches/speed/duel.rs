//! The product and the floor under the same load, in turn.

use std::time::Duration;

use crate::{
    Effort,
    load::{Load, Run},
    table::{Spread, ms},
};

/// How long a server runs before it is measured: its connections are made,
/// its statements prepared.
const WARM_UP: Duration = Duration::from_millis(300);

/// The same work on both sides, and what came of it.
pub struct Duel {
    work: String,
    product: Load,
    floor: Load,
    runs: Vec<[Run; 2]>,
}

impl Duel {
    /// Not yet fought.
    pub fn new(work: impl Into<String>, product: Load, floor: Load) -> Self {
        Self { work: work.into(), product, floor, runs: Vec::new() }
    }

    /// How much faster the product was than the floor, round by round.
    pub fn ratio(&self) -> Spread {
        Spread::of(self.runs.iter().map(|[product, floor]| product.rate / floor.rate))
    }

    /// How much longer both took here than in another duel: product, floor.
    pub fn against(&self, other: &Self) -> [Spread; 2] {
        [0, 1].map(|side| {
            Spread::of(self.runs.iter().zip(&other.runs).map(|(here, there)| there[side].rate / here[side].rate))
        })
    }

    /// Its row in a table.
    pub fn row(&self) -> Vec<String> {
        let median = |side: usize, of: fn(&Run) -> f64| Spread::of(self.runs.iter().map(|it| of(&it[side]))).median();
        let rate = |side| format!("{:.0}", median(side, |run| run.rate));
        let times = |side| format!("{:.1} / {:.1}", median(side, |run| ms(run.p50)), median(side, |run| ms(run.p99)));
        vec![self.work.clone(), rate(0), rate(1), self.ratio().with_ends(), times(0), times(1)]
    }
}

/// The heads of a table of duels.
pub const HEADS: [&str; 6] =
    ["work", "requests/s", "floor", "ratio, median (least–most)", "p50 / p99 ms", "floor, p50 / p99 ms"];

/// Fights them all, every round one run of every side.
pub async fn fight(duels: &mut [Duel], effort: Effort) -> anyhow::Result<()> {
    for duel in &mut *duels {
        duel.product.run(WARM_UP).await?;
        duel.floor.run(WARM_UP).await?;
    }
    for _ in 0..effort.rounds {
        for duel in &mut *duels {
            let run = [duel.product.run(effort.time).await?, duel.floor.run(effort.time).await?];
            duel.runs.push(run);
        }
    }
    Ok(())
}
