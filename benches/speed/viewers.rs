//! Viewers of a live room, as light as they can be: each is a connection that
//! notes when it got which entry.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::http;

/// How many viewers connect at the same time.
const AT_ONCE: usize = 16;

/// What is sent into a room, and what its viewers see of it.
pub struct Watch {
    /// The id of the entry before the first one sent.
    before: i64,
    notes: Mutex<Notes>,
}

/// What was noted.
#[derive(Default)]
pub struct Notes {
    /// When each entry was sent.
    pub sent: Vec<Instant>,
    /// From sending to seeing: one for every entry and viewer.
    pub times: Vec<Duration>,
    /// How often an entry came that had come before.
    pub doubled: usize,
}

impl Watch {
    /// Nothing was sent yet after this entry.
    pub fn after(before: i64) -> Arc<Self> {
        Arc::new(Self { before, notes: Mutex::default() })
    }

    /// What was noted so far.
    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, id: i64) -> anyhow::Result<()> {
        let mut notes = self.notes();
        let number = usize::try_from(id - self.before - 1)?;
        let sent = notes.sent.get(number).context("an entry that was not sent")?;
        let took = sent.elapsed();
        notes.times.push(took);
        Ok(())
    }
}

/// Opens so many viewers. All of them watch when this returns, until the set is dropped.
pub async fn open(
    (address, path): (SocketAddr, &str),
    viewers: usize,
    cookies: &[String],
    watch: &Arc<Watch>,
) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let mut watching = JoinSet::new();
    let mut opening = JoinSet::new();
    for cookie in cookies.iter().cycle().take(viewers) {
        let request = http::get(path, cookie);
        opening.spawn(async move { Viewer::open(address, &request).await });
        if opening.len() == AT_ONCE
            && let Some(viewer) = opening.join_next().await
        {
            watching.spawn(viewer??.watch(watch.clone()));
        }
    }
    while let Some(viewer) = opening.join_next().await {
        watching.spawn(viewer??.watch(watch.clone()));
    }
    Ok(watching)
}

struct Viewer {
    stream: TcpStream,
    /// What was read and not yet looked at.
    buffer: Vec<u8>,
    /// It watches a share link: what it gets are snapshots.
    is_view: bool,
}

/// An event, by its id if it has one.
struct Event(Option<i64>);

impl Viewer {
    /// Asks, and waits for the head of the answer.
    async fn open(address: SocketAddr, request: &[u8]) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request).await?;
        let mut viewer = Self { stream, buffer: Vec::with_capacity(4096), is_view: request.starts_with(b"GET /s/") };
        loop {
            viewer.read().await?;
            if let Some(end) = viewer.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                let head: Vec<u8> = viewer.buffer.drain(..end + 4).collect();
                ensure!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
                return Ok(viewer);
            }
        }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
        Ok(())
    }

    async fn watch(mut self, watch: Arc<Watch>) -> anyhow::Result<()> {
        let mut last = watch.before;
        loop {
            while let Some(Event(id)) = self.next_event()? {
                match id {
                    // A view may bring several at once.
                    Some(id) if id > last => {
                        for id in last + 1..=id {
                            watch.saw(id)?;
                        }
                        last = id;
                    }
                    // A view that is sent again says an earlier one again.
                    Some(_) if self.is_view => {}
                    Some(_) => watch.notes().doubled += 1,
                    None => {}
                }
            }
            self.read().await?;
        }
    }

    /// The next event that is here whole. Both servers send every event as a
    /// chunk of its own.
    fn next_event(&mut self) -> anyhow::Result<Option<Event>> {
        let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let length = std::str::from_utf8(&self.buffer[..end])?.trim_end();
        let length = usize::from_str_radix(length, 16).context("the length of a chunk")?;
        let (start, whole) = (end + 1, end + 1 + length + 2);
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let event = &self.buffer[start..start + length];
        ensure!(!event.is_empty(), "the server ended the stream");
        let id = if self.is_view { newest(event) } else { event.strip_prefix(b"id: ") };
        let id = id.and_then(|rest| rest.split(|byte| !byte.is_ascii_digit()).next());
        let id = id.map(|id| anyhow::Ok(std::str::from_utf8(id)?.parse()?)).transpose()?;
        self.buffer.drain(..whole);
        Ok(Some(Event(id)))
    }
}

/// What a view says at its top: its updates are numbered.
fn newest(view: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"#news ";
    let at = view.windows(MARK.len()).position(|it| it == MARK)?;
    Some(&view[at + MARK.len()..])
}
