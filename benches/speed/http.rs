//! The lightest client that does: requests ready as bytes, one connection
//! kept alive, answers read and thrown away.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, and where its body lies in the connection's buffer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its head, as it came.
    pub head: &'a str,
    /// Its body, as it came.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let mut read = 0;
        let head = loop {
            read += self.read(read).await?;
            if let Some(end) = self.buffer[..read].windows(4).position(|it| it == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = body_length(text(&self.buffer[..head])?)?;
        while read < head + length {
            read += self.read(read).await?;
        }
        let head_text = text(&self.buffer[..head])?;
        let status = head_text.get(9..12).context("a status")?.parse()?;
        Ok(Answer { status, head: head_text, body: &self.buffer[head..head + length] })
    }

    async fn read(&mut self, at: usize) -> anyhow::Result<usize> {
        if at == self.buffer.len() {
            self.buffer.resize(2 * at, 0);
        }
        let read = self.stream.read(&mut self.buffer[at..]).await?;
        ensure!(read > 0, "the server hung up");
        Ok(read)
    }
}

fn text(bytes: &[u8]) -> anyhow::Result<&str> {
    std::str::from_utf8(bytes).context("a head")
}

fn body_length(head: &str) -> anyhow::Result<usize> {
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(name, value)| name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse()));
    // 204 and 304 have none.
    Ok(length.transpose()?.unwrap_or(0))
}

/// A page as a browser asks for it.
pub fn get(path: &str, cookie: &str) -> Vec<u8> {
    let accepts = "accept: text/html\r\naccept-encoding: gzip, deflate, br, zstd";
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{accepts}\r\ncookie: {cookie}\r\n\r\n").into_bytes()
}

/// A page as a program asks for it, that takes nothing compressed.
pub fn get_plain(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\n\r\n").into_bytes()
}

/// A form as a browser sends it.
pub fn post(path: &str, cookie: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}
