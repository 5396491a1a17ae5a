//! Guessing is slowed, and nobody is locked out for ever.

use super::*;

#[tokio::test]
async fn after_eight_wrong_tries_even_the_right_one_waits() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    choose_password(&server, &ana).await;
    choose_password(&server, &ben).await;
    for _ in 0..8 {
        assert_eq!(sign_in(&server, "ana", "wrong words here").await.status, 422);
    }
    let waits = sign_in(&server, "ana", PASSWORD).await;
    assert_eq!(waits.status, 429);
    assert_eq!(waits.headers["retry-after"], "900");
    assert!(waits.error("password").is_some());
    assert!(waits.body.contains("ana@example.org"));
    assert_eq!(sign_in(&server, "ben", PASSWORD).await.status, 303);
    // Whoever is in stays in.
    assert_eq!(ana.get("/me").await.status, 200);
    age(&server, "update sign_in_failures set at = at - interval '15 minutes'").await;
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn tries_that_are_sent_at_once_count_each() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let mut tries = JoinSet::new();
    for _ in 0..24 {
        let stranger = server.anybody();
        tries.spawn(async move {
            let reply = sign_in_with(&stranger, "ana", "wrong words here").await;
            reply.status.as_u16()
        });
    }
    let answers = tries.join_all().await;
    let looked_at = answers.iter().filter(|status| **status == 422).count();
    assert_eq!(looked_at, 8, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 422 | 429)));
}

#[tokio::test]
async fn a_right_password_forgets_what_was_mistyped() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    for _ in 0..3 {
        for _ in 0..7 {
            assert_eq!(sign_in(&server, "ana", "wrong words here").await.status, 422);
        }
        assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 303);
    }
}

#[tokio::test]
async fn one_password_tried_on_everybody_is_slowed_too() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let failures = "insert into sign_in_failures (account, address)
         select 'person' || n, '127.0.0.1' from generate_series(1, 39) n";
    age(&server, failures).await;
    assert_eq!(sign_in(&server, "ben", "wrong words here").await.status, 422);
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn behind_a_proxy_each_address_has_its_own_tries() {
    let server =
        Server::with(database::fresh().await, |web| Web { trusted_proxies: vec!["127.0.0.1".parse().unwrap()], ..web })
            .await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    for number in 0..8 {
        // What stands to the left was written by the client itself.
        let forwarded = format!("10.1.1.{number}, 203.0.113.9");
        let reply = from(&server, &forwarded, "wrong words here").await;
        assert_eq!(reply.status, 422);
    }
    let again = from(&server, "8.8.8.8, 203.0.113.9", PASSWORD).await;
    assert_eq!(again.status, 429);
    assert_eq!(from(&server, "203.0.113.10", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn whoever_is_no_proxy_of_ours_cannot_choose_an_address() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    for number in 0..8 {
        let forwarded = format!("203.0.113.{number}");
        let reply = from(&server, &forwarded, "wrong words here").await;
        assert_eq!(reply.status, 422);
    }
    assert_eq!(from(&server, "203.0.113.99", PASSWORD).await.status, 429);
}

async fn from(server: &Server, forwarded: &str, password: &str) -> Reply {
    let client = server.anybody();
    let request = client.request(Method::POST, "/sign-in");
    let request = request.header("x-forwarded-for", forwarded);
    let fields = [("email", "ana@example.org"), ("password", password)];
    client.send(request.form(&fields)).await
}
