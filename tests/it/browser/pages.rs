//! Every page, looked at: no barrier for anybody, nothing wider than a small
//! phone, and light on the wire.

use second_story::terms::Role;

use crate::support::{
    Client, Server,
    browser::{Browser, Colors, DESK, PHONE, Person, Screen},
    html, images,
};

const SMALL: Screen = Screen { width: 320, height: 640, ..PHONE };

const SETTINGS: &[&str] = &[
    "/settings/people",
    "/settings/severities",
    "/settings/severities/sev2",
    "/settings/roles",
    "/settings/instance",
    "/settings/roles/scribe",
    "/settings/links",
    "/settings/tokens",
];

#[tokio::test]
async fn no_page_has_a_barrier_or_runs_off_the_screen() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let server = Server::start().await;
    let admin = server.person("Ana", Role::Admin).await;
    let ana = browser.person("Ana", &server.url).await;
    ana.cookie(&admin.cookie().unwrap()).await;
    for path in ["/", "/incidents", "/settings/tokens"] {
        look_at(&ana, path).await;
    }
    let number = a_busy_room(&server, &admin).await;
    let ana = browser.person("Ana", &server.url).await;
    for path in ["/sign-in", "/sign-in?next=/me"] {
        look_at(&ana, path).await;
    }
    ana.cookie(&admin.cookie().unwrap()).await;
    let invited = admin.post("/settings/people", &[("email", "new@example.org"), ("role", "viewer")]).await;
    let invite = invited.body.split_once("/invite/").unwrap().1.split('<').next().unwrap().to_owned();
    let person = admin.person.as_ref().unwrap().id;
    let beside = [
        "/".into(),
        "/incidents".into(),
        "/incidents?q=nothing-like-it".into(),
        "/incidents/new".into(),
        "/s/no-such-link".into(),
        format!("/settings/people/{person}"),
        "/api/docs".into(),
        "/me".into(),
        format!("/invite/{invite}"),
        "/no/such/page".into(),
    ];
    let pages = pages_of_the_room(&admin, &format!("/incidents/{number}")).await;
    for path in pages.iter().chain(&beside).map(String::as_str).chain(SETTINGS.iter().copied()) {
        look_at(&ana, path).await;
    }
}

async fn pages_of_the_room(admin: &Client, room: &str) -> Vec<String> {
    let link = [("label", "Board"), ("names", "roles"), ("may_ask", "1"), ("shows_summary", "1")];
    let shared = admin.submit(&format!("{room}/share-links"), &link).await.body;
    let mut pages = vec![room.to_owned(), format!("/s/{}", html::token(&shared))];
    let below = [
        "?kind=typed&order=happened",
        "?kind=theory",
        "/import",
        "/replay?at=9",
        "/lanes",
        "/timeline",
        "/timeline/4",
        "/timeline/4/corrections",
        "/timeline/4/redaction",
        "/severity",
        "/status?status=resolved",
        "/moments",
        "/details",
        "/links",
        "/bridge",
        "/roles",
        "/work-items",
        "/handoffs",
        "/handoffs/new",
        "/updates",
        "/cadence",
        "/questions",
        "/brief",
        "/share-links",
    ];
    pages.extend(below.map(|page| format!("{room}{page}")));
    for list in ["work-items", "handoffs", "updates"] {
        pages.push(format!("{room}/{}", first(admin, room, list).await));
    }
    pages
}

async fn look_at(person: &Person, path: &str) {
    for (screen, colors) in [(DESK, Colors::Light), (PHONE, Colors::Dark), (SMALL, Colors::Light)] {
        person.screen(screen).await;
        person.colors(colors).await;
        person.open(path).await;
        // Not `innerWidth`: a phone makes that wider for what does not fit.
        person.until(&format!("document.documentElement.scrollWidth <= {}", screen.width)).await;
        let violations = person.axe().await;
        assert!(violations.is_empty(), "{path} at {}: {violations:#?}", screen.width);
    }
    let errors = person.console_errors().await;
    let refused: Vec<_> = errors.iter().filter(|error| !error.contains("404")).collect();
    assert!(refused.is_empty(), "{path}: {refused:?}");
}

