//! Times as they stand in excerpts of chats and logs: where one stands in a
//! line, and what it says. On which day a bare clock lies is for [`super::days`].

use std::sync::LazyLock;

use chrono::{Datelike, Days, Duration, FixedOffset, NaiveDate, NaiveTime, Weekday};
use regex::{Captures, Regex};

/// A time as a line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// As it stands there.
    pub text: String,
    /// Its day, if the line says one.
    pub day: Option<Day>,
    /// Its clock.
    pub clock: NaiveTime,
    /// Its zone, if the line says one.
    pub offset: Option<FixedOffset>,
    /// Whether a machine wrote it, by its looks.
    pub by_machine: bool,
    /// Whether it is told in halves of the day, as chats do.
    pub in_halves: bool,
}

/// A day as a line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// All of it is said.
    On(NaiveDate),
    /// Day and month in one of these orders; the year only if it is said.
    Of(Vec<(u32, u32)>, Option<i32>),
    /// As many days before today.
    Ago(u64),
    /// The last such day.
    Last(Weekday),
}

impl Day {
    /// A day of a month, if there is one.
    pub fn of_month(month: u32, day: u32) -> Option<Self> {
        of(vec![(month, day)], None)
    }

    /// The day that is meant, where `near` is a day of the incident: not one
    /// that is still to come, if another can be meant.
    pub fn near(&self, near: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::On(day) => Some(*day),
            Self::Ago(days) => today.checked_sub_days(Days::new(*days)),
            Self::Last(weekday) => {
                let back = today.weekday().days_since(*weekday);
                today.checked_sub_days(Days::new(back.into()))
            }
            Self::Of(orders, year) => {
                let years = year.map_or(near.year() - 1..=near.year() + 1, |year| year..=year);
                let days = years.flat_map(|year| {
                    orders.iter().filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, *month, *day))
                });
                days.min_by_key(|day| (*day > today, (*day - near).num_days().abs()))
            }
        }
    }
}

/// What a stamp looks like. Spaces may be narrow and unbreakable ones.
const STAMP: &str = r"(?x: (?<stamp> (?i:
    (?:
        (?:
            (?: (?: mon | tues? | wed(?:nes)? | thu(?:rs?)? | fri | sat(?:ur)? | sun ) (?:day)? ,? \s+ )?
            (?:
                (?<y> \d{4} ) [-/.] (?<m> \d{1,2} ) [-/.] (?<d> \d{1,2} )
              | (?<a> \d{1,2} ) (?<by> [/.] ) (?<b> \d{1,2} ) (?: [/.] (?<c> \d{4} | \d{2} ) | \. )?
              | (?<mon> MONTH ) \.? \s+ (?<mday> \d{1,2} ) (?: st | [nr]d | th )? (?: ,? \s+ (?<myear> \d{4} ) )?
              | (?<dday> \d{1,2} ) (?: st | [nr]d | th )? \.? [\s/-]+ (?<dmon> MONTH ) \.? ,?
                (?: [\s/-]+ (?<dyear> \d{4} ) )?
            )
          | (?<word> today | yesterday )
          | (?<weekday> mon | tues? | wed(?:nes)? | thu(?:rs)? | fri | sat(?:ur)? | sun ) (?:day)?
        )
        (?: (?<t> T ) | ,? \s+ at \s+ | ,? \s+ | , | : | \s* [-–] \s* )
    )?
    (?:
        (?<h> \d{1,2} ) : (?<min> \d{2} ) (?: : (?<s> \d{2} ) (?: [.,] (?<frac> \d{1,9} ) )? )?
        (?: \s? (?<half> [ap] ) \.? m \b \.? )?
      | (?<hour> \d{1,2} ) \s? (?<its_half> [ap] ) \.? m \b \.?
    )
)))";

const MONTH: &str = "jan(?:uary)? | feb(?:ruary)? | mar(?:ch)? | apr(?:il)? | may | june? | july? | aug(?:ust)? \
    | sept?(?:ember)? | oct(?:ober)? | nov(?:ember)? | dec(?:ember)?";

/// A pattern in which `STAMP` stands for a stamp. Digits are 0 to 9.
///
/// # Panics
///
/// When it is none.
pub fn pattern(text: &str) -> Regex {
    let text = text.replace("STAMP", &STAMP.replace("MONTH", MONTH)).replace(r"\d", "[0-9]");
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles each")]
    Regex::new(&text).expect("a pattern of ours")
}

static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?x: (?<z> Z ) \b | (?<off> [+-]\d{2}:?\d{2} ) \b | \s (?<spaced> [+-]\d{2}:?\d{2} ) \b | \s? (?<name> [A-Z]{3,4} ) \b )",
    )
});

