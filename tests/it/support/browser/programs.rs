//! Which browser this machine has. Also read by `zz_browser_notice`.

use std::{
    env,
    path::{Path, PathBuf},
};

/// What a run without browsers says.
pub const MISSING: &str = "\
The browser tests did NOT run: this machine has no Chromium with its chromedriver.
To get them:  sudo apt-get install chromium chromium-driver
              (elsewhere: Chromium or Chrome, and the chromedriver of the same version, on PATH)
Then again:   cargo test";

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// A Chromium and the chromedriver that steers it.
pub fn find() -> Option<(PathBuf, PathBuf)> {
    let chromium = CHROMIUM.iter().find_map(|name| on_path(name))?;
    Some((chromium, on_path("chromedriver")?))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(Path::new(name))).find(|program| program.is_file())
}
