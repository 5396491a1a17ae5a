//! What the room and its brief show of updates, and the commands.

use super::Room;

#[tokio::test]
async fn the_room_counts_down_to_the_promise_and_says_how_late_it_is() {
    let room = Room::open().await;
    let countdown = async || {
        let page = room.vera.room(room.incident).await.body;
        let (_, bar) = page.split_once(r#"<p id="live-promise" class="promise">"#).unwrap();
        let (bar, _) = bar.split_once("</p>").unwrap();
        let (_, state) = bar.split_once("data-state=\"").unwrap_or_default();
        let (state, rest) = state.split_once("\">").unwrap_or_default();
        (state.to_owned(), rest.split('<').next().unwrap_or_default().to_owned())
    };
    let told = |state: &str, words: &str| (state.to_owned(), words.to_owned());
    assert_eq!(countdown().await, told("on_time", "in 1 h 00 min"));
    room.does(&room.ana, "updates", &[("situation", "Checkout fails."), ("next_by", "4")]).await;
    assert_eq!(countdown().await, told("due", "in 4 min"));
    // The panel is kept, and how late it is told from it anew.
    let past = "update updates set written_at = now() - interval '1 hour', next_by = now() - interval '754 seconds'";
    sqlx::query(past).execute(&room.server.app.db).await.unwrap();
    room.ana.say(room.incident, "a note").await;
    assert_eq!(countdown().await, told("overdue", "12 min late"));
    room.does(&room.ana, "status", &[("status", "resolved")]).await;
    assert_eq!(countdown().await, told("", ""));
}

#[tokio::test]
async fn an_update_comes_to_an_open_room_with_its_panel() {
    let room = Room::open().await;
    let mut events = room.vera.events(&room.path("events?after=1"), None).await;
    events.next_named("panels").await.unwrap();
    room.does(&room.ana, "updates", &[("situation", "Checkout fails."), ("next_by", "20")]).await;
    let (mut entry, mut panels) = (String::new(), String::new());
    while entry.is_empty() || !panels.contains("in 20 min") {
        let event = events.next().await.unwrap();
        match event.name.as_str() {
            "entry" if event.data.contains("data-kind=\"update\"") => entry = event.data,
            "panels" => panels = event.data,
            _ => {}
        }
    }
    assert!(entry.contains("<strong>To leadership:</strong> Checkout fails."), "{entry}");
    assert!(panels.contains("<bdi>Checkout fails.</bdi></a><span class=\"soft\">to leadership</span>"), "{panels}");
    // A severity that is told more often moves what the kept page promises.
    let other = room.ana.declare("Search is slow").await;
    assert!(room.vera.room(other).await.body.contains("in 1 h 00 min"));
    let minutes = [("name", "Minor"), ("definition", "x"), ("leadership_minutes", "15")];
    assert_eq!(room.olga.submit("/settings/severities/sev3", &minutes).await.status, 303);
    assert!(room.vera.room(other).await.body.contains("in 15 min"));
}

#[tokio::test]
async fn the_composer_tells_leadership_says_that_there_is_no_news_and_snoozes() {
    let room = Room::open().await;
    for line in ["/update We roll back.", "/nonews", "/snooze 20m the restore runs"] {
        let reply = room.ana.say(room.incident, line).await;
        assert_eq!(reply.status, 303, "{line}: {}", reply.body);
    }
    let said = room.said("update").await;
    assert!(said[0].starts_with("**To leadership:** We roll back.\n\nNext update by "), "{said:?}");
    assert!(said[1].starts_with("told leadership that there is no news yet. Next update by "), "{said:?}");
    assert!(said[2].starts_with("moved the next update to ") && said[2].ends_with(": the restore runs"), "{said:?}");
    room.does(&room.ana, "status", &[("status", "resolved")]).await;
    for line in ["/nonews", "/snooze 20m why"] {
        let reply = room.ana.say(room.incident, line).await;
        assert!(reply.error("body").unwrap().contains("is over"), "{line}");
        assert!(reply.body.contains(&format!(">{line}</textarea>")), "{line}");
    }
    assert_eq!(room.vera.say(room.incident, "/update no").await.status, 403);
}

#[tokio::test]
async fn the_brief_tells_what_was_said_last_and_when_the_next_word_comes() {
    let room = Room::open().await;
    room.does(&room.ana, "updates", &[("situation", "Checkout fails."), ("next_by", "20")]).await;
    let page = room.vera.get(&room.path("brief")).await.body;
    assert!(page.contains("<bdi>Checkout fails.</bdi></a>") && page.contains(">in 20 min</strong>"), "{page}");
    let (status, brief) = room.program.get(&room.path("brief")).await;
    assert_eq!((status.as_u16(), &brief["last_update"]["situation"]), (200, &"Checkout fails.".into()));
    assert_eq!(brief["next_update_by"].as_str().map(str::to_owned), room.promised().await);
}
