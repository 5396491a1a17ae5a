//! Questions of those outside: asked, said to be the same, answered, taken out.

mod answering;
mod asking;
mod programs;

use second_story::{
    terms::Role,
    updates::questions::{self, Question},
};
use uuid::Uuid;

use crate::support::{Client, Server, rows};

/// An incident and the people around it.
struct Room {
    server: Server,
    incident: i64,
    /// An admin.
    olga: Client,
    /// Responders; Ana declared it.
    ana: Client,
    ben: Client,
    /// Viewers.
    vera: Client,
    wim: Client,
}

impl Room {
    async fn open() -> Self {
        let server = Server::start().await;
        let olga = server.person("Olga", Role::Admin).await;
        let ana = server.person("Ana", Role::Responder).await;
        let ben = server.person("Ben", Role::Responder).await;
        let vera = server.person("Vera", Role::Viewer).await;
        let wim = server.person("Wim", Role::Viewer).await;
        let incident = ana.declare("Checkout fails").await;
        Self { server, incident, olga, ana, ben, vera, wim }
    }

    fn path(&self, what: &str) -> String {
        format!("/incidents/{}/{what}", self.incident)
    }

    /// Asks, and is taken.
    async fn asks(&self, who: &Client, body: &str) -> Question {
        who.change(self.incident, "questions", &[("body", body), ("anyway", "1")]).await;
        self.questions().await.into_iter().find(|question| question.body == body).unwrap()
    }

    /// Answers, and is taken.
    async fn answers(&self, who: &Client, question: &Question, fields: &[(&str, &str)]) {
        who.change(self.incident, &format!("questions/{}/answer", question.id), fields).await;
    }

    /// Says to ask the same; with what status that is answered.
    async fn asks_too(&self, who: &Client, question: &Question) -> u16 {
        who.post(&format!("{}/same", question.path()), &[]).await.status.as_u16()
    }

    async fn questions(&self) -> Vec<Question> {
        let mut db = self.server.app.db.acquire().await.unwrap();
        questions::of(&mut db, self.incident).await.unwrap()
    }

    /// What the entries of questions say, each with its text after a colon.
    async fn said(&self) -> Vec<String> {
        let timeline = rows::timeline(&self.server.app.db, self.incident).await;
        rows::assert_sound(&timeline);
        let said = |line: rows::Line| match line.reason.as_str() {
            "" => line.body,
            text => format!("{}: {text}", line.body),
        };
        timeline.into_iter().filter(|line| line.kind == "question").map(said).collect()
    }

    /// Takes the text of an entry out.
    async fn redacts(&self, seq: i64) {
        let form = format!("timeline/{seq}/redaction");
        self.olga.change(self.incident, &form, &[("reason", "a customer's data")]).await;
    }

    /// A share link, past all pages.
    async fn link(&self, label: &str) -> Uuid {
        let id = Uuid::now_v7();
        let link = serde_json::json!({
            "id": id, "token_hash": "\\x00", "incident": self.incident, "seq": 1, "label": label,
            "view": "leadership", "names": "roles", "may_ask": true, "shows_summary": false,
            "created_by": self.ana.person.as_ref().unwrap().id, "created_at": "2026-11-22T03:00:00Z", "views": 0,
        });
        let insert = "insert into share_links select * from jsonb_populate_record(null::share_links, $1)";
        sqlx::query(insert).bind(link).execute(&self.server.app.db).await.unwrap();
        id
    }
}
