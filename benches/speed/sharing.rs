//! What a share link shows: the page with twelve updates against the floor's
//! page of the same, and a thousand leaders who watch one link while a hundred
//! responders watch the room.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::time;
use uuid::Uuid;

use crate::{
    Effort,
    duel::{self, Duel},
    http::{self, Connection},
    load::Load,
    servers::{Ground, Instance, Running},
    table::{self, Spread, ms, share},
    viewers::{self, Watch},
};

const CONNECTIONS: usize = 16;
/// How long after one update the next is written.
const BETWEEN: Duration = Duration::from_millis(500);
/// How long a viewer may wait before what it waits for counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many watch the room beside those with the link.
const IN_THE_ROOM: usize = 100;

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    let Instance { data, product, floor, .. } = &ground.small;
    let load = |server: &Running, path: &str| {
        let request = http::get(path, "");
        Load {
            address: server.address,
            connections: CONNECTIONS,
            request: Arc::new(move |_| request.clone()),
            status: 200,
        }
    };
    println!("## What a share link shows, with twelve updates\n\n{CONNECTIONS} connections, each view counted.\n");
    let of_floor = format!("/s/{}", data.shared);
    let mut duels = [Duel::new("leadership view", load(product, &data.link), load(floor, &of_floor))];
    duel::fight(&mut duels, effort).await?;
    table::print(&duel::HEADS, &duels.iter().map(Duel::row).collect::<Vec<_>>());

    let leaders = if effort.rounds > 1 { 1_000 } else { 100 };
    println!("## An update, two a second, to {leaders} who watch a link and {IN_THE_ROOM} who watch the room\n");
    println!("From sending the form to reading the event, over every viewer and update.\n");
    let (mut outside, mut inside) = (vec![], vec![]);
    for _ in 0..effort.rounds.min(3) {
        let (link, room) = watch(ground, leaders, effort).await?;
        outside.push(link);
        inside.push(room);
    }
    let rows = [("the link", leaders, outside), ("the room", IN_THE_ROOM, inside)];
    table::print(
        &["watched", "viewers", "p50 ms, median (least–most)", "p99 ms", "lost"],
        &rows.map(|(name, viewers, runs)| row(name, viewers, &runs)),
    );
    Ok(())
}

/// What was seen of the updates.
struct Seen {
    p50: Duration,
    p99: Duration,
    lost: usize,
}

impl Seen {
    fn of(watch: &Watch, expected: usize) -> Self {
        let mut notes = watch.notes();
        notes.times.sort_unstable();
        let lost = expected.saturating_sub(notes.times.len());
        Self { p50: share(&notes.times, 50), p99: share(&notes.times, 99), lost }
    }
}

fn row(name: &str, viewers: usize, runs: &[Seen]) -> Vec<String> {
    let spread = |of: fn(&Seen) -> f64| Spread::of(runs.iter().map(of)).with_ends();
    let lost: usize = runs.iter().map(|run| run.lost).sum();
    vec![name.into(), viewers.to_string(), spread(|run| ms(run.p50)), spread(|run| ms(run.p99)), lost.to_string()]
}

async fn watch(ground: &Ground, leaders: usize, effort: Effort) -> anyhow::Result<(Seen, Seen)> {
    let data = &ground.small.data;
    let server = ground.small.another_product().await?;
    let head = ground.small.head_of(data.shared).await?;
    // Updates are numbered like their entries: a view shows those of earlier rounds, too.
    let (outside, inside) = (Watch::after(head), Watch::after(head));
    let link = format!("{}/events", data.link);
    let room = format!("/incidents/{}/events?after={head}", data.shared);
    let nobody = [String::new()];
    let leading = viewers::open((server.address, &link), leaders, &nobody, &outside).await?;
    let responding = viewers::open((server.address, &room), IN_THE_ROOM, &data.cookies, &inside).await?;
    let updates = usize::try_from(2 * effort.time.as_millis() / BETWEEN.as_millis())?;
    let mut writer = Connection::open(server.address).await?;
    let mut clock = time::interval(BETWEEN);
    for number in (head + 1..).take(updates) {
        clock.tick().await;
        let form = format!("audience=leadership&situation=%23news+{number}%23&next_by=30&key={}", Uuid::new_v4());
        let request = http::post(&format!("/incidents/{}/updates", data.shared), &data.cookies[0], &form);
        for watch in [&outside, &inside] {
            watch.notes().sent.push(Instant::now());
        }
        let answer = writer.ask(&request).await?;
        ensure!(answer.status == 303, "{}", answer.head);
    }
    let waiting = Instant::now();
    let all = |watch: &Watch, viewers| watch.notes().times.len() >= viewers * updates;
    while !(all(&outside, leaders) && all(&inside, IN_THE_ROOM)) && waiting.elapsed() < PATIENCE {
        time::sleep(Duration::from_millis(20)).await;
    }
    let seen = (Seen::of(&outside, leaders * updates), Seen::of(&inside, IN_THE_ROOM * updates));
    drop((leading, responding));
    server.stop().await?;
    Ok(seen)
}
