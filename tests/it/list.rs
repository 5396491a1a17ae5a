//! The list of incidents: search, filters, pages, live changes.

use std::collections::BTreeSet;

use second_story::terms::Role;

use crate::support::{Client, Server, html};

/// The numbers that the list shows for a query, in order.
async fn found(client: &Client, query: &str) -> Vec<i64> {
    let reply = client.get(&format!("/incidents?{query}")).await;
    assert_eq!(reply.status, 200, "{query}");
    html::numbers(&reply.body, r#"id="i"#)
}

/// The numbers that a search for these words finds.
async fn search(client: &Client, words: &str) -> Vec<i64> {
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    found(client, &format!("q={words}")).await
}

async fn someone_with(titles: &[&str]) -> (Server, Client) {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    for title in titles {
        ana.declare(title).await;
    }
    (server, ana)
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_and_one_without_matches_says_so() {
    let (server, ana) = someone_with(&[]).await;
    let empty = ana.get("/incidents").await.body;
    assert!(empty.contains("No incident yet") && empty.contains("/incidents/new"));
    let vera = server.person("Vera", Role::Viewer).await;
    let empty = vera.get("/incidents").await.body;
    assert!(empty.contains("No incident yet") && !empty.contains("/incidents/new"));

    ana.declare("Checkout fails").await;
    let none = ana.get("/incidents?q=zebra").await.body;
    assert!(none.contains("Nothing matches") && none.contains(r#"value="zebra""#));
    assert!(ana.get("/incidents?before=1").await.body.contains("Newest"));
}

#[tokio::test]
async fn incidents_are_found_by_words_beginnings_numbers_and_what_the_summary_says() {
    let (_server, ana) = someone_with(&[
        "Checkout fails for cards",
        "Search is slow",
        "Replica db-3 lags, see api.example.com/v2",
        "Café Müller: ÉCLAIR orders lost",
        "Ошибка оплаты",
        "error_rate at 0.25 % (payments/v2)",
    ])
    .await;
    ana.change(2, "details", &[("title", "Search is slow"), ("summary", "Elastic is out of heap")]).await;
    for (typed, expected) in [
        ("checkout", vec![1]),
        ("CHECK car", vec![1]),
        ("cards checkout", vec![1]),
        ("heckout", vec![]),
        ("heap", vec![2]),
        ("2", vec![2]),
        ("#2", vec![2]),
        ("db-3", vec![3]),
        ("db 3", vec![3]),
        ("example", vec![3]),
        ("api.example.com", vec![3]),
        ("https://api.example.com/v2", vec![]),
        ("example.com/v", vec![3]),
        ("cafe", vec![4]),
        ("café", vec![4]),
        ("cafe\u{301} mull", vec![4]),
        ("eclair", vec![4]),
        ("éclair", vec![4]),
        ("ошибка", vec![5]),
        ("ОШИБ", vec![5]),
        ("error_rate", vec![6]),
        ("rate 0.25", vec![6]),
        ("payments/v2", vec![6]),
        ("payments", vec![6]),
        ("zebra", vec![]),
    ] {
        assert_eq!(search(&ana, typed).await, expected, "{typed}");
    }
}

#[tokio::test]
async fn no_character_is_a_wildcard_and_no_nonsense_breaks_the_search() {
    let (_server, ana) = someone_with(&["Checkout fails", "100% of calls fail"]).await;
    for nothing in ["%", "_", "*", "' or 1=1 --", "!!!", "a:* | b", "\\", "“”", "\u{202e}"] {
        assert_eq!(search(&ana, nothing).await, [] as [i64; 0], "{nothing}");
    }
    for harmless in ["100%", "100 %", "'100'", "\"calls\"", "100:*", "(calls", "!calls", "calls\0"] {
        assert_eq!(search(&ana, harmless).await, [2], "{harmless}");
    }
    for blank in ["", " ", "\t"] {
        assert_eq!(search(&ana, blank).await, [2, 1], "{blank:?}");
    }
    let long = "a".repeat(5_000);
    assert_eq!(search(&ana, &long).await, [] as [i64; 0]);
    let many = "fail ".repeat(1_000);
    assert_eq!(search(&ana, &many).await, [2, 1]);
    let script = ana.get("/incidents?q=%22%3E%3Cscript%3E").await.body;
    assert!(!script.contains("<script>") && script.contains("&#62;&#60;script&#62;"));
}

#[tokio::test]
async fn the_form_filters_by_severity_and_status_and_any_means_any() {
    let (server, ana) = someone_with(&["One", "Two", "Three", "Four"]).await;
    let olga = server.person("Olga", Role::Admin).await;
    ana.change(1, "severity", &[("severity", "sev1")]).await;
    ana.change(2, "status", &[("status", "resolved")]).await;
    ana.change(3, "status", &[("status", "monitoring")]).await;
    ana.change(3, "severity", &[("severity", "sev1")]).await;
    olga.change(4, "status", &[("status", "cancelled"), ("reason", "a drill")]).await;
    // As the form sends it: every field, the empty ones, too.
    for (severity, status, expected) in [
        ("", "", vec![4, 3, 2, 1]),
        ("sev1", "", vec![3, 1]),
        ("", "open", vec![3, 1]),
        ("", "resolved", vec![2]),
        ("sev1", "monitoring", vec![3]),
        ("sev1", "resolved", vec![]),
        ("", "cancelled", vec![4]),
        ("sev9", "", vec![]),
    ] {
        let query = format!("q=&severity={severity}&status={status}&from=&to=");
        assert_eq!(found(&ana, &query).await, expected, "{query}");
    }
    let several = "severity=sev1&severity=sev3&status=open&status=resolved";
    assert_eq!(found(&ana, several).await, [3, 2, 1]);
    assert_eq!(found(&ana, "q=t&status=open").await, [3]);
    let chosen = ana.get("/incidents?severity=sev1&status=open").await.body;
    assert!(chosen.contains(r#"value="sev1" selected"#));
    assert!(chosen.contains(r#"value="open" selected"#));
}

#[tokio::test]
async fn a_day_begins_and_ends_at_the_readers_midnight_also_when_the_clocks_change() {
    let (server, ana) = someone_with(&["a", "b", "c", "d", "e", "f"]).await;
    let declared = [
        // Rome is an hour ahead of UTC until 29 March 2026, 02:00, then two.
        "2026-03-28T22:59:59.999999Z",
        "2026-03-28T23:00:00Z",
        "2026-03-29T21:59:59.999999Z",
        "2026-03-29T22:00:00Z",
        // In Santiago 6 September 2026 begins at 01:00, which is 04:00 UTC.
        "2026-09-06T03:59:59Z",
        "2026-09-06T04:00:00Z",
    ];
    for (number, at) in (1_i64..).zip(declared) {
        sqlx::query("update incidents set declared_at = $2::timestamptz where number = $1")
            .bind(number)
            .bind(at)
            .execute(&server.app.db)
            .await
            .unwrap();
    }
    let zone = |zone: &'static str| {
        let ana = ana.clone();
        async move {
            let fields = [("name", "Ana"), ("handle", "ana"), ("time_zone", zone)];
            assert_eq!(ana.post("/me", &fields).await.status, 303, "{zone}");
        }
    };
    zone("Europe/Rome").await;
    assert_eq!(found(&ana, "from=2026-03-29&to=2026-03-29").await, [3, 2]);
    assert_eq!(found(&ana, "to=2026-03-28").await, [1]);
    assert_eq!(found(&ana, "from=2026-03-30").await, [6, 5, 4]);
    assert_eq!(found(&ana, "from=2026-03-30&to=2026-03-29").await, [] as [i64; 0]);
    zone("America/Santiago").await;
    assert_eq!(found(&ana, "from=2026-09-06").await, [6]);
    assert_eq!(found(&ana, "from=2026-09-05&to=2026-09-05").await, [5]);
    zone("UTC").await;
    assert_eq!(found(&ana, "to=2026-03-28").await, [2, 1]);
}

#[tokio::test]
async fn a_date_that_is_none_is_said_and_not_passed_over() {
    let (_server, ana) = someone_with(&["One"]).await;
    for typed in ["29.3.2026", "2026-02-30", "yesterday"] {
        let reply = ana.get(&format!("/incidents?from={typed}")).await;
        assert!(reply.error("from").is_some(), "{typed}");
        assert!(reply.body.contains(typed), "{typed} is kept");
        assert!(html::numbers(&reply.body, r#"id="i"#).is_empty(), "{typed}");
    }
    assert_eq!(ana.get("/incidents?before=abc").await.status, 400);
}

#[tokio::test]
async fn pages_show_each_of_many_incidents_exactly_once_while_new_ones_are_declared() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    for index in 0..120 {
        ana.declare(&format!("Incident {index} of many")).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/incidents?q=many&status=open&status=resolved".to_owned());
    while let Some(path) = next {
        let page = ana.get(&path).await;
        seen.extend(html::numbers(&page.body, r#"id="i"#));
        next = html::link(&page.body, "Older").map(|href| href.replace("&#38;", "&"));
        ana.declare("A new one of many").await;
        // Whatever changes meanwhile moves nothing from one page to another.
        let status = ["resolved", "monitoring", "identified"][(seen.len() - 1) / 50];
        let fields = [("status", status), ("reason", "meanwhile")];
        ana.change(seen[0], "status", &fields).await;
    }
    assert_eq!(seen, (1..=120).rev().collect::<Vec<i64>>());
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), 120);
}

#[tokio::test]
async fn a_page_that_is_just_full_offers_no_next_one() {
    let server = Server::start().await;
    let ana = server.person("Ana", Role::Responder).await;
    for index in 0..50 {
        ana.declare(&format!("Incident {index}")).await;
    }
    let page = ana.get("/incidents").await.body;
    assert_eq!(html::numbers(&page, r#"id="i"#).len(), 50);
    assert_eq!(html::link(&page, "Older"), None);
}

#[tokio::test]
async fn an_open_list_is_told_of_every_incident_that_changes() {
    let (server, ana) = someone_with(&["Checkout fails"]).await;
    let vera = server.person("Vera", Role::Viewer).await;
    let second = Server::on(server.app.db.clone()).await;
    let mut lists = Vec::new();
    for base in [&server, &second] {
        let reader = Client::new(&base.url, None, vera.cookie());
        let mut list = reader.events("/incidents/events", None).await;
        assert_eq!(list.next().await.unwrap().name, "ping", "it is open");
        lists.push(list);
    }

    ana.change(1, "severity", &[("severity", "sev1")]).await;
    for list in &mut lists {
        let row = list.next_named("incident").await.unwrap();
        assert_eq!(row.id, None, "a snapshot");
        let row = html::element(&row.data, "i1").unwrap().to_owned();
        assert!(row.contains(r#"data-severity="sev1""#), "{row}");
    }
    let page = vera.get("/incidents").await.body;
    let told = {
        ana.change(1, "status", &[("status", "resolved")]).await;
        lists[0].next_named("incident").await.unwrap().data
    };
    assert!(told.contains(r#"data-status="resolved""#));
    assert!(!page.contains(r#"data-status="resolved""#));
    let page = vera.get("/incidents").await.body;
    let on_the_page = html::element(&page, "i1").unwrap();
    let live = html::element(&told, "i1").unwrap();
    assert_eq!(on_the_page, live, "page and event are the same partial");

    ana.declare("A new one").await;
    let row = lists[0].next_named("incident").await.unwrap();
    assert!(row.data.contains("A new one"));
}
