//! The timeline: what is written, how it is corrected, what is taken out, and
//! that its numbers have no holes.

use std::time::Duration;

use reqwest::{Method, header::ORIGIN};
use second_story::terms::{Kind, Role};

use crate::support::{Client, Reply, Server, html, key, rows, together};

async fn room_of(server: &Server) -> (Client, i64) {
    let ana = server.person("Ana", Role::Responder).await;
    let incident = ana.declare("Checkout fails").await;
    (ana, incident)
}

/// Sends the composer with these fields.
async fn compose(client: &Client, incident: i64, fields: &[(&str, &str)]) -> Reply {
    let path = format!("/incidents/{incident}/timeline");
    client.submit(&path, fields).await
}

/// Writes a line and returns its `seq`.
async fn write(server: &Server, client: &Client, incident: i64, line: &str) -> i64 {
    let reply = client.say(incident, line).await;
    assert_eq!(reply.status, 303, "{line}: {}", reply.body);
    let timeline = rows::timeline(&server.app.db, incident).await;
    let typed = |it: &&rows::Line| it.kind.parse::<Kind>().unwrap().is_typed();
    timeline.iter().rev().find(typed).unwrap().seq
}

/// Sends the form behind an entry's `corrections` or `redaction`.
async fn amend(client: &Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    client
        .submit(&format!("/incidents/1/timeline/{path}"), fields)
        .await
}

fn at(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%m-%d %H:%M:%S").to_string()
}

mod writing {
    use super::*;

    #[tokio::test]
    async fn each_of_the_seven_kinds_is_a_button_and_a_command() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let commands = [
            "note", "action", "effect", "expect", "assume", "theory", "decide",
        ];
        for (kind, command) in Kind::TYPED.iter().zip(commands) {
            for fields in [
                vec![("kind", kind.word()), ("body", "a line")],
                vec![("body", &*format!("/{command} a line"))],
                vec![
                    ("kind", "note"),
                    ("body", &*format!("/{} a line", kind.word())),
                ],
            ] {
                let seq = rows::timeline(&server.app.db, incident).await.len();
                assert_eq!(compose(&ana, incident, &fields).await.status, 303);
                let line = &rows::timeline(&server.app.db, incident).await[seq];
                assert_eq!(
                    (line.kind.as_str(), line.body.as_str()),
                    (kind.word(), "a line"),
                    "{fields:?}"
                );
                let room = ana.room(incident).await.body;
                let shown = html::entry(&room, line.seq);
                assert!(shown.contains(&format!(r#"data-kind="{}""#, kind.word())));
                assert!(shown.contains("<p>a line</p>") && shown.contains("<bdi>Ana</bdi>"));
            }
        }
        let room = ana.room(incident).await.body;
        for kind in Kind::TYPED {
            let button = format!(r#"name="kind" value="{}""#, kind.word());
            assert!(room.contains(&button), "{button}");
        }
    }

    #[tokio::test]
    async fn only_a_known_command_at_the_start_is_one() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        for line in [
            "/var/log is full",
            "/shrug no idea",
            "/sevens",
            "see /sev 1",
            "10:1 odds",
            "/",
            "//note x",
        ] {
            let seq = write(&server, &ana, incident, line).await;
            let stored = &rows::timeline(&server.app.db, incident).await;
            let stored = stored.iter().find(|it| it.seq == seq).unwrap();
            assert_eq!((stored.kind.as_str(), stored.body.as_str()), ("note", line));
        }
    }

    #[tokio::test]
    async fn a_known_command_that_cannot_be_read_keeps_the_text_and_says_why() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        for line in [
            "/sev",
            "/sev 6",
            "/sev 3",
            "/status fine",
            "/status investigating",
            "/status triage",
            "/moment lunch 12:00",
            "/moment detected soon",
            "/link call not-an-address",
            "/title",
            "/note",
            "/reopen it is open",
            "14:05",
            "/effect -10m",
        ] {
            let key = key();
            let fields = [("body", line), ("key", key.as_str())];
            let reply = ana.post("/incidents/1/timeline", &fields).await;
            let kept = format!(">{line}</textarea>");
            reply.assert_refused("body", &kept, &key);
        }
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);
    }

