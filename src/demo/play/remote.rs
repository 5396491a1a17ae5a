//! An instance as a program reaches it. What was not answered is sent again
//! under the same key, so that it is written once.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::RETRY_AFTER, redirect::Policy};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use url::Url;
use uuid::Uuid;

use crate::config;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long one write is tried before it is given up.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long is waited before the first further try; every one waits twice as long…
const SOON: Duration = Duration::from_millis(100);
/// … up to this.
const LATE: Duration = Duration::from_secs(5);

/// An instance, and the token that it knows us by.
pub struct Remote {
    http: reqwest::Client,
    url: Url,
    token: String,
}

/// What one try came to.
enum Tried {
    Done(Value),
    /// Not now: after so long, if the server says so.
    Later(Option<Duration>, String),
}

/// What the server says when it does not do what was asked.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    field: String,
    message: String,
}

impl Remote {
    pub fn new(server: &config::Remote) -> anyhow::Result<Self> {
        // Installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?;
        Ok(Self { http, url: server.url.clone(), token: server.token.clone() })
    }

    /// Whether it is there and knows the token.
    pub async fn knock(&self) -> anyhow::Result<()> {
        let request = self.request(Method::GET, "incidents?limit=1")?;
        let response = request.send().await.with_context(|| format!("--url: can't reach {}", self.url))?;
        match response.status() {
            StatusCode::UNAUTHORIZED => bail!("--token: {}", words(response).await),
            status if status.is_success() && response.json::<Value>().await.is_ok_and(|it| it["items"].is_array()) => {
                Ok(())
            }
            status => bail!("--url: {} answers ({status}), but not as Second Story does", self.url),
        }
    }

    /// Writes once, however often it has to be sent, and returns the answer.
    pub async fn write(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let key = Uuid::new_v4().to_string();
        let began = Instant::now();
        let mut pause = SOON;
        loop {
            let request = self.request(method.clone(), path)?.header("idempotency-key", &key).json(body);
            let (wait, why) = match try_once(request).await? {
                Tried::Done(answer) => return Ok(answer),
                Tried::Later(wait, why) => (wait.unwrap_or(pause), why),
            };
            if began.elapsed() + wait > PATIENCE {
                bail!("{} does not take it: {why}", self.url);
            }
            sleep(wait).await;
            pause = LATE.min(pause * 2);
        }
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let url = self.url.join("/api/v1/")?.join(path)?;
        Ok(self.http.request(method, url).bearer_auth(&self.token))
    }
}

/// Errors are refusals: sent again, they would be the same.
async fn try_once(request: RequestBuilder) -> anyhow::Result<Tried> {
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Ok(Tried::Later(None, format!("{:#}", anyhow::Error::from(error)))),
    };
    let status = response.status();
    if status.is_success() {
        let answer = response.json().await;
        return Ok(answer.map_or_else(|error| Tried::Later(None, error.to_string()), Tried::Done));
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let wait = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        return Ok(Tried::Later(wait.map(Duration::from_secs), words(response).await));
    }
    bail!("refused ({status}): {}", words(response).await)
}

/// What the server says of it, on one line.
async fn words(response: Response) -> String {
    let status = response.status();
    let Problem { title, detail, errors } = response.json().await.unwrap_or_default();
    let faults = errors.into_iter().map(|Fault { field, message }| format!("{field}: {message}"));
    let words: Vec<_> = [detail].into_iter().filter(|it| !it.is_empty()).chain(faults).collect();
    match (words.is_empty(), title.is_empty()) {
        (false, _) => words.join(" "),
        (true, false) => title,
        (true, true) => status.to_string(),
    }
}
