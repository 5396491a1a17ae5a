//! The stretch of time that is drawn, and the ways to another one.

use chrono::{DateTime, Duration, Utc};

use crate::web::time;

/// The shortest stretch that is drawn.
const SHORTEST: Duration = Duration::minutes(1);

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: DateTime<Utc>,
    /// Its end, at least a minute later.
    pub to: DateTime<Utc>,
}

/// A way to another stretch; none where it would lead nowhere new.
#[derive(Debug)]
pub struct Way {
    /// What the link says.
    pub label: &'static str,
    /// Where it leads.
    pub query: Option<String>,
}

impl Window {
    /// From one time to another, and at least a minute.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to: to.max(from + SHORTEST) }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.to - self.from
    }

    /// Whether a moment lies in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// What of a stretch lies in it. One without an end goes on.
    pub fn clip(&self, since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = (since.max(self.from), until.unwrap_or(self.to).min(self.to));
        (from <= to).then_some((from, to))
    }

    /// The part of `whole` that was asked for.
    ///
    /// Errors: it ends before it begins, or has nothing of the whole.
    pub fn within(whole: Self, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Self, &'static str> {
        let (from, to) = (from.unwrap_or(whole.from), to.unwrap_or(whole.to));
        if from >= to {
            return Err("The end must lie after the beginning.");
        }
        if to <= whole.from || from >= whole.to {
            return Err("Nothing happened between these times.");
        }
        Ok(Self::new(from, to).inside(whole))
    }

    /// Moved, and where it must be shortened, so that it lies in `whole`.
    fn inside(self, whole: Self) -> Self {
        let length = self.length().min(whole.length());
        let from = self.from.max(whole.from).min(whole.to - length);
        Self { from, to: from + length }
    }

    /// The part of an address that asks for it.
    pub fn query(&self) -> String {
        format!("?from={}&to={}", time::exact(self.from), time::exact(self.to))
    }

    /// The ways from here, always the same ones in the same order.
    pub fn ways(self, whole: Self) -> Vec<Way> {
        let hour = Duration::hours(1).min(whole.length());
        let half = self.length() / 2;
        let margin = (self.length() - half.max(SHORTEST)) / 2;
        let way = |label, to: Self| {
            let to = to.inside(whole);
            let query = if to == whole { "?".into() } else { to.query() };
            Way { label, query: (to != self).then_some(query) }
        };
        vec![
            way("Whole", whole),
            way("First hour", Self { from: whole.from, to: whole.from + hour }),
            way("Last hour", Self { from: whole.to - hour, to: whole.to }),
            way("Earlier", Self { from: self.from - half, to: self.to - half }),
            way("Later", Self { from: self.from + half, to: self.to + half }),
            way("In", Self { from: self.from + margin, to: self.to - margin }),
            way("Out", Self { from: self.from - half, to: self.to + half }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minute)
    }

    fn window(from: i64, to: i64) -> Window {
        Window { from: minute(from), to: minute(to) }
    }

    #[test]
    fn what_is_asked_for_lies_in_the_whole_or_is_refused() {
        let whole = window(0, 600);
        for (from, to, expected) in [
            (None, None, Ok(whole)),
            (Some(60), Some(120), Ok(window(60, 120))),
            (None, Some(120), Ok(window(0, 120))),
            (Some(540), None, Ok(window(540, 600))),
            (Some(-60), Some(60), Ok(window(0, 120))),
            (Some(-60), Some(9000), Ok(whole)),
            (Some(120), Some(60), Err("The end must lie after the beginning.")),
            (Some(60), Some(60), Err("The end must lie after the beginning.")),
            (Some(700), Some(800), Err("Nothing happened between these times.")),
            (Some(-100), Some(-50), Err("Nothing happened between these times.")),
        ] {
            assert_eq!(Window::within(whole, from.map(minute), to.map(minute)), expected, "{from:?} {to:?}");
        }
    }

    #[test]
    fn a_way_that_leads_nowhere_is_no_link() {
        let open = |window: Window| {
            let ways = window.ways(self::window(0, 600)).into_iter();
            ways.filter(|way| way.query.is_some()).map(|way| way.label).collect::<Vec<_>>()
        };
        assert_eq!(open(window(0, 600)), ["First hour", "Last hour", "In"]);
        assert_eq!(open(window(0, 60)), ["Whole", "Last hour", "Later", "In", "Out"]);
        assert_eq!(open(window(300, 301)), ["Whole", "First hour", "Last hour", "Earlier", "Later", "Out"]);
    }

    proptest! {
        #[test]
        fn every_way_stays_in_the_whole(length in 1i64..100_000, from in 0i64..100_000, for_ in 1i64..100_000) {
            let whole = window(0, length);
            let Ok(here) = Window::within(whole, Some(minute(from)), Some(minute(from + for_))) else { return Ok(()) };
            prop_assert!(here.from >= whole.from && here.to <= whole.to);
            for way in here.ways(whole) {
                let Some(query) = way.query.filter(|query| query != "?") else { continue };
                let (from, to) = query.trim_start_matches("?from=").split_once("&to=").unwrap();
                let (from, to): (DateTime<Utc>, DateTime<Utc>) = (from.parse().unwrap(), to.parse().unwrap());
                prop_assert!(from >= whole.from && to <= whole.to && from < to, "{} {from} {to}", way.label);
            }
        }
    }
}
