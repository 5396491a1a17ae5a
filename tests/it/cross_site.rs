//! Writes that another site started are refused, whatever they are about.

use axum::http::Method;
use reqwest::{
    RequestBuilder, StatusCode,
    header::{HOST, ORIGIN},
};
use second_story::{config::Web, terms::Role};

use crate::support::{
    Client, Server, contents, database,
    forms::{self, PASSWORD},
    people::{address, key},
    world::{self, World, Worlds},
};

#[tokio::test]
async fn every_form_that_stands_here_is_accepted_from_our_own_page() {
    for form in forms::FORMS {
        let world = World::of(form.route).await;
        let before = contents::of(world.db()).await;
        let reply = world.send(form, ("key", &key())).await;
        let done = matches!(reply.status, StatusCode::SEE_OTHER | StatusCode::OK);
        assert!(done, "{}: {} {}", form.route, reply.status, reply.body);
        assert_ne!(before, contents::of(world.db()).await, "{} writes nothing", form.route);
    }
}

#[tokio::test]
async fn no_write_that_another_site_started_is_made() {
    let own = Server::start().await;
    let mut worlds = Worlds::make().await;
    let routes = forms::routes(&own, &Method::POST);
    assert_eq!(routes.len(), forms::FORMS.len(), "a form whose route is gone");
    for route in routes {
        let world = worlds.of(route.path).await;
        let before = contents::of(world.db()).await;
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.test"),
            ("origin", "null"),
            // A port or a subdomain of ours is not us.
            ("origin", "http://127.0.0.1:1"),
            ("origin", "http://www.127.0.0.1"),
        ] {
            let request = filled(world, route.path).header(name, value);
            let reply = world.admin.send(request).await;
            assert_eq!(reply.status, 403, "{} with {name}: {value}", route.path);
        }
        let after = contents::of(world.db()).await;
        assert_eq!(before, after, "{} wrote", route.path);
    }
}

#[tokio::test]
async fn a_cookie_that_comes_from_nowhere_writes_nothing() {
    let own = Server::start().await;
    let mut worlds = Worlds::make().await;
    for route in forms::routes(&own, &Method::POST) {
        let world = worlds.of(route.path).await;
        let before = contents::of(world.db()).await;
        // Where nobody is signed in yet, a stranger's cookie will do.
        let request = filled(world, route.path).header("cookie", "theme=dark");
        assert_eq!(world.admin.send(request).await.status, 403, "{}", route.path);
        assert_eq!(before, contents::of(world.db()).await, "{}", route.path);
    }
}

#[tokio::test]
async fn no_write_is_made_by_opening_its_address() {
    let own = Server::start().await;
    let mut worlds = Worlds::make().await;
    let readable: Vec<_> = forms::routes(&own, &Method::GET).iter().map(|route| route.path).collect();
    for route in forms::routes(&own, &Method::POST) {
        let world = worlds.of(route.path).await;
        let before = contents::of(world.db()).await;
        let fields = forms::of(route.path).fields;
        for method in [Method::GET, Method::HEAD] {
            let path = address(&world.path(route.path), fields);
            let request = world.admin.request(method, &path);
            let status = world.admin.send(request).await.status;
            if !readable.contains(&route.path) {
                assert_eq!(status, 405, "{}", route.path);
            }
        }
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let request = world.admin.request(method, &world.path(route.path));
            let request = request.header(ORIGIN, &world.server.url).form(fields);
            assert_eq!(world.admin.send(request).await.status, 405, "{}", route.path);
        }
        assert_eq!(before, contents::of(world.db()).await, "{}", route.path);
    }
}

#[tokio::test]
async fn behind_a_proxy_the_public_address_is_ours_and_no_other() {
    let server = Server::with(database::fresh().await, |web| Web {
        public_url: Some("https://incidents.example.org".parse().unwrap()),
        ..web
    })
    .await;
    let ana = server.person("Ana", Role::Responder).await;
    let declare = |headers: &[(&'static str, &'static str)]| {
        let mut request = ana.request(Method::POST, "/incidents");
        request = request.header(HOST, "10.0.0.7:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ana.send(request.form(&[("title", "Behind a proxy")]))
    };
    let ours = ("origin", "https://incidents.example.org");
    let evil = ("origin", "https://evil.test");
    assert_eq!(declare(&[ours]).await.status, 303);
    // A proxy that keeps no Host, and a browser that says where the page is from.
    let browser = [ours, ("sec-fetch-site", "same-origin")];
    assert_eq!(declare(&browser).await.status, 303);
    for forwarded in
        [("x-forwarded-host", "evil.test"), ("forwarded", "host=evil.test;proto=https"), ("x-forwarded-proto", "https")]
    {
        assert_eq!(declare(&[evil, forwarded]).await.status, 403);
    }
    assert_eq!(declare(&[("origin", "https://example.org")]).await.status, 403);
    assert_eq!(declare(&[("origin", "https://incidents.example.org.evil.test")]).await.status, 403);
    let incidents = sqlx::query_scalar::<_, i64>("select count(*) from incidents");
    assert_eq!(incidents.fetch_one(&server.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_site() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    world::choose_password(&server, &mara).await;
    let stranger = server.anybody();
    let sign_in = |client: &Client| {
        let fields = [("email", "mara@example.org"), ("password", PASSWORD)];
        client.request(Method::POST, "/sign-in").form(&fields)
    };
    let request = sign_in(&stranger).header("sec-fetch-site", "cross-site");
    let reply = stranger.send(request).await;
    assert_eq!((reply.status.as_u16(), reply.headers.contains_key("set-cookie")), (403, false));
    let request = sign_in(&stranger).header("sec-fetch-site", "same-origin");
    let reply = stranger.send(request).await;
    assert_eq!((reply.status.as_u16(), reply.headers.contains_key("set-cookie")), (303, true));
}

/// The form of a route, filled in, from nowhere yet.
fn filled(world: &World, route: &str) -> RequestBuilder {
    let request = world.admin.request(Method::POST, &world.path(route));
    request.form(forms::of(route).fields)
}
