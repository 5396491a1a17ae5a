//! The product as one starts it: the binary, with a data folder of its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};
use uuid::Uuid;

/// A folder that is removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Empty, and where any user may enter: Postgres runs as another one under
    /// root, and this checkout may be root's alone.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("second-story-{}", Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The process id of the Postgres that runs in it.
    pub fn postmaster(&self) -> Option<i32> {
        let file = find(&self.0, "postmaster.pid")?;
        std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|it| it == name) {
            return Some(path);
        }
        if path.is_dir()
            && let Some(found) = find(&path, name)
        {
            return Some(found);
        }
    }
    None
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The binary with a clean environment.
pub fn command(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_second-story"));
    for name in
        ["DATABASE_URL", "PUBLIC_URL", "TRUSTED_PROXIES", "RUST_LOG", "PG_BIN", "PG_FETCH", "SECOND_STORY_TOKEN"]
    {
        command.env_remove(name);
    }
    command.env("DATA_DIR", &folder.0).env("BIND", "127.0.0.1:0").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that runs.
pub struct Running {
    /// Where it is, without a slash at the end.
    pub url: String,
    /// What it printed at its start, up to and with the last line.
    pub printed: String,
    child: Child,
    _out: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts `serve` and waits until it has said where it is.
    pub async fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut child = command(folder).arg("serve").args(arguments).stderr(Stdio::inherit()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        while let Some(line) = out.next_line().await.unwrap() {
            printed.push_str(&line);
            printed.push('\n');
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        let url = word_after(&printed, "Open").unwrap_or_else(|| panic!("it did not start:\n{printed}"));
        Self { url: url.trim_end_matches('/').to_owned(), printed, child, _out: out }
    }

    /// The first word after a label in what it printed.
    pub fn said(&self, label: &str) -> Option<String> {
        word_after(&self.printed, label)
    }

    /// Kills it without a chance to clean up.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop, as Ctrl-C does, and waits for its exit code.
    pub async fn interrupt(&mut self) -> Option<i32> {
        let id = Pid::from_raw(self.child.id().unwrap().try_into().unwrap());
        kill(id, Signal::SIGINT).unwrap();
        self.child.wait().await.unwrap().code()
    }
}

fn word_after(printed: &str, label: &str) -> Option<String> {
    let line = printed.lines().find(|line| line.trim_start().starts_with(label))?;
    line.trim_start().strip_prefix(label)?.split_whitespace().next().map(str::to_owned)
}

/// Runs a command to its end: exit code, standard output, standard error.
pub async fn run(mut command: Command, input: &str) -> (Option<i32>, String, String) {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