    #[tokio::test]
    async fn what_no_entry_can_be_is_refused_and_kept() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let long = "x".repeat(20_001);
        for fields in [
            vec![("body", "")],
            vec![("body", " \n ")],
            vec![("body", "a\0b")],
            vec![("body", &*long)],
            vec![("body", "kept"), ("kind", "status")],
            vec![("body", "kept"), ("kind", "redacted")],
            vec![("body", "kept"), ("kind", "nonsense")],
            vec![("body", "kept"), ("occurred_at", "soon")],
            vec![("body", "kept"), ("occurred_at", "2999-01-01T00:00:00Z")],
            vec![("body", "2999-01-01 10:00 kept")],
        ] {
            let reply = compose(&ana, incident, &fields).await;
            assert_eq!(reply.status, 422, "{fields:?}");
            assert!(reply.error("body").is_some(), "{fields:?}: {}", reply.body);
            assert!(reply.body.contains(fields[0].1), "{fields:?}");
        }
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);

        let longest = "ä".repeat(20_000);
        assert_eq!(ana.say(incident, &longest).await.status, 303);
    }

    #[tokio::test]
    async fn odd_text_is_kept_to_the_letter_and_shown_as_text() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        for line in [
            "\u{202e}abc \u{2066}x",
            "<script>alert(1)</script>",
            "tabs\tand\r\nlines",
            "emoji 👩‍🚒 and e\u{301}",
        ] {
            let seq = write(&server, &ana, incident, line).await;
            let stored = rows::timeline(&server.app.db, incident).await;
            let stored = stored.iter().find(|it| it.seq == seq).unwrap();
            assert_eq!(stored.body, line.replace("\r\n", "\n"));
        }
        let room = ana.room(incident).await.body;
        assert!(!room.contains("<script>alert"));
    }

    #[tokio::test]
    async fn viewers_read_and_cannot_write_at_all() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let vera = server.person("Vera", Role::Viewer).await;
        let seq = write(&server, &ana, incident, "a line").await;
        for (path, fields) in [
            ("timeline".to_owned(), vec![("body", "mine")]),
            (
                format!("timeline/{seq}/corrections"),
                vec![("body", "mine")],
            ),
            (
                format!("timeline/{seq}/redaction"),
                vec![("reason", "mine")],
            ),
            ("status".into(), vec![("status", "resolved")]),
            ("severity".into(), vec![("severity", "sev1")]),
            (
                "moments".into(),
                vec![("moment", "detected"), ("at", "-1m")],
            ),
            ("details".into(), vec![("title", "mine")]),
            (
                "links".into(),
                vec![("kind", "call"), ("url", "https://x.org")],
            ),
        ] {
            let path = format!("/incidents/{incident}/{path}");
            assert_eq!(vera.submit(&path, &fields).await.status, 403, "{path}");
            assert_eq!(vera.get(&path).await.status, 403, "{path}");
        }
        let room = vera.room(incident).await;
        assert_eq!(room.status, 200);
        assert!(room.body.contains("a line") && !room.body.contains("<textarea"));
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
    }
}

mod times {
    use super::*;

