//! In, out, and back to where one was.

use super::*;

#[tokio::test]
async fn one_signs_in_and_out() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let browser = server.anybody();
    assert!(browser.get("/").await.asks_to_sign_in());
    let form = [("email", " ANA@Example.org "), ("password", PASSWORD)];
    let reply = browser.post("/sign-in", &form).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"));
    assert_eq!(browser.get("/").await.status, 200);
    // Who is in needs no form.
    let reply = browser.get("/sign-in?next=/incidents").await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/incidents"));
    let cookie = browser.cookie();
    let mut stream = browser.events("/incidents/events", None).await;
    let reply = browser.post("/sign-out", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/sign-in"));
    assert_eq!(browser.cookie(), None);
    ends(&mut stream).await;
    let replayed = Client::new(&server.url, None, cookie);
    assert!(replayed.get("/").await.asks_to_sign_in());
    // Out already is out.
    assert_eq!(replayed.post("/sign-out", &[]).await.status, 303);
}

#[tokio::test]
async fn one_is_back_where_one_was() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let number = ana.declare("Checkout fails").await;
    let browser = server.anybody();
    let room = format!("/incidents/{number}?kind=action&order=happened");
    let asked = browser.get(&room).await;
    assert!(asked.asks_to_sign_in());
    let page = browser.get(asked.location()).await;
    let next = hidden(&page, "next");
    assert_eq!(next, room);
    let form = [("email", "ana@example.org"), ("next", &next), ("password", "wrong words")];
    let again = browser.post("/sign-in", &form).await;
    assert_eq!(hidden(&again, "next"), room);
    let form = [("email", "ana@example.org"), ("next", &next), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &form).await.location(), room);

    // A form that was sent too late leads back to the page it was on.
    let late = server.anybody();
    let request = late.request(Method::POST, "/incidents");
    let request = request.header("origin", &server.url).header("referer", format!("{}/incidents/new", server.url));
    let reply = late.send(request.form(&[("title", "x")])).await;
    assert_eq!(reply.location(), "/sign-in?next=%2Fincidents%2Fnew");
}

#[tokio::test]
async fn next_never_leads_off_this_site() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    for next in [
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "https://evil.test",
        "https:evil.test",
        "javascript:alert(1)",
        "evil.test",
        " //evil.test",
        "/\0",
        "/\u{7f}",
        "/\u{1}x",
        "/\r\nset-cookie: session=evil",
        "/\u{ff0f}evil.test",
        "/sign-out",
        "",
    ] {
        let form = [("email", "ana@example.org"), ("password", PASSWORD), ("next", next)];
        let reply = server.anybody().post("/sign-in", &form).await;
        assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"), "{next:?}");
        let reply = ana.get(&address("/sign-in", &[("next", next)])).await;
        assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"), "{next:?}");
    }
    // A path with two slashes is a page that is not there, and not another host.
    let asked = server.anybody().get("//evil.test/x").await;
    assert!(!asked.location().starts_with("//"), "{}", asked.location());
}

#[tokio::test]
async fn a_stranger_is_not_told_who_has_an_account() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    // Invited and not here yet, and gone.
    server.person("Nia", Role::Viewer).await;
    let gone = server.person("Ole", Role::Viewer).await;
    choose_password(&server, &gone).await;
    age(&server, "update people set deactivated_at = now() where handle = 'ole'").await;
    let mut answers = Vec::new();
    for (name, password) in
        [("ana", "wrong words here"), ("nia", "wrong words here"), ("ole", PASSWORD), ("nobody", "wrong words here")]
    {
        let reply = sign_in(&server, name, password).await;
        assert!(!reply.headers.contains_key(SET_COOKIE));
        assert!(reply.body.contains(name), "what was typed stays");
        let body = reply.body.replace(&format!("{name}@"), "…@");
        answers.push((reply.status, body));
    }
    assert_eq!(answers[0].0, 422);
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let server = Server::start().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let reply = come_in(&server.anybody(), &link, "Ana").await;
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("session="), "{cookie}");
    attributes(&cookie, &["httponly", "samesite=lax", "path=/", "max-age=2592000"]);

    let server = https().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let browser = server.anybody();
    let reply = come_in(&browser, &link, "Ana").await;
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    let expected = ["httponly", "samesite=lax", "path=/", "max-age=2592000", "secure"];
    attributes(&cookie, &expected);
    assert_eq!(browser.get("/").await.status, 200);
    // The name without the prefix could have been set by a neighbour.
    let plain = browser.cookie().unwrap().replace("__Host-", "");
    let plain = Client::new(&server.url, None, Some(plain));
    assert!(plain.get("/").await.asks_to_sign_in());
    let out = browser.post("/sign-out", &[]).await;
    let out = out.headers[SET_COOKIE].to_str().unwrap();
    assert!(out.starts_with("__Host-session=;") && out.contains("Secure") && out.contains("Max-Age=0"), "{out}");
}

#[tokio::test]
async fn a_planted_session_is_worth_nothing_after_signing_in() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    // Made up, and a real one of somebody who shares the browser.
    let mallory = server.person("Mallory", Role::Viewer).await;
    for planted in ["session=made-up".to_owned(), mallory.cookie().unwrap()] {
        let victim = Client::new(&server.url, None, Some(planted.clone()));
        assert_eq!(sign_in_with(&victim, "ana", PASSWORD).await.status, 303);
        assert_ne!(victim.cookie().unwrap(), planted);
        let attacker = Client::new(&server.url, None, Some(planted));
        assert!(attacker.get("/me").await.asks_to_sign_in());
        assert!(victim.get("/me").await.body.contains("ana@example.org"));
    }
}

fn attributes(cookie: &str, expected: &[&str]) {
    let mut there: Vec<_> = cookie.split("; ").skip(1).map(str::to_lowercase).collect();
    there.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(there, expected, "{cookie}");
}

fn hidden(page: &Reply, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!(r#"name="{name}" value=""#)).unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}
