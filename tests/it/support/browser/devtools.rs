//! What surrounds a person: the screen, its colours, the line, the console.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::person::Person;

/// A window on a desk.
pub const DESK: Screen = Screen { width: 1280, height: 900, touch: false };
/// A phone held upright.
pub const PHONE: Screen = Screen { width: 390, height: 844, touch: true };

/// What a page is seen on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u16,
    /// In CSS pixels.
    pub height: u16,
    /// Whether it is touched, and knows no mouse.
    pub touch: bool,
}

/// What `prefers-color-scheme` says.
#[derive(Debug, Clone, Copy)]
pub enum Colors {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Person {
    /// Changes to another screen.
    pub async fn screen(&self, screen: Screen) {
        let Screen { width, height, touch } = screen;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": touch })).await;
    }

    /// Prefers other colours.
    pub async fn colors(&self, colors: Colors) {
        let value = match colors {
            Colors::Light => "light",
            Colors::Dark => "dark",
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Loses the line, or has it back. The browser knows, and every connection ends.
    pub async fn offline(&self, offline: bool) {
        self.line.set_up(!offline);
        self.devtools("Network.enable", json!({})).await;
        let line = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", line).await;
    }

    /// Runs no script of any page from now on.
    pub async fn without_javascript(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Runs a script before those of every page that this tab opens from now on.
    pub async fn before_scripts(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// The tab looked at dies without a word, as for want of memory.
    pub async fn crash(&self) {
        let command = Command { path: "goog/cdp/execute", body: json!({ "cmd": "Page.crash", "params": {} }) };
        // Who is dead does not answer.
        let _ = self.client.issue_cmd(command).await;
    }

    /// What the console has complained of since it was last asked: uncaught
    /// exceptions, what the content security policy refused, answers from 400 on.
    pub async fn console_errors(&self) -> Vec<String> {
        let log = Command { path: "se/log", body: json!({ "type": "browser" }) };
        let log = self.client.issue_cmd(log).await.unwrap_or_default();
        let lines = log.as_array().map_or(&[][..], Vec::as_slice);
        let severe = lines.iter().filter(|line| line["level"] == "SEVERE");
        severe.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Anything else that the DevTools protocol can do.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        let body = json!({ "cmd": command, "params": params });
        let command = Command { path: "goog/cdp/execute", body };
        self.client.issue_cmd(command).await.unwrap()
    }
}

/// A command of chromedriver that WebDriver does not know.
#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