    #[tokio::test]
    async fn a_time_at_the_front_is_read_in_the_writers_zone() {
        // 25 October 2026 in Rome: 03:00 became 02:00 at 01:00 UTC.
        let server = Server::at("2026-10-25T09:00:00Z").await;
        let (ana, incident) = room_of(&server).await;
        let fields = [
            ("name", "Ana"),
            ("handle", "ana"),
            ("time_zone", "America/New_York"),
        ];
        assert_eq!(ana.post("/me", &fields).await.status, 303);
        for (zone, line, expected) in [
            ("Europe/Rome", "09:30 seen", "10-25 08:30:00"),
            ("Europe/Rome", "10:05 within five minutes", "10-25 09:05:00"),
            ("Europe/Rome", "10:06 is yesterday's", "10-24 08:06:00"),
            (
                "Europe/Rome",
                "02:30 came twice, the later is meant",
                "10-25 01:30:00",
            ),
            ("Europe/Rome", "yesterday 23:50 deployed", "10-24 21:50:00"),
            ("Europe/Rome", "2026-10-24 12:00 noon", "10-24 10:00:00"),
            ("Europe/Rome", "-1h30m saw it", "10-25 07:30:00"),
            ("Europe/Rome", "09:30 /effect slower", "10-25 08:30:00"),
            ("Europe/Rome", "/effect 09:30 slower", "10-25 08:30:00"),
            ("", "04:30 in the zone that is set", "10-25 08:30:00"),
            (
                "Nowhere/Land",
                "04:30 in the zone that is set",
                "10-25 08:30:00",
            ),
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
        let (ana, incident) = room_of(&server).await;
        let fields = [("body", "02:30 deployed"), ("time_zone", "Europe/Rome")];
        let reply = compose(&ana, incident, &fields).await;
        assert!(reply.error("body").unwrap().contains("went forward"));
        assert_eq!(html::text_area(&reply.body, "body"), Some("02:30 deployed"));
        assert_eq!(html::input(&reply.body, "time_zone"), Some("Europe/Rome"));
    }

    #[tokio::test]
    async fn the_field_says_when_unless_the_line_does_and_late_ones_are_marked() {
        let server = Server::at("2026-11-22T12:00:00Z").await;
        let (ana, incident) = room_of(&server).await;
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
            assert_eq!(shown.matches("22 Nov 12:00 UTC").count(), 1, "{shown}");
        }
    }
}

mod reading {
    use super::*;

    #[tokio::test]
    async fn a_timeline_is_filtered_by_kind_and_by_person() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let ben = server.person("Ben", Role::Responder).await;
        let action = write(&server, &ana, incident, "/action restarted").await;
        let theory = write(&server, &ben, incident, "/theory the cache").await;
        let bens = write(&server, &ben, incident, "/action rolled back").await;
        ben.change(incident, "severity", &[("severity", "sev2")])
            .await;
        let id = ben.person.as_ref().unwrap().id;
        let all: Vec<i64> = (1..=6).collect();
        for (query, expected) in [
            (String::new(), all.clone()),
            ("kind=typed".into(), vec![action, theory, bens]),
            ("kind=action".into(), vec![action, bens]),
            ("kind=severity".into(), vec![6]),
            ("kind=decision".into(), vec![]),
            (format!("person={id}"), vec![theory, bens, 6]),
            (format!("person={id}&kind=action"), vec![bens]),
            ("kind=&person=&order=".into(), all.clone()),
        ] {
            let page = ana.get(&format!("/incidents/{incident}?{query}")).await;
            assert_eq!(html::seqs(&page.body), expected, "{query}");
            assert_eq!(page.body.contains("No entry matches"), expected.is_empty());
            assert!(
                page.body.contains(r#"data-after="6""#),
                "the stream goes on"
            );
        }
        // A kind that the page does not know is none of its filters.
        let page = ana
            .get(&format!("/incidents/{incident}?kind=nonsense&person=x"))
            .await;
        assert_eq!(html::seqs(&page.body), all);
    }

    #[tokio::test]
    async fn the_room_goes_by_seq_and_as_it_happened_by_when_it_did() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let late = write(&server, &ana, incident, "-10m the oldest").await;
        let last = write(&server, &ana, incident, "-5m not so old").await;
        let middle = write(&server, &ana, incident, "-7m in between").await;
        let path = format!("{last}/corrections");
        let earlier = [("body", "older than all"), ("occurred_at", "-30m")];
        assert_eq!(amend(&ana, &path, &earlier).await.status, 303);
        let room = ana.room(incident).await.body;
        assert!(html::seqs(&room).is_sorted());

