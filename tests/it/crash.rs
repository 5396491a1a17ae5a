//! Nothing that was acknowledged is lost, and nothing is written twice, when
//! the server and its Postgres are killed while many people write.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Method, header::ORIGIN};
use second_story::{
    config::{Fetch, PrivatePostgres},
    postgres::private::Server,
};
use tokio::sync::watch;

use crate::support::{
    Client,
    binary::{Folder, Running, command, run},
    people::key,
};

const WRITERS: usize = 20;
const EACH: usize = 25;
const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn killed_servers_and_databases_lose_nothing_that_was_acknowledged() {
    let folder = Folder::new();
    let mut add = command(&folder);
    add.args(["user", "add", "ana@example.org", "--name", "Ana", "--role", "admin"]);
    assert_eq!(run(add, PASSWORD).await.0, Some(0));
    let mut server = Running::start(&folder, &[]).await;
    let ana = Client::new(&server.url, None, None);
    let sign_in = [("email", "ana@example.org"), ("password", PASSWORD)];
    assert_eq!(ana.post("/sign-in", &sign_in).await.status, 303);
    let number = ana.declare("A very bad day").await;

    let (url, urls) = watch::channel(server.url.clone());
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let writes = Writer { cookie: ana.cookie().unwrap(), number, urls: urls.clone(), index: writer };
            tokio::spawn(writes.write(acknowledged.clone()))
        })
        .collect();

    reached(&acknowledged, 100).await;
    server.kill().await;
    server = Running::start(&folder, &[]).await;
    url.send(server.url.clone()).unwrap();

    reached(&acknowledged, 220).await;
    // The server stays up and finds its Postgres again.
    kill(Pid::from_raw(folder.postmaster().unwrap()), Signal::SIGKILL).unwrap();

    reached(&acknowledged, 340).await;
    kill(Pid::from_raw(folder.postmaster().unwrap()), Signal::SIGKILL).unwrap();
    server.kill().await;
    server = Running::start(&folder, &[]).await;
    url.send(server.url.clone()).unwrap();

    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(acknowledged.load(Ordering::SeqCst), WRITERS * EACH);
    server.interrupt().await;
    hold_against_the_database(&folder, number).await;
}

struct Writer {
    cookie: String,
    number: i64,
    urls: watch::Receiver<String>,
    index: usize,
}

impl Writer {
    /// Writes its entries one after the other, each until it is acknowledged.
    async fn write(self, acknowledged: Arc<AtomicUsize>) {
        for entry in 0..EACH {
            let body = format!("writer {} entry {entry}", self.index);
            let key = key();
            while !self.try_once(&body, &key).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn try_once(&self, body: &str, key: &str) -> bool {
        let url = self.urls.borrow().clone();
        let client = Client::new(&url, None, Some(self.cookie.clone()));
        let path = format!("/incidents/{}/timeline", self.number);
        let request = client.request(Method::POST, &path).header(ORIGIN, &url).form(&[("body", body), ("key", key)]);
        match request.timeout(Duration::from_secs(10)).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                assert!(matches!(status, 303 | 503 | 500), "{status}");
                let location = response.headers().get("location").map_or("", |it| it.to_str().unwrap());
                assert!(!location.starts_with("/sign-in"), "the session outlives the crash");
                status == 303
            }
            Err(_) => false,
        }
    }
}

async fn reached(count: &AtomicUsize, goal: usize) {
    let waiting = async {
        while count.load(Ordering::SeqCst) < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(90), waiting).await;
    waited.unwrap_or_else(|_| panic!("stuck at {} of {goal}", count.load(Ordering::SeqCst)));
}

async fn hold_against_the_database(folder: &Folder, number: i64) {
    let settings = PrivatePostgres { data_dir: folder.0.clone(), pg_bin: None, pg_fetch: Fetch::Allowed };
    let server = Server::start(&settings, second_story::postgres::private::Durability::Full).await.unwrap();
    let db = sqlx::PgPool::connect_with(server.connect_options("second_story")).await.unwrap();
    let rows: Vec<(i64, String)> = sqlx::query_as("select seq, body from entries where incident = $1 order by seq")
        .bind(number)
        .fetch_all(&db)
        .await
        .unwrap();
    let seqs: Vec<i64> = rows.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, (1..=i64::try_from(rows.len()).unwrap()).collect::<Vec<_>>(), "no holes");
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (_, body) in rows.iter().filter(|(_, body)| body.starts_with("writer")) {
        *times.entry(body).or_default() += 1;
    }
    assert_eq!(times.len(), WRITERS * EACH, "every acknowledged entry is there");
    assert!(times.values().all(|count| *count == 1), "and once");
    db.close().await;
    server.stop().await.unwrap();
}