/// A room with all that an entry can look like.
async fn a_busy_room(server: &Server, ana: &Client) -> i64 {
    let long = "payments-api-7f9c6b5d4x".repeat(14);
    let number =
        ana.declare("Zahlungsabwicklungsschnittstelle antwortet nicht mehr, und niemand weiß, seit wann").await;
    let name = "Maximiliane-Charlotte von Hohenlohe-Langenburg";
    let other = server.person(name, Role::Responder).await;
    for line in [
        "a note",
        "/action Rolled back to `1.41`:\n\n```\nkubectl rollout undo deployment/payments --to-revision=41 --namespace=production-europe\n```",
        "/effect انخفض معدل الأخطاء إلى ٤٪ بعد التحويل",
        "/expect | a | b |\n|---|---|\n| 1 | 2 |",
        "/assume - one\n- two\n  1. three",
        "/theory > quoted",
        "/decide **leave** it",
        long.as_str(),
        "-2h15m late",
        "/sev 1",
        "/status monitoring because it looks well",
        "/link call https://meet.example.org/a-long-address-of-a-call-that-goes-on-and-on",
    ] {
        assert_eq!(other.say(number, line).await.status, 303, "{line}");
    }
    let picture = images::png(1200, 900, &[]);
    let files = [("a", "image/png", &picture[..]), ("b", "image/png", &picture[..])];
    let fields = [("body", "/effect two graphs"), ("alt", long.as_str()), ("alt", "")];
    assert_eq!(other.upload(&format!("/incidents/{number}/timeline"), &fields, &files).await.status, 303);
    let entry = |seq: i64| format!("/incidents/{number}/timeline/{seq}");
    let strike = [("strike", "true"), ("reason", "wrong host")];
    assert_eq!(ana.post(&format!("{}/corrections", entry(2)), &strike).await.status, 303);
    let correct = [("body", "Rolled back to 1.42"), ("reason", "")];
    assert_eq!(ana.post(&format!("{}/corrections", entry(4)), &correct).await.status, 303);
    assert_eq!(ana.post(&format!("{}/redaction", entry(5)), &[("reason", "a password")]).await.status, 303);
    let email = &other.person.as_ref().unwrap().email;
    ana.change(number, "roles", &[("role", "commander"), ("person", "me")]).await;
    ana.change(number, "handoffs", &[("role", "commander"), ("to", email), ("briefing", &long)]).await;
    ana.change(number, "work-items", &[("title", &long[..200]), ("person", email), ("due_at", "30")]).await;
    for fields in [[("situation", &*long), ("next_by", "30")], [("no_news", "1"), ("next_by", "2")]] {
        ana.change(number, "updates", &fields).await;
    }
    let update = first(ana, &format!("/incidents/{number}"), "updates").await;
    ana.change(number, &update, &[("impact", &long), ("reason", &long)]).await;
    other.change(number, "timeline", &[("body", &format!("/theory {long}"))]).await;
    number
}

/// The first of a room's work, updates or hand-offs, as its path ends.
async fn first(who: &Client, room: &str, what: &str) -> String {
    let list = who.get(&format!("{room}/{what}")).await.body;
    let (_, id) = list.split_once(&format!("<a href=\"{room}/{what}/")).unwrap();
    format!("{what}/{}", &id[..36])
}

#[tokio::test]
async fn scripts_and_styles_are_light_and_from_here() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Viewer).await;
    let weigh = async |names: &[String]| {
        let mut bytes = 0;
        for name in names {
            let request = ana.request(reqwest::Method::GET, &format!("/static/{name}"));
            let response = request.header("accept-encoding", "gzip").send().await.unwrap();
            assert_eq!(response.headers()["content-encoding"], "gzip", "{name}");
            bytes += response.bytes().await.unwrap().len();
        }
        bytes
    };
    let there = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/static")).unwrap();
    let names: Vec<String> = there.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let ending = |with: &str| names.iter().filter(|name| name.ends_with(with)).cloned().collect::<Vec<_>>();
    assert!(ending(".js").len() > 5 && ending(".css").len() == 2, "{names:?}");
    assert!(weigh(&ending(".js")).await < 40 << 10);
    assert!(weigh(&ending(".css")).await < 20 << 10);
}
