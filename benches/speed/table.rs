//! Figures and tables, in Markdown, as they stand in the README.

use std::time::Duration;

/// Some figures of the same thing, one a round.
pub struct Spread(Vec<f64>);

impl Spread {
    /// Of these figures.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The median with the least and the most.
    pub fn with_ends(&self) -> String {
        match &self.0[..] {
            [] => "–".into(),
            [only] => format!("{only:.2}"),
            [least, .., most] => format!("{:.2} ({least:.2}–{most:.2})", self.median()),
        }
    }
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The time within which so many of a hundred lie; the times are sorted.
pub fn share(times: &[Duration], hundredths: usize) -> Duration {
    let at = times.len() * hundredths / 100;
    times.get(at.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Prints a table.
pub fn print(heads: &[&str], rows: &[Vec<String>]) {
    println!("| {} |", heads.join(" | "));
    println!("|{}", "---|".repeat(heads.len()));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
    println!();
}
