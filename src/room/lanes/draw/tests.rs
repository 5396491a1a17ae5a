use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    response::{Holder, Thing as Offered},
    room::lanes::layout::NAMES,
    terms::{MomentName, Source},
    timeline::{Author, Version},
};

const LONG: &str = "Zahlungsabwicklungsschnittstelle antwortet nicht mehr und niemand weiß seit wann";
const NAMES_OF: &[&str] = &["Ana Lindqvist", "Ben", "Maximiliane-Charlotte von Hohenlohe-Langenburg", "陳大文"];

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::Duration::seconds(second)
}

fn somebody(index: usize) -> (Uuid, String) {
    let index = index % NAMES_OF.len();
    (Uuid::from_u128(index as u128), NAMES_OF[index].to_owned())
}

fn entry(seq: usize, second: i64) -> Entry {
    let (id, name) = somebody(seq);
    Entry {
        incident: 1,
        seq: i64::try_from(seq).unwrap(),
        kind: Kind::TYPED[seq * 5 % Kind::TYPED.len()],
        author: Some(Author { id, name }),
        source: Source::Person,
        recorded_at: at(second),
        written: Version { body: LONG.into(), occurred_at: at(second) },
        reason: String::new(),
        corrects: None,
        strikes: false,
        corrections: vec![],
        redaction: None,
        pinned: false,
        verdicts: vec![],
        evidence: vec![],
        attachments: vec![],
    }
}

/// Something that passes from one to the next at each of these times; every
/// third time nobody has it.
fn thing(name: &str, state: Option<WorkState>, mut passed: Vec<i64>, end: i64) -> Thing {
    passed.sort_unstable();
    let until = passed.iter().skip(1).copied().map(Some).chain([None]);
    let terms = passed.iter().zip(until).enumerate().filter(|(index, _)| index % 3 != 1);
    Thing {
        name: name.into(),
        path: String::new(),
        since: at(passed.first().map_or(0, |first| first / 2)),
        until: state.is_none_or(|state| !state.is_live()).then(|| at(end)),
        state,
        terms: terms
            .map(|(index, (since, until))| Term {
                person: Some(somebody(index)),
                since: at(*since),
                until: until.map(at),
            })
            .collect(),
    }
}

fn offer(index: usize, (from, to): (i64, i64)) -> Offer {
    let holder = |index| {
        let (id, name) = somebody(index);
        Holder { id, name, email: String::new() }
    };
    let state = HandoffState::ALL[index % HandoffState::ALL.len()];
    Offer {
        id: Uuid::nil(),
        incident: 1,
        thing: Offered::Role("commander".into()),
        called: LONG.into(),
        from: holder(index),
        offered_by: Uuid::nil(),
        to: holder(index + 1),
        briefing: String::new(),
        state,
        offered_at: at(from.min(to)),
        ended_at: (state != HandoffState::Offered).then(|| at(from.max(to))),
        word: String::new(),
    }
}

/// Everything at once: entries and changes at these times, none after the end.
fn story(end: i64, entries: Vec<i64>, changes: &[i64]) -> Story {
    let bands = |all: &[i64]| {
        let mut all = all.to_vec();
        all.sort_unstable();
        let until = all.iter().skip(1).copied().map(Some).chain([None]).collect::<Vec<_>>();
        all.into_iter().zip(until).collect::<Vec<_>>()
    };
    let mut entries: Vec<_> = entries.into_iter().enumerate().map(|(seq, at)| entry(seq + 1, at)).collect();
    entries.sort_by_key(|entry| (entry.happened_at(), entry.seq));
    let band = |(since, until): (i64, Option<i64>)| (at(since), until.map(at));
    Story {
        whole: Window::new(at(0), at(end)),
        statuses: bands(changes)
            .into_iter()
            .enumerate()
            .map(|(index, it)| Band {
                value: Status::ALL[index % Status::ALL.len()],
                since: band(it).0,
                until: band(it).1,
                seq: 0,
            })
            .collect(),
        severities: bands(changes)
            .into_iter()
            .map(|it| Band { value: Severity::Sev2, since: band(it).0, until: band(it).1, seq: 0 })
            .collect(),
        moments: MomentName::ALL.iter().copied().zip(changes.iter().map(|it| at(*it))).collect(),
        roles: vec![thing("Incident commander", None, changes.to_vec(), end), thing(LONG, None, vec![end / 2], end)],
        work: WorkState::ALL.iter().map(|state| thing(LONG, Some(*state), changes.to_vec(), end)).collect(),
        offers: changes.windows(2).enumerate().map(|(index, pair)| offer(index, (pair[0], pair[1]))).collect(),
        entries,
        cut: false,
    }
}

type Box = (i64, i64, i64, i64);

