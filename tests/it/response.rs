//! Who holds what: roles, work, and hand-offs that are accepted and not just said; and what is suspected.

mod bridge;
mod commanding;
mod empty;
mod handoffs;
mod lanes;
mod races;
mod redacting;
mod roles;
mod sequences;
mod theories;
mod typed;
mod work;

use second_story::terms::{Role, Scope};
use serde_json::Value;

use crate::support::{Client, Program, Reply, Server, key, rows};

/// An incident and the people around it.
struct Room {
    server: Server,
    incident: i64,
    /// An admin.
    olga: Client,
    /// Responders.
    ana: Client,
    ben: Client,
    cem: Client,
    /// A viewer.
    vera: Client,
}

impl Room {
    async fn open() -> Self {
        let server = Server::start().await;
        let olga = server.person("Olga", Role::Admin).await;
        let ana = server.person("Ana", Role::Responder).await;
        let ben = server.person("Ben", Role::Responder).await;
        let cem = server.person("Cem", Role::Responder).await;
        let vera = server.person("Vera", Role::Viewer).await;
        let incident = ana.declare("Checkout fails").await;
        Self { server, incident, olga, ana, ben, cem, vera }
    }

    /// The same, seen by Ana, Ben and admins alone.
    async fn open_private() -> Self {
        let room = Self::open().await;
        room.olga.change(room.incident, "visibility", &[("private", "on"), ("people", "@ana, @ben")]).await;
        room
    }

    fn path(&self, what: &str) -> String {
        format!("/incidents/{}/{what}", self.incident)
    }

    /// Sends a form of the room.
    async fn send(&self, who: &Client, what: &str, fields: &[(&str, &str)]) -> Reply {
        who.submit(&self.path(what), fields).await
    }

    /// Sends one that must be taken.
    async fn does(&self, who: &Client, what: &str, fields: &[(&str, &str)]) {
        who.change(self.incident, what, fields).await;
    }

    async fn takes(&self, who: &Client, role: &str) {
        self.does(who, "roles", &[("role", role), ("person", "me")]).await;
    }

    /// A program as somebody.
    async fn program(&self, who: &Client) -> Program {
        Program::of(&self.server, who, Scope::Write).await
    }

    /// Who holds a role.
    async fn holder(&self, role: &str) -> Option<String> {
        let holder = sqlx::query_scalar(
            "select p.name from role_terms t join people p on p.id = t.person_id
             where t.incident = $1 and t.role = $2 and t.until is null",
        );
        holder.bind(self.incident).bind(role).fetch_optional(&self.server.app.db).await.unwrap()
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

    /// The page of the last offer, below the room's.
    async fn last_offer(&self) -> String {
        format!("handoffs/{}", self.last("handoffs", "offered_at").await)
    }

    /// The page of the last piece of work, likewise.
    async fn last_work(&self) -> String {
        format!("work-items/{}", self.last("work_items", "created_at").await)
    }

    async fn last(&self, table: &str, order: &str) -> String {
        let last = format!("select id::text from {table} where incident = $1 order by {order} desc, id desc limit 1");
        let last = sqlx::query_scalar(sqlx::AssertSqlSafe(last)).bind(self.incident);
        last.fetch_one(&self.server.app.db).await.unwrap()
    }
}

/// Who holds something, as programs read it.
fn holder(item: &Value) -> Option<&str> {
    item["holder"]["name"].as_str()
}

/// A client key that is sent twice.
fn once() -> String {
    key()
}
