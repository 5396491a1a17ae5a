//! When it happened: prefixes, zones, the field, late ones.

use super::{at, compose};
use crate::support::{Server, html, rows};

#[tokio::test]
async fn a_time_at_the_front_is_read_in_the_writers_zone() {
    // 25 October 2026 in Rome: 03:00 became 02:00 at 01:00 UTC.
    let server = Server::at("2026-10-25T09:00:00Z").await;
    let (ana, incident) = server.room().await;
    let fields = [("name", "Ana"), ("handle", "ana"), ("time_zone", "America/New_York")];
    assert_eq!(ana.post("/me", &fields).await.status, 303);
    for (zone, line, expected) in [
        ("Europe/Rome", "09:30 seen", "10-25 08:30:00"),
        ("Europe/Rome", "10:05 within five minutes", "10-25 09:05:00"),
        ("Europe/Rome", "10:06 is yesterday's", "10-24 08:06:00"),
        ("Europe/Rome", "02:30 came twice, the later is meant", "10-25 01:30:00"),
        ("Europe/Rome", "yesterday 23:50 deployed", "10-24 21:50:00"),
        ("Europe/Rome", "2026-10-24 12:00 noon", "10-24 10:00:00"),
        ("Europe/Rome", "-1h30m saw it", "10-25 07:30:00"),
        ("Europe/Rome", "09:30 /effect slower", "10-25 08:30:00"),
        ("Europe/Rome", "/effect 09:30 slower", "10-25 08:30:00"),
        ("", "04:30 in the zone that is set", "10-25 08:30:00"),
        ("Nowhere/Land", "04:30 in the zone that is set", "10-25 08:30:00"),
        ("", "2026-10-25T08:30:00+02:00 exact", "10-25 06:30:00"),
        ("", "no time", "10-25 09:00:00"),
    ] {
        let before = rows::timeline(&server.app.db, incident).await.len();
        let fields = [("body", line), ("time_zone", zone)];
        let reply = compose(&ana, incident, &fields).await;
        assert_eq!(reply.status, 303, "{line}: {}", reply.body);
        let written = &rows::timeline(&server.app.db, incident).await[before];
        assert_eq!(at(written.occurred_at), expected, "{line}");
        assert_eq!(at(written.recorded_at), "10-25 09:00:00");
        let words = line.rsplit(' ').next().unwrap();
        assert!(written.body.ends_with(words) && !written.body.contains(':'));
    }
}

#[tokio::test]
async fn an_hour_that_the_clocks_skipped_is_said_and_the_text_kept() {
    let server = Server::at("2026-03-29T10:00:00Z").await;
    let (ana, incident) = server.room().await;
    let fields = [("body", "02:30 deployed"), ("time_zone", "Europe/Rome")];
    let reply = compose(&ana, incident, &fields).await;
    assert!(reply.error("body").unwrap().contains("went forward"));
    assert_eq!(html::text_area(&reply.body, "body"), Some("02:30 deployed"));
    assert_eq!(html::input(&reply.body, "time_zone"), Some("Europe/Rome"));
}

#[tokio::test]
async fn the_field_says_when_unless_the_line_does_and_late_ones_are_marked() {
    let server = Server::at("2026-11-22T12:00:00Z").await;
    let (ana, incident) = server.room().await;
    for (body, occurred_at, expected, late) in [
        ("offline", "2026-11-22T11:40:00Z", "11-22 11:40:00", true),
        ("picked", "2026-11-22T10:15", "11-22 10:15:00", true),
        ("11:20 the line wins", "-5m", "11-22 11:20:00", true),
        ("just now", "-59s", "11-22 11:59:01", false),
        ("a minute", "-1m", "11-22 11:59:00", true),
        ("now", "", "11-22 12:00:00", false),
    ] {
        let before = rows::timeline(&server.app.db, incident).await.len();
        let fields = [("body", body), ("occurred_at", occurred_at)];
        assert_eq!(compose(&ana, incident, &fields).await.status, 303, "{body}");
        let written = rows::timeline(&server.app.db, incident).await[before].clone();
        assert_eq!(at(written.occurred_at), expected, "{body}");
        let room = ana.room(incident).await.body;
        let shown = html::entry(&room, written.seq);
        assert_eq!(shown.contains("entry late"), late, "{shown}");
        assert_eq!(shown.contains(r#"<span class="mark">written"#), late);
    }
}
