//! Where things lie in the picture: times become x, what touches is moved to
//! another row, and what finds none is counted. No I/O, and whole pixels.

use chrono::{DateTime, Duration, Utc};

use super::{
    text::{self, fit},
    window::Window,
};

/// How wide the picture is, with its names.
pub const WIDTH: i64 = 1200;
/// How wide the names beside the lanes are.
pub const NAMES: i64 = 168;
/// How wide they are on a narrow screen.
pub const SHORT: i64 = 104;
/// How high the axis is.
pub const AXIS: i64 = 40;
/// How high a row of bars is, and a bar in it.
pub const ROW: i64 = 22;
/// How high a bar is.
pub const BAR: i64 = 18;
/// How wide and high a mark is.
pub const MARK: i64 = 14;
/// How wide the place is where the marks that found none are counted.
const MORE: i64 = 43;
/// How much room the words of a tick need.
const WORDS: i64 = 88;
/// The room at both ends of the axis, so that no mark is cut.
const EDGE: i64 = 8;
/// As much of long words to the right is better than all of them to the left.
const ENOUGH: i64 = 280;
const LEFT: i64 = NAMES + EDGE;
const SPAN: i64 = WIDTH - LEFT - EDGE;
/// The shortest line of a bar that is still seen.
const THIN: i64 = 3;

/// A picture, from top to bottom.
#[derive(Debug, Default)]
pub struct Picture {
    /// How high it is.
    pub height: i64,
    /// The marks of the axis.
    pub ticks: Vec<Tick>,
    /// Where moments are: a line through all lanes.
    pub moments: Vec<i64>,
    /// The lanes.
    pub lanes: Vec<Lane>,
}

/// A mark of the axis.
#[derive(Debug)]
pub struct Tick {
    /// Where.
    pub x: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The time of day; nothing where ticks are days apart.
    pub clock: String,
    /// The day, where a new one begins.
    pub day: String,
}

/// A lane. What lies in it is measured from its top.
#[derive(Debug, Default)]
pub struct Lane {
    /// Where it begins.
    pub y: i64,
    /// How high it is.
    pub height: i64,
    /// What it is called, in full.
    pub name: String,
    /// The words above a group of lanes: nothing lies in it.
    pub heads: bool,
    /// The same entries stand in another lane: no keyboard stops twice.
    pub again: bool,
    /// What lasts.
    pub bars: Vec<Bar>,
    /// What happens.
    pub marks: Vec<Mark>,
    /// What found no row.
    pub more: Vec<More>,
    /// Words that lie in no bar.
    pub labels: Vec<Label>,
}

/// Something that lasts.
#[derive(Debug)]
pub struct Bar {
    /// Its left end.
    pub x: i64,
    /// Its top.
    pub y: i64,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// What it is, for its colours.
    pub class: &'static str,
    /// Which of these it is, likewise.
    pub word: &'static str,
    /// What stands in it, if that fits.
    pub label: Option<Label>,
    /// What it says when it is pointed at.
    pub title: String,
    /// Where it leads.
    pub href: String,
}

/// Something that happens.
#[derive(Debug)]
pub struct Mark {
    /// Its middle.
    pub x: i64,
    /// Its middle.
    pub y: i64,
    /// Its shape.
    pub icon: &'static str,
    /// What it is, for its colour.
    pub class: &'static str,
    /// What it says when it is pointed at.
    pub title: String,
    /// Where it leads.
    pub href: String,
}

/// Marks that found no row, counted.
#[derive(Debug, PartialEq, Eq)]
pub struct More {
    /// Its left end.
    pub x: i64,
    /// Its top.
    pub y: i64,
    /// How wide it is.
    pub width: i64,
    /// How many.
    pub count: usize,
    /// The stretch of time in which they lie.
    pub window: Window,
}

/// Words, and the box out of which they never run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its left end.
    pub x: i64,
    /// Its top.
    pub y: i64,
    /// How wide it is.
    pub width: i64,
    /// What it says.
    pub text: String,
    /// It stands at the right end of its box.
    pub at_end: bool,
}

/// Times and their places.
#[derive(Debug, Clone, Copy)]
pub struct Scale(pub Window);

impl Scale {
    /// Where a time is. One outside lies at the nearer end.
    pub fn x(&self, at: DateTime<Utc>) -> i64 {
        let Window { from, to } = self.0;
        let into = (at.clamp(from, to) - from).num_milliseconds();
        LEFT + into * SPAN / self.0.length().num_milliseconds().max(1)
    }

    /// The time at a place.
    fn at(&self, x: i64) -> DateTime<Utc> {
        self.0.from + Duration::milliseconds((x - LEFT) * self.0.length().num_milliseconds() / SPAN)
    }

