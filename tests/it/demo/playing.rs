//! A true story re-enacted by the binary, in a room that others watch.

use std::collections::HashSet;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use second_story::{
    demo::{
        self,
        stories::{self, Hold, Step, Story, What},
    },
    people::tokens,
    terms::{MomentName, Role, Scope, Status},
    updates,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command},
};

use super::telling::ending;
use crate::support::{
    Server,
    binary::{Folder, command, run},
    flaky::Flaky,
    rows::{self, Line},
};

const FAST: &str = "100000";

/// A token of somebody who may write, or only reads along.
async fn token(server: &Server, role: Role) -> String {
    let person = server.person(&format!("Player {role}"), role).await.person.unwrap();
    tokens::make(&server.app.db, person.id, "demo", Scope::Write).await.unwrap()
}

fn play(folder: &Folder, (story, speed): (&str, &str), url: &str, token: &str) -> Command {
    let mut play = command(folder);
    play.args(["demo", "play", story, "--speed", speed, "--url", url]).env("SECOND_STORY_TOKEN", token);
    play
}

/// What a room holds in which a story was told: the kinds, and the texts that people wrote.
fn expected(story: &Story) -> Vec<(String, Option<String>)> {
    let entry = |kind: &str, text: Option<String>| (kind.to_owned(), text);
    let mut expected = vec![entry("declared", None)];
    // What the room records itself, unless somebody did.
    let mut recorded = HashSet::new();
    let mut derived = |name| recorded.insert(name).then(|| entry("moment", None));
    for step in &story.steps {
        match &step.what {
            What::Correct(text) => expected.push(entry("correction", Some(story.said(&step.by, text)))),
            What::Strike(_) => expected.push(entry("correction", None)),
            What::Moment(name) => expected.extend(derived(*name)),
            What::Severity(_) => expected.push(entry("severity", None)),
            What::Title(_) => expected.push(entry("details", None)),
            What::Status(to) => {
                expected.push(entry("status", None));
                match to {
                    Status::Monitoring => expected.extend(derived(MomentName::Mitigated)),
                    Status::Resolved => expected.extend(derived(MomentName::Resolved)),
                    _ => {}
                }
            }
            What::Say(kind, text) => {
                expected.push(entry(kind.word(), Some(story.said(&step.by, text))));
                expected.extend(derived(MomentName::Acknowledged));
            }
            What::Update(update) => {
                let text = updates::entry(update.audience, &update.texts(), None);
                expected.push(entry("update", Some(text)));
                expected.extend(derived(MomentName::Acknowledged));
            }
            What::Hold(hold, thing) => expected.push(entry(kind_of(story, *hold, thing), None)),
            What::Judge(..) => expected.push(entry("verdict", None)),
            What::Speak(..) => expected.push(entry("evidence", None)),
        }
    }
    expected.push(entry("note", story.closing()));
    expected
}

/// What the entry is that tells who holds something. One hand offers itself
/// nothing: it tells that in words.
fn kind_of(story: &Story, hold: Hold, thing: &str) -> &'static str {
    let adds = |step: &Step| matches!(&step.what, What::Hold(Hold::Add | Hold::Start, title) if title == thing);
    match hold {
        Hold::Offer | Hold::Accept | Hold::Decline | Hold::Withdraw => "note",
        _ if story.steps.iter().any(adds) => "work",
        _ => "role",
    }
}

/// Fails unless a room holds the story: all of it, in order, once.
fn assert_told(story: &Story, timeline: &[Line]) {
    rows::assert_sound(timeline);
    let expected = expected(story);
    for (line, (kind, text)) in timeline.iter().zip(&expected) {
        assert_eq!(&line.kind, kind, "{line:?}");
        assert!(text.as_ref().is_none_or(|text| *text == line.body), "{line:?} is {text:?}");
    }
    assert_eq!(timeline.len(), expected.len());
}

#[tokio::test]
async fn a_played_story_fills_a_room_before_everybodys_eyes() {
    let server = Server::start().await;
    let token = token(&server, Role::Responder).await;
    let story = stories::find("gitlab-2017").unwrap();
    let (mut child, mut out) = begin(play(&Folder::new(), ("gitlab-2017", FAST), &server.url, &token));
    let url = out.next_line().await.unwrap().unwrap();
    assert_eq!(url, format!("{}/incidents/1", server.url));

    let watcher = server.person("Vera", Role::Viewer).await;
    let mut stream = watcher.events("/incidents/1/events", Some(0)).await;
    let count = i64::try_from(expected(&story).len()).unwrap();
    assert_eq!(stream.entries_until(count).await, (1..=count).collect::<Vec<_>>(), "each once, in order");

    let mut lines = 0;
    while let Some(line) = out.next_line().await.unwrap() {
        assert!(line.contains(&story.steps[lines].by), "{line}");
        lines += 1;
    }
    assert_eq!(lines, story.steps.len(), "a line a step");
    assert_eq!(child.wait().await.unwrap().code(), Some(0));

    assert_told(&story, &rows::timeline(&server.app.db, 1).await);
    let page = watcher.room(1).await.body;
    for told in [&*story.event, "A re-enactment at 100000× speed of", &story.sources[0].url, "Resolved", "SEV1"] {
        assert!(page.contains(told), "{told}");
    }
    let sources: Vec<String> = sqlx::query_scalar("select distinct source::text from entries where author is not null")
        .fetch_all(&server.app.db)
        .await
        .unwrap();
    assert_eq!(sources, ["api"]);
}

