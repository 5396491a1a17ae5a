//! The line between a browser and the world: a SOCKS5 proxy that can be cut.
//! The emulation of DevTools lets streams live that are already open; a line
//! that is really lost does not.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// One person's line. Cut, it ends every connection and refuses new ones.
#[derive(Clone)]
pub struct Line {
    up: watch::Sender<bool>,
    /// Where the browser finds it.
    pub port: u16,
}

impl Line {
    /// Lays a line that is up.
    pub async fn lay() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (up, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(carry(browser, state.clone()));
            }
        });
        Self { up, port }
    }

    /// Cuts the line, or mends it.
    pub fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }
}

/// Carries one connection for as long as the line is up.
async fn carry(mut browser: TcpStream, mut up: watch::Receiver<bool>) {
    tokio::select! {
        biased;
        _ = up.wait_for(|up| !up) => {}
        _ = connect_and_copy(&mut browser) => {}
    }
}

/// SOCKS5 without a password, to a host by name: what Chromium says. Nobody
/// else than this machine is reached.
async fn connect_and_copy(browser: &mut TcpStream) -> io::Result<()> {
    let (_version, methods) = (browser.read_u8().await?, browser.read_u8().await?);
    browser.read_exact(&mut vec![0; methods.into()]).await?;
    browser.write_all(&[5, 0]).await?;

    let mut asked = [0; 4];
    browser.read_exact(&mut asked).await?;
    let mut host = vec![0; browser.read_u8().await?.into()];
    browser.read_exact(&mut host).await?;
    let port = browser.read_u16().await?;
    if asked != [5, 1, 0, 3] || !matches!(&host[..], b"127.0.0.1" | b"localhost") {
        return Err(io::ErrorKind::HostUnreachable.into());
    }
    let mut site = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    browser.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(browser, &mut site).await.map(drop)
}
