//! The browsers themselves, on pages made for them: what the other tests lean on.

use std::{convert::Infallible, path::Path, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode, header},
    response::{
        Html, IntoResponse, Redirect, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt as _, stream};
use tokio::{
    net::TcpListener,
    task::{LocalSet, spawn_local},
};

use crate::support::browser::{Browser, Colors, PHONE};

#[tokio::test]
async fn people_act_and_see_each_in_a_browser_of_their_own() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    let ben = browser.person("Ben", &site).await;

    ana.open("/form").await;
    assert_eq!(ana.value("Title").await, "kept");
    ana.fill("Title", "a b").await;
    ana.fill("Severity", "SEV2").await;
    ana.fill("#when", "2026-11-22T03:07").await;
    ana.click("Declare").await;
    ana.see("You said title=a+b&severity=2&when=2026-11-22T03%3A07").await;
    assert_eq!(ana.address().await, "/said?title=a+b&severity=2&when=2026-11-22T03%3A07");

    ana.open("/form").await;
    ana.fill("Title", "by key").await;
    ana.press("Control+a").await;
    ana.press("x").await;
    ana.press("Enter").await;
    ana.see("You said title=x&").await;

    ana.open("/live").await;
    ana.see_count("li", 2).await;
    assert_eq!((ana.count("li").await, ana.text("li").await), (2, "one".into()));
    ana.within("#other").click("Accept").await;
    ana.see("accepted by other").await;
    ana.see_not("still to be accepted").await;

    ana.until("localStorage.accepted === 'other'").await;
    ben.open("/live").await;
    ben.until("localStorage.accepted === undefined").await;
    assert_eq!(ana.console_errors().await, [""; 0]);
}

#[tokio::test]
async fn a_phone_in_the_dark_is_small_touched_and_dark() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    let is = async |query: &str| ana.until(&format!("matchMedia('{query}').matches")).await;
    ana.open("/live").await;
    is("(width: 1280px) and (height: 900px) and (prefers-color-scheme: light)").await;
    ana.screen(PHONE).await;
    ana.colors(Colors::Dark).await;
    is("(width: 390px) and (height: 844px) and (prefers-color-scheme: dark) and (pointer: coarse)").await;
    ana.reload().await;
    is("(width: 390px) and (prefers-color-scheme: dark)").await;
    ana.within("#other").click("Accept").await;
    ana.see("accepted by other").await;

    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("harness-phone.png");
    ana.screenshot(&picture).await;
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_line_that_is_lost_cuts_streams_and_comes_back() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    ana.open("/live").await;
    ana.see("the line is up").await;
    ana.offline(true).await;
    ana.see("the line is down").await;
    ana.until("!navigator.onLine").await;
    ana.offline(false).await;
    ana.see("the line is up").await;
}

#[tokio::test]
async fn without_scripts_a_page_is_still_read_and_sent() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    ana.without_javascript().await;
    ana.cookie("session=ana").await;
    ana.open("/live").await;
    ana.see("the line is unknown").await;
    ana.see("your session is ana").await;
    ana.open("/form").await;
    ana.fill("Title", "no script").await;
    ana.click("Declare").await;
    ana.see("You said title=no+script").await;
}

#[tokio::test]
async fn the_console_tells_of_errors_and_of_what_the_policy_refused() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    ana.open("/broken").await;
    ana.until("window.ran").await;
    let errors = ana.console_errors().await.join("\n");
    for expected in ["Uncaught Error: thrown on purpose", "Content Security Policy", "404"] {
        assert!(errors.contains(expected), "{expected} is not in:\n{errors}");
    }
    assert_eq!(ana.console_errors().await, [""; 0], "asked again, only what is new");
}

#[tokio::test]
async fn axe_finds_what_a_page_hides() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    ana.open("/broken").await;
    let violations = ana.axe().await;
    let picture = violations.iter().find(|violation| violation.rule == "image-alt").unwrap();
    assert!(picture.nodes[0].starts_with("img | <img src=\"/nowhere.png\">"), "{picture:?}");

    ana.open("/form").await;
    assert!(ana.axe().await.is_empty(), "{:#?}", ana.axe().await);
}

