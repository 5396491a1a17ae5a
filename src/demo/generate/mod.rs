//! A year of made-up incidents, as many as one likes, the same for the same
//! seed: to see how lists, searches and long rooms behave.
//!
//! - `dice`: chance, from a seed;
//! - `words`: what things are called and what people write;
//! - `room`: a room in memory, kept by the rules of the real ones;
//! - `course`: how an incident goes, from the declaration to its end;
//! - `store`: many rooms into the database at once.

mod course;
mod dice;
mod room;
mod store;
mod words;

use std::fmt;

use anyhow::bail;
use chrono::{DateTime, Datelike, Duration, Timelike, Utc, Weekday};
use sqlx::PgPool;

use self::{course::Course, dice::Dice};
use super::people;
use crate::{people::store as accounts, terms::Role};

/// How many rooms are written at once.
const CHUNK: usize = 500;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many incidents.
    pub incidents: usize,
    /// How many entries the largest room has; no other has more.
    pub largest_room: usize,
    /// What chance begins with: the same seed makes the same.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The number of the first incident.
    pub first: i64,
    /// And of the last.
    pub last: i64,
    /// How many entries all rooms have.
    pub entries: usize,
    /// The number of the largest room.
    pub largest: i64,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, entries, largest } = self;
        writeln!(f, "Incidents {first} to {last} with {entries} entries; the largest room is {largest}.")?;
        write!(f, "To look around, {}", people::sign_in())
    }
}

/// Fills an empty instance, or one that is a demo, with the incidents of the
/// year that ended last midnight.
pub async fn fill(db: &PgPool, size: &Size) -> anyhow::Result<Made> {
    let people = if people::are_here(db).await? {
        people::all(db).await?
    } else if accounts::is_empty(db).await? {
        people::add(db).await?
    } else {
        bail!(
            "this instance has people of its own. What is made up can't be taken out again, so it goes into an empty instance: name another DATA_DIR"
        );
    };
    let hands: Vec<_> = people.iter().filter(|person| person.role >= Role::Responder).map(|person| person.id).collect();
    let midnight = store::midnight(db).await?;
    let mut dice = Dice::new(size.seed);
    let declared = moments_of_a_year(&mut dice, midnight, size.incidents);
    let largest = dice.below(size.incidents);
    let mut made = Made { first: 0, last: 0, entries: 0, largest: 0 };
    for (chunk, times) in declared.chunks(CHUNK).enumerate() {
        let mut rooms = Vec::with_capacity(times.len());
        for (index, declared_at) in (chunk * CHUNK..).zip(times) {
            let entries = (index == largest).then_some(size.largest_room);
            let is_open = goes_on(&mut dice, size.incidents - index);
            let course = Course { declared_at: *declared_at, midnight, is_open, entries };
            rooms.push(course.run(&mut dice, size.largest_room));
        }
        let first = store::save(db, &hands, &rooms).await?;
        if chunk == 0 {
            made.first = first;
        }
        if let Some(place) = largest.checked_sub(chunk * CHUNK).filter(|place| *place < rooms.len()) {
            made.largest = first + i64::try_from(place)?;
        }
        made.last = first + i64::try_from(rooms.len())? - 1;
        made.entries += rooms.iter().map(|room| room.entries.len()).sum::<usize>();
        tracing::info!("{} of {} incidents", chunk * CHUNK + rooms.len(), size.incidents);
    }
    store::analyze(db).await?;
    Ok(made)
}

/// The last incident still goes on, and some of those shortly before.
fn goes_on(dice: &mut Dice, from_the_end: usize) -> bool {
    from_the_end == 1 || (from_the_end < 60 && dice.chance(0.3 / f64::from(from_the_end.ilog2())))
}

/// When incidents were declared, in order. More during the working day, when
/// people deploy, but nights and weekends have theirs.
fn moments_of_a_year(dice: &mut Dice, midnight: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
    let year = Duration::days(365).num_seconds().unsigned_abs();
    let mut times: Vec<_> = std::iter::repeat_with(|| {
        loop {
            let at = midnight - Duration::milliseconds(dice.within(3_600_000, year * 1_000));
            if dice.chance(how_likely(at)) {
                return at;
            }
        }
    })
    .take(count)
    .collect();
    times.sort_unstable();
    times
}

fn how_likely(at: DateTime<Utc>) -> f64 {
    let by_day = if matches!(at.weekday(), Weekday::Sat | Weekday::Sun) { 0.45 } else { 1.0 };
    let by_hour = match at.hour() {
        8..=17 => 1.0,
        6..=7 | 18..=21 => 0.6,
        _ => 0.35,
    };
    by_day * by_hour
}
