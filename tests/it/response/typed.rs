//! Who holds what, typed into the composer.

use super::Room;

#[tokio::test]
async fn roles_work_and_hand_offs_are_typed() {
    let room = Room::open().await;
    for (who, line) in [
        (&room.ana, "/role commander me"),
        (&room.ana, "/role scribe @ben"),
        (&room.ben, "/role scribe nobody"),
        (&room.ana, "/work restore the replica"),
        (&room.ben, "/work watch the queue @me"),
        (&room.ana, "/work call the vendor @cem"),
        (&room.ben, "/handoff \"Watch the queue\" @cem it is short again"),
        (&room.ana, "/handoff commander @ben next: db-4"),
    ] {
        assert_eq!(who.say(room.incident, line).await.status, 303, "{line}");
    }
    assert_eq!(room.said("role").await, ["took Incident commander", "made Ben Scribe", "gave up Scribe"]);
    assert_eq!(
        room.said("work").await,
        [
            "added “restore the replica”, which nobody holds yet",
            "works on “watch the queue”",
            "gave “call the vendor” to Cem"
        ]
    );
    assert_eq!(
        room.said("handoff").await,
        ["offered “watch the queue” to Cem: it is short again", "offered Incident commander to Ben: next: db-4"]
    );
    assert!(room.said("note").await.is_empty());
}

#[tokio::test]
async fn a_command_that_cannot_be_carried_out_keeps_the_text_and_says_why() {
    let room = Room::open().await;
    room.takes(&room.ana, "commander").await;
    for title in ["twice", "Twice"] {
        room.does(&room.ben, "work-items", &[("title", title), ("person", "me")]).await;
    }
    let before = room.said("role").await.len();
    for (line, why) in [
        ("/role", "/role commander @ana"),
        ("/role commander", "/role commander @ana"),
        ("/role commander me", "Somebody else holds it now"),
        ("/role commander nobody", "One takes what is free"),
        ("/role jester me", "commander, communications, scribe, operations"),
        ("/role scribe @vera", "Nobody here who responds"),
        ("/role scribe @", "Please say who"),
        ("/work", "what is to be done"),
        ("/work call her @cem", "One takes what is free"),
        ("/work call her @nobody-here", "Nobody here who responds"),
        ("/handoff commander", "/handoff commander @ben"),
        ("/handoff commander @cem", "What one holds one may offer"),
        ("/handoff \"no such work\" @cem", "has this title"),
        ("/handoff \"twice\" @cem", "Several pieces of work"),
        ("/handoff \"twice @cem", "in quotes"),
    ] {
        let refused = room.ben.say(room.incident, line).await;
        assert_eq!(refused.status, 422, "{line}");
        assert!(refused.error("body").unwrap().contains(why), "{line}: {:?}", refused.error("body"));
        let kept = line.replace('"', "&#34;");
        assert!(refused.body.contains(&format!(">{kept}</textarea>")), "{line}: {}", refused.body);
    }
    assert_eq!((room.said("role").await.len(), room.said("handoff").await.len()), (before, 0));
    let help = room.ben.get(&room.path("timeline")).await.body;
    for command in ["/role commander @ana", "/work restore the replica @ben", "/handoff commander @ben"] {
        assert!(help.contains(command), "{command}");
    }
}
