//! What a person sees. What is expected is waited for, ten seconds at most; a
//! disappointment says what was there instead and leaves a screenshot.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::person::{Person, say};

impl Person {
    /// Waits until the text is on the page.
    pub async fn see(&self, text: &str) {
        self.act(&format!("does not see “{text}”"), async || holds(self.page().await?.contains(text))).await;
    }

    /// Waits until the text is no longer on the page.
    pub async fn see_not(&self, text: &str) {
        self.act(&format!("still sees “{text}”"), async || holds(!self.page().await?.contains(text))).await;
    }

    /// Waits until so many visible things match.
    pub async fn see_count(&self, css: &str, expected: u64) {
        self.act(&format!("does not see {expected} of {css}"), async || {
            let count = self.ask("count", css).await?.as_u64();
            holds(count == Some(expected))
        })
        .await;
    }

    /// Waits until an expression of JavaScript is true.
    pub async fn until(&self, expression: &str) {
        self.act(&format!("waits in vain for {expression}"), async || {
            let script = format!("return !!({expression});");
            let said = self.client.execute(&script, vec![]).await.map_err(say)?;
            holds(said == Value::Bool(true))
        })
        .await;
    }

    /// How many visible things match, now.
    pub async fn count(&self, css: &str) -> u64 {
        let count = self.ask("count", css).await;
        count.unwrap().as_u64().unwrap()
    }

    /// The visible text of the first thing that matches, once there is one.
    pub async fn text(&self, css: &str) -> String {
        self.first("text", css).await
    }

    /// What a field holds.
    pub async fn value(&self, field: &str) -> String {
        self.first("value", field).await
    }

    /// The path and query of the page that is open.
    pub async fn address(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url[url::Position::BeforePath..].to_owned()
    }

    /// Writes a picture of the window, as PNG.
    pub async fn screenshot(&self, path: impl AsRef<Path>) {
        let picture = self.client.screenshot().await.unwrap();
        fs::write(path, picture).unwrap();
    }

    async fn first(&self, question: &str, about: &str) -> String {
        let mut first = None;
        self.act(&format!("finds no {about}"), async || {
            let found = self.ask(question, about).await?;
            first = found[0].as_str().map(str::to_owned);
            holds(first.is_some())
        })
        .await;
        first.unwrap()
    }

    /// All visible text of the part of the page looked at.
    async fn page(&self) -> Result<String, String> {
        let text = self.ask("page", "").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Ends the test with all that helps to understand it.
    pub(super) async fn give_up(&self, what: &str) -> ! {
        let url = self.client.current_url().await;
        let url = url.map_or_else(say, |url| url.to_string());
        let page = self.page().await.unwrap_or_else(|error| error);
        let console = self.console_errors().await;
        let picture = self.keep_picture().await;
        panic!("{} {what}\n  at      {url}\n  sees    {page}\n  console {console:#?}\n  picture {picture}", self.name);
    }

    async fn keep_picture(&self) -> String {
        let picture = match self.client.screenshot().await {
            Ok(picture) => picture,
            Err(error) => return say(error),
        };
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}.png", self.name));
        match fs::write(&path, picture) {
            Ok(()) => path.display().to_string(),
            Err(error) => error.to_string(),
        }
    }
}

fn holds(condition: bool) -> Result<(), String> {
    if condition { Ok(()) } else { Err("not yet".into()) }
}