        let path = format!("/incidents/{incident}?order=happened");
        let page = ana.get(&path).await.body;
        assert_eq!(html::seqs(&page), [last, late, middle, 1, 3, 6]);
        let shown: Vec<&str> = page
            .split(r#"<li id="e"#)
            .skip(1)
            .map(|entry| {
                let (_, time) = entry.split_once(r#"datetime=""#).unwrap();
                time.split_once('"').unwrap().0
            })
            .collect();
        assert!(shown.is_sorted(), "the times shown are in order: {shown:?}");
    }

    #[tokio::test]
    async fn paging_to_earlier_entries_shows_each_of_450_exactly_once() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        for index in 3..450 {
            assert_eq!(
                ana.say(incident, &format!("line {index}")).await.status,
                303
            );
        }
        let head = rows::last(&server.app.db, incident).await.seq;
        assert_eq!(head, 449);
        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(query) = next {
            let page = ana.get(&format!("/incidents/{incident}{query}")).await.body;
            let mut shown = html::seqs(&page);
            assert!(shown.is_sorted() && !shown.is_empty());
            shown.append(&mut seen);
            seen = shown;
            next = html::link(&page, "Show earlier entries").map(str::to_owned);
            ana.say(incident, "written meanwhile").await;
        }
        assert_eq!(seen, (1..=head).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_timeline_that_just_fills_a_page_has_no_earlier_entries() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        for index in 2..200 {
            ana.say(incident, &format!("line {index}")).await;
        }
        let page = ana.room(incident).await.body;
        assert_eq!(html::seqs(&page), (1..=200).collect::<Vec<_>>());
        assert_eq!(html::link(&page, "Show earlier entries"), None);
    }

    #[tokio::test]
    async fn every_entry_has_a_page_of_its_own() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let vera = server.person("Vera", Role::Viewer).await;
        let seq = write(&server, &ana, incident, "restarted **db-3**").await;
        let room = vera.room(incident).await.body;
        let entry = html::entry(&room, seq);
        let path = html::link(entry, &format!("#{seq}")).unwrap();
        assert_eq!(path, format!("/incidents/{incident}/timeline/{seq}"));
        for who in [&ana, &vera] {
            let page = who.get(path).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains(entry), "the same partial");
            assert_eq!(
                page.body.contains("Correct or strike out"),
                std::ptr::eq(who, &ana)
            );
        }
        assert!(server.anybody().get(path).await.asks_to_sign_in());
        let other = ana.declare("Search is slow").await;
        for odd in [
            format!("/incidents/{incident}/timeline/99"),
            format!("/incidents/{incident}/timeline/0"),
            format!("/incidents/{incident}/timeline/x"),
            format!("/incidents/{other}/timeline/{seq}"),
        ] {
            assert_eq!(ana.get(&odd).await.status, 404, "{odd}");
        }
    }
}

mod correcting {
    use super::*;

    #[tokio::test]
    async fn a_correction_of_text_and_time_stands_marked_and_its_history_is_kept() {
        let server = Server::at("2026-11-22T12:00:00Z").await;
        let (ana, incident) = room_of(&server).await;
        let seq = write(&server, &ana, incident, "restarted db-2").await;
        let path = format!("{seq}/corrections");
        let form = ana.get(&format!("/incidents/1/timeline/{path}")).await.body;
        assert_eq!(html::text_area(&form, "body"), Some("restarted db-2"));

        let text = [("body", "restarted db-3"), ("reason", "mistyped")];
        let reply = amend(&ana, &path, &text).await;
        assert_eq!(reply.location(), format!("/incidents/1#e{seq}"));
        let time = [("body", "restarted db-3"), ("occurred_at", "11:40")];
        assert_eq!(amend(&ana, &path, &time).await.status, 303);

        let room = ana.room(incident).await.body;
        let entry = html::entry(&room, seq);
        assert!(entry.contains("restarted db-3") && !entry.contains("db-2"));
        assert!(entry.contains(">corrected</a>") && entry.contains("22 Nov 11:40 UTC"));
        assert!(entry.contains("entry late"), "as it now stands");
        let history = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
        let (_, history) = history.split_once(r#"<ol class="history">"#).unwrap();
        for kept in [
            "restarted db-2",
            "restarted db-3",
            "mistyped",
            "11:40 UTC",
            "#e4",
            "#e5",
        ] {
            assert!(history.contains(kept), "{kept} in {history}");
        }
        let timeline = rows::timeline(&server.app.db, incident).await;
        assert_eq!(timeline[1].body, "restarted db-2", "nothing is overwritten");
        let corrections: Vec<_> = timeline[3..]
            .iter()
            .map(|it| {
                (
                    it.kind.as_str(),
                    it.corrects,
                    it.body.as_str(),
                    at(it.occurred_at),
                )
            })
            .collect();
        assert_eq!(
            corrections,
            [
                (
                    "correction",
                    Some(seq),
                    "restarted db-3",
                    "11-22 12:00:00".into()
                ),
                (
                    "correction",
                    Some(seq),
                    "restarted db-3",
                    "11-22 11:40:00".into()
                ),
            ]
        );
    }

    #[tokio::test]
    async fn striking_out_wants_a_reason_and_restoring_brings_the_text_back() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let seq = write(&server, &ana, incident, "the cache is to blame").await;
        let path = format!("{seq}/corrections");

        let key = key();
        let silent = [
            ("body", "typed and kept"),
            ("strike", "true"),
            ("key", key.as_str()),
        ];
        let full = format!("/incidents/1/timeline/{path}");
        let reply = ana.post(&full, &silent).await;
        reply.assert_refused("reason", "typed and kept", &key);

        let strike = [("body", ""), ("strike", "true"), ("reason", "it was not")];
        assert_eq!(amend(&ana, &path, &strike).await.status, 303);
        let room = ana.room(incident).await.body;
        let entry = html::entry(&room, seq);
        assert!(entry.contains("struck") && entry.contains("<s><p>the cache is to blame"));
        assert!(entry.contains("it was not"));
        let again = amend(&ana, &path, &strike).await;
        assert_eq!(again.status, 422, "struck out already");

        let page = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
        assert!(page.contains("Restore or correct"));
        let restore = [("body", "the cache is to blame")];
        assert_eq!(amend(&ana, &path, &restore).await.status, 303);
        let room = ana.room(incident).await.body;
        let entry = html::entry(&room, seq);
        assert!(!entry.contains("struck") && entry.contains(">corrected</a>"));
        let history = ana.get(&format!("/incidents/1/timeline/{seq}")).await.body;
        assert!(history.contains("Struck out") && history.contains("it was not"));
    }

