//! People in real browsers.
//!
//! ```ignore
//! let Some(browser) = Browser::start() else { return };
//! let ana = browser.person("Ana", &server.url).await;
//! ana.open("/incidents/new").await;
//! ana.fill("Title", "Checkout returns 500").await;
//! ana.click("Declare incident").await;
//! ana.see("SEV3").await;
//! ```
//!
//! - `programs`: which browser this machine has;
//! - `driver`: the process that steers it, and `line`: its way to the world;
//! - `person`: what a person does, and `sight`: what a person sees;
//! - `tabs`: more than one page at a time;
//! - `devtools`: screens, colours, the console;
//! - `axe`: what a page hides from people who do not see or use a mouse.

mod axe;
mod devtools;
mod driver;
mod line;
mod person;
mod programs;
mod sight;
mod tabs;

use std::{env, io::Write as _, path::Path, sync::Once};

pub use self::{
    devtools::{Colors, DESK, PHONE, Screen},
    person::Person,
};
use self::{driver::Driver, line::Line};

static SAID: Once = Once::new();

/// A browser of a test's own. Dropped, it takes every window with it.
pub struct Browser {
    driver: Driver,
}

impl Browser {
    /// Starts one; `None`, said once, where this machine has none.
    ///
    /// # Panics
    /// With `BROWSER_TESTS=required`, when this machine has none.
    pub fn start() -> Option<Self> {
        if let Some((chromium, chromedriver)) = programs::find() {
            let driver = Driver::start(&chromedriver, &chromium);
            return Some(Self { driver });
        }
        let missing = programs::MISSING;
        let required = env::var_os("BROWSER_TESTS").is_some_and(|value| value == "required");
        assert!(!required, "BROWSER_TESTS=required, but: {missing}");
        // Written past libtest, which keeps what a passing test prints to itself.
        SAID.call_once(|| drop(writeln!(std::io::stderr(), "\n{missing}\n")));
        None
    }

    /// A person at a desk, with a profile of their own: signed in nowhere.
    pub async fn person(&self, name: &'static str, site: &str) -> Person {
        self.someone(name, site, None).await
    }

    /// The same, with a profile that outlives the browser. One browser at a time uses it.
    pub async fn person_with(&self, profile: &Path, name: &'static str, site: &str) -> Person {
        self.someone(name, site, Some(profile)).await
    }

    async fn someone(&self, name: &'static str, site: &str, profile: Option<&Path>) -> Person {
        let line = Line::lay().await;
        let client = self.driver.session(&line, profile).await;
        let person = Person::new(name, client, line, site.parse().unwrap());
        person.screen(DESK).await;
        person.colors(Colors::Light).await;
        person
    }
}
