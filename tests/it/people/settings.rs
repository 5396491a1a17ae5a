//! Who is here, as admins and as people themselves say it.

use super::*;

#[tokio::test]
async fn the_last_admin_stays_one() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    server.person("Ana", Role::Responder).await;
    // An admin who may not sign in administers nothing.
    let gone = server.person("Gone", Role::Admin).await;
    let active = format!("{}/active", account(&gone));
    assert_eq!(mara.post(&active, &[("active", "false")]).await.status, 303);
    for role in ["responder", "viewer"] {
        let reply = mara.post(&format!("{}/role", account(&mara)), &[("role", role)]).await;
        assert_eq!(reply.status, 422);
        assert!(reply.error("role").unwrap().contains("last one"));
    }
    let active = format!("{}/active", account(&mara));
    let reply = mara.post(&active, &[("active", "false")]).await;
    assert_eq!(reply.status, 422);
    assert!(reply.error("active").unwrap().contains("last one"));
    assert_eq!(mara.get("/settings/people").await.status, 200);
    // With a second one it may be done.
    server.person("Second", Role::Admin).await;
    let role = format!("{}/role", account(&mara));
    assert_eq!(mara.post(&role, &[("role", "viewer")]).await.status, 303);
    assert_eq!(mara.get("/settings/people").await.status, 403);
}

#[tokio::test]
async fn of_two_admins_who_remove_each_other_at_once_one_stays() {
    for round in 0..6 {
        let server = Server::start().await;
        let ana = server.person("Ana", Role::Admin).await;
        let ben = server.person("Ben", Role::Admin).await;
        let by_role = (format!("{}/role", account(&ben)), [("role", "viewer")]);
        let by_access = (format!("{}/active", account(&ana)), [("active", "false")]);
        let also_by_role = (format!("{}/role", account(&ana)), [("role", "viewer")]);
        let other = if round % 2 == 0 { by_access } else { also_by_role };
        tokio::join!(ana.post(&by_role.0, &by_role.1), ben.post(&other.0, &other.1));
        let admins = "select count(*) from people where role = 'admin' and deactivated_at is null";
        let admins = sqlx::query_scalar::<_, i64>(admins);
        assert_eq!(admins.fetch_one(&server.app.db).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn who_is_here_stands_in_the_settings() {
    let server = Server::start().await;
    let mara = server.person("Mara", Role::Admin).await;
    let ana = server.person("Ana", Role::Responder).await;
    choose_password(&server, &ana).await;
    let page = mara.get("/settings/people").await.body;
    assert!(page.contains("ana@example.org") && page.contains("no password yet"));
    let role = format!("{}/role", account(&ana));
    for wrong in ["", "owner", "Admin", "admin' --"] {
        let reply = mara.post(&role, &[("role", wrong)]).await;
        assert_eq!(reply.status, 422, "{wrong}");
        assert!(reply.error("role").is_some());
    }
    let active = format!("{}/active", account(&ana));
    for wrong in ["", "no", "0"] {
        assert_eq!(mara.post(&active, &[("active", wrong)]).await.status, 422, "{wrong}");
    }
    assert_eq!(ana.get("/me").await.status, 200);
    let nobody = format!("/settings/people/{}", Uuid::now_v7());
    assert_eq!(mara.get(&nobody).await.status, 404);
    for (button, fields) in
        [("role", &[("role", "viewer")][..]), ("active", &[("active", "false")][..]), ("reset", &[])]
    {
        let reply = mara.post(&format!("{nobody}/{button}"), fields).await;
        assert_eq!(reply.status, 404, "{button}");
    }
}

#[tokio::test]
async fn one_says_how_one_appears() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Viewer).await;
    server.person("Ben", Role::Responder).await;
    let form = [
        ("name", "Ana-María"),
        ("handle", "@Ana.Maria"),
        ("time_zone", "America/New_York"),
        ("role", "admin"),
        ("email", "ben@example.org"),
    ];
    assert_eq!(ana.post("/me", &form).await.status, 303);
    let page = ana.get("/me").await.body;
    for shown in ["Ana-María", r#"value="ana.maria""#, r#"value="America/New_York""#] {
        assert!(page.contains(shown), "{shown}");
    }
    assert_eq!(people(&server.app.db).await[0], "ana@example.org viewer");
    for (field, typed) in [
        ("handle", "ben"),
        ("handle", "@BEN"),
        ("handle", "two words"),
        ("handle", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("name", "  "),
        ("name", "two\nlines"),
    ] {
        let others = form[..3].iter().copied().filter(|(name, _)| *name != field);
        let fields: Vec<_> = others.chain([(field, typed)]).collect();
        let reply = ana.post("/me", &fields).await;
        assert_eq!(reply.status, 422, "{typed}");
        assert!(reply.error(field).is_some(), "{typed}");
    }
    assert!(ana.get("/me").await.body.contains("Ana-María"));
}
