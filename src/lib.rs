//! Second Story: the self-hosted incident room and blameless review.
//!
//! # The one idea
//!
//! **The timeline is the only log.** Everything that happens to an incident is
//! an entry, appended by one function ([`timeline::log`]). The room, and
//! whatever reads along, is made of entries.
//!
//! # A write
//!
//! A form becomes a checked command. One function of the feature does the work
//! inside one transaction: [`timeline::log::open`] takes the incident's lock
//! and counter; the rule is checked on what is now true; the state rows
//! change; entries are appended; it commits, and whoever watches is woken. So
//! `seq` has no holes and follows commit order, and a 2xx means it is stored.
//! A write carries a client key ([`timeline::key`]), so that sending it twice
//! makes it once.
//!
//! Who is on the call and who asked for relief stands beside the log,
//! [`response::stays`] and [`response::relief`]: what may never be exported does
//! not enter it.
//!
//! Who holds what, [`response`], changes in the same way: a role has at most
//! one holder, which the database keeps true as well, and what is handed over
//! stays with its giver until the offer is accepted. Who commands may do more
//! than other responders, [`timeline::commander`].
//!
//! # Those outside
//!
//! What is said to readers outside is written for them, [`updates`], and read
//! behind secret links, [`sharing`]: a view composed of updates and facts and
//! never of the timeline. People appear in it as roles: [`aliases`] knows every
//! name of everybody here, and a view's texts pass it or are not shown. One
//! rendering serves all links that show the same, [`sharing::screens`]. When the
//! next word comes is promised, [`updates::cadence`]. An update, a promise that
//! was moved or not kept, a question and its answer, [`updates::questions`], are
//! in the log; that others ask the same is no entry.
//!
//! # A live event
//!
//! [`timeline::wake`] carries an incident's number through the process and
//! between processes. For a room with viewers, [`timeline::hub`] reads the
//! entries after the last one seen, renders each once, keeps the bytes and
//! broadcasts them; [`timeline::viewer`] is one viewer's stream: replay first,
//! then live, and [`room::tabs`] sends those of all tabs of a browser over one
//! connection. What stands beside the log (head, moments, links, presence) is a
//! snapshot, [`room::panels`]. The page itself keeps what it has rendered,
//! [`room::front`], and asks at every request whether that is still all. Images
//! are rows beside their entry, [`timeline::attachments`], never in these bytes.
//!
//! # Where things are
//!
//! The first segment of a URL names the folder, the second the file. Inside a
//! feature, `mod.rs` holds its nouns and rules, `store.rs` its SQL, the other
//! files one page each with its handlers, form and template. [`routes`] lists
//! every URL with who may call it. Folders import in one direction only;
//! `tests/it/structure.rs` holds the order.

pub mod aliases;
pub mod config;
pub mod demo;
pub mod health;
pub mod home;
pub mod incidents;
pub mod openapi;
pub mod people;
pub mod postgres;
pub mod response;
pub mod room;
pub mod routes;
pub mod server;
pub mod settings;
pub mod sharing;
pub mod terms;
pub mod timeline;
pub mod updates;
pub mod web;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    config::Web,
    incidents::live::Lists,
    people::{bearer::Limits, streams::Streams},
    postgres::batch::Batch,
    response::presence::Presence,
    room::front::Fronts,
    sharing::{asking::Asking, screens::Screens, visitor::Guesses},
    terms::Source,
    timeline::{hub::Hub, wake::Wake},
    web::Failure,
};

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: PgPool,
    /// How the server is reached.
    pub web: Arc<Web>,
    /// This process, among others on the same database.
    pub server: Uuid,
    /// Tells whoever watches that an incident changed.
    pub wake: Wake,
    /// The rooms that are watched here.
    pub hub: Arc<Hub>,
    /// The clock, as requests here read it together.
    pub clock: Batch<(), DateTime<Utc>>,
    /// Sessions, as requests here look them up together.
    pub sessions: people::sessions::LookUps,
    /// Incidents, likewise.
    pub seen: incidents::seen::LookUps,
    /// The fronts of rooms that are kept here.
    pub fronts: Arc<Fronts>,
    /// The lists that are watched here.
    pub lists: Arc<Lists>,
    /// The shared views that are kept here.
    pub screens: Arc<Screens>,
    /// How often each address has tried what is no link.
    pub guesses: Arc<Guesses>,
    /// How much was asked through each share link.
    pub asking: Arc<Asking>,
    /// The streams that are open here, and the right to them.
    pub streams: Arc<Streams>,
    /// The people whose streams are open here.
    pub presence: Presence,
    /// How often each token may write.
    pub limits: Arc<Limits>,
    /// How what a person writes came in: by a page, or by a program.
    pub source: Source,
    /// The time at which writes are recorded, for stories that are retold;
    /// otherwise the database's clock is.
    pub at: Option<DateTime<Utc>>,
}

impl App {
    /// An app on a migrated database. Nothing runs yet.
    pub fn new(db: PgPool, web: Web) -> Self {
        let server = Uuid::now_v7();
        Self {
            db,
            web: Arc::new(web),
            server,
            wake: Wake::new(server),
            hub: Arc::new(Hub::new(room::panels::event)),
            clock: Batch::default(),
            sessions: Batch::default(),
            seen: Batch::default(),
            fronts: Arc::default(),
            lists: Arc::default(),
            screens: Arc::default(),
            guesses: Arc::default(),
            asking: Arc::default(),
            streams: Arc::default(),
            presence: Presence::default(),
            limits: Arc::default(),
            source: Source::Person,
            at: None,
        }
    }

    /// The same, for what a program writes as a person.
    #[must_use]
    pub fn by_program(self) -> Self {
        Self { source: Source::Api, ..self }
    }

    /// What time it is. There is one clock, the database's.
    pub async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        if let Some(at) = self.at {
            return Ok(at);
        }
        let db = self.db.clone();
        let now = self.clock.find((), move |_| read_clock(db.clone())).await?;
        Ok(now.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// Starts what runs beside the requests. It ends when the set is dropped.
    pub fn run_beside(&self) -> JoinSet<()> {
        let mut beside = JoinSet::new();
        let app = self.clone();
        beside.spawn(app.wake.clone().tell_others(app.db.clone()));
        beside.spawn(app.wake.clone().hear_others(app.db.clone()));
        beside.spawn(response::presence::run(app.clone()));
        beside.spawn({
            let app = app.clone();
            async move { app.hub.clone().run(&app).await }
        });
        beside.spawn({
            let app = app.clone();
            async move { app.lists.clone().run(&app).await }
        });
        beside.spawn(server::keep_house(app));
        beside
    }
}

async fn read_clock(db: PgPool) -> sqlx::Result<HashMap<(), DateTime<Utc>>> {
    let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(&db).await?;
    Ok(HashMap::from([((), now)]))
}
