//! People without a browser: they open pages and send forms.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{
    Method, StatusCode,
    header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE},
    redirect::Policy,
};
use second_story::people::Person;
use uuid::Uuid;

use super::{Events, html};

/// Somebody with a cookie jar, or without.
#[derive(Clone)]
pub struct Client {
    /// Who they are, if they were signed in by the test.
    pub person: Option<Person>,
    http: reqwest::Client,
    base: String,
    cookie: Arc<Mutex<Option<String>>>,
}

/// What the server answered. Redirects are not followed.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Client {
    pub fn new(base: &str, person: Option<Person>, cookie: Option<String>) -> Self {
        // The client wants to know who does TLS, even where nobody does.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { person, http, base: base.into(), cookie: Arc::new(Mutex::new(cookie)) }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form, as a browser does from a page of this site.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.request(Method::POST, path).header(ORIGIN, &self.base).form(fields)).await
    }

    /// Sends a form with a fresh client key, as a page's own form does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let key = key();
        let mut fields = fields.to_vec();
        fields.push(("key", &key));
        self.post(path, &fields).await
    }

    /// Sends a form of an incident, such as `status`, that must be taken.
    pub async fn change(&self, incident: i64, what: &str, fields: &[(&str, &str)]) {
        let path = format!("/incidents/{incident}/{what}");
        let reply = self.submit(&path, fields).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{fields:?}: {}", reply.body);
    }

    /// Sends a form with files, as a browser does: under what name, of what
    /// type it says, the bytes.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.as_bytes());
        }
        for (name, media_type, bytes) in files {
            let head = format!("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{name}\"\r\n");
            body.extend(format!("{head}Content-Type: {media_type}\r\n\r\n").as_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let request = self.request(Method::POST, path).header(ORIGIN, &self.base);
        self.send(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await
    }

    /// Opens a room.
    pub async fn room(&self, incident: i64) -> Reply {
        self.get(&format!("/incidents/{incident}")).await
    }

    /// Sends a form and hangs up after a while. It arrived whole or not at all.
    pub async fn cut_off(&self, path: &str, fields: &[(&str, &str)], after: Duration) {
        let request = self.request(Method::POST, path).header(ORIGIN, &self.base).form(fields).timeout(after);
        let _ = request.send().await;
    }

    /// A request with the session's cookie, to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.cookie() {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Sends a request and keeps the cookie that comes back.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        if let Some(set) = headers.get(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = (!pair.ends_with('=')).then_some(pair);
        }
        Reply { status: response.status(), headers, body: response.text().await.unwrap() }
    }

    /// Listens to server-sent events.
    pub async fn events(&self, path: &str, last: Option<i64>) -> Events {
        let request = self.request(Method::GET, path);
        let request = match last {
            Some(last) => request.header("last-event-id", last.to_string()),
            None => request,
        };
        Events::new(request.send().await.unwrap())
    }

    /// The address of the site, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The session's cookie, `name=value`.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Declares an incident and returns its number.
    pub async fn declare(&self, title: &str) -> i64 {
        let reply = self.post("/incidents", &[("title", title), ("key", &key())]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        reply.location().rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Types a line into the composer of a room.
    pub async fn say(&self, incident: i64, line: &str) -> Reply {
        self.post(&format!("/incidents/{incident}/timeline"), &[("body", line), ("key", &key())]).await
    }
}

impl Reply {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    /// Whether it sends one to sign in.
    pub fn asks_to_sign_in(&self) -> bool {
        self.status == StatusCode::SEE_OTHER && self.location().starts_with("/sign-in")
    }

    /// Fails unless the form came back with a message beside a field, what was
    /// typed kept, and a fresh key.
    pub fn assert_refused(&self, field: &str, kept: &str, key: &str) {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{kept}");
        assert!(self.error(field).is_some(), "{field}: {}", self.body);
        assert!(self.body.contains(kept), "“{kept}” is kept: {}", self.body);
        let fresh = html::input(&self.body, "key").unwrap();
        assert_ne!(fresh, key, "the key is fresh");
        assert!(fresh.parse::<Uuid>().is_ok());
    }

    /// The message beside a field, if there is one.
    pub fn error(&self, field: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!(r#"<p class="error" id="{field}-error" role="alert">"#))?;
        let (message, _) = rest.split_once("</p>")?;
        (!message.is_empty()).then(|| message.to_owned())
    }
}

/// An address with a query.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", pairs.extend_pairs(query).finish())
}

/// Does things at the same time and returns what came of them, in their order.
pub async fn together<T: Send + 'static>(
    things: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = things.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// A fresh client key.
pub fn key() -> String {
    Uuid::new_v4().to_string()
}
