//! Live entries: ten a second in one room, to many viewers.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::time;
use uuid::Uuid;

use crate::{
    Effort,
    http::{self, Connection},
    servers::{Ground, Running},
    table::{self, Spread, ms, share},
    viewers::{self, Watch},
};

/// How long after one entry the next is sent.
const BETWEEN: Duration = Duration::from_millis(100);
/// How long a viewer may wait for an entry before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long is waited for what should not come.
const QUIET: Duration = Duration::from_millis(500);

/// What so many viewers saw.
struct Watched {
    p50: Duration,
    p99: Duration,
    lost: usize,
    doubled: usize,
    /// In KiB, by which the server grew.
    memory: Option<u64>,
}

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    println!("## Live entries, ten a second, to all viewers of one room\n");
    println!("From sending the form to reading the event, over every viewer and entry.\n");
    let mut rows = Vec::new();
    for viewers in effort.viewers.iter().copied() {
        if u64::try_from(viewers)? + 200 > ground.files {
            println!("{viewers} viewers are more than the {} files that may be open here.\n", ground.files);
            continue;
        }
        let (mut product, mut floor) = (vec![], vec![]);
        for _ in 0..effort.rounds.min(3) {
            product.push(watch_product(ground, viewers, effort).await?);
            floor.push(watch_floor(ground, viewers, effort).await?);
        }
        rows.push(row(viewers, "", &product));
        rows.push(row(viewers, "the floor", &floor));
    }
    let heads = ["viewers", "", "p50 ms, median (least–most)", "p99 ms", "lost", "doubled", "KiB a viewer"];
    table::print(&heads, &rows);
    Ok(())
}

fn row(viewers: usize, name: &str, runs: &[Watched]) -> Vec<String> {
    let spread = |of: fn(&Watched) -> f64| Spread::of(runs.iter().map(of)).with_ends();
    let sum = |of: fn(&Watched) -> usize| runs.iter().map(of).sum::<usize>().to_string();
    #[expect(clippy::cast_precision_loss, reason = "KiB and viewers are few")]
    let memory = Spread::of(runs.iter().filter_map(|run| Some(run.memory? as f64 / viewers as f64)));
    vec![
        viewers.to_string(),
        name.into(),
        spread(|run| ms(run.p50)),
        spread(|run| ms(run.p99)),
        sum(|run| run.lost),
        sum(|run| run.doubled),
        format!("{:.0}", memory.median()),
    ]
}

async fn watch_product(ground: &Ground, viewers: usize, effort: Effort) -> anyhow::Result<Watched> {
    let before = ground.small.head().await?;
    let number = ground.small.data.watched;
    let events = format!("/incidents/{number}/events?after={before}");
    watch(
        ground.small.another_product().await?,
        (&events, number, before),
        &ground.small.data.cookies,
        (viewers, effort),
    )
    .await
}

async fn watch_floor(ground: &Ground, viewers: usize, effort: Effort) -> anyhow::Result<Watched> {
    let before = ground.small.floor_head().await?;
    let number = ground.small.data.watched;
    let events = format!("/incidents/{number}/events");
    watch(ground.small.another_floor().await?, (&events, number, before), &ground.small.data.cookies, (viewers, effort))
        .await
}

/// Opens the viewers of a server of their own, writes, and waits until all of
/// them have seen everything.
async fn watch(
    server: Running,
    (events, incident, before): (&str, i64, i64),
    cookies: &[String],
    (viewers, effort): (usize, Effort),
) -> anyhow::Result<Watched> {
    let mut writer = Connection::open(server.address).await?;
    let at_first = server.memory();
    let watch = Watch::after(before);
    let watching = viewers::open((server.address, events), viewers, cookies, &watch).await?;
    time::sleep(QUIET).await;
    let entries = usize::try_from(2 * effort.time.as_millis() / BETWEEN.as_millis())?;
    let mut clock = time::interval(BETWEEN);
    for number in 0..entries {
        clock.tick().await;
        let form = format!("kind=effect&body=errors+are+down+to+{number}+in+a+thousand&key={}", Uuid::new_v4());
        let request = http::post(&format!("/incidents/{incident}/timeline"), &cookies[0], &form);
        watch.notes().sent.push(Instant::now());
        let answer = writer.ask(&request).await?;
        ensure!(answer.status == 303, "{}", answer.head);
    }
    let waiting = Instant::now();
    while watch.notes().times.len() < viewers * entries && waiting.elapsed() < PATIENCE {
        time::sleep(Duration::from_millis(20)).await;
    }
    time::sleep(QUIET).await;
    let memory = server.memory().zip(at_first).map(|(now, at_first)| now.saturating_sub(at_first));
    drop(watching);
    server.stop().await?;
    let mut notes = watch.notes();
    notes.times.sort_unstable();
    let lost = (viewers * entries).saturating_sub(notes.times.len());
    Ok(Watched { p50: share(&notes.times, 50), p99: share(&notes.times, 99), lost, doubled: notes.doubled, memory })
}
