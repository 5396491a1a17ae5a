//! Which passwords may be chosen, and what is stored of them.

use super::*;

#[tokio::test]
async fn what_may_not_be_a_password_is_said_beside_the_field() {
    let server = Server::start().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let endless = "ab cd ef".repeat(1 << 17);
    let long = "lamp horse ".repeat(12);
    for typed in [
        "",
        "x7#qLm2",
        &long[..129],
        &endless,
        "password123456",
        "qwertyuiop",
        "maramaramara",
        "correct horse\0battery",
    ] {
        let fields = [("name", "Mara"), ("email", "mara@example.org"), ("password", typed)];
        let reply = server.anybody().post(&link, &fields).await;
        let shown = &typed[..typed.len().min(20)];
        assert_eq!(reply.status, 422, "{shown:?}");
        assert!(reply.error("password").is_some(), "{shown:?}");
        // What was typed stays, the password does not.
        assert!(reply.body.contains(r#"value="Mara""#));
        assert!(typed.is_empty() || !reply.body.contains(shown), "{shown:?}");
    }
    assert_eq!(people(&server.app.db).await.len(), 0);
    assert_eq!(server.anybody().get(&link).await.status, 200);
}

#[tokio::test]
async fn from_8_to_128_characters_a_password_counts_exactly_as_typed() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let long = "lamp horse ".repeat(12);
    for (number, typed) in ["x7#qLm2v", " two spaces ", "ночь улица фонарь", &long[..128]].into_iter().enumerate()
    {
        let name = format!("nia{number}");
        let link = invite(&admin, &format!("{name}@example.org"), "viewer").await;
        let fields = [("name", "Nia"), ("password", typed)];
        assert_eq!(server.anybody().post(&link, &fields).await.status, 303);
        assert_eq!(sign_in(&server, &name, typed).await.status, 303, "{typed}");
        let longer = format!("{typed}x");
        assert_eq!(sign_in(&server, &name, &longer).await.status, 422);
        let shorter: String = typed.chars().take(typed.chars().count() - 1).collect();
        assert_eq!(sign_in(&server, &name, &shorter).await.status, 422);
    }
}

#[tokio::test]
async fn only_hashes_are_stored() {
    let server = Server::start().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let ana = server.anybody();
    come_in(&ana, &link, "Ana").await;
    let cookie = ana.cookie().unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    let token = link.rsplit('/').next().unwrap();
    for secret in [secret, token, PASSWORD] {
        for written in [secret.to_owned(), HEXLOWER.encode(secret.as_bytes())] {
            assert!(!contents::hold(&server.app.db, &written).await);
        }
    }
    for secret in [secret, token] {
        let bytes = BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap();
        assert_eq!(bytes.len(), 32);
        assert!(!contents::hold(&server.app.db, &HEXLOWER.encode(&bytes)).await);
    }
    let hash = sqlx::query_scalar::<_, String>("select password_hash from people");
    let hash = hash.fetch_one(&server.app.db).await.unwrap();
    // OWASP: at least 19 MiB and 2 passes.
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let stored = sqlx::query_scalar::<_, Vec<u8>>("select token_hash from sessions");
    let stored = stored.fetch_one(&server.app.db).await.unwrap();
    for value in [HEXLOWER.encode(&stored), BASE64URL_NOPAD.encode(&stored)] {
        let thief = Client::new(&server.url, None, Some(format!("session={value}")));
        assert!(thief.get("/me").await.asks_to_sign_in());
    }
}

#[tokio::test]
async fn a_password_changes_only_for_whoever_knows_it() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let elsewhere = server.anybody();
    let reply = sign_in_with(&elsewhere, "ana", PASSWORD).await;
    assert_eq!(reply.status, 303);
    for wrong in ["", "another staple lamp"] {
        let form = [("current_password", wrong), ("password", "new words here")];
        let reply = ana.post("/me/password", &form).await;
        assert_eq!(reply.status, 422);
        assert!(reply.error("current_password").is_some());
    }
    let without = [("password", "new words here")];
    assert_eq!(ana.post("/me/password", &without).await.status, 422);
    let weak = [("current_password", PASSWORD), ("password", "short")];
    let reply = ana.post("/me/password", &weak).await;
    assert!(reply.error("password").is_some() && reply.error("current_password").is_none());
    assert_eq!(elsewhere.get("/me").await.status, 200);

    let mut stream = elsewhere.events("/incidents/events", None).await;
    let mut own = ana.events("/incidents/events", None).await;
    let right = [("current_password", PASSWORD), ("password", "new words here")];
    assert_eq!(ana.post("/me/password", &right).await.status, 303);
    assert_eq!(ana.get("/me").await.status, 200);
    assert!(elsewhere.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
    assert!(own.next().await.is_some(), "one's own stream goes on");
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 422);
    assert_eq!(sign_in(&server, "ana", "new words here").await.status, 303);
}