    #[tokio::test]
    async fn what_changes_nothing_or_cannot_stand_is_refused_and_kept() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let seq = write(&server, &ana, incident, "a\nb").await;
        let path = format!("{seq}/corrections");
        for (fields, field) in [
            (vec![("body", "a\nb"), ("reason", "kept words")], "body"),
            // Browsers send CRLF.
            (vec![("body", "a\r\nb"), ("reason", "kept words")], "body"),
            (vec![("body", " "), ("reason", "kept words")], "body"),
            (vec![("body", "a\0b"), ("reason", "kept words")], "body"),
            (
                vec![("body", "kept words"), ("occurred_at", "soon")],
                "occurred_at",
            ),
            (
                vec![("body", "kept words"), ("occurred_at", "2999-01-01 10:00")],
                "occurred_at",
            ),
            (vec![("body", "kept words"), ("reason", "a\0b")], "reason"),
        ] {
            let reply = amend(&ana, &path, &fields).await;
            assert_eq!(reply.status, 422, "{fields:?}");
            assert!(reply.error(field).is_some(), "{fields:?}: {}", reply.body);
            assert!(reply.body.contains("kept words"), "{fields:?}");
        }
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
    }

    #[tokio::test]
    async fn one_corrects_ones_own_admins_any_and_nobody_what_the_room_recorded() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let ben = server.person("Ben", Role::Responder).await;
        let olga = server.person("Olga", Role::Admin).await;
        let seq = write(&server, &ana, incident, "Ana's line").await;
        let path = format!("{seq}/corrections");
        let full = format!("/incidents/1/timeline/{path}");

        assert_eq!(ben.get(&full).await.status, 403);
        assert_eq!(amend(&ben, &path, &[("body", "Ben's")]).await.status, 403);
        let strike = [("strike", "true"), ("reason", "no")];
        assert_eq!(amend(&ben, &path, &strike).await.status, 403);
        assert!(
            !ben.get(&format!("/incidents/1/timeline/{seq}"))
                .await
                .body
                .contains("strike out")
        );
        assert_eq!(amend(&olga, &path, &[("body", "Olga's")]).await.status, 303);
        assert_eq!(
            amend(&ana, &path, &[("body", "Ana's again")]).await.status,
            303
        );

        // The declaration, the moment, and the corrections themselves.
        for system in [1, 3, 4] {
            let path = format!("{system}/corrections");
            for who in [&ana, &olga] {
                assert_eq!(
                    amend(who, &path, &[("body", "x")]).await.status,
                    403,
                    "{system}"
                );
            }
        }
        assert_eq!(
            amend(&ana, "99/corrections", &[("body", "x")]).await.status,
            404
        );
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 5);
    }

    #[tokio::test]
    async fn a_change_of_the_time_and_one_of_the_text_at_once_both_stand() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let olga = server.person("Olga", Role::Admin).await;
        for index in 0..8 {
            let seq = write(&server, &ana, incident, &format!("line {index}")).await;
            let path = format!("{seq}/corrections");
            let (other, there) = (olga.clone(), path.clone());
            let text = tokio::spawn(async move {
                amend(&other, &there, &[("body", "better words")])
                    .await
                    .status
            });
            let line = format!("line {index}");
            let was = [
                ("body", line.as_str()),
                ("body_was", line.as_str()),
                ("occurred_at", "-30m"),
            ];
            assert_eq!(amend(&ana, &path, &was).await.status, 303);
            assert_eq!(text.await.unwrap(), 303);
            let room = ana.room(incident).await.body;
            let entry = html::entry(&room, seq);
            assert!(entry.contains("better words"), "{entry}");
            assert!(entry.contains("entry late"), "{entry}");
        }
    }

    #[tokio::test]
    async fn a_strike_keeps_the_words_that_stood_when_it_was_made() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let olga = server.person("Olga", Role::Admin).await;
        for index in 0..8 {
            let seq = write(&server, &ana, incident, &format!("line {index}")).await;
            let path = format!("{seq}/corrections");
            let (other, there) = (olga.clone(), path.clone());
            let text = tokio::spawn(async move {
                amend(&other, &there, &[("body", "better words")])
                    .await
                    .status
            });
            let strike = [("strike", "true"), ("reason", "no")];
            assert_eq!(amend(&ana, &path, &strike).await.status, 303);
            assert_eq!(text.await.unwrap(), 303);
            let lines = rows::timeline(&server.app.db, incident).await;
            let later: Vec<_> = lines
                .iter()
                .filter(|it| it.corrects == Some(seq))
                .map(|it| (it.strikes, it.body.clone()))
                .collect();
            let line = format!("line {index}");
            let better = "better words".to_owned();
            let orders = [
                vec![(true, line), (false, better.clone())],
                vec![(false, better.clone()), (true, better)],
            ];
            assert!(orders.contains(&later), "{later:?}");
        }
    }
}

