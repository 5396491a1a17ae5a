//! Roles that a company adds, and what is said of one that nobody holds.

use chrono::Duration;
use second_story::{response::empty_roles, terms::Role};

use super::Room;
use crate::support::{Server, rows};

impl Room {
    /// Another server looks so many minutes later; what was said of roles by then.
    async fn after(&self, minutes: i64) -> Vec<String> {
        let app = &self.server.app;
        let later = app.now().await.unwrap() + Duration::minutes(minutes);
        empty_roles::say(app, later).await.unwrap();
        self.said("role").await
    }
}

const COMMANDER: &str = "nobody has held Incident commander for 5 min, and somebody should";
const COMMUNICATIONS: &str = "nobody has held Communications lead for 5 min, and somebody should";

#[tokio::test]
async fn a_role_that_somebody_should_hold_is_told_of_once_while_it_is_empty() {
    let room = Room::open().await;
    assert_eq!(room.after(4).await, [""; 0]);
    assert_eq!(room.after(6).await, [COMMANDER]);
    assert_eq!(room.after(20).await, [COMMANDER], "said once");

    // From SEV2 on somebody is to speak to those outside: since now.
    room.does(&room.ana, "severity", &[("severity", "sev1")]).await;
    assert_eq!(room.after(4).await.len(), 1);
    assert_eq!(room.after(6).await, [COMMANDER, COMMUNICATIONS]);

    // Taken and given up, it is empty anew.
    room.takes(&room.ana, "commander").await;
    assert_eq!(room.after(60).await.len(), 3);
    room.does(&room.ana, "roles", &[("role", "commander"), ("person", "")]).await;
    assert_eq!(room.after(4).await.len(), 4);
    let said = room.after(6).await;
    assert_eq!((said.len(), &*said[4]), (5, COMMANDER));

    // Who arrives in the room sees by whom it was said: nobody.
    let page = room.vera.room(room.incident).await.body;
    assert!(page.contains(&format!("<bdi>The room</bdi>  <strong dir=\"auto\">{COMMANDER}")), "{page}");
}

#[tokio::test]
async fn what_is_over_long_gone_or_written_down_afterwards_is_not_reminded() {
    let room = Room::open().await;
    room.does(&room.ana, "status", &[("status", "resolved")]).await;
    assert_eq!(room.after(6).await, [""; 0]);

    let room = Room::open().await;
    assert_eq!(room.after(60 * 24 * 8).await, [""; 0]);

    let retrospective = sqlx::query("update incidents set retrospective = true");
    retrospective.execute(&room.server.app.db).await.unwrap();
    assert_eq!(room.after(6).await, [""; 0]);
}

#[tokio::test]
async fn servers_that_look_at_once_say_it_once() {
    let room = Room::open().await;
    let now = room.server.app.now().await.unwrap() + Duration::minutes(6);
    let looks = (0..20).map(|_| {
        let app = room.server.app.clone();
        async move { empty_roles::say(&app, now).await.unwrap() }
    });
    futures_util::future::join_all(looks).await;
    assert_eq!(room.said("role").await, [COMMANDER]);
}

#[tokio::test]
async fn an_admin_adds_a_role_that_people_then_hold() {
    let room = Room::open().await;
    let liaison = [
        ("label", "Database liaison"),
        ("duty", "Speaks to the vendor of the database."),
        ("needed_from", "sev3"),
        ("empty_minutes", "30"),
    ];
    // The room's page is kept; it shows the new role all the same.
    assert!(!room.vera.room(room.incident).await.body.contains("Database liaison"));
    assert_eq!(room.olga.post("/settings/roles", &liaison).await.status, 303);
    assert!(room.vera.room(room.incident).await.body.contains("Database liaison"));
    assert_eq!(room.after(29).await.len(), 1);
    let said = room.after(31).await;
    assert_eq!(said[1], "nobody has held Database liaison for 30 min, and somebody should");

    let again = room.olga.post("/settings/roles", &liaison).await;
    assert_eq!((again.status.as_u16(), again.error("label").is_some()), (422, true));
    assert!(again.body.contains("Speaks to the vendor of the database.</textarea>"), "what was typed is kept");
    room.takes(&room.ben, "database-liaison").await;
    assert_eq!(room.holder("database-liaison").await.as_deref(), Some("Ben"));
    let kept = room.olga.post("/settings/roles/database-liaison/remove", &[]).await;
    assert_eq!((kept.status.as_u16(), kept.error("remove").is_some()), (422, true), "its history stays");

    let renamed = [("label", "Vendor liaison"), ("duty", "Speaks to them."), ("needed_from", "")];
    assert_eq!(room.olga.post("/settings/roles/database-liaison", &renamed).await.status, 303);
    let page = room.vera.get(&room.path("roles")).await.body;
    assert!(page.contains("Vendor liaison") && page.contains("Speaks to them.") && !page.contains("Database liaison"));
}

#[tokio::test]
async fn a_role_that_nobody_held_can_be_removed_and_the_products_own_cannot() {
    let server = Server::start().await;
    let admin = server.person("Olga", Role::Admin).await;
    let vendor = [("label", "Vendor"), ("duty", "Calls them.")];
    assert_eq!(admin.post("/settings/roles", &vendor).await.status, 303);
    let edit = admin.get("/settings/roles/vendor").await.body;
    assert!(edit.contains("Remove role"));
    assert_eq!(admin.post("/settings/roles/vendor/remove", &[]).await.status, 303);
    assert_eq!(admin.get("/settings/roles/vendor").await.status, 404);
    assert!(!admin.get("/settings/roles/scribe").await.body.contains("Remove role"));
    assert_eq!(admin.post("/settings/roles/scribe/remove", &[]).await.status, 422);
    assert_eq!(rows::count(&server.app.db, "select count(*) from roles").await, 4);
}
