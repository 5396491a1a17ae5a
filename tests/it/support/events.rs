//! Listening to server-sent events, as a program that reads the specification.

use std::time::Duration;

use reqwest::Response;

/// How long anything live may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream.
pub struct Events {
    response: Response,
    buffer: String,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: Option<i64>,
    pub data: String,
}

impl Events {
    pub fn new(response: Response) -> Self {
        Self { response, buffer: String::new() }
    }

    /// The next event of any name; `None` when the stream ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                self.buffer = rest.into();
                if let Some(event) = event {
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("the stream says something").ok()??;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event of a name, past all others. A stream that has no news
    /// still says that it is alive, so the patience is with all of them.
    pub async fn next_named(&mut self, name: &str) -> Option<Event> {
        let named = async {
            loop {
                let event = self.next().await?;
                if event.name == name {
                    return Some(event);
                }
            }
        };
        let named = tokio::time::timeout(PATIENCE, named).await;
        named.unwrap_or_else(|_| panic!("no {name} in time"))
    }

    /// The first panels from now on that contain a text. They are read after
    /// the entries they are sent with, so they may be ahead of those.
    pub async fn panels_with(&mut self, text: &str) -> String {
        while let Some(panels) = self.next_named("panels").await {
            if panels.data.contains(text) {
                return panels.data;
            }
        }
        panic!("the stream ended before panels with {text}");
    }

    /// Entries until the one with this `seq`, as `seq`s.
    pub async fn entries_until(&mut self, seq: i64) -> Vec<i64> {
        let mut seen = Vec::new();
        while let Some(event) = self.next_named("entry").await {
            seen.push(event.id.expect("an entry has an id"));
            if event.id == Some(seq) {
                break;
            }
        }
        seen
    }
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event { name: String::new(), id: None, data: String::new() };
    for line in block.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("event", name) => event.name = name.into(),
            ("id", id) => event.id = id.parse().ok(),
            ("data", data) => {
                event.data.push_str(data);
                event.data.push('\n');
            }
            _ => {}
        }
    }
    (!event.name.is_empty()).then_some(event)
}
