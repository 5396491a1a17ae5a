//! Links that work once: set-up, invitation, forgotten password.

use super::*;

#[tokio::test]
async fn the_set_up_link_makes_the_first_admin_once() {
    let server = Server::start().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let first = server.anybody();
    // Mail scanners and browsers open links ahead of people.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let opened = first.send(first.request(method, &link)).await;
        assert_eq!(opened.status, 200);
    }
    let reply = come_in(&first, &link, "Ana").await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/"));
    assert_eq!(first.get("/settings/people").await.status, 200);
    let again = server.anybody();
    assert_eq!(come_in(&again, &link, "Eve").await.status, 410);
    assert_eq!(again.get(&link).await.status, 410);
    assert_eq!(people(&server.app.db).await, ["ana@example.org admin"]);
}

#[tokio::test]
async fn of_two_who_send_the_same_link_at_once_one_wins() {
    let server = Server::start().await;
    let link = make_link(&server, &Purpose::Setup).await;
    let mut sending = JoinSet::new();
    for number in 0..8 {
        let (anybody, link) = (server.anybody(), link.clone());
        sending.spawn(async move {
            let name = format!("Ana{number}");
            come_in(&anybody, &link, &name).await.status.as_u16()
        });
    }
    let mut answers = sending.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, [303, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(people(&server.app.db).await.len(), 1);
}

#[tokio::test]
async fn a_link_that_was_not_made_opens_nothing() {
    let server = Server::start().await;
    for path in ["/setup/x", "/invite/x", "/reset/%00", "/reset/' or 1=1--"] {
        assert_eq!(server.anybody().get(path).await.status, 410, "{path}");
        let reply = come_in(&server.anybody(), path, "Eve").await;
        assert_eq!(reply.status, 410, "{path}");
    }
    assert_eq!(people(&server.app.db).await.len(), 0);
}

#[tokio::test]
async fn an_invitation_gives_the_role_that_the_admin_chose() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let link = invite(&admin, "nia@example.org", "viewer").await;
    let nia = server.anybody();
    assert!(nia.get(&link).await.body.contains("nia@example.org"));
    let fields = [
        ("name", "Nia"),
        ("password", PASSWORD),
        ("role", "admin"),
        ("is_admin", "1"),
        ("email", "root@example.org"),
        ("purpose", "setup"),
    ];
    let path = format!("{link}?role=admin");
    assert_eq!(nia.post(&path, &fields).await.status, 303);
    assert_eq!(nia.get("/settings/people").await.status, 403);
    assert_eq!(people(&server.app.db).await, ["mara@example.org admin", "nia@example.org viewer"]);
    assert_eq!(server.anybody().post(&link, &fields).await.status, 410);
}

#[tokio::test]
async fn a_link_ends_after_three_days_and_when_it_is_replaced() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let replaced = invite(&admin, "nia@example.org", "viewer").await;
    let link = invite(&admin, "NIA@example.org", "responder").await;
    let fields = [("name", "Nia"), ("password", PASSWORD)];
    let stranger = server.anybody();
    assert_eq!(stranger.post(&replaced, &fields).await.status, 410);
    let lasts = "expires_at - created_at between interval '71 hours' and interval '73 hours'";
    let lasts = format!("select bool_and({lasts}) from one_time_links");
    let lasts = sqlx::query_scalar::<_, bool>(AssertSqlSafe(lasts));
    assert!(lasts.fetch_one(&server.app.db).await.unwrap());
    age(&server, "update one_time_links set expires_at = now()").await;
    assert_eq!(stranger.get(&link).await.status, 410);
    assert_eq!(stranger.post(&link, &fields).await.status, 410);
    assert_eq!(people(&server.app.db).await.len(), 1);
}

#[tokio::test]
async fn nobody_is_invited_twice() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let form = [("email", "MARA@example.org"), ("role", "viewer")];
    let reply = admin.post("/settings/people", &form).await;
    assert_eq!(reply.status, 422);
    assert!(reply.error("email").unwrap().contains("already"));
    // Somebody else came in with the address while the invitation waited.
    let link = invite(&admin, "nia@example.org", "admin").await;
    server.person("Nia", Role::Viewer).await;
    let fields = [("name", "Nia"), ("password", PASSWORD)];
    assert_eq!(server.anybody().post(&link, &fields).await.status, 410);
    assert_eq!(people(&server.app.db).await, ["mara@example.org admin", "nia@example.org viewer"]);
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_that_were_open() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let mut stream = ana.events("/incidents/events", None).await;
    let link = reset_link(&admin, &ana).await;
    let anew = server.anybody();
    assert_eq!(anew.get(&link).await.status, 200);
    assert_eq!(ana.get("/me").await.status, 200);
    let fields = [("password", "another staple lamp")];
    assert_eq!(anew.post(&link, &fields).await.status, 303);
    assert_eq!(anew.get("/me").await.status, 200);
    assert!(ana.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 422);
    let now = sign_in(&server, "ana", "another staple lamp").await;
    assert_eq!(now.status, 303);
    assert_eq!(server.anybody().post(&link, &fields).await.status, 410);
}

#[tokio::test]
async fn a_new_password_link_dies_when_the_password_changes_otherwise() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let link = reset_link(&admin, &ana).await;
    let change = [("current_password", PASSWORD), ("password", "another staple lamp")];
    assert_eq!(ana.post("/me/password", &change).await.status, 303);
    assert_eq!(server.anybody().get(&link).await.status, 410);
}

#[tokio::test]
async fn a_link_replaces_the_session_that_this_browser_had() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let link = invite(&admin, "nia@example.org", "viewer").await;
    let before = admin.cookie().unwrap();
    let fields = [("name", "Nia"), ("password", PASSWORD)];
    assert_eq!(admin.post(&link, &fields).await.status, 303);
    assert_ne!(admin.cookie().unwrap(), before);
    let replayed = Client::new(&server.url, None, Some(before));
    assert!(replayed.get("/me").await.asks_to_sign_in());
}

#[tokio::test]
async fn a_new_password_is_not_the_persons_own_name() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Anastasia Kowalczykowska", Role::Responder).await;
    let link = reset_link(&admin, &ana).await;
    let fields = [("password", "kowalczykowska")];
    let reply = server.anybody().post(&link, &fields).await;
    assert_eq!(reply.status, 422);
    assert!(reply.error("password").is_some());
}