fn apart(boxes: &[Box]) -> bool {
    boxes.iter().enumerate().all(|(index, (x, y, width, height))| {
        boxes[..index].iter().all(|(x2, y2, width2, height2)| {
            x + width <= *x2 || x2 + width2 <= *x || y + height <= *y2 || y2 + height2 <= *y
        })
    })
}

/// Holds a picture against the rules that every one keeps.
fn check(story: &Story, window: Window) {
    let picture = picture(1, story, window);
    let mut bottom = super::super::layout::AXIS;
    for lane in &picture.lanes {
        assert_eq!(lane.y, bottom, "no gap above {}", lane.name);
        bottom += lane.height;
        let labels = lane.bars.iter().filter_map(|bar| bar.label.as_ref()).chain(&lane.labels);
        let labels = labels.map(|it| (it.x, it.y, it.width, BAR)).collect::<Vec<Box>>();
        let more = lane.more.iter().map(|it| (it.x, it.y, it.width, BAR));
        let marks = lane.marks.iter().map(|it| (it.x - MARK / 2, it.y - MARK / 2, MARK, MARK));
        let marks = marks.chain(more).collect::<Vec<Box>>();
        let bars = lane.bars.iter().map(|it| (it.x, it.y, it.width, it.height)).collect::<Vec<Box>>();
        for (x, y, width, height) in [&labels[..], &marks, &bars].concat() {
            let inside = x >= NAMES && x + width <= WIDTH && y >= 0 && y + height <= lane.height && width > 0;
            assert!(inside, "{} of {}: {x} {y} {width} {height}", lane.name, lane.height);
        }
        assert!(apart(&labels), "words of {} touch: {labels:?}", lane.name);
        let typed = Kind::TYPED.iter().any(|kind| kind.label() == lane.name) || lane.again;
        assert!(!typed || apart(&marks), "marks of {} touch: {marks:?}", lane.name);
    }
    assert!(bottom <= picture.height);
    let seen = story.entries.iter().filter(|entry| window.holds(entry.happened_at())).count();
    let drawn = |lane: &Lane| lane.marks.len() + lane.more.iter().map(|more| more.count).sum::<usize>();
    let of_kinds = picture.lanes.iter().filter(|lane| Kind::TYPED.iter().any(|kind| kind.label() == lane.name));
    assert_eq!(of_kinds.map(drawn).sum::<usize>(), seen, "every entry is drawn or counted once");
    let of_people = picture.lanes.iter().filter(|lane| lane.again);
    assert_eq!(of_people.map(drawn).sum::<usize>(), seen, "and once more at whoever wrote it");
    let ticks: Vec<_> = picture.ticks.iter().map(|tick| tick.x).collect();
    assert!(ticks.windows(2).all(|pair| pair[1] - pair[0] >= 80), "{ticks:?}");
}

#[test]
fn a_picture_of_none_one_and_thousands_of_entries_keeps_the_rules() {
    for count in [0, 1, 2, 300, 2_000] {
        let end = 12 * 3_600;
        for spread in [1, 600, end] {
            let entries = (0..count).map(|index| index * 7_919 % spread).collect();
            let story = story(end, entries, &[0, 60, 61, 4_000, 9_000, end]);
            check(&story, story.whole);
            check(&story, Window::new(at(0), at(60)));
            check(&story, Window::new(at(8_000), at(12_000)));
        }
    }
}

#[test]
fn gaps_in_which_nobody_held_it_are_drawn_and_the_ends_of_work_told_apart() {
    let story = story(3_600, vec![], &[600, 1_200, 1_800]);
    let picture = picture(1, &story, story.whole);
    let lane = picture.lanes.iter().find(|lane| lane.name == "Incident commander").unwrap();
    let drawn: Vec<_> =
        lane.bars.iter().map(|bar| (bar.class, bar.label.as_ref().map(|it| it.text.as_str()))).collect();
    let nobody = ("nobody", Some("nobody"));
    assert_eq!(drawn[..3], [nobody, ("role", Some("Ana Lindqvist")), nobody]);
    let ends = picture.lanes.iter().filter(|lane| lane.name == LONG).flat_map(|lane| &lane.marks);
    let ends: Vec<_> = ends.map(|mark| (mark.icon, mark.class)).collect();
    assert_eq!(ends, [("circle-check", "done"), ("x", "dropped")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_picture_keeps_the_rules(
        end in 1i64..100_000_000,
        entries in proptest::collection::vec(0.0..1.0f64, 0..120),
        changes in proptest::collection::vec(0.0..=1.0f64, 0..12),
        (from, to) in (0.0..1.0f64, 0.0..1.0f64),
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a part of so many seconds")]
        let part = |of: f64| (of * end as f64) as i64;
        let changes: Vec<_> = changes.into_iter().map(part).collect();
        let story = story(end, entries.into_iter().map(part).collect(), &changes);
        check(&story, story.whole);
        check(&story, Window::new(at(part(from.min(to))), at(part(from.max(to)))));
    }
}
