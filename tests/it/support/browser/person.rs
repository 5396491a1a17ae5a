//! What a person does in a browser. Things are named as a person would, by the
//! words on them ("Declare incident", the label of a field), or by a CSS
//! selector. Every act waits until it can be done, ten seconds at most.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use fantoccini::{
    Client,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
    key::Key,
};
use serde_json::{Value, json};
use url::Url;

use super::line::Line;

/// Finds what is named on a page; see the file.
const PAGE: &str = include_str!("page.js");

/// How WebDriver writes an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Somebody with a browser of their own.
#[derive(Clone)]
pub struct Person {
    pub(super) name: &'static str,
    pub(super) client: Client,
    pub(super) line: Line,
    /// The part of the page looked at; all of it unless said otherwise.
    pub(super) scope: String,
    pub(super) patience: Duration,
    site: Url,
}

impl Person {
    pub(super) fn new(name: &'static str, client: Client, line: Line, site: Url) -> Self {
        Self { name, client, line, scope: "body".into(), patience: Duration::from_secs(10), site }
    }

    /// The same person, looking only at a part of the page.
    pub fn within(&self, css: &str) -> Self {
        let scope = css.into();
        Self { scope, ..self.clone() }
    }

    /// The same person, who gives up sooner or later.
    pub fn patient(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    /// The folder in which this browser keeps cookies and the like.
    pub fn profile(&self) -> PathBuf {
        let chrome = &self.client.capabilities().unwrap()["chrome"];
        chrome["userDataDir"].as_str().unwrap().into()
    }

    /// Has a cookie of the site, written `name=value`: signed in without the form.
    pub async fn cookie(&self, cookie: &str) {
        let (name, value) = cookie.split_once('=').unwrap();
        let cookie =
            json!({ "name": name, "value": value, "url": self.site.as_str(), "httpOnly": true, "sameSite": "Lax" });
        self.devtools("Network.setCookie", cookie).await;
    }

    /// Opens a page of the site, as if its path had been typed.
    pub async fn open(&self, path: &str) {
        let url = self.site.join(path).unwrap();
        // A page that is still on its way may cut this one off: then once more.
        self.act(&format!("cannot open {url}"), async || self.client.goto(url.as_str()).await.map_err(say)).await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Clicks what is named.
    pub async fn click(&self, what: &str) {
        self.act(&format!("cannot click “{what}”"), async || {
            self.the_one("click", what).await?.click().await.map_err(say)
        })
        .await;
    }

    /// Writes into a field in place of what it holds; of a list, picks the option.
    pub async fn fill(&self, field: &str, text: &str) {
        self.act(&format!("cannot fill “{field}”"), async || {
            let field = self.the_one("field", field).await?;
            write(&self.client, &field, text).await.map_err(say)
        })
        .await;
    }

    /// Says yes to the question that the page asks in a window of its own.
    pub async fn agree(&self) {
        self.act("is asked nothing", async || self.client.accept_alert().await.map_err(say)).await;
    }

    /// Closes the browser, all of it.
    pub async fn quit(self) {
        self.client.close().await.unwrap();
    }

    /// Presses a key or a chord: "Enter", "Escape", "?", "Control+Enter".
    pub async fn press(&self, chord: &str) {
        let keys: Vec<char> = chord.split('+').map(key).collect();
        let down = keys.iter().map(|&value| KeyAction::Down { value });
        let up = keys.iter().rev().map(|&value| KeyAction::Up { value });
        let keyboard = KeyActions::new("keyboard".into());
        let strokes = down.chain(up).fold(keyboard, KeyActions::then);
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// Does something again and again until it works.
    pub(super) async fn act(&self, failing: &str, mut act: impl AsyncFnMut() -> Result<(), String>) {
        let begun = Instant::now();
        while let Err(error) = act().await {
            if begun.elapsed() > self.patience {
                let waited = self.patience;
                self.give_up(&format!("{failing} within {waited:?}: {error}")).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The one thing on the page that is named so.
    async fn the_one(&self, kind: &str, what: &str) -> Result<Element, String> {
        let found = self.ask(kind, what).await?;
        match found.as_array().map_or(&[][..], Vec::as_slice) {
            [] => Err("nothing here is called that".into()),
            [one] => {
                let id = one[ELEMENT].as_str().unwrap_or_default().to_owned();
                Ok(Element::from_element_id(self.client.clone(), id.into()))
            }
            many => Err(format!("{} things here are called that", many.len())),
        }
    }

    /// Asks a question of `page.js` about the part of the page looked at.
    pub(super) async fn ask(&self, question: &str, about: &str) -> Result<Value, String> {
        let script = format!("{PAGE}\nreturn ask(...arguments);");
        let about = vec![json!(question), json!(about), json!(self.scope)];
        self.client.execute(&script, about).await.map_err(say)
    }
}

async fn write(client: &Client, field: &Element, text: &str) -> Result<(), CmdError> {
    let kind = field.prop("type").await?.unwrap_or_default();
    match kind.as_str() {
        "select-one" => field.select_by_label(text).await,
        // Typing into these depends on the language of the machine.
        "date" | "datetime-local" | "time" | "color" | "range" => {
            let set = "const [field, text] = arguments; field.value = text;
                for (const event of ['input', 'change']) field.dispatchEvent(new Event(event, { bubbles: true }));";
            let set = client.execute(set, vec![json!(field), json!(text)]);
            set.await.map(drop)
        }
        _ => {
            field.clear().await?;
            field.send_keys(text).await
        }
    }
}

fn key(name: &str) -> char {
    match name {
        "Enter" => Key::Enter.into(),
        "Escape" => Key::Escape.into(),
        "Tab" => Key::Tab.into(),
        "Space" => ' ',
        "Backspace" => Key::Backspace.into(),
        "Delete" => Key::Delete.into(),
        "Up" => Key::Up.into(),
        "Down" => Key::Down.into(),
        "Left" => Key::Left.into(),
        "Right" => Key::Right.into(),
        "Home" => Key::Home.into(),
        "End" => Key::End.into(),
        "PageUp" => Key::PageUp.into(),
        "PageDown" => Key::PageDown.into(),
        "Control" => Key::Control.into(),
        "Shift" => Key::Shift.into(),
        "Alt" => Key::Alt.into(),
        other => {
            let mut letters = other.chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else {
                panic!("{other} is not the name of a key");
            };
            letter
        }
    }
}

/// An error of WebDriver in one line.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
pub(super) fn say(error: CmdError) -> String {
    let said = error.to_string();
    said.lines().next().unwrap_or_default().to_owned()
}
