//! chromedriver: the process that starts browsers and steers them.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::unistd::geteuid;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::line::Line;

/// A running chromedriver. Dropped, it ends its browsers and removes their profiles.
pub struct Driver {
    process: Child,
    /// Kept open: chromedriver still writes to it.
    _said: BufReader<ChildStdout>,
    port: u16,
    chromium: PathBuf,
    /// Where the profiles lie, and whatever else browsers leave about.
    folder: PathBuf,
}

impl Driver {
    /// Starts one. A port that was free may be taken the moment after: then on another.
    pub fn start(program: &Path, chromium: &Path) -> Self {
        let started = (0..20).find_map(|_| Self::try_start(program, chromium));
        started.expect("one of twenty free ports stays free")
    }

    /// `None` where the port was taken. (Asked to find one itself, chromedriver
    /// looks for one of IPv6 and gives up when IPv4 has it in use.)
    fn try_start(program: &Path, chromium: &Path) -> Option<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);

        let folder = env::temp_dir().join(format!("browsers-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        let mut process = Command::new(program)
            .arg(format!("--port={port}"))
            .env("TMPDIR", &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let ready = is_ready(&mut said);
        if !ready {
            process.wait().unwrap();
        }
        let driver = Self { process, _said: said, port, chromium: chromium.into(), folder };
        ready.then_some(driver)
    }

    /// A new browser on a line of its own, with an empty profile unless one is given.
    pub async fn session(&self, line: &Line, profile: Option<&Path>) -> Client {
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&self.chromium, line.port, profile))
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("chromium starts")
    }

    /// Asks chromedriver to end its browsers and itself, and waits until it has.
    fn shut_down(&mut self) -> io::Result<()> {
        if self.process.try_wait()?.is_some() {
            return Ok(());
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let asked = Instant::now();
        while self.process.try_wait()?.is_none() && asked.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.shut_down();
        // One that has not ended by now is killed; one that has does not mind.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads until "ChromeDriver was started successfully", or its end: either comes at once.
fn is_ready(said: &mut BufReader<ChildStdout>) -> bool {
    said.lines().any(|line| line.unwrap().contains("started successfully"))
}

fn capabilities(chromium: &Path, line: u16, profile: Option<&Path>) -> Map<String, Value> {
    let line = format!("--proxy-server=socks5://127.0.0.1:{line}");
    let profile = profile.map(|folder| format!("--user-data-dir={}", folder.display()));
    let mut args = vec![
        line.as_str(),
        // Without it, this machine would be reached past the line.
        "--proxy-bypass-list=<-loopback>",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ];
    args.extend(profile.as_deref());
    if env::var_os("BROWSER_TESTS").is_none_or(|value| value != "watched") {
        args.push("--headless");
    }
    if geteuid().is_root() {
        // Chromium's sandbox refuses root.
        args.push("--no-sandbox");
    }
    let capabilities = json!({
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "binary": chromium, "args": args },
    });
    capabilities.as_object().unwrap().clone()
}
