//! Every form of the product, filled in so that it is accepted. A route that
//! takes writes and stands not here fails the tests that walk the routes.

use axum::http::Method;
use second_story::{
    people::{
        one_time_links::{self, Purpose},
        password::Password,
        sessions, store, tokens,
    },
    routes::{Route, Routes},
    terms::{Role, Scope},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{Client, Reply, Server, people::key};

/// A password that may be chosen.
pub const PASSWORD: &str = "correct horse battery";

/// One form.
pub struct Form {
    /// The route it is sent to, as axum writes it.
    pub route: &'static str,
    /// What is accepted.
    pub fields: &'static [(&'static str, &'static str)],
    /// The fields into which people type freely, passwords aside.
    pub typed: &'static [&'static str],
}

const fn form(
    route: &'static str,
    fields: &'static [(&'static str, &'static str)],
    typed: &'static [&'static str],
) -> Form {
    Form { route, fields, typed }
}

const ROLE: &[(&str, &str)] = &[
    ("label", "Database liaison"),
    ("duty", "Speaks to the vendor."),
    ("needed_from", "sev2"),
    ("empty_minutes", "5"),
];

const UPDATE: &[(&str, &str)] = &[
    ("audience", "public"),
    ("situation", "Checkout fails."),
    ("impact", "One in three."),
    ("doing", "We roll back."),
    ("ruled_out", "The network."),
    ("next_by", "30"),
    ("time_zone", "UTC"),
];