mod redacting {
    use super::*;

    const SECRET: &str = "hunter2-and-more";

    #[tokio::test]
    async fn a_redaction_takes_the_text_out_everywhere_and_says_by_whom_and_why() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let olga = server.person("Olga", Role::Admin).await;
        // Somebody watches, so that the hub keeps finished bytes.
        let stream = format!("/incidents/{incident}/events");
        let mut live = ana.events(&format!("{stream}?after=1"), None).await;
        let seq = write(&server, &ana, incident, &format!("password is {SECRET}")).await;
        let path = format!("{seq}/corrections");
        let again = format!("the password is {SECRET}");
        let fields = [("body", again.as_str()), ("reason", SECRET)];
        assert_eq!(amend(&ana, &path, &fields).await.status, 303);
        let strike = [("strike", "true"), ("reason", SECRET)];
        assert_eq!(amend(&ana, &path, &strike).await.status, 303);
        let kept = write(&server, &ana, incident, "this one stays").await;
        assert!(live.entries_until(kept).await.is_sorted());

        let path = format!("{seq}/redaction");
        for who in [&ana] {
            assert_eq!(
                who.get(&format!("/incidents/1/timeline/{path}"))
                    .await
                    .status,
                403
            );
            assert_eq!(amend(who, &path, &[("reason", "mine")]).await.status, 403);
        }
        let silent = amend(&olga, &path, &[("reason", " ")]).await;
        assert!(silent.error("reason").is_some());
        let because = [("reason", "a pasted password")];
        let reply = amend(&olga, &path, &because).await;
        assert_eq!(reply.location(), format!("/incidents/1#e{seq}"));

