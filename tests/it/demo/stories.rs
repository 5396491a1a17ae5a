//! The stories as they lie in their files.

use std::{collections::HashSet, fs, path::Path};

use second_story::{
    demo::stories::{self, Story, What},
    incidents::{MAX_SUMMARY, MAX_TITLE, services},
    response::{offers::MAX_BRIEFING, work},
    terms::{Kind, Status},
    timeline::{MAX_BODY, MAX_REASON},
    updates,
};

/// What people are called in true stories: what they do, never who they were.
const ROLES: &[&str] = &["engineer", "lead", "responder", "coordinator", "commander", "on call", "support", "manager"];

/// People whom the public accounts name, and words for people that are no roles.
const NAMES: &[&str] = &[
    "team-member",
    "sijbrandij",
    "warner",
    "graham-cumming",
    "prince",
    "nolan",
    "katkov",
    "sturman",
    "baszucki",
    " he ",
    " she ",
    " his ",
    " her ",
    " mr ",
];

fn every() -> Vec<(&'static str, Story)> {
    let every: Vec<_> = stories::names().map(|name| (name, stories::find(name).unwrap())).collect();
    assert!(every.len() >= 4);
    every
}

/// Everything that is told of a step, in words.
fn words(step: &stories::Step) -> String {
    let text = match &step.what {
        What::Say(_, text) | What::Correct(text) | What::Strike(text) | What::Title(text) => text,
        What::Hold(_, thing) => thing,
        What::Update(update) => return update.texts().said().map(|(_, text)| text).collect::<Vec<_>>().join("\n"),
        What::Moment(_) | What::Severity(_) | What::Status(_) | What::Judge(..) | What::Speak(..) => "",
    };
    format!("{text}\n{}\n{}", step.reason, step.briefing)
}

#[test]
fn times_ascend_and_nothing_is_noted_before_it_happens() {
    for (name, story) in every() {
        assert!(story.declared <= story.steps[0].at, "{name}");
        for pair in story.steps.windows(2) {
            assert!(pair[0].at <= pair[1].at, "{name}: {:?} after {:?}", pair[1], pair[0]);
        }
        for step in &story.steps {
            assert!(step.happened.is_none_or(|at| at <= step.at), "{name}: {step:?}");
        }
    }
    let declared: Vec<_> = every().iter().map(|(_, story)| story.declared).collect();
    assert!(declared.is_sorted(), "the oldest first");
}

#[test]
fn texts_fit_where_they_go() {
    for (name, story) in every() {
        let fits = |text: &str, most: usize| assert!((1..=most).contains(&text.chars().count()), "{name}: {text}");
        fits(&story.title, MAX_TITLE);
        fits(&story.summary_told("A re-enactment at 100000× speed"), MAX_SUMMARY);
        fits(&story.closing().unwrap(), MAX_BODY);
        assert_eq!(services::check(story.services.iter().map(String::as_str)).as_ref(), Ok(&story.services), "{name}");
        for step in &story.steps {
            match &step.what {
                What::Title(to) => fits(to, MAX_TITLE),
                What::Strike(why) => fits(why, MAX_REASON),
                What::Say(_, text) | What::Correct(text) => fits(&story.said(&step.by, text), MAX_BODY),
                What::Hold(_, thing) => fits(thing, work::MAX_TITLE),
                What::Update(update) => {
                    assert!(!update.texts().is_no_news(), "{name}: {step:?}");
                    update.texts().said().for_each(|(_, text)| fits(text, updates::MAX_TEXT));
                }
                What::Moment(_) | What::Severity(_) | What::Status(_) | What::Judge(..) | What::Speak(..) => {}
            }
            assert!(step.briefing.chars().count() <= MAX_BRIEFING, "{name}: {step:?}");
            assert!(story.reasoned(&step.by, &step.reason).chars().count() <= MAX_REASON, "{name}: {step:?}");
            assert!(words(step).chars().count() < 500, "{name}: nobody types so much in a crisis: {step:?}");
        }
    }
}

