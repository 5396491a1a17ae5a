//! How a session ends.

use super::*;

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_a_week() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    age(&server, "update sessions set last_seen_at = now() - interval '167 hours'").await;
    assert_eq!(ana.get("/me").await.status, 200);
    let fresh = "select last_seen_at > now() - interval '1 minute' from sessions";
    let fresh = sqlx::query_scalar::<_, bool>(fresh);
    assert!(fresh.fetch_one(&server.app.db).await.unwrap(), "use keeps it");
    age(&server, "update sessions set last_seen_at = now() - interval '168 hours'").await;
    assert!(ana.get("/me").await.asks_to_sign_in());
    assert!(ana.get("/incidents/events").await.asks_to_sign_in());
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_much_it_is_used() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    age(&server, "update sessions set created_at = now() - interval '719 hours'").await;
    assert_eq!(ana.get("/me").await.status, 200);
    let mut stream = ana.events("/incidents/events", None).await;
    age(&server, "update sessions set created_at = now() - interval '720 hours'").await;
    assert!(ana.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
}

#[tokio::test]
async fn who_is_deactivated_is_out_and_stays_out_when_let_in_again() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let mut stream = ana.events("/incidents/events", None).await;
    let account = account(&ana);
    let active = format!("{account}/active");
    assert_eq!(admin.post(&active, &[("active", "false")]).await.status, 303);
    assert!(ana.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 422);
    assert!(admin.get(&account).await.body.contains("lets nobody in"));
    assert_eq!(admin.post(&active, &[("active", "true")]).await.status, 303);
    // Whoever holds the old cookie, on a lost laptop say, holds nothing.
    assert!(ana.get("/me").await.asks_to_sign_in());
    assert_eq!(sign_in(&server, "ana", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_new_role_holds_from_the_next_request_on() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Admin).await;
    let number = ana.declare("Checkout fails").await;
    let role = format!("{}/role", account(&ana));
    assert_eq!(admin.post(&role, &[("role", "responder")]).await.status, 303);
    assert_eq!(ana.get("/settings/people").await.status, 403);
    assert_eq!(ana.say(number, "still here").await.status, 303);
    assert_eq!(admin.post(&role, &[("role", "viewer")]).await.status, 303);
    assert_eq!(ana.say(number, "and now").await.status, 403);
    assert_eq!(ana.get(&format!("/incidents/{number}")).await.status, 200);
    assert_eq!(admin.post(&role, &[("role", "admin")]).await.status, 303);
    assert_eq!(ana.get("/settings/people").await.status, 200);
}

#[tokio::test]
async fn ones_sessions_are_listed_and_ended() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let phone = signed_in(&server, "ana", "Phone <b>1</b>").await;
    let laptop = signed_in(&server, "ana", "Laptop").await;
    let page = ana.get("/me").await.body;
    assert!(page.contains("Phone &#60;b&#62;1") && page.contains("Laptop"));
    let mut stream = phone.events("/incidents/events", None).await;
    let end = format!("/me/sessions/{}/end", session_of(&server, "Phone%").await);
    assert_eq!(ana.post(&end, &[]).await.status, 303);
    assert!(phone.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
    assert_eq!(laptop.get("/me").await.status, 200);
    assert!(!ana.get("/me").await.body.contains("Phone"));
    assert_eq!(ana.post("/me/sessions/end-others", &[]).await.status, 303);
    assert!(laptop.get("/me").await.asks_to_sign_in());
    assert_eq!(ana.get("/me").await.status, 200);
}

#[tokio::test]
async fn nobody_but_an_admin_ends_another_persons_session() {
    let server = Server::start().await;
    let admin = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    let ben = server.person("Ben", Role::Responder).await;
    choose_password(&server, &ana).await;
    let phone = signed_in(&server, "ana", "Phone").await;
    let session = session_of(&server, "Phone").await;
    ben.post(&format!("/me/sessions/{session}/end"), &[]).await;
    // An admin's own page ends an admin's own sessions.
    admin.post(&format!("/me/sessions/{session}/end"), &[]).await;
    let of_ben = format!("{}/sessions/{session}/end", account(&ben));
    admin.post(&of_ben, &[]).await;
    let of_ana = format!("{}/sessions/{session}/end", account(&ana));
    assert_eq!(ben.post(&of_ana, &[]).await.status, 403);
    assert_eq!(phone.get("/me").await.status, 200);

    let page = admin.get(&account(&ana)).await.body;
    assert!(page.contains("Phone") && page.contains(&session.to_string()));
    assert_eq!(admin.post(&of_ana, &[]).await.status, 303);
    assert!(phone.get("/me").await.asks_to_sign_in());
    assert_eq!(ana.get("/me").await.status, 200);
    let mut stream = ana.events("/incidents/events", None).await;
    let all = format!("{}/sessions/end", account(&ana));
    assert_eq!(admin.post(&all, &[]).await.status, 303);
    assert!(ana.get("/me").await.asks_to_sign_in());
    ends(&mut stream).await;
    assert_eq!(ben.get("/me").await.status, 200);
}

async fn signed_in(server: &Server, name: &str, browser: &str) -> Client {
    let client = server.anybody();
    let request = client.request(Method::POST, "/sign-in");
    let request = request.header("user-agent", browser);
    let email = format!("{name}@example.org");
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    assert_eq!(client.send(request.form(&fields)).await.status, 303);
    client
}

async fn session_of(server: &Server, browser: &str) -> Uuid {
    let session = sqlx::query_scalar("select id from sessions where user_agent like $1");
    session.bind(browser).fetch_one(&server.app.db).await.unwrap()
}