        // Live, the entry is shown again without its text.
        let event = live.next_named("entry").await.unwrap();
        let shown = html::entry(&event.data, seq).to_owned();
        assert!(shown.contains("Redacted by <bdi>Olga</bdi>: a pasted password"));
        // In the database.
        let dump: String = sqlx::query_scalar(
            "select (select json_agg(e)::text from entries e) || (select json_agg(i)::text from incidents i)",
        )
        .fetch_one(&server.app.db)
        .await
        .unwrap();
        assert!(
            !dump.contains(SECRET) && dump.contains("this one stays"),
            "{dump}"
        );
        // On every page, to everybody, and in every replay.
        let mut pages = Vec::new();
        for page in [
            "/incidents".to_owned(),
            format!("/incidents?q={SECRET}"),
            format!("/incidents/{incident}?order=happened"),
            format!("/incidents/{incident}?kind=typed"),
            format!("/incidents/{incident}"),
        ]
        .into_iter()
        .chain((1..=7).map(|seq| format!("/incidents/{incident}/timeline/{seq}")))
        {
            let reply = olga.get(&page).await;
            assert_eq!(reply.status, 200, "{page}");
            pages.push(reply.body.replace(&format!(r#"value="{SECRET}""#), ""));
        }
        let second = Server::on(server.app.db.clone()).await;
        let there = Client::new(&second.url, None, olga.cookie());
        for (who, last) in [
            (&olga, Some(0)),
            (&there, Some(0)),
            (&olga, Some(1)),
            (&ana, Some(4)),
        ] {
            let mut replay = who.events(&stream, last).await;
            loop {
                let event = replay.next().await.unwrap();
                let done = event.id == Some(7);
                pages.push(event.data);
                if done {
                    break;
                }
            }
        }
        for page in &pages {
            assert!(!page.contains(SECRET), "{page}");
        }
        // What it was about stays: number, kind, author, time, and why.
        let room = ana.room(incident).await.body;
        assert_eq!(html::entry(&room, seq), shown);
        assert!(html::seqs(&room).is_sorted() && html::seqs(&room).len() == 7);
        let last = rows::last(&server.app.db, incident).await;
        assert_eq!(
            (last.kind.as_str(), last.corrects, last.reason.as_str()),
            ("redacted", Some(seq), "a pasted password")
        );
        rows::assert_sound(&rows::timeline(&server.app.db, incident).await);
    }

    #[tokio::test]
    async fn what_is_redacted_is_neither_corrected_nor_redacted_again() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let olga = server.person("Olga", Role::Admin).await;
        let seq = write(&server, &ana, incident, "a secret").await;
        let path = format!("{seq}/corrections");
        amend(&ana, &path, &[("body", "another secret")]).await;
        let redaction = format!("{seq}/redaction");
        let because = [("reason", "a password")];
        assert_eq!(
            amend(&olga, "4/redaction", &because).await.status,
            422,
            "goes with its entry"
        );
        assert_eq!(amend(&olga, &redaction, &because).await.status, 303);

        for who in [&ana, &olga] {
            assert_eq!(amend(who, &path, &[("body", "a secret")]).await.status, 403);
            let full = format!("/incidents/1/timeline/{path}");
            assert_eq!(who.get(&full).await.status, 403);
        }
        let again = amend(&olga, &redaction, &because).await;
        assert!(again.error("reason").is_some());
        assert_eq!(amend(&olga, "5/redaction", &because).await.status, 422);
        let page = olga.get(&format!("/incidents/1/timeline/{seq}")).await.body;
        assert!(!page.contains("Correct or strike out") && !page.contains(">Redact<"));
        assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 5);
    }

    #[tokio::test]
    async fn the_text_and_the_reason_of_a_system_entry_can_be_taken_out() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let olga = server.person("Olga", Role::Admin).await;
        ana.change(
            incident,
            "severity",
            &[("severity", "sev1"), ("reason", SECRET)],
        )
        .await;
        assert_eq!(
            amend(&olga, "2/redaction", &[("reason", "a name")])
                .await
                .status,
            303
        );
        let room = olga.room(incident).await.body;
        assert!(!room.contains(SECRET) && html::entry(&room, 2).contains("(redacted)"));
        assert_eq!(rows::timeline(&server.app.db, incident).await[1].reason, "");
    }

    #[tokio::test]
    async fn the_database_itself_refuses_to_change_or_delete_an_entry() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let db = &server.app.db;
        write(&server, &ana, incident, "a line").await;
        let before = format!("{:?}", rows::timeline(db, incident).await);
        for statement in [
            "update entries set body = 'another'",
            "update entries set reason = 'another'",
            "update entries set occurred_at = now()",
            "update entries set recorded_at = now()",
            "update entries set seq = seq + 100",
            "update entries set author = null",
            "update entries set kind = 'action'",
            "update entries set source = 'import'",
            "update entries set strikes = true where kind = 'note'",
            "delete from entries",
            "delete from entries where seq = 2",
        ] {
            let refused = sqlx::query(statement).execute(db).await;
            let error = refused.expect_err(statement).to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        }
        assert_eq!(format!("{:?}", rows::timeline(db, incident).await), before);
    }
}

