//! Programs, with a token.

use reqwest::{Method, StatusCode};
use second_story::{
    people::tokens,
    terms::{Role, Scope},
};
use serde_json::Value;

use super::{Client, Server};

/// A program with somebody's token.
pub struct Program {
    pub client: Client,
    pub token: String,
}

impl Program {
    /// With a token of somebody.
    pub async fn of(server: &Server, person: &Client, scope: Scope) -> Self {
        let owner = person.person.as_ref().unwrap().id;
        let token = tokens::make(&server.app.db, owner, "a program", scope).await.unwrap();
        Self { client: server.anybody(), token }
    }

    /// As Ana, a responder.
    pub async fn writing(server: &Server) -> Self {
        Self::of(server, &server.person("Ana", Role::Responder).await, Scope::Write).await
    }

    /// A request below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, &format!("/api/v1{path}")).bearer_auth(&self.token)
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path)).await
    }

    /// Writes.
    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(&body)).await
    }

    /// Writes under a key.
    pub async fn post_once(&self, key: &str, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    /// Says how something is to be.
    pub async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::PUT, path).json(&body)).await
    }

    /// Changes.
    pub async fn patch(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::PATCH, path).json(&body)).await
    }
}

/// Sends a request, and reads the JSON or the problem that comes back.
pub async fn read(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    let expected = if status.is_success() { "application/json" } else { "application/problem+json" };
    assert_eq!(content_type, expected, "{status}");
    (status, response.json().await.unwrap())
}
