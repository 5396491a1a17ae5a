//! The house rules that no compiler holds: who may import whom, how long a
//! file may be, where SQL and the environment are read.

mod paths;
mod rules;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use self::rules::Rule;

/// Who may import whom: each line may use the lines above it, never its own
/// line nor one below.
const ORDER: &[&str] = &[
    "config terms lens",
    "postgres",
    "web",
    "people",
    "timeline",
    "services",
    "incidents",
    "clocks",
    "response",
    "aliases",
    "updates",
    "alerts postmortems",
    "library notifications",
    "sharing status_page",
    "room home settings guide health",
    "openapi",
    "demo",
    "routes",
    "server",
    "main",
];

/// What everybody may use: the settings, and the one state of the program.
const FREE: &[&str] = &["config", "App"];

/// Past this many lines a file holds more than one noun.
const LONGEST: usize = 450;

#[test]
fn the_source_keeps_the_house_rules() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = read(&source);
    assert!(files.len() > 10, "{} has few files", source.display());
    let broken: Vec<String> = files.iter().flat_map(check).map(|it| it.to_string()).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    for &(path, text, expected) in FORBIDDEN {
        let found = check(&File::new(path, text));
        let [only] = &found[..] else { panic!("{path} {text}: {found:#?}") };
        assert_eq!(only.to_string().split("; ").next(), Some(expected));
    }
    let long = "\n".repeat(LONGEST + 1);
    let found = check(&File::new("room/a.rs", &long));
    assert_eq!(found[0].to_string(), "src/room/a.rs:451: more than 450 lines; split by noun");
}

#[test]
fn what_is_allowed_is_let_through() {
    for &(path, text) in ALLOWED {
        let found = check(&File::new(path, text));
        assert!(found.is_empty(), "{path} {text}: {found:#?}");
    }
}

/// A file of the source, its path from `src` on.
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The feature it belongs to: its folder, or its name at the top.
    fn feature(&self) -> String {
        let first = self.path.iter().next().unwrap();
        Path::new(first).file_stem().unwrap().to_string_lossy().into_owned()
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap().to_string_lossy().into_owned()
    }
}

/// A rule broken, and where.
#[derive(Debug)]
struct Broken {
    path: PathBuf,
    line: usize,
    rule: Rule,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.path.display(), self.line, self.rule)
    }
}

fn check(file: &File) -> Vec<Broken> {
    let at = |(line, rule)| Broken { path: file.path.clone(), line, rule };
    rules::broken_by(file).into_iter().map(at).collect()
}

/// Every Rust file below a folder.
fn read(source: &Path) -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec![source.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(source).unwrap().to_path_buf();
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Path, text, and what is said about it.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("web/page.rs", "use crate::people::Person;", "src/web/page.rs:1: web may not use people"),
    ("web/page.rs", "//!\nuse crate::{\n App,\n room as r};", "src/web/page.rs:4: web may not use room"),
    ("home/mod.rs", "fn f() { crate::room::x() }", "src/home/mod.rs:1: home may not use room"),
    (
        "alerts/mod.rs",
        "fn f() { println!(\"{}\", crate::postmortems::N) }",
        "src/alerts/mod.rs:1: alerts may not use postmortems",
    ),
    ("terms.rs", "type T = super::web::Failure;", "src/terms.rs:1: terms may not use web"),
    ("lens/a.rs", "mod tests { use super::super::super::terms::Kind; }", "src/lens/a.rs:1: lens may not use terms"),
    ("web/mod.rs", "use super::people;", "src/web/mod.rs:1: web may not use people"),
    (
        "postgres/a.rs",
        "macro_rules! m { () => { $crate::web::page() } }",
        "src/postgres/a.rs:1: postgres may not use web",
    ),
    ("web/page.rs", "use crate::{App, *};", "src/web/page.rs:1: * of the root has no place in the order"),
    ("web/page.rs", "use crate::helper;", "src/web/page.rs:1: helper has no place in the order"),
    ("extras/mod.rs", "", "src/extras/mod.rs:1: extras has no place in the order"),
    ("room/utils.rs", "", "src/room/utils.rs:1: utils is no noun"),
    (
        "room/pages.rs",
        "fn f() { sqlx::query!(\"select 1\") }",
        "src/room/pages.rs:1: SQL belongs in store.rs or beside its noun, not in pages.rs",
    ),
    (
        "room/mod.rs",
        "fn f() { let q = QueryBuilder::new(\"\"); }",
        "src/room/mod.rs:1: SQL belongs in store.rs or beside its noun, not in mod.rs",
    ),
    (
        "room/a.rs",
        "fn f() { std::env::var(\"BIND\"); }",
        "src/room/a.rs:1: settings are read in config.rs alone, not by env::var",
    ),
];

/// Path and text.
const ALLOWED: &[(&str, &str)] = &[
    ("web/page.rs", "use crate::{App, config::Web, terms::{self, Role}};"),
    ("web/a/b.rs", "use super::super::guard; use self::c::D; use super::form;"),
    ("web/page.rs", "/// See [`crate::people`].\n// crate::people\nconst A: &str = \"crate::people\";"),
    ("web/page.rs", "mod tests { use super::*; mod deep { use super::super::*; } }"),
    ("config.rs", "fn f() { std::env::var(\"BIND\"); }"),
    ("postgres/candidates.rs", "fn f() { std::env::var_os(\"PATH\"); std::env::temp_dir(); }"),
    ("main.rs", "use second_story::{config::Web, routes};"),
    ("lib.rs", "pub mod web; use web::X; use timeline::wake::Wake; struct App { wake: Wake }"),
    ("room/stream.rs", "fn f() { sqlx::query!(\"select 1\") }"),
    ("room/pages.rs", "use axum_extra::extract::Query; fn f(uri: Uri) { uri.query(); }"),
];