mod numbering {
    use super::*;

    #[tokio::test]
    async fn seq_has_no_holes_and_time_never_runs_back_under_many_writers() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        let second = Server::on(server.app.db.clone()).await;
        let there = Client::new(&second.url, None, ana.cookie());

        let acknowledged = together((0..20_u64).map(|writer| {
            let who = if writer % 2 == 0 {
                ana.clone()
            } else {
                there.clone()
            };
            async move {
                let mut written = Vec::new();
                for step in 0..12 {
                    let line = format!("writer {writer} step {step}");
                    match (writer + step) % 4 {
                        // Refused before and behind the lock.
                        0 => assert_eq!(who.say(incident, "/moment lunch").await.status, 422),
                        1 if step % 2 == 0 => {
                            let reply = amend(&who, "1/corrections", &[("body", "x")]).await;
                            assert_eq!(reply.status, 403);
                        }
                        1 => cut_off(&who, incident, writer * 250 + step * 40).await,
                        _ => {
                            assert_eq!(who.say(incident, &line).await.status, 303);
                            written.push(line);
                        }
                    }
                }
                written
            }
        }))
        .await;

        // The last one waits behind whatever was cut off and is still at work.
        assert_eq!(ana.say(incident, "the last").await.status, 303);
        let timeline = rows::timeline(&server.app.db, incident).await;
        rows::assert_sound(&timeline);
        for line in acknowledged.iter().flatten() {
            let found = timeline.iter().filter(|it| it.body == *line).count();
            assert_eq!(found, 1, "{line}");
        }
        for written in &acknowledged {
            let order: Vec<_> = timeline
                .iter()
                .filter(|it| written.contains(&it.body))
                .map(|it| &it.body)
                .collect();
            assert!(
                order.iter().copied().eq(written),
                "a writer's lines keep their order"
            );
        }
        let head: i64 = sqlx::query_scalar("select seq from timeline_heads where incident = $1")
            .bind(incident)
            .fetch_one(&server.app.db)
            .await
            .unwrap();
        assert_eq!(head, timeline.last().unwrap().seq);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_does_not_turn_the_timeline_around() {
        let server = Server::start().await;
        let (ana, incident) = room_of(&server).await;
        // As if the database's clock had been an hour ahead until now.
        sqlx::query(
            "update timeline_heads set last_recorded_at = last_recorded_at + interval '1 hour'",
        )
        .execute(&server.app.db)
        .await
        .unwrap();
        ana.say(incident, "a line").await;
        let before = rows::last(&server.app.db, incident).await.recorded_at;
        ana.change(incident, "status", &[("status", "monitoring")])
            .await;
        let timeline = rows::timeline(&server.app.db, incident).await;
        rows::assert_sound(&timeline);
        assert!(timeline.last().unwrap().recorded_at >= before);
        assert!(before - timeline[0].recorded_at >= chrono::Duration::minutes(59));
        let room = ana.room(incident).await.body;
        assert!(!room.contains("-1 h") && !room.contains("-60 min"));
    }

    /// Sends a line and hangs up a little later.
    async fn cut_off(client: &Client, incident: i64, micros: u64) {
        let request = client
            .request(Method::POST, &format!("/incidents/{incident}/timeline"))
            .header(ORIGIN, client.base())
            .form(&[("body", "cut off")])
            .timeout(Duration::from_micros(micros));
        // Either is fine: it arrived whole, or not at all.
        let _ = request.send().await;
    }
}