/// The zones that are written in letters and mean one thing nearly everywhere.
const ZONES: &[(&str, i32)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("EST", -5),
    ("EDT", -4),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

impl Stamp {
    /// The stamp of a match, and what follows it where a zone was said.
    /// `None` when the figures are no time.
    pub fn of<'a>(found: &Captures<'a>, after: &'a str) -> Option<(Self, &'a str)> {
        let number = |name: &str| found.name(name).and_then(|it| it.as_str().parse::<u32>().ok());
        let half = found.name("half").or(found.name("its_half")).map(|it| it.as_str().to_lowercase());
        let hour = in_day(number("h").or(number("hour"))?, half.as_deref())?;
        let nanos = found.name("frac").map_or(Some(0), |digits| format!("{:0<9}", digits.as_str()).parse().ok());
        let clock = NaiveTime::from_hms_nano_opt(
            hour,
            number("min").unwrap_or_default(),
            number("s").unwrap_or_default(),
            nanos?,
        )?;
        let says_a_day = ["y", "a", "mon", "dday", "word", "weekday"].iter().any(|name| found.name(name).is_some());
        let day = if says_a_day { Some(day(found)?) } else { None };
        let exact = found.name("s").is_some();
        let (offset, rest) = zone(after, day.is_some(), exact);
        let text = format!("{}{}", &found["stamp"], &after[..after.len() - rest.len()]);
        let yearless = found.name("mon").is_some() && found.name("myear").is_none();
        let by_machine = found.name("t").is_some() || found.name("frac").is_some() || (yearless && exact);
        Some((Self { text, day, clock, offset, by_machine, in_halves: half.is_some() }, rest))
    }
}

fn in_day(hour: u32, half: Option<&str>) -> Option<u32> {
    match half {
        None => Some(hour),
        Some(_) if !(1..=12).contains(&hour) => None,
        Some("a") => Some(hour % 12),
        Some(_) => Some(hour % 12 + 12),
    }
}

/// The day that is said, if it is one.
fn day(found: &Captures<'_>) -> Option<Day> {
    let number = |name: &str| found.name(name).and_then(|it| it.as_str().parse::<u32>().ok());
    let year = |name: &str| found.name(name).and_then(|it| it.as_str().parse::<i32>().ok());
    let month = |name: &str| found.name(name).and_then(|it| month(it.as_str()));
    if let (Some(y), Some(m), Some(d)) = (year("y"), number("m"), number("d")) {
        NaiveDate::from_ymd_opt(y, m, d).map(Day::On)
    } else if let (Some(a), Some(b)) = (number("a"), number("b")) {
        // With dots the day is first; with strokes it depends on who writes.
        let orders = if &found["by"] == "." { vec![(b, a)] } else { vec![(b, a), (a, b)] };
        let year = year("c").map(|year| if year < 100 { year + 2000 } else { year });
        of(orders, year)
    } else if let (Some(month), Some(day)) = (month("mon"), number("mday")) {
        of(vec![(month, day)], year("myear"))
    } else if let (Some(month), Some(day)) = (month("dmon"), number("dday")) {
        of(vec![(month, day)], year("dyear"))
    } else if let Some(word) = found.name("word") {
        Some(Day::Ago(u64::from(word.as_str().eq_ignore_ascii_case("yesterday"))))
    } else {
        found.name("weekday")?.as_str().get(..3)?.parse().ok().map(Day::Last)
    }
}

/// A leap year has every day that there is.
fn of(orders: Vec<(u32, u32)>, year: Option<i32>) -> Option<Day> {
    let exists = |(month, day): &(u32, u32)| NaiveDate::from_ymd_opt(year.unwrap_or(2024), *month, *day).is_some();
    let orders: Vec<_> = orders.into_iter().filter(exists).collect();
    (!orders.is_empty()).then_some(Day::Of(orders, year))
}

fn month(name: &str) -> Option<u32> {
    name.get(..3)?.parse::<chrono::Month>().ok().map(|month| month.number_from_month())
}

/// Splits a zone off what follows a clock. `09:00-09:30` is a span and no zone,
/// and in `14:05 -1000 users` there is none either.
fn zone(after: &str, dated: bool, exact: bool) -> (Option<FixedOffset>, &str) {
    let Some(found) = ZONE.captures(after) else {
        return (None, after);
    };
    let hours = if found.name("z").is_some() {
        Some(Duration::zero())
    } else if let Some(name) = found.name("name") {
        let zone = ZONES.iter().find(|(zone, _)| *zone == name.as_str());
        zone.map(|(_, hours)| Duration::hours((*hours).into()))
    } else if let Some(digits) = found.name("off").filter(|_| dated || exact).or(found.name("spaced").filter(|_| exact))
    {
        length(digits.as_str())
    } else {
        None
    };
    let offset = hours.and_then(|it| i32::try_from(it.num_seconds()).ok()).and_then(FixedOffset::east_opt);
    (offset, if offset.is_some() { &after[found[0].len()..] } else { after })
}

/// `+05:30`, `-0500`; no place on earth is further off than 14 hours.
fn length(digits: &str) -> Option<Duration> {
    let number = |text: &str| text.parse::<i64>().ok();
    let minutes = number(digits.get(1..3)?)? * 60 + number(digits.get(digits.len() - 2..)?)?;
    let sign = if digits.starts_with('-') { -1 } else { 1 };
    (minutes <= 14 * 60).then(|| Duration::minutes(sign * minutes))
}

/// A text that is a stamp and nothing besides.
pub fn whole(text: &str) -> Option<Stamp> {
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^STAMP"));
    let text = text.trim();
    let found = WHOLE.captures(text)?;
    let (stamp, rest) = Stamp::of(&found, &text[found[0].len()..])?;
    rest.is_empty().then_some(stamp)
}