/// All of them. Buttons without a field are forms, too.
pub const FORMS: &[Form] = &[
    form("/sign-in", &[("email", "mara@example.org"), ("password", PASSWORD)], &["email"]),
    form("/sign-out", &[], &[]),
    form(
        "/setup/{token}",
        &[("name", "Mara"), ("email", "mara@example.org"), ("password", PASSWORD)],
        &["name", "email"],
    ),
    form("/invite/{token}", &[("name", "Nia"), ("password", PASSWORD)], &["name"]),
    form("/reset/{token}", &[("password", PASSWORD)], &[]),
    form(
        "/me",
        &[("name", "Mara M"), ("handle", "mara-m"), ("time_zone", "Europe/Berlin")],
        &["name", "handle", "time_zone"],
    ),
    form("/me/password", &[("current_password", PASSWORD), ("password", "another staple lamp")], &[]),
    form("/me/sessions/end-others", &[], &[]),
    form("/me/sessions/{id}/end", &[], &[]),
    form(
        "/incidents",
        &[
            ("title", "Checkout fails"),
            ("severity", "sev2"),
            ("summary", "since noon"),
            ("impact_started", "-10m"),
            ("detected", "-5m"),
            ("declared_at", "-5m"),
            ("mitigated", "-3m"),
            ("recovered", "-2m"),
            ("resolved_at", "-1m"),
            ("drill", "on"),
            ("private", "on"),
            ("people", "@ole-other"),
            ("services", "checkout"),
            ("time_zone", "UTC"),
        ],
        &[
            "title",
            "summary",
            "services",
            "impact_started",
            "detected",
            "declared_at",
            "mitigated",
            "recovered",
            "resolved_at",
            "people",
        ],
    ),
    form("/incidents/{number}/severity", &[("severity", "sev1"), ("reason", "spreading")], &["reason"]),
    form(
        "/incidents/{number}/status",
        &[
            ("status", "resolved"),
            ("reason", "it is over"),
            ("impact_started", "-10m"),
            ("detected", "-9m"),
            ("mitigated", "-3m"),
            ("recovered", "-2m"),
            ("time_zone", "UTC"),
        ],
        &["reason", "impact_started", "detected", "acknowledged", "mitigated", "recovered"],
    ),
    form(
        "/incidents/{number}/moments",
        &[("moment", "detected"), ("at", "-10m"), ("reason", "first ticket"), ("time_zone", "UTC")],
        &["at", "reason"],
    ),
    form(
        "/incidents/{number}/details",
        &[("title", "Payments fail"), ("title_was", "Login is slow"), ("summary", "cards only"), ("summary_was", "")],
        &["title", "summary"],
    ),
    form(
        "/incidents/{number}/links",
        &[("kind", "call"), ("url", "https://meet.example.org/b"), ("label", "Bridge two")],
        &["url", "label"],
    ),
    form("/incidents/{number}/links/{id}/remove", &[], &[]),
    form("/incidents/{number}/roles", &[("role", "commander"), ("person", "me")], &[]),
    form(
        "/incidents/{number}/work-items",
        &[("title", "restore the replica"), ("person", "@ole-other"), ("due_at", "30"), ("time_zone", "UTC")],
        &["title", "person", "due_at"],
    ),
    form("/incidents/{number}/work-items/{id}/entries", &[("kind", "effect"), ("body", "at 60 %")], &["body"]),
    form(
        "/incidents/{number}/work-items/{id}",
        &[
            ("title", "restore the other replica"),
            ("person", "me"),
            ("state", "in_progress"),
            ("due_at", "30"),
            ("time_zone", "UTC"),
        ],
        &["title", "due_at"],
    ),
    form(
        "/incidents/{number}/handoffs",
        &[("role", "commander"), ("work_item", ""), ("to", "@ole-other"), ("briefing", "next: db-4")],
        &["to", "briefing"],
    ),
    form("/incidents/{number}/handoffs/{id}/accept", &[], &[]),
    form("/incidents/{number}/handoffs/{id}/decline", &[("word", "not now")], &["word"]),
    form("/incidents/{number}/handoffs/{id}/withdraw", &[], &[]),
    form("/incidents/{number}/bridge/join", &[], &[]),
    form("/incidents/{number}/bridge/leave", &[], &[]),
    form("/incidents/{number}/relief", &[], &[]),
    form("/incidents/{number}/relief/{id}/end", &[], &[]),
    form("/incidents/{number}/updates", UPDATE, &["situation", "impact", "doing", "ruled_out", "next_by"]),
    form("/incidents/{number}/updates/draft", UPDATE, &["situation", "impact", "doing", "ruled_out", "next_by"]),
    form(
        "/incidents/{number}/updates/{id}",
        &[
            ("situation", "Cards fail."),
            ("impact", "One in ten."),
            ("doing", "We wait."),
            ("ruled_out", "The bank."),
            ("strike", ""),
            ("reason", "a slip"),
            ("seen", ""),
        ],
        &["situation", "impact", "doing", "ruled_out", "reason"],
    ),
    form(
        "/incidents/{number}/cadence",
        &[("until", "20"), ("reason", "the restore runs"), ("time_zone", "UTC")],
        &["until", "reason"],
    ),
    form("/incidents/{number}/questions", &[("body", "When will it be back?"), ("anyway", "1")], &["body"]),
    form("/incidents/{number}/questions/{id}/same", &[], &[]),
    form("/incidents/{number}/questions/{id}/answer", &[("reply", "Around noon."), ("update", "")], &["reply"]),
    form("/incidents/{number}/merge", &[("into", "1"), ("reason", "the same deploy")], &["into", "reason"]),
    form("/incidents/{number}/brief", &[("seq", "1")], &[]),
    form("/incidents/{number}/visibility", &[("private", "on"), ("people", "@ole-other")], &["people"]),
    form(
        "/incidents/{number}/import",
        &[
            ("step", "write"),
            ("day", "2026-01-31"),
            ("time_zone", "UTC"),
            ("keep.0", "on"),
            ("time.0", "-10m"),
            ("kind.0", "action"),
            ("text.0", "restarted db-3"),
        ],
        &["time.0", "text.0"],
    ),
    form(
        "/incidents/{number}/timeline",
        &[("kind", "action"), ("body", "restarted db-3"), ("occurred_at", ""), ("time_zone", "UTC")],
        &["body"],
    ),
    form(
        "/incidents/{number}/timeline/{seq}/corrections",
        &[
            ("body", "restarted db-4"),
            ("occurred_at", "-3m"),
            ("reason", "mistyped"),
            ("strike", ""),
            ("time_zone", "UTC"),
        ],
        &["body", "occurred_at", "reason"],
    ),
    form(
        "/incidents/{number}/theories/{seq}",
        &[
            ("state", "eliminated"),
            ("state_was", "open"),
            ("reason", "db-3 is idle"),
            ("evidence", ""),
            ("stance", "against"),
        ],
        &["reason", "evidence"],
    ),
    form("/incidents/{number}/timeline/{seq}/pin", &[], &[]),
    form("/incidents/{number}/timeline/{seq}/unpin", &[], &[]),
    form("/incidents/{number}/timeline/{seq}/redaction", &[("reason", "a password")], &["reason"]),
    form("/settings/people", &[("email", "ole@example.org"), ("name", "Ole"), ("role", "viewer")], &["email", "name"]),
    form("/settings/instance", &[("call_days", "60")], &["call_days"]),
    form("/settings/tokens", &[("name", "pager"), ("scope", "read")], &["name"]),
    form("/settings/tokens/{id}/revoke", &[], &[]),
    form("/settings/people/{id}/role", &[("role", "viewer")], &[]),
    form("/settings/people/{id}/active", &[("active", "false")], &[]),
    form("/settings/people/{id}/reset", &[], &[]),
    form("/settings/people/{id}/sessions/end", &[], &[]),
    form("/settings/people/{id}/sessions/{session}/end", &[], &[]),
    form("/settings/roles", ROLE, &["label", "duty", "empty_minutes"]),
    form("/settings/roles/{role}", ROLE, &["label", "duty", "empty_minutes"]),
    form("/settings/roles/{role}/remove", &[], &[]),
    form(
        "/settings/severities/{severity}",
        &[
            ("name", "Major"),
            ("definition", "many customers"),
            ("acknowledge_minutes", "5"),
            ("leadership_minutes", "30"),
            ("public_minutes", "30"),
            ("relief_amber_minutes", "60"),
            ("relief_red_minutes", "180"),
        ],
        &[
            "name",
            "definition",
            "acknowledge_minutes",
            "leadership_minutes",
            "public_minutes",
            "relief_amber_minutes",
            "relief_red_minutes",
        ],
    ),
];

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
        if route.starts_with("/incidents/{number}") {
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
            if route.contains("/questions/{id}") {
                let ole = self.ole.clone().unwrap();
                ole.change(self.number, "questions", &[("body", "Is data lost?")]).await;
                let asked = sqlx::query_scalar("select id from questions where incident = $1");
                self.question = asked.bind(self.number).fetch_one(self.db()).await.unwrap();
            }
            if route.contains("/relief/") {
                self.command_and_be_asked().await;
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
        if route.contains("{token}") {
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
        let others = form.fields.iter().copied();
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

/// All routes of pages with this method. Programs carry tokens instead of a
/// session and are tested in `api.rs`.
pub fn routes(server: &Server, method: &Method) -> Vec<Route> {
    let table = Routes::all(&server.app).table;
    table.into_iter().filter(|route| route.method == *method && !route.path.starts_with("/api/v1/")).collect()
}

/// The form of a route.
pub fn of(route: &str) -> &'static Form {
    FORMS
        .iter()
        .find(|form| form.route == route)
        .unwrap_or_else(|| panic!("{route} takes writes: tell FORMS what it accepts"))
}
