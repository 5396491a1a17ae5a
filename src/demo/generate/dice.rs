//! Chance, from a seed: the same throws on every machine.

use chrono::Duration;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus, seq::IndexedRandom};
use rand_distr::{Distribution, LogNormal};

/// What chance is drawn from.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// True so often: 0 is never, 1 is always.
    pub fn chance(&mut self, often: f64) -> bool {
        self.0.random_bool(often)
    }

    /// A number from 0 up to, not with, `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    /// A number between two.
    pub fn within(&mut self, least: u64, most: u64) -> i64 {
        self.0.random_range(least..=most).cast_signed()
    }

    /// A fraction between two.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        self.0.random_range(least..most)
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    /// One of several, each as often as its weight says.
    pub fn weighed<T: Copy>(&mut self, among: &[(T, u32)]) -> T {
        among.choose_weighted(&mut self.0, |(_, weight)| *weight).map_or(among[0].0, |(it, _)| *it)
    }

    /// A size as they are in life: half are below the median, a few far above.
    pub fn size(&mut self, median: f64, spread: f64) -> f64 {
        LogNormal::new(median.ln(), spread).map_or(median, |sizes| sizes.sample(&mut self.0))
    }

    /// A length of time, likewise.
    pub fn length(&mut self, median_minutes: f64, spread: f64) -> Duration {
        minutes(self.size(median_minutes, spread))
    }
}

/// So many minutes, to the millisecond.
pub fn minutes(minutes: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a millisecond is nothing")]
    let milliseconds = (minutes * 60_000.0) as i64;
    Duration::milliseconds(milliseconds)
}