#[tokio::test]
async fn a_disappointment_says_what_was_there_instead() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    ana.open("/live").await;
    for (act, said) in [
        ("see", "Ana does not see “three” within 200ms: not yet"),
        ("click", "Ana cannot click “Accept” within 200ms: 2 things here are called that"),
        ("fill", "Ana cannot fill “Title” within 200ms: nothing here is called that"),
    ] {
        let hasty = ana.patient(Duration::from_millis(200));
        let alone = LocalSet::new();
        let acted = alone.run_until(async {
            spawn_local(async move {
                match act {
                    "see" => hasty.see("three").await,
                    "click" => hasty.click("Accept").await,
                    _ => hasty.fill("Title", "x").await,
                }
            })
            .await
        });
        let panic = acted.await.unwrap_err().into_panic();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.starts_with(said), "{message}");
        assert!(message.contains("one two"), "{message}");
        assert!(message.contains(".png"), "{message}");
    }
}

#[tokio::test]
async fn a_browser_leaves_nothing_behind() {
    let Some((browser, site)) = start().await else {
        return;
    };
    let ana = browser.person("Ana", &site).await;
    let ben = browser.person("Ben", &site).await;
    let (anas, bens) = (ana.profile(), ben.profile());
    assert!(anas != bens && anas.is_dir() && bens.is_dir());
    drop(browser);
    assert!(!anas.exists() && !bens.exists());
}

/// A browser, and a site to open in it.
async fn start() -> Option<(Browser, String)> {
    let browser = Browser::start()?;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let site = Router::new().fallback(answer);
    tokio::spawn(async { axum::serve(listener, site).await });
    Some((browser, format!("http://{address}")))
}

async fn answer(request: Request) -> Response {
    match (request.method(), request.uri().path()) {
        (_, "/form") => page(FORM),
        (_, "/live") => {
            let cookies = request.headers().get(header::COOKIE);
            let session = cookies.and_then(|it| it.to_str().ok()?.strip_prefix("session="));
            page(&format!("{LIVE}<p>your session is {}", session.unwrap_or("nobody's")))
        }
        (_, "/live.js") => ([(header::CONTENT_TYPE, "text/javascript")], LIVE_JS).into_response(),
        (_, "/broken") => page(BROKEN),
        (_, "/broken.js") => ([(header::CONTENT_TYPE, "text/javascript")], BROKEN_JS).into_response(),
        (_, "/said") => page(&format!("<p>You said {}</p>", request.uri().query().unwrap())),
        (&Method::POST, "/form-sent") => {
            let body = axum::body::to_bytes(request.into_body(), 1024).await.unwrap();
            Redirect::to(&format!("/said?{}", std::str::from_utf8(&body).unwrap())).into_response()
        }
        (_, "/stream") => {
            let first = stream::once(async { Ok::<_, Infallible>(Event::default().data("up")) });
            let stream = first.chain(stream::pending());
            Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
        }
        (_, "/favicon.ico") => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn page(main: &str) -> Response {
    let head = "<!doctype html><html lang=en><title>Harness</title>\
        <meta name=viewport content='width=device-width, initial-scale=1'><main><h1>Harness</h1>";
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'self'")];
    (policy, Html(format!("{head}{main}</main>"))).into_response()
}

const FORM: &str = "<form method=post action=/form-sent>
    <label>Title <input name=title value=kept></label>
    <label for=severity>Severity</label>
    <select id=severity name=severity><option value=3>SEV3</option><option value=2>SEV2</option></select>
    <input id=when name=when type=datetime-local aria-label=When>
    <button>Declare <span hidden>now</span></button>
    </form>";

const LIVE: &str = "<p>the line is <span id=line>unknown</span></p>
    <ul><li>one<li>two<li hidden>hidden</ul>
    <section id=this><button>Accept</button></section>
    <section id=other><button>Accept</button> <b>still to be accepted</b></section>
    <script src=/live.js></script>";

const LIVE_JS: &str = "
    const line = document.getElementById('line');
    const stream = new EventSource('/stream');
    stream.onmessage = (event) => { line.textContent = event.data; };
    stream.onerror = () => { line.textContent = 'down'; };
    for (const button of document.querySelectorAll('button')) {
      button.onclick = () => {
        const { id } = button.parentElement;
        localStorage.accepted = id;
        button.parentElement.textContent = `accepted by ${id}`;
      };
    }";

const BROKEN: &str = "<img src=/nowhere.png>
    <p id=inline>untouched</p>
    <script>document.getElementById('inline').textContent = 'the policy let an inline script run';</script>
    <script src=/broken.js></script>";

const BROKEN_JS: &str = "window.ran = true; throw new Error('thrown on purpose');";