#[tokio::test]
async fn every_story_plays() {
    let server = Server::start().await;
    let token = token(&server, Role::Responder).await;
    let folder = Folder::new();
    for (number, name) in (1..).zip(stories::names()) {
        let (code, _, said) = run(play(&folder, (name, FAST), &server.url, &token), "").await;
        assert_eq!(code, Some(0), "{name}: {said}");
        assert_told(&stories::find(name).unwrap(), &rows::timeline(&server.app.db, number).await);
    }
    // Retold at once, they end in the same way: the true ones are numbered alike.
    let retold = Server::start().await;
    demo::fill(&retold.app).await.unwrap();
    for (number, name) in (1..).zip(stories::names()) {
        let (played, told) = (ending(&server.app.db, number).await, ending(&retold.app.db, number).await);
        assert!(played.len() > 1, "{name}: {played:?}");
        assert_eq!(played, told, "{name}");
    }
    let open = "select count(*) from incidents where status <> 'resolved'";
    assert_eq!(rows::count(&server.app.db, open).await, 0);
}

#[tokio::test]
async fn lost_answers_and_a_server_that_is_busy_make_nothing_twice() {
    let server = Server::start().await;
    let token = token(&server, Role::Responder).await;
    let flaky = Flaky::to(&server.url).await;
    let story = stories::find("cloudflare-2019").unwrap();
    let (code, _, said) = run(play(&Folder::new(), ("cloudflare-2019", FAST), &flaky.url, &token), "").await;
    assert_eq!(code, Some(0), "{said}");
    assert_told(&story, &rows::timeline(&server.app.db, 1).await);
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 1);
    let sent: Vec<usize> = flaky.sent.lock().unwrap().values().copied().collect();
    assert_eq!(sent, vec![3; story.steps.len() + 2], "every write was lost once, put off once, and taken");
}

#[tokio::test]
async fn stopped_half_way_it_says_that_the_incident_stays_open() {
    let server = Server::start().await;
    let token = token(&server, Role::Responder).await;
    let (mut child, mut out) = begin(play(&Folder::new(), ("roblox-2021", "1"), &server.url, &token));
    let url = out.next_line().await.unwrap().unwrap();
    // A line a step: the first ones are at the very beginning, the next minutes away.
    out.next_line().await.unwrap().unwrap();
    kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGINT).unwrap();
    let mut said = String::new();
    while let Some(line) = out.next_line().await.unwrap() {
        said = line;
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert!(said.contains("stays open") && said.contains(&url), "{said}");
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents where ended_at is null").await, 1);
}

#[tokio::test]
async fn what_cannot_work_is_said() {
    let server = Server::start().await;
    let writes = token(&server, Role::Responder).await;
    let reads = token(&server, Role::Viewer).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let path = format!("{}/incidents", server.url);
    let other = something_else().await;
    let folder = Folder::new();
    for (story, speed, url, token, expected) in [
        ("gitlab-2018", FAST, &server.url, &*writes, "there are gitlab-2017, github-2018"),
        ("gitlab-2017", "0", &server.url, &writes, "a number above 0"),
        ("gitlab-2017", FAST, &closed, &writes, "can't reach"),
        ("gitlab-2017", FAST, &path, &writes, "must be an origin"),
        ("gitlab-2017", FAST, &other, &writes, "not as Second Story does"),
        ("gitlab-2017", FAST, &server.url, "ss_made-up", "--token: This token is not known, or was revoked."),
        ("gitlab-2017", FAST, &server.url, &reads, "refused (403 Forbidden): Viewers read along"),
    ] {
        let (code, printed, said) = run(play(&folder, (story, speed), url, token), "").await;
        assert_ne!(code, Some(0), "{expected}");
        assert!(said.contains(expected) && printed.is_empty(), "{expected}: {said}");
    }
    assert_eq!(rows::count(&server.app.db, "select count(*) from incidents").await, 0);
}

#[tokio::test]
async fn their_names_are_listed_one_a_line() {
    let mut list = command(&Folder::new());
    list.args(["demo", "list"]);
    let (code, printed, _) = run(list, "").await;
    assert_eq!(code, Some(0));
    assert_eq!(printed.lines().collect::<Vec<_>>(), stories::names().collect::<Vec<_>>());
    assert!(printed.contains("gitlab-2017\n"));
}

/// Where some other program answers.
async fn something_else() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = axum::Router::new().fallback(async || axum::response::Html("<p>Hello"));
    tokio::spawn(async move { axum::serve(listener, page).await });
    url
}

fn begin(mut play: Command) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = play.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, out)
}
