//! Share links: what they show, to whom, for how long, and that it is live.

mod asking;
mod links;
mod live;
mod names;
mod view;

use reqwest::StatusCode;
use second_story::terms::Role;

use crate::support::{Client, Events, Reply, Server, html};

/// An incident, who responds to it, and a link to it.
pub struct Shared {
    server: Server,
    /// She declared it, commands it and made the link.
    ana: Client,
    incident: i64,
    token: String,
    /// Has the link and nothing else.
    reader: Client,
}

impl Shared {
    async fn incident() -> Self {
        Self::on(Server::start().await).await
    }

    async fn on(server: Server) -> Self {
        let (ana, incident) = server.room().await;
        let token = made(&ana, incident, &[]).await;
        let reader = server.anybody();
        Self { server, ana, incident, token, reader }
    }

    async fn page(&self) -> Reply {
        self.reader.get(&format!("/s/{}", self.token)).await
    }

    /// The page, which must be there.
    async fn shown(&self) -> String {
        let reply = self.page().await;
        assert_eq!(reply.status, StatusCode::OK);
        reply.body
    }

    async fn events(&self) -> Events {
        self.reader.events(&format!("/s/{}/events", self.token), None).await
    }

    async fn does(&self, what: &str, fields: &[(&str, &str)]) {
        self.ana.change(self.incident, what, fields).await;
    }

    fn path(&self, what: &str) -> String {
        format!("/incidents/{}/{what}", self.incident)
    }

    async fn id(&self) -> String {
        let id = sqlx::query_scalar("select id::text from share_links where incident = $1 order by created_at desc");
        id.bind(self.incident).fetch_one(&self.server.app.db).await.unwrap()
    }

    async fn person(&self, name: &str, role: Role) -> Client {
        self.server.person(name, role).await
    }
}

/// Makes a link; what is not said is as the form offers it. Returns its secret.
async fn made(by: &Client, incident: i64, but: &[(&str, &str)]) -> String {
    let offered = [("label", "Board"), ("lasts", ""), ("names", "roles"), ("may_ask", "1")];
    let kept = offered.into_iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    let fields: Vec<_> = kept.chain(but.iter().copied()).filter(|(_, value)| *value != "no").collect();
    let reply = by.submit(&format!("/incidents/{incident}/share-links"), &fields).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    html::token(&reply.body).to_owned()
}

/// The first view from now on that contains a text.
async fn view_with(events: &mut Events, text: &str) -> String {
    while let Some(view) = events.next_named("view").await {
        if view.data.contains(text) {
            return view.data;
        }
    }
    panic!("the stream ended before a view with {text}");
}