#[test]
fn there_is_something_to_learn_from_each() {
    for (name, story) in every() {
        assert!((25..=75).contains(&story.steps.len()), "{name}: {} steps", story.steps.len());
        let kind = |step: &stories::Step| if let What::Say(kind, _) = step.what { Some(kind) } else { None };
        let kinds: HashSet<Kind> = story.steps.iter().filter_map(kind).collect();
        for kind in [Kind::Action, Kind::Effect, Kind::Expectation, Kind::Theory, Kind::Decision] {
            assert!(kinds.contains(&kind), "{name} has no {kind}");
        }
        let hands: HashSet<_> = story.steps.iter().map(|step| &step.by).collect();
        assert!(hands.len() >= 5, "{name}: {hands:?}");
        let resolved = |step: &stories::Step| matches!(step.what, What::Status(Status::Resolved));
        assert!(story.steps.iter().any(resolved), "{name} ends");
    }
    let steps: Vec<_> = every().into_iter().flat_map(|(_, story)| story.steps).collect();
    assert!(steps.iter().any(|step| matches!(step.what, What::Correct(_))));
    assert!(steps.iter().any(|step| matches!(step.what, What::Strike(_))));
}

#[test]
fn they_say_where_they_are_from_and_name_nobody() {
    for (name, story) in every() {
        assert!(story.links.is_empty(), "{name}: nobody is called to where there was a call in {}", story.declared);
        for source in &story.sources {
            let url: url::Url = source.url.parse().unwrap();
            assert!(url.scheme() == "https" && url.path().len() > 3, "{name}: {url}");
            assert!(story.closing().unwrap().contains(&format!("[{}]({url})", source.title)), "{name}: {url}");
            assert!(story.summary_told("Told").contains(url.as_str()), "{name}: {url}");
        }
        let year = name.rsplit('-').next().unwrap();
        assert!(story.is_true() && story.event.contains(year), "{name}: {}", story.event);
        for step in &story.steps {
            let by = step.by.to_lowercase();
            assert!(ROLES.iter().any(|role| by.ends_with(role)), "{name}: {by} is no role");
            let given = step.to.is_empty() || story.steps.iter().any(|other| other.by == step.to);
            assert!(given, "{name}: {} does nothing else", step.to);
            let words = format!(" {} ", words(step).to_lowercase());
            assert!(!NAMES.iter().any(|it| words.contains(it)), "{name}: {words}");
        }
    }
}

#[test]
fn every_key_of_a_file_is_read() {
    let told_of = [
        "note",
        "action",
        "effect",
        "expectation",
        "assumption",
        "theory",
        "decision",
        "correct",
        "strike",
        "moment",
        "severity",
        "status",
        "title",
        "take",
        "give_up",
        "work",
        "start",
        "finish",
        "drop",
        "offer",
        "accept",
        "decline",
        "withdraw",
        "confirm",
        "eliminate",
        "supports",
        "contradicts",
        "update",
    ];
    let with_reason = ["correct", "moment", "severity", "status", "decline", "confirm", "eliminate"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/stories");
    let mut read = 0;
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        read += 1;
        let story: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        for step in story["step"].as_array().unwrap() {
            let keys = step.as_table().unwrap().keys().map(String::as_str);
            let keys: Vec<&str> = keys.filter(|key| !["at", "by", "happened"].contains(key)).collect();
            let (what, rest): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(|key| told_of.contains(key));
            let fits = match (&what[..], &rest[..]) {
                ([_], []) | (["start" | "update"], ["due"]) | (["offer"], ["briefing", "to"]) => true,
                ([what], ["reason"]) => with_reason.contains(what),
                _ => false,
            };
            assert!(fits, "{}: {step:?}", file.display());
        }
    }
    assert_eq!(read, stories::names().count() + 2, "a file that nobody tells");
}

#[test]
fn one_corrects_what_one_wrote_oneself() {
    for (name, story) in every() {
        for (index, step) in story.steps.iter().enumerate() {
            if matches!(step.what, What::Correct(_) | What::Strike(_)) {
                let mut own = story.steps[..index].iter().filter(|it| it.by == step.by);
                assert!(own.next_back().is_some_and(|it| matches!(it.what, What::Say(..))), "{name}: {step:?}");
            }
        }
    }
}
