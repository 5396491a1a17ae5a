//! Which moment a time of an excerpt is: a bare clock lies on the day of the
//! line before it, and past midnight on the next.

use chrono::{DateTime, Days, Duration, FixedOffset, LocalResult, NaiveDate, NaiveTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;

use super::{
    line::Time,
    stamp::{self, Stamp},
};
use crate::web::time::{self, AHEAD};

/// Lines are told in order, give or take: a clock that runs back by more than
/// this has passed midnight.
const BACK: Duration = Duration::hours(6);

/// Reads the times of an excerpt, one after the other.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The zone in which times are read that say none.
    pub zone: Tz,
    /// The day on which the excerpt begins.
    pub day: NaiveDate,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// The time of the line before.
    pub last: Option<DateTime<Utc>>,
}

impl Calendar {
    /// The moment that a line's time means, or as what it stands there.
    pub fn place(&mut self, time: &Time<'_>) -> Result<DateTime<Utc>, String> {
        let at = match time {
            Time::Typed(text) => time::parse(text, self.zone, self.now).map_err(|_| (*text).to_owned()),
            Time::Stamp(stamp) => self.of(stamp).map_err(|_| stamp.text.clone()),
        };
        self.last = at.as_ref().copied().ok().or(self.last);
        at
    }

    /// Reads a time that somebody typed in place of one that was read.
    pub fn read(&mut self, typed: &str) -> Result<DateTime<Utc>, String> {
        let at = match stamp::whole(typed) {
            Some(stamp) => self.of(&stamp)?,
            None => time::parse(typed, self.zone, self.now)?,
        };
        let at = time::in_range(at, self.now)?;
        self.last = Some(at);
        Ok(at)
    }

    /// A time as [`read`](Self::read) takes it.
    pub fn written(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        // An hour that the clocks repeat is told with its offset.
        if self.zone.from_local_datetime(&local.naive_local()).single().is_none() {
            return local.to_rfc3339();
        }
        let shape = match (local.time().trunc_subsecs(0) == local.time(), local.timestamp() % 60 == 0) {
            (true, true) => "%Y-%m-%d %H:%M",
            (true, false) => "%Y-%m-%d %H:%M:%S",
            (false, _) => "%Y-%m-%d %H:%M:%S%.f",
        };
        local.format(shape).to_string()
    }

    fn of(&self, stamp: &Stamp) -> Result<DateTime<Utc>, String> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let said = stamp.day.as_ref().map(|day| day.near(self.day, today));
        match said {
            Some(Some(day)) => self.on(day, stamp.clock, stamp.offset),
            Some(None) => Err("There is no such day.".into()),
            None => self.in_turn(stamp.clock, stamp.offset),
        }
    }

    /// A bare clock, in turn after the line before; never ahead of now if it
    /// can have been the day before.
    fn in_turn(&self, clock: NaiveTime, offset: Option<FixedOffset>) -> Result<DateTime<Utc>, String> {
        let day = self.last.map_or(self.day, |last| last.with_timezone(&self.zone).date_naive());
        let at = self.on(day, clock, offset)?;
        let other = |days: Option<NaiveDate>| days.and_then(|day| self.on(day, clock, offset).ok());
        let next = other(day.checked_add_days(Days::new(1))).filter(|next| *next <= self.now + AHEAD);
        let before = other(day.checked_sub_days(Days::new(1)));
        Ok(match (next, before) {
            (Some(next), _) if self.last.is_some_and(|last| last - at > BACK) => next,
            (_, Some(before)) if at > self.now + AHEAD => before,
            _ => at,
        })
    }

    fn on(&self, day: NaiveDate, clock: NaiveTime, offset: Option<FixedOffset>) -> Result<DateTime<Utc>, String> {
        let local = day.and_time(clock);
        if let Some(offset) = offset {
            let at = local.and_local_timezone(offset).single().ok_or("There is no such day.")?;
            return Ok(at.to_utc());
        }
        match self.zone.from_local_datetime(&local) {
            // An hour that comes twice is told once after the other.
            LocalResult::Ambiguous(earlier, _) if self.last.is_some_and(|last| earlier.to_utc() >= last) => {
                Ok(earlier.to_utc())
            }
            _ => time::on_the_clock(local, self.zone),
        }
    }
}
