//! Re-enacts a true story in a room of a running instance, through the API that
//! programs use: every step at its time, so much faster than it was.

mod remote;
mod things;

use std::{
    io::{self, Write},
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use self::remote::Remote;
use super::stories::{Step, Story, Told, What};
use crate::{
    config,
    terms::{Kind, Stance},
};

/// Plays a story and prints the room's address, then a line a step. Ctrl-C
/// stops it.
pub async fn play(story: &Story, speed: f64, server: &config::Remote) -> anyhow::Result<()> {
    let remote = Remote::new(server)?;
    remote.knock().await?;
    let room = Room::declare(&remote, story, speed).await?;
    say(&room.url);
    tokio::select! {
        told = room.tell(story) => told.with_context(|| format!("the incident stays open: {}", room.url)),
        _ = tokio::signal::ctrl_c() => {
            say(&format!("Stopped. The incident stays open: {}", room.url));
            Ok(())
        }
    }
}

/// The room in which a story is played.
struct Room<'a> {
    remote: &'a Remote,
    number: i64,
    url: String,
    /// When it was declared, by the server's clock and by ours.
    declared_at: DateTime<Utc>,
    began: Instant,
    speed: f64,
}

/// What declaring answers.
#[derive(Deserialize)]
struct Declared {
    number: i64,
    url: String,
    #[serde(rename = "declared_at")]
    at: DateTime<Utc>,
}

impl<'a> Room<'a> {
    async fn declare(remote: &'a Remote, story: &Story, speed: f64) -> anyhow::Result<Self> {
        let how = format!("A re-enactment at {speed}× speed");
        let body = json!({
            "title": story.title,
            "drill": true,
            "severity": story.severity,
            "summary": story.summary_told(&how),
            "services": story.services,
        });
        let answer = remote.write(Method::POST, "incidents", &body).await?;
        let Declared { number, url, at } =
            serde_json::from_value(answer).context("the server answers in a way that is not known here")?;
        Ok(Self { remote, number, url, declared_at: at, began: Instant::now(), speed })
    }

    async fn tell(&self, story: &Story) -> anyhow::Result<()> {
        let mut told = Told::default();
        for step in &story.steps {
            sleep_until(self.began + self.after(step.at - story.declared).to_std().unwrap_or(Duration::ZERO)).await;
            let (method, path, body) = self.request(story, step, &told);
            let answer = self.remote.write(method, &path, &body).await?;
            things::remember(step, &answer, &mut told)?;
            say(&format!("{}  {}, {}", step.at.format("%-d %b %H:%M"), step.by, in_short(&step.what)));
        }
        if let Some(closing) = story.closing() {
            let body = json!({ "kind": Kind::Note, "body": closing });
            self.remote.write(Method::POST, &self.path("/timeline"), &body).await?;
        }
        Ok(())
    }

    /// What a step asks of the server.
    fn request(&self, story: &Story, step: &Step, told: &Told<String>) -> (Method, String, Value) {
        let reason = story.reasoned(&step.by, &step.reason);
        let happened = step.happened.map(|at| self.declared_at + self.after(at - story.declared));
        let last = told.last.get(&step.by).copied().unwrap_or_default();
        let corrections = || self.path(&format!("/timeline/{last}/corrections"));
        let patch = |change: Value| (Method::PATCH, self.path(""), change);
        match &step.what {
            What::Correct(text) => {
                let body = json!({ "body": story.said(&step.by, text), "reason": step.reason });
                (Method::POST, corrections(), body)
            }
            What::Strike(why) => (Method::POST, corrections(), json!({ "strike": true, "reason": why })),
            What::Moment(name) => {
                let at = happened.unwrap_or(self.declared_at + self.after(step.at - story.declared));
                (Method::POST, self.path("/moments"), json!({ "name": name, "at": at, "reason": reason }))
            }
            What::Severity(to) => patch(json!({ "severity": to, "reason": reason })),
            What::Status(to) => patch(json!({ "status": to, "reason": reason })),
            What::Title(to) => patch(json!({ "title": to })),
            What::Say(kind, text) => {
                let body = json!({ "kind": kind, "body": story.said(&step.by, text), "occurred_at": happened });
                (Method::POST, self.path("/timeline"), body)
            }
            What::Update(update) => (Method::POST, self.path("/updates"), self.update(story, step, update)),
            What::Hold(hold, thing) => self.hold(story, (step, told), (*hold, thing)),
            What::Judge(state, theory) => self.theory(told, theory, &json!({ "state": state, "reason": reason })),
            What::Speak(stance, theory) => {
                self.theory(told, theory, &json!({ "evidence": { "entry": last, "stance": stance } }))
            }
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("incidents/{}{rest}", self.number)
    }

    /// How long after the declaration something is done here that was done so
    /// long after it then.
    fn after(&self, then: TimeDelta) -> TimeDelta {
        let seconds = then.as_seconds_f64() / self.speed;
        #[expect(clippy::cast_possible_truncation, reason = "a fraction of a microsecond is nothing")]
        let microseconds = (seconds * 1_000_000.0) as i64;
        TimeDelta::microseconds(microseconds)
    }
}

/// A step on one line.
fn in_short(what: &What) -> String {
    let (did, text) = match what {
        What::Correct(text) => ("corrected", text.as_str()),
        What::Strike(why) => ("struck out", why.as_str()),
        What::Moment(name) => ("recorded", name.label()),
        What::Severity(to) => ("severity", to.label()),
        What::Status(to) => ("status", to.label()),
        What::Title(to) => ("title", to.as_str()),
        What::Say(kind, text) => (kind.word(), text.as_str()),
        What::Update(update) => ("update", update.first()),
        What::Hold(hold, thing) => (hold.did(), thing.as_str()),
        What::Judge(state, theory) => (state.word(), theory.as_str()),
        What::Speak(Stance::For, theory) => ("speaks for", theory.as_str()),
        What::Speak(Stance::Against, theory) => ("speaks against", theory.as_str()),
    };
    let line = text.lines().next().unwrap_or_default();
    let Some((end, _)) = line.char_indices().nth(90) else { return format!("{did}: {line}") };
    let (short, _) = line[..end].rsplit_once(' ').unwrap_or((&line[..end], ""));
    format!("{did}: {short} …")
}

/// Prints a line. That nobody reads is no reason to stop: the room does.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
