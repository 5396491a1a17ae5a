//! A line to a server that fails every write twice before it lets it through:
//! first the write arrives and its answer is lost, then it is told to come back.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// It ends when dropped.
pub struct Flaky {
    /// Where it is, without a slash at the end.
    pub url: String,
    /// How often each write was sent, by its key.
    pub sent: Arc<Mutex<HashMap<String, usize>>>,
    _line: JoinSet<()>,
}

impl Flaky {
    /// To the server at an address.
    pub async fn to(url: &str) -> Self {
        let server: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(Mutex::new(HashMap::new()));
        let mut line = JoinSet::new();
        let counts = sent.clone();
        line.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, server, counts.clone()));
            }
        });
        Self { url, sent, _line: line }
    }
}

/// One request a connection, so that there is one answer to lose.
async fn pass_on(mut client: TcpStream, server: SocketAddr, counts: Arc<Mutex<HashMap<String, usize>>>) {
    let request = read(&mut client).await;
    let key = header(&request, "idempotency-key");
    let times = key.map(|key| {
        let mut counts = counts.lock().unwrap();
        let times = counts.entry(key).or_default();
        *times += 1;
        *times
    });
    if times == Some(2) {
        let status = if request.len() % 2 == 0 { "503 Service Unavailable" } else { "429 Too Many Requests" };
        let answer = format!("HTTP/1.1 {status}\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        client.write_all(answer.as_bytes()).await.unwrap();
        return;
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    server.write_all(request.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.unwrap();
    if times != Some(1) {
        client.write_all(&answer).await.unwrap();
    }
}

/// A request with its body.
async fn read(client: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = client.read(&mut piece).await.unwrap();
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request);
        let body = header(&text, "content-length").map_or(0, |length| length.parse().unwrap());
        if length == 0 || text.find("\r\n\r\n").is_some_and(|end| request.len() >= end + 4 + body) {
            return text.into_owned();
        }
    }
}

fn header(request: &str, name: &str) -> Option<String> {
    let line = request.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
