//! The rules, one function each.

use std::fmt;

use super::{
    FREE, File, LONGEST, ORDER,
    paths::{Named, named_in},
};

/// What is wrong.
#[derive(Debug)]
pub enum Rule {
    Import { of: String, by: String },
    Unplaced(String),
    NoNoun(String),
    TooLong,
    Sql { file: String },
    Environment { by: String },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Import { of, by } => {
                write!(f, "{by} may not use {of}; what both need goes further up in ORDER (tests/it/structure.rs)")
            }
            Self::Unplaced(what) => {
                write!(f, "{what} has no place in the order; give it one in ORDER (tests/it/structure.rs)")
            }
            Self::NoNoun(name) => write!(f, "{name} is no noun; name what it holds"),
            Self::TooLong => write!(f, "more than {LONGEST} lines; split by noun"),
            Self::Sql { file } => {
                write!(f, "SQL belongs in store.rs or beside its noun, not in {file}")
            }
            Self::Environment { by } => {
                write!(f, "settings are read in config.rs alone, not by {by}")
            }
        }
    }
}

/// Every rule that a file breaks, with the line.
pub fn broken_by(file: &File) -> Vec<(usize, Rule)> {
    let paths = named_in(&file.text);
    let mut broken: Vec<_> = name(file).into_iter().chain(length(file)).collect();
    for path in &paths {
        let rule = import(file, path).or_else(|| sql(file, path)).or_else(|| environment(file, path));
        broken.extend(rule.map(|rule| (path.line, rule)));
    }
    broken
}

fn name(file: &File) -> Option<(usize, Rule)> {
    let feature = file.feature();
    let stem = file.path.file_stem()?.to_string_lossy().into_owned();
    if feature != "lib" && rank(&feature).is_none() {
        return Some((1, Rule::Unplaced(feature)));
    }
    let empty = ["util", "utils", "helper", "helpers", "common", "misc"];
    empty.contains(&stem.as_str()).then_some((1, Rule::NoNoun(stem)))
}

fn length(file: &File) -> Option<(usize, Rule)> {
    let lines = file.text.lines().count();
    (lines > LONGEST).then_some((LONGEST + 1, Rule::TooLong))
}

/// `lib.rs` is the roof over all and uses what it likes.
fn import(file: &File, path: &Named) -> Option<Rule> {
    let by = file.feature();
    let of = root_item(file, path)?;
    if by == "lib" || of == by || FREE.contains(&of.as_str()) {
        return None;
    }
    match (rank(&of), rank(&by)) {
        (None, _) if of == "*" => Some(Rule::Unplaced("* of the root".into())),
        (None, _) => Some(Rule::Unplaced(of)),
        (Some(used), Some(using)) if used >= using => Some(Rule::Import { of, by }),
        _ => None,
    }
}

/// Pages speak HTTP, `mod.rs` holds rules without I/O, and neither speaks SQL.
fn sql(file: &File, path: &Named) -> Option<Rule> {
    let name = file.name();
    let without = ["pages.rs", "api.rs", "mod.rs", "terms.rs", "routes.rs", "main.rs"];
    let [.., first, second] = &path.words[..] else {
        return None;
    };
    let speaks = (first == "sqlx" && second.starts_with("query")) || first == "QueryBuilder";
    (speaks && without.contains(&name.as_str())).then_some(Rule::Sql { file: name })
}

/// Where Postgres' programs lie is asked of the system's own `PATH`.
fn environment(file: &File, path: &Named) -> Option<Rule> {
    let [.., first, second] = &path.words[..] else {
        return None;
    };
    let reads = first == "env" && second.starts_with("var");
    let may = ["config.rs", "postgres/candidates.rs"].iter().any(|it| file.path.ends_with(it));
    (reads && !may).then(|| Rule::Environment { by: format!("env::{second}") })
}

fn rank(feature: &str) -> Option<usize> {
    ORDER.iter().position(|line| line.split(' ').any(|it| it == feature))
}

/// What a path names at the root of the crate, if it goes through the root.
fn root_item(file: &File, path: &Named) -> Option<String> {
    let words = &path.words;
    match words[0].as_str() {
        "crate" => words.get(1).cloned(),
        "second_story" if file.feature() == "main" => words.get(1).cloned(),
        "super" => {
            let up = words.iter().take_while(|word| *word == "super").count();
            let here = module_depth(file) + path.depth;
            (up == here).then(|| words.get(up).cloned()).flatten()
        }
        _ => None,
    }
}

/// How far below the root a file's module is: `web/form.rs` is two.
fn module_depth(file: &File) -> usize {
    let parts = file.path.iter().count();
    let is_own_folder = matches!(file.name().as_str(), "mod.rs" | "lib.rs" | "main.rs");
    parts - usize::from(is_own_folder)
}
