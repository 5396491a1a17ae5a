//! The live room: nothing lost, nothing twice.

use second_story::terms::Role;

use crate::support::Server;

#[tokio::test]
async fn what_is_typed_arrives_live_and_in_order() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    let number = ana.declare("Checkout fails").await;
    let mut events = ana
        .events(&format!("/incidents/{number}/events?after=1"), None)
        .await;
    assert!(
        events
            .next_named("panels")
            .await
            .unwrap()
            .data
            .contains("Checkout fails")
    );
    assert_eq!(ana.say(number, "restarted db-3").await.status, 303);
    let entry = events.next_named("entry").await.unwrap();
    assert_eq!(entry.id, Some(2));
    assert!(entry.data.contains("restarted db-3"));
}
