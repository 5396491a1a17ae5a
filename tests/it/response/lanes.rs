//! The lanes: what happened to whom and when, in one picture and as tables.

use super::Room;
use crate::support::html;

/// What the shapes of a page say when they are pointed at.
fn titles(page: &str) -> Vec<&str> {
    let picture = page.split_once("Lanes over time").unwrap().1.split_once("</svg>\n</div>").unwrap().0;
    picture.split("<title>").skip(1).map(|rest| rest.split_once("</title>").unwrap().0).collect()
}

/// The rows of the tables, their cells side by side.
fn rows(page: &str) -> Vec<String> {
    let tables = page.split_once(r#"id="as-tables""#).unwrap().1;
    let text = |html: &str| {
        let parts = html.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text.trim()));
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    tables.split("<tr>").skip(1).map(|row| text(&format!(">{}", row.split("</tr>").next().unwrap()))).collect()
}

impl Room {
    async fn lanes(&self, query: &str) -> String {
        let reply = self.vera.get(&self.path(&format!("lanes{query}"))).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

#[tokio::test]
async fn the_lanes_tell_who_held_what_and_what_was_offered() {
    let room = Room::open().await;
    room.takes(&room.ana, "commander").await;
    let give = |to, briefing| [("role", "commander"), ("to", to), ("briefing", briefing)];
    room.does(&room.ana, "handoffs", &give("cem@example.org", "all is well")).await;
    room.does(&room.cem, &format!("{}/decline", room.last_offer().await), &[("word", "in a train")]).await;
    room.does(&room.ana, "handoffs", &give("ben@example.org", "all is well")).await;
    room.does(&room.ben, &format!("{}/accept", room.last_offer().await), &[]).await;
    room.does(&room.cem, "work-items", &[("title", "restore the replica"), ("person", "me")]).await;
    let work = room.last_work().await;
    room.does(&room.cem, &work, &[("person", "")]).await;
    room.does(&room.ben, &work, &[("person", "me")]).await;
    room.does(&room.ben, &work, &[("state", "done")]).await;
    room.does(&room.ben, &work, &[("state", "in_progress")]).await;
    room.does(&room.ben, &work, &[("state", "dropped")]).await;
    room.does(&room.ana, "work-items", &[("title", "ask the vendor")]).await;

    let page = room.lanes("").await;
    let all = titles(&page);
    let says = |what: &str| all.iter().any(|title| title.starts_with(what));
    for what in [
        "Incident commander: Ana,",
        "Incident commander: Ben, since",
        "declined, Ana → Cem: Incident commander,",
        "accepted, Ana → Ben: Incident commander,",
        "restore the replica: Cem,",
        "restore the replica: nobody,",
        "restore the replica: Ben,",
        "restore the replica dropped,",
        "ask the vendor: nobody, since",
        "Status Investigating, since",
        "Severity SEV3, since",
    ] {
        assert!(says(what), "{what} in {all:#?}");
    }
    assert!(!says("Scribe") && !says("Incident commander: Cem"), "{all:#?}");
    let tables = rows(&page);
    let told = |parts: &[&str]| tables.iter().any(|row| parts.iter().all(|part| row.contains(part)));
    for parts in [
        &["Incident commander", "Ana", "0 min"][..],
        &["Incident commander", "Ben", "now"],
        &["Incident commander", "Ana → Cem", "0 min", "Declined in a train"],
        &["Incident commander", "Ana → Ben", "0 min", "Accepted"],
        &["ask the vendor", "nobody", "now"],
        &["restore the replica", "Dropped"],
        &["Investigating", "now"],
    ] {
        assert!(told(parts), "{parts:?} in {tables:#?}");
    }
    let held = tables.iter().filter(|row| row.starts_with("restore the replica") && row.contains("Ben"));
    assert_eq!(held.count(), 2, "held, done, and gone on with: {tables:#?}");
}

#[tokio::test]
async fn what_was_written_stands_as_it_happened_and_as_it_stands_now() {
    let room = Room::open().await;
    for line in ["/action wrong host", "/effect a password", "/note never happened", "-2h /theory seen early"] {
        assert_eq!(room.ben.say(room.incident, line).await.status, 303, "{line}");
    }
    let seq = async |body: &str| -> i64 {
        let seq = sqlx::query_scalar("select seq from entries where body = $1");
        seq.bind(body).fetch_one(&room.server.app.db).await.unwrap()
    };
    let (action, effect, note) = (seq("wrong host").await, seq("a password").await, seq("never happened").await);
    let about = |seq: i64, what: &str| format!("timeline/{seq}/{what}");
    room.does(&room.ben, &about(action, "corrections"), &[("body", "right host"), ("reason", "")]).await;
    room.does(&room.ben, &about(note, "corrections"), &[("strike", "true"), ("reason", "a dream")]).await;
    room.does(&room.olga, &about(effect, "redaction"), &[("reason", "a secret")]).await;

    let page = room.lanes("").await;
    let typed: Vec<_> = titles(&page).into_iter().filter(|title| title.contains(" by Ben: ")).collect();
    let said: Vec<_> = typed.iter().map(|title| title.rsplit_once(", ").unwrap().1).collect();
    let once = ["action by Ben: right host", "effect by Ben: (redacted)", "theory by Ben: seen early"];
    // By kind, and in Ben's own lane as it happened.
    let his = ["theory by Ben: seen early", "action by Ben: right host", "effect by Ben: (redacted)"];
    assert_eq!(said, [once, his].concat());
    assert!(page.contains(&format!(r#"<a class="mark" href="/incidents/{}/timeline/{action}""#, room.incident)));
    for gone in ["wrong host", "password", "never happened"] {
        assert!(!page.contains(gone), "{gone}");
    }
}

#[tokio::test]
async fn a_stretch_is_shown_on_request_and_what_is_none_is_said() {
    let room = Room::open().await;
    room.ben.say(room.incident, "-3h /theory seen early").await;
    room.ben.say(room.incident, "/theory seen late").await;
    let both = |page: &str| (page.contains("seen early"), page.contains("seen late"));
    assert_eq!(both(&room.lanes("").await), (true, true));
    let whole = room.lanes("").await;
    let first = html::link(&whole, "First hour").unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let page = room.lanes(&first).await;
    assert_eq!(both(&page), (true, false));
    assert!(html::link(&page, "Earlier").is_none() && html::link(&page, "Later").is_some());
    let last = html::link(&whole, "Last hour").unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(both(&room.lanes(&last).await), (false, true));
    assert_eq!(both(&room.lanes("?from=-1h").await), (false, true));
    assert_eq!(both(&room.lanes("?to=-1h").await), (true, false));
    for (query, field) in [
        ("?from=half+past", "from"),
        ("?to=25:00", "to"),
        ("?from=-1h&to=-2h", "to"),
        ("?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z", "to"),
        ("?from=2999-01-01T00:00:00Z", "from"),
    ] {
        let reply = room.vera.get(&room.path(&format!("lanes{query}"))).await;
        assert_eq!(reply.status, 422, "{query}");
        assert!(reply.error(field).is_some(), "{query}: {}", reply.body);
        assert_eq!(both(&reply.body), (true, true), "the whole is shown");
    }
    let kept = room.vera.get(&room.path("lanes?from=half+past&to=14:00")).await.body;
    assert!(kept.contains(r#"value="half past""#) && kept.contains(r#"value="14:00""#));
}

#[tokio::test]
async fn outsiders_find_no_lanes_of_a_private_incident() {
    let room = Room::open_private().await;
    assert_eq!(room.ben.get(&room.path("lanes")).await.status, 200);
    assert_eq!(room.cem.get(&room.path("lanes")).await.status, 404);
    assert_eq!(room.vera.get("/incidents/4711/lanes").await.status, 404);
    let page = room.ben.room(room.incident).await.body;
    assert!(page.contains(&format!(r#"href="{}""#, room.path("lanes"))), "the room leads there");
}
