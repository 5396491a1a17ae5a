//! Instances in which every form of the product has something to act on.

use second_story::{
    people::{
        one_time_links::{self, Purpose},
        password::Password,
        sessions, store, tokens,
    },
    terms::{Role, Scope},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{
    Client, Reply, Server,
    forms::{Form, PASSWORD, UPDATE},
    html,
    people::key,
};

/// An instance in which every form has something to act on.
pub struct World {
    pub server: Server,
    /// The admin who sends the forms; nobody on an instance that is to be set up.
    pub admin: Client,
    number: i64,
    link: Uuid,
    work: Uuid,
    /// To the admin, and by them.
    offers: [Uuid; 2],
    /// Asked for by somebody else, where the admin commands.
    relief: Uuid,
    update: Uuid,
    /// Asked by somebody else.
    question: Uuid,
    share_link: Uuid,
    ole: Option<Client>,
    other: Uuid,
    others_session: Uuid,
    own_session: Uuid,
    program: Uuid,
    token: String,
}

impl World {
    /// For a form: an instance with people, or one to be set up.
    pub async fn of(route: &str) -> Self {
        let server = Server::start().await;
        let new = route.starts_with("/setup");
        let admin = if new {
            server.anybody()
        } else {
            let admin = server.person("Mara", Role::Admin).await;
            choose_password(&server, &admin).await;
            admin
        };
        let mut world = Self {
            server,
            admin,
            number: 0,
            link: Uuid::nil(),
            work: Uuid::nil(),
            offers: [Uuid::nil(); 2],
            relief: Uuid::nil(),
            update: Uuid::nil(),
            question: Uuid::nil(),
            share_link: Uuid::nil(),
            ole: None,
            other: Uuid::nil(),
            others_session: Uuid::nil(),
            own_session: Uuid::nil(),
            program: Uuid::nil(),
            token: String::new(),
        };
        if !new {
            let other = world.server.person("Ole Other", Role::Responder).await;
            world.other = other.person.as_ref().unwrap().id;
            world.ole = Some(other);
        }
        world.renew(route).await;
        world
    }

    /// Makes again what the form of a route acts on.
    pub async fn renew(&mut self, route: &str) {
        if route.starts_with("/incidents/{number}") || is_shared(route) {
            if self.number == 0 {
                // Into which others are merged.
                self.admin.declare("Sign-in is slow").await;
            }
            self.number = self.admin.declare("Login is slow").await;
            let path = format!("/incidents/{}", self.number);
            let typed = if route.contains("/theories/") { "/theory the cache" } else { "looked at it" };
            assert_eq!(self.admin.say(self.number, typed).await.status, 303);
            let link = [("kind", "call"), ("url", "https://meet.example.org/a")];
            self.admin.post(&format!("{path}/links"), &link).await;
            let link = sqlx::query_scalar("select id from incident_links where incident = $1");
            self.link = link.bind(self.number).fetch_one(self.db()).await.unwrap();
            if self.work.is_nil() || route.contains("work-items/") || route.contains("handoffs/") {
                self.hold_and_offer().await;
            }
            if route.ends_with("/leave") {
                self.admin.change(self.number, "bridge/join", &[]).await;
            }
            if route.contains("/updates/{id}") {
                self.admin.change(self.number, "updates", UPDATE).await;
                let written = sqlx::query_scalar("select id from updates where incident = $1");
                self.update = written.bind(self.number).fetch_one(self.db()).await.unwrap();
            }
            if route.contains("/questions/{id}") || route.starts_with("/s/") {
                let ole = self.ole.clone().unwrap();
                ole.change(self.number, "questions", &[("body", "Is data lost?")]).await;
                let asked = sqlx::query_scalar("select id from questions where incident = $1");
                self.question = asked.bind(self.number).fetch_one(self.db()).await.unwrap();
            }
            if route.contains("/relief/") {
                self.command_and_be_asked().await;
            }
            if is_shared(route) {
                self.share().await;
            }
        }
        if route.contains("sessions") {
            self.others_session = self.session(self.other).await;
            self.own_session = self.session(self.admin.person.as_ref().unwrap().id).await;
        }
        if route.starts_with("/settings/tokens/") {
            let owner = self.admin.person.as_ref().unwrap().id;
            tokens::make(self.db(), owner, "pager", Scope::Read).await.unwrap();
            let made = sqlx::query_scalar("select id from tokens order by id desc limit 1");
            self.program = made.fetch_one(self.db()).await.unwrap();
        }
        if route == "/settings/roles" {
            sqlx::query("delete from roles where not built_in").execute(self.db()).await.unwrap();
        } else if route.starts_with("/settings/roles/") {
            let vendor = [("label", "Vendor"), ("duty", "Calls them.")];
            self.admin.post("/settings/roles", &vendor).await;
        }
        if route.contains("{token}") && !is_shared(route) {
            self.token = self.one_time_link(route).await;
        }
    }

    /// The admin holds work and offers a role; somebody else offers them another.
    async fn hold_and_offer(&mut self) {
        let ole = self.ole.clone().unwrap();
        self.admin.change(self.number, "work-items", &[("title", "find the replica"), ("person", "me")]).await;
        ole.change(self.number, "roles", &[("role", "scribe"), ("person", "me")]).await;
        ole.change(self.number, "handoffs", &[("role", "scribe"), ("to", "@mara")]).await;
        self.admin.change(self.number, "handoffs", &[("role", "operations"), ("to", "@ole-other")]).await;
        let work = sqlx::query_scalar("select id from work_items where incident = $1");
        self.work = work.bind(self.number).fetch_one(self.db()).await.unwrap();
        let offers = sqlx::query_scalar("select id from handoffs where incident = $1 order by role desc");
        let offers: Vec<Uuid> = offers.bind(self.number).fetch_all(self.db()).await.unwrap();
        self.offers = offers.try_into().unwrap();
    }

    /// The admin makes a link through which readers may ask.
    async fn share(&mut self) {
        let path = format!("/incidents/{}/share-links", self.number);
        let made = self.admin.submit(&path, &[("label", "Board"), ("names", "roles"), ("may_ask", "1")]).await;
        html::token(&made.body).clone_into(&mut self.token);
        let link = sqlx::query_scalar("select id from share_links where incident = $1");
        self.share_link = link.bind(self.number).fetch_one(self.db()).await.unwrap();
    }

    async fn command_and_be_asked(&mut self) {
        self.admin.change(self.number, "roles", &[("role", "commander"), ("person", "me")]).await;
        self.ole.clone().unwrap().change(self.number, "relief", &[]).await;
        let asked = sqlx::query_scalar("select id from relief_requests where incident = $1");
        self.relief = asked.bind(self.number).fetch_one(self.db()).await.unwrap();
    }

    /// The address of a route, its parameters filled in.
    pub fn path(&self, route: &str) -> String {
        let id = if route.contains("/work-items/") {
            self.work
        } else if route.contains("/handoffs/") {
            self.offers[usize::from(route.ends_with("/withdraw"))]
        } else if route.contains("/relief/") {
            self.relief
        } else if route.contains("/questions/") {
            self.question
        } else if route.contains("/updates/") {
            self.update
        } else if is_shared(route) {
            self.share_link
        } else if route.starts_with("/incidents") {
            self.link
        } else if route.starts_with("/settings/tokens") {
            self.program
        } else if route.starts_with("/me") {
            self.own_session
        } else {
            self.other
        };
        // The entry that somebody typed comes after the declaration.
        let path = route.replace("{number}", &self.number.to_string());
        path.replace("{seq}", "2")
            .replace("{id}", &id.to_string())
            .replace("{session}", &self.others_session.to_string())
            .replace("{severity}", "sev2")
            .replace("{role}", "vendor")
            .replace("{token}", &self.token)
            .replace("{*name}", "app.css")
    }

    /// Sends a form with one field changed.
    pub async fn send(&self, form: &Form, changed: (&str, &str)) -> Reply {
        let question = self.question.to_string();
        let value = |value| if value == "{question}" { question.as_str() } else { value };
        let others = form.fields.iter().map(|(name, typed)| (*name, value(*typed)));
        let key = key();
        let others = others.chain([("key", key.as_str())]);
        let others = others.filter(|(name, _)| *name != changed.0);
        let fields: Vec<_> = others.chain([changed]).collect();
        self.admin.post(&self.path(form.route), &fields).await
    }

    pub fn db(&self) -> &sqlx::PgPool {
        &self.server.app.db
    }

    async fn session(&self, person: Uuid) -> Uuid {
        sessions::begin(self.db(), person, "elsewhere").await.unwrap();
        let last = "select id from sessions where person_id = $1 order by id desc limit 1";
        let last = sqlx::query_scalar(last).bind(person);
        last.fetch_one(self.db()).await.unwrap()
    }

    async fn one_time_link(&self, route: &str) -> String {
        let purpose = match route {
            "/setup/{token}" => Purpose::Setup,
            "/reset/{token}" => Purpose::Reset { person: self.other },
            _ => Purpose::Invite {
                email: format!("{}@example.org", Uuid::now_v7().simple()),
                name: String::new(),
                role: Role::Responder,
            },
        };
        let path = make_link(&self.server, &purpose).await;
        path.rsplit('/').next().unwrap().to_owned()
    }
}

/// Whether its form is about a share link, or stands behind one.
fn is_shared(route: &str) -> bool {
    route.starts_with("/s/") || route.contains("/links/{id}/revoke") || route.contains("share-links/{id}")
}

/// An instance with people and one to be set up, for requests that change
/// nothing: one after another, they need no instance each.
pub struct Worlds {
    lived_in: World,
    new: World,
}

impl Worlds {
    pub async fn make() -> Self {
        Self { lived_in: World::of("/").await, new: World::of("/setup/{token}").await }
    }

    /// The one for a route, with what its form acts on.
    pub async fn of(&mut self, route: &str) -> &World {
        let world = if route.starts_with("/setup") { &mut self.new } else { &mut self.lived_in };
        world.renew(route).await;
        world
    }
}

/// A one-time link's path.
pub async fn make_link(server: &Server, purpose: &Purpose) -> String {
    let mut tx = server.app.db.begin().await.unwrap();
    let path = one_time_links::make(&mut tx, purpose, None).await.unwrap();
    tx.commit().await.unwrap();
    path
}

/// Gives somebody [`PASSWORD`].
pub async fn choose_password(server: &Server, client: &Client) {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash = HASH.get_or_init(async || {
        let chosen = Password::choose(PASSWORD, &[]).await.unwrap().ok().unwrap();
        chosen.hash().await.unwrap()
    });
    let hash = hash.await;
    let id = client.person.as_ref().unwrap().id;
    store::set_password(&server.app.db, id, hash).await.unwrap();
}
