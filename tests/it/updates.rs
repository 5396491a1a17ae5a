//! What is said to those outside, and the promise of when the next word comes.

mod cadence;
mod correcting;
mod drafts;
mod overdue;
mod programs;
mod room;
mod writing;

use second_story::terms::{Role, Scope};
use serde_json::Value;

use crate::support::{Client, Program, Server, rows};

/// An incident and the people around it.
struct Room {
    server: Server,
    incident: i64,
    /// An admin.
    olga: Client,
    /// Responders; Ana declared it.
    ana: Client,
    ben: Client,
    /// A viewer.
    vera: Client,
    /// As Ana.
    program: Program,
}

impl Room {
    async fn open() -> Self {
        Self::on(Server::start().await).await
    }

    async fn on(server: Server) -> Self {
        let olga = server.person("Olga", Role::Admin).await;
        let ana = server.person("Ana", Role::Responder).await;
        let ben = server.person("Ben", Role::Responder).await;
        let vera = server.person("Vera", Role::Viewer).await;
        let incident = ana.declare("Checkout fails").await;
        let program = Program::of(&server, &ana, Scope::Write).await;
        Self { server, incident, olga, ana, ben, vera, program }
    }

    fn path(&self, what: &str) -> String {
        format!("/incidents/{}/{what}", self.incident)
    }

    /// Sends a form of the room that must be taken.
    async fn does(&self, who: &Client, what: &str, fields: &[(&str, &str)]) {
        who.change(self.incident, what, fields).await;
    }

    /// What the entries of a kind say, each with its reason after a colon.
    async fn said(&self, kind: &str) -> Vec<String> {
        let timeline = rows::timeline(&self.server.app.db, self.incident).await;
        rows::assert_sound(&timeline);
        let said = |line: rows::Line| match line.reason.as_str() {
            "" => line.body,
            reason => format!("{}: {reason}", line.body),
        };
        timeline.into_iter().filter(|line| line.kind == kind).map(said).collect()
    }

    /// The updates as programs read them, the newest first.
    async fn updates(&self) -> Vec<Value> {
        let (status, list) = self.program.get(&self.path("updates")).await;
        assert_eq!(status, 200);
        list["items"].as_array().unwrap().clone()
    }

    /// The page of the newest update, below the room's.
    async fn last(&self) -> String {
        format!("updates/{}", self.updates().await[0]["id"].as_str().unwrap())
    }

    /// The cadence, as programs read it.
    async fn cadence(&self) -> Value {
        let (status, cadence) = self.program.get(&self.path("cadence")).await;
        assert_eq!(status, 200);
        cadence
    }

    /// When the next update is promised, as the server writes it.
    async fn promised(&self) -> Option<String> {
        self.cadence().await["next_by"].as_str().map(str::to_owned)
    }
}

const WRITTEN: &[(&str, &str)] = &[
    ("audience", "leadership"),
    ("situation", "Checkout fails since 03:07."),
    ("impact", "One order in three."),
    ("doing", "We roll back the last deploy."),
    ("ruled_out", "The network."),
    ("next_by", "30"),
];