    /// The left end and the width of what lasts, as far as it is in sight.
    pub fn stretch(&self, since: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Option<(i64, i64)> {
        let (from, to) = self.0.clip(since, until)?;
        let x = self.x(from).min(LEFT + SPAN - THIN);
        Some((x, (self.x(to) - x).max(THIN)))
    }

    /// The marks of the axis, on full minutes, hours or days, so far apart that
    /// their words do not touch.
    pub fn ticks(&self) -> Vec<Tick> {
        let seconds = self.0.length().num_seconds();
        let years = seconds / (STEPS[STEPS.len() - 1] * MOST) + 1;
        let step = STEPS.iter().copied().find(|step| seconds / step < MOST);
        let step = step.unwrap_or(years * STEPS[STEPS.len() - 1]);
        let first = self.0.from.timestamp().div_euclid(step) * step;
        let at = (0..).map(|index| first + index * step).filter_map(|at| DateTime::from_timestamp(at, 0));
        let at = at.skip_while(|at| *at < self.0.from).take_while(|at| *at <= self.0.to);
        let mut last = None;
        at.map(|at| {
            let (x, day) = (self.x(at), Some(at.date_naive()));
            let has_room = x + WORDS <= WIDTH;
            let clock = (has_room && step < DAY).then_some(if step < 60 { "%H:%M:%S" } else { "%H:%M" });
            let begins = (has_room && last != day).then_some("%-d %b %Y");
            last = day;
            let words = |format: Option<&str>| format.map(|it| at.format(it).to_string()).unwrap_or_default();
            Tick { x, at, clock: words(clock), day: words(begins) }
        })
        .collect()
    }
}

const DAY: i64 = 86_400;
/// How many ticks there are at most.
const MOST: i64 = 11;
/// How many seconds ticks may be apart.
const STEPS: &[i64] = &[
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    365 * DAY,
];

/// Rows in which things lie beside each other and do not touch.
#[derive(Debug, Default)]
pub struct Rows(Vec<Vec<(i64, i64)>>);

impl Rows {
    /// How many are used.
    pub fn used(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or_default()
    }

    /// The first row, of so many at most, that is free from here to there.
    pub fn place(&mut self, (from, to): (i64, i64), most: usize) -> Option<i64> {
        let free = |row: &Vec<(i64, i64)>| row.iter().rev().all(|(start, end)| *end <= from || to <= *start);
        let row = match self.0.iter().position(free) {
            Some(row) => row,
            None if self.0.len() < most => {
                self.0.push(Vec::new());
                self.0.len() - 1
            }
            None => return None,
        };
        self.0[row].push((from, to));
        i64::try_from(row).ok()
    }
}

impl Lane {
    /// An empty lane.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), height: ROW, ..Self::default() }
    }

    /// The words above a group of lanes.
    pub fn heading(name: &str) -> Self {
        Self { heads: true, ..Self::named(name) }
    }

    /// As much of its name as fits beside it.
    pub fn wide(&self) -> String {
        fit(&self.name, NAMES - 12).unwrap_or_default()
    }

    /// The same on a narrow screen.
    pub fn short(&self) -> String {
        fit(&self.name, SHORT - 8).unwrap_or_default()
    }

    /// Adds marks below what is there, in so many rows at most. What finds no
    /// row is counted in one more.
    pub fn add_marks(&mut self, scale: &Scale, marks: Vec<(DateTime<Utc>, Mark)>, most: usize) {
        let (mut rows, top) = (Rows::default(), if self.bars.is_empty() { 4 } else { self.height });
        let mut crowds: Vec<(i64, usize)> = Vec::new();
        for (at, mut mark) in marks {
            mark.x = scale.x(at);
            let Some(row) = rows.place((mark.x - MARK / 2 - 1, mark.x + MARK / 2 + 1), most) else {
                let cell = (mark.x - NAMES) / MORE;
                match crowds.iter_mut().find(|(it, _)| *it == cell) {
                    Some((_, count)) => *count += 1,
                    None => crowds.push((cell, 1)),
                }
                continue;
            };
            mark.y = top + row * (MARK + 2) + MARK / 2;
            self.marks.push(mark);
        }
        let bottom = top + rows.used() * (MARK + 2);
        self.more.extend(crowds.iter().map(|(cell, count)| {
            let x = NAMES + cell * MORE;
            let window = Window::new(scale.at(x), scale.at(x + MORE));
            More { x, y: bottom, width: MORE - 1, count: *count, window }
        }));
        let crowded = if crowds.is_empty() { 0 } else { MARK + 4 };
        self.height = self.height.max(bottom + crowded + 4);
    }
}

impl Bar {
    /// A label in it, if there is room for its text.
    pub fn labelled(mut self, text: impl FnOnce(i64) -> Option<String>) -> Self {
        let room = self.width - 10;
        self.label = text(room).map(|text| Label { x: self.x + 4, y: self.y, width: room, text, at_end: false });
        self
    }
}

impl Label {
    /// Words beside a stretch, to its right or, where the picture ends there,
    /// to its left; cut where neither has the room.
    pub fn beside((from, to): (i64, i64), words: &str) -> Self {
        let (right, left) = (WIDTH - to, from - LEFT);
        let wanted = text::width(words);
        let is_right = wanted.min(ENOUGH) <= right || right >= left;
        let width = wanted.min(if is_right { right } else { left }).max(1);
        let x = if is_right { to.min(WIDTH - 1) } else { from - width };
        Self { x, y: 0, width, text: fit(words, width).unwrap_or_default(), at_end: !is_right }
    }

    /// Words to the right of a place, if they fit there.
    pub fn after(x: i64, y: i64, words: &str) -> Option<Self> {
        let width = text::width(words);
        (x + width <= WIDTH).then(|| Self { x, y, width, text: words.to_owned(), at_end: false })
    }

    /// From where to where it reaches.
    pub const fn reach(&self) -> (i64, i64) {
        (self.x, self.x + self.width)
    }
}

impl Picture {
    /// Puts lanes beneath each other, below the axis.
    pub fn of(scale: &Scale, moments: Vec<i64>, lanes: Vec<Lane>) -> Self {
        let mut picture = Self { height: AXIS, ticks: scale.ticks(), moments, lanes };
        for lane in &mut picture.lanes {
            lane.y = picture.height;
            picture.height += lane.height;
        }
        picture.height += 4;
        picture
    }
}
