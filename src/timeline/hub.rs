//! The live hub: for every room with viewers in this process, the finished
//! bytes of its last entries and of its panels. The database is read once per
//! change, not once per viewer.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

use super::{Entry, look, look::Finished, store};
use crate::App;

/// How many finished entries a room keeps for viewers that reconnect.
const WINDOW: usize = 512;
/// How many entries are read at once.
pub const PAGE: i64 = 200;
/// How often watched rooms are looked at for a wake that was lost.
const SWEEP: Duration = Duration::from_secs(2);

/// Renders a room's panels as one event. The room, which composes them, hands it in.
pub type Panels = fn(App, i64) -> Pin<Box<dyn Future<Output = anyhow::Result<Bytes>> + Send>>;

/// The rooms that are watched in this process.
pub struct Hub {
    panels: Panels,
    rooms: tokio::sync::Mutex<HashMap<i64, Weak<Room>>>,
}

/// One watched room.
pub struct Room {
    /// The incident's number.
    pub incident: i64,
    state: Mutex<State>,
    events: broadcast::Sender<Event>,
    woken: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// The `seq` of the last entry that was broadcast.
    head: i64,
    /// The last entries, without holes, the newest last.
    window: VecDeque<Finished>,
    panels: Bytes,
}

/// What a room's viewers are sent.
#[derive(Clone)]
pub enum Event {
    /// An entry.
    Entry(Finished),
    /// The panels changed.
    Panels,
}

impl Hub {
    /// A hub without rooms.
    pub fn new(panels: Panels) -> Self {
        Self { panels, rooms: tokio::sync::Mutex::default() }
    }

    /// The room of an incident, watched from now on until its last holder lets it go.
    pub async fn room(&self, app: &App, incident: i64) -> anyhow::Result<Arc<Room>> {
        let mut rooms = self.rooms.lock().await;
        if let Some(room) = rooms.get(&incident).and_then(Weak::upgrade) {
            return Ok(room);
        }
        let mut db = app.db.acquire().await?;
        let head = store::head(&mut db, incident).await?.context("an incident without a timeline")?;
        drop(db);
        let panels = (self.panels)(app.clone(), incident).await?;
        let state = Mutex::new(State { head, panels, window: VecDeque::new() });
        let (events, _) = broadcast::channel(256);
        let room = Arc::new(Room { incident, state, events, woken: Arc::default() });
        rooms.insert(incident, Arc::downgrade(&room));
        // What was committed between the head read above and this moment.
        room.woken.notify_one();
        tokio::spawn(follow(app.clone(), Arc::downgrade(&room), room.woken.clone(), self.panels));
        Ok(room)
    }

    async fn watched(&self) -> Vec<Arc<Room>> {
        let mut rooms = self.rooms.lock().await;
        rooms.retain(|_, room| room.strong_count() > 0);
        rooms.values().filter_map(Weak::upgrade).collect()
    }

    /// Wakes rooms when their incident changed, for as long as the server runs.
    pub async fn run(&self, app: &App) {
        let mut numbers = app.wake.numbers();
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                number = numbers.recv() => match number {
                    Ok(number) => {
                        let room = self.rooms.lock().await.get(&number).and_then(Weak::upgrade);
                        if let Some(room) = room { room.woken.notify_one() }
                    }
                    // More at once than the channel holds: everybody may have news.
                    Err(_) => for room in self.watched().await { room.woken.notify_one() },
                },
                _ = sweep.tick() => if let Err(error) = self.sweep(app).await {
                    tracing::warn!(error = format!("{error:#}"), "watched rooms were not swept");
                },
            }
        }
    }

    async fn sweep(&self, app: &App) -> anyhow::Result<()> {
        let watched: HashMap<i64, Arc<Room>> =
            self.watched().await.into_iter().map(|room| (room.incident, room)).collect();
        if watched.is_empty() {
            return Ok(());
        }
        let numbers: Vec<i64> = watched.keys().copied().collect();
        let mut db = app.db.acquire().await?;
        for (incident, head) in store::heads(&mut db, &numbers).await? {
            if let Some(room) = watched.get(&incident).filter(|room| room.head() < head) {
                room.woken.notify_one();
            }
        }
        Ok(())
    }
}

impl Room {
    /// What comes from now on. Subscribe first, then read the head: whatever is
    /// not in the one is in the other.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The `seq` of the last entry that was broadcast.
    pub fn head(&self) -> i64 {
        self.state().head
    }

    /// The panels as they are now.
    pub fn panels(&self) -> Bytes {
        self.state().panels.clone()
    }

    /// The finished entries after a cursor, if the room still keeps all of them.
    pub fn kept(&self, after: i64) -> Option<Vec<Finished>> {
        let state = self.state();
        let first = state.window.front().map_or(state.head + 1, |oldest| oldest.seq);
        let newer = state.window.iter().filter(|it| it.seq > after);
        (after + 1 >= first).then(|| newer.cloned().collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, entry: Finished) {
        let mut state = self.state();
        state.head = entry.seq;
        if entry.redacts {
            state.window.clear();
        }
        state.window.push_back(entry.clone());
        if state.window.len() > WINDOW {
            state.window.pop_front();
        }
        // Under the lock, so that a new viewer has it either kept or sent.
        let _ = self.events.send(Event::Entry(entry));
    }

    fn show(&self, panels: Bytes) {
        let mut state = self.state();
        if state.panels != panels {
            state.panels = panels;
            let _ = self.events.send(Event::Panels);
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // So that the task which follows the timeline sees that nobody watches.
        self.woken.notify_one();
    }
}

/// Follows one timeline for as long as somebody watches.
async fn follow(app: App, room: Weak<Room>, woken: Arc<Notify>, panels: Panels) {
    loop {
        woken.notified().await;
        let Some(room) = room.upgrade() else { return };
        if let Err(error) = catch_up(&app, &room, panels).await {
            tracing::warn!(error = format!("{error:#}"), incident = room.incident, "a room fell behind; trying again");
            tokio::time::sleep(Duration::from_millis(500)).await;
            woken.notify_one();
        }
    }
}

async fn catch_up(app: &App, room: &Room, panels: Panels) -> anyhow::Result<()> {
    loop {
        let finished = finished(app, room.incident, room.head()).await?;
        let page_was_full = i64::try_from(finished.len())? == PAGE;
        if finished.iter().any(|entry| entry.hides) {
            app.streams.sweep(&app.db).await?;
        }
        for entry in finished {
            room.publish(entry);
        }
        if !page_was_full {
            break;
        }
    }
    // Always: a wake may also be about what is not in the log, such as presence.
    room.show(panels(app.clone(), room.incident).await?);
    Ok(())
}

/// The entries after a cursor, at most a page of them, each finished.
pub async fn finished(app: &App, incident: i64, after: i64) -> anyhow::Result<Vec<Finished>> {
    let mut db = app.db.acquire().await?;
    let entries = store::since(&mut db, incident, after, PAGE).await?;
    let targets: Vec<i64> = entries.iter().filter_map(|entry| entry.corrects).collect();
    let targets = if targets.is_empty() { vec![] } else { store::some(&mut db, incident, &targets).await? };
    drop(db);
    let target = |entry: &Entry| targets.iter().find(|target| Some(target.seq) == entry.corrects);
    entries.iter().map(|entry| look::finish(entry, target(entry))).collect()
}
