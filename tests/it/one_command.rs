//! One command starts everything, and what it says can be acted on.

use nix::{sys::signal::kill, unistd::Pid};

use crate::support::{
    Client,
    binary::{Folder, Running, command, run},
};

const PASSWORD: &str = "correct horse battery staple";

fn lives(process: i32) -> bool {
    kill(Pid::from_raw(process), None).is_ok()
}

#[tokio::test]
async fn an_empty_folder_becomes_an_instance_with_a_set_up_link() {
    let folder = Folder::new();
    let mut server = Running::start(&folder, &[]).await;
    assert!(server.printed.contains(folder.0.to_str().unwrap()), "{}", server.printed);
    let link = server.said("Set up").unwrap();
    let path = link.strip_prefix(&server.url).unwrap();
    let ana = Client::new(&server.url, None, None);
    assert_eq!(ana.get(path).await.status, 200);
    let form = [("name", "Ana"), ("email", "ana@example.org"), ("password", PASSWORD)];
    assert_eq!(ana.post(path, &form).await.status, 303);
    let number = ana.declare("The first one").await;
    assert_eq!(number, 1);

    let postgres = folder.postmaster().unwrap();
    assert_eq!(server.interrupt().await, Some(0));
    assert!(!lives(postgres), "Postgres stopped with it");

    let again = Running::start(&folder, &[]).await;
    assert!(again.said("Set up").is_none(), "there is somebody now: {}", again.printed);
    let ana = Client::new(&again.url, None, ana.cookie());
    assert!(ana.get("/incidents/1").await.body.contains("The first one"));
}

#[tokio::test]
async fn a_second_start_says_so_and_harms_nothing() {
    let folder = Folder::new();
    let first = Running::start(&folder, &[]).await;
    let mut second = command(&folder);
    second.arg("serve");
    let (code, _, said) = run(second, "").await;
    assert_ne!(code, Some(0));
    assert!(said.contains("already runs") && said.contains(folder.0.to_str().unwrap()), "{said}");
    let anybody = Client::new(&first.url, None, None);
    assert_eq!(anybody.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn people_are_added_beside_a_running_server_and_without_one() {
    let folder = Folder::new();
    let add = |email: &'static str| {
        let mut add = command(&folder);
        add.args(["user", "add", email, "--name", "Somebody", "--role", "responder"]);
        add
    };
    let (code, _, said) = run(add("ana@example.org"), &format!("{PASSWORD}\n")).await;
    assert_eq!(code, Some(0), "{said}");
    let server = Running::start(&folder, &[]).await;
    let (code, _, said) = run(add("ben@example.org"), PASSWORD).await;
    assert_eq!(code, Some(0), "{said}");
    for email in ["ana@example.org", "ben@example.org"] {
        let person = Client::new(&server.url, None, None);
        let reply = person.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(reply.status, 303, "{email}: {}", reply.body);
    }
    let (code, printed, _) = run(add("chi@example.org"), "").await;
    assert_eq!(code, Some(0));
    assert!(printed.trim().contains("/invite/"), "{printed}");
    let (code, printed, _) = run(add("ana@example.org"), "").await;
    assert_eq!(code, Some(0));
    assert!(printed.trim().contains("/reset/"), "{printed}");
    let (code, _, said) = run(add("dee@example.org"), "12345678\n").await;
    assert_ne!(code, Some(0));
    assert!(said.contains("password"), "{said}");
}

#[tokio::test]
async fn a_demo_has_a_story_and_a_sign_in_that_works() {
    let folder = Folder::new();
    let server = Running::start(&folder, &["--demo"]).await;
    let (_, said) = server.printed.split_once("sign in as ").unwrap();
    let (email, rest) = said.split_once(" with the password: ").unwrap();
    let ana = Client::new(&server.url, None, None);
    let form = [("email", email), ("password", rest.lines().next().unwrap())];
    assert_eq!(ana.post("/sign-in", &form).await.status, 303);
    assert!(ana.get("/").await.body.contains("Checkout returns 500"));
    assert!(ana.get("/incidents/7").await.body.contains("Raising the connection limit"));
    assert!(ana.get("/incidents/1").await.body.contains(r#"datetime="2017-01-31T23:27:20.000Z""#));
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_its_name() {
    let folder = Folder::new();
    for (name, value) in [
        ("BIND", "nowhere"),
        ("BIND", "192.0.2.1:80"),
        ("PUBLIC_URL", "story.example.org"),
        ("PUBLIC_URL", "https://example.org/path"),
        ("TRUSTED_PROXIES", "proxy"),
        ("PG_FETCH", "perhaps"),
        ("RUST_LOG", "second_story=loud"),
        ("PG_BIN", "/nonexistent"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgres://nobody:secret-word@127.0.0.1:9/none"),
    ] {
        let mut start = command(&folder);
        start.arg("serve").env(name, value);
        let (code, _, said) = run(start, "").await;
        assert_ne!(code, Some(0), "{name}={value}");
        assert!(said.contains(name) || said.contains(&name.to_lowercase().replace('_', "-")), "{name}={value}: {said}");
        assert!(!said.contains("secret-word"), "{said}");
    }
}

#[tokio::test]
async fn help_and_version_are_as_expected() {
    let folder = Folder::new();
    let mut version = command(&folder);
    version.arg("--version");
    let (code, printed, _) = run(version, "").await;
    assert_eq!((code, printed.trim()), (Some(0), concat!("second-story ", env!("CARGO_PKG_VERSION"))));
    let mut help = command(&folder);
    help.arg("--help");
    let (code, printed, _) = run(help, "").await;
    assert_eq!(code, Some(0));
    for setting in ["DATABASE_URL", "BIND", "PUBLIC_URL", "DATA_DIR", "PG_BIN", "PG_FETCH", "TRUSTED_PROXIES"] {
        assert!(printed.contains(setting), "{setting}");
    }
}

#[tokio::test]
async fn nobody_who_does_not_read_keeps_it_from_stopping() {
    let folder = Folder::new();
    let mut server = Running::start(&folder, &[]).await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut half = tokio::net::TcpStream::connect(&address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut half, b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(30), server.interrupt()).await;
    assert_eq!(stopped.expect("it stops although half a request is open"), Some(0));
}
