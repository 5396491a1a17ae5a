//! Making, counting and ending links.

use chrono::Duration;
use reqwest::{Method, StatusCode};
use second_story::terms::{Role, Scope};
use serde_json::json;

use super::{Shared, made};
use crate::support::{Program, Server, contents, key, rows};

#[tokio::test]
async fn the_secret_is_shown_once_and_stored_nowhere() {
    let shared = Shared::incident().await;
    assert_eq!(shared.token.len(), 43, "256 bits");
    let again = shared.ana.get(&shared.path("share-links")).await.body;
    assert!(again.contains("Board") && !again.contains(&shared.token));
    assert_eq!(shared.page().await.status, StatusCode::OK);
    assert!(contents::hold(&shared.server.app.db, "Board").await);
    assert!(!contents::hold(&shared.server.app.db, &shared.token).await, "only a hash is stored");
    let last = rows::last(&shared.server.app.db, shared.incident).await;
    assert_eq!((last.kind.as_str(), last.body.as_str()), ("shared", "“Board” may follow this incident by a link"));
}

#[tokio::test]
async fn the_same_form_twice_makes_one_link_and_says_so() {
    let shared = Shared::incident().await;
    let key = key();
    let form = [("label", "Press"), ("names", "roles"), ("key", key.as_str())];
    let first = shared.ana.post(&shared.path("share-links"), &form).await;
    assert_eq!(first.status, StatusCode::OK);
    let second = shared.ana.post(&shared.path("share-links"), &form).await;
    assert!(second.error("key").unwrap().contains("made already"), "{}", second.body);
    let made = rows::count(&shared.server.app.db, "select count(*) from share_links where label = 'Press'").await;
    assert_eq!(made, 1);
}

#[tokio::test]
async fn answers_behind_a_link_are_found_and_kept_by_nobody() {
    let shared = Shared::incident().await;
    let alive = format!("/s/{}", shared.token);
    let dead = format!("/s/{}", "x".repeat(43));
    for path in [&alive, &dead, &format!("{alive}/events")] {
        let request = shared.reader.request(Method::GET, path);
        let headers = request.send().await.unwrap().headers().clone();
        assert!(headers["x-robots-tag"].to_str().unwrap().contains("noindex"), "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
    }
}

#[tokio::test]
async fn views_are_counted_and_what_only_looks_ahead_is_none() {
    let shared = Shared::incident().await;
    let path = format!("/s/{}", shared.token);
    for _ in 0..3 {
        shared.shown().await;
    }
    let ahead = shared.reader.request(Method::GET, &path).header("sec-purpose", "prefetch");
    assert_eq!(shared.reader.send(ahead).await.status, StatusCode::OK);
    shared.reader.send(shared.reader.request(Method::HEAD, &path)).await;
    let page = shared.ana.get(&shared.path("share-links")).await.body;
    assert!(page.contains("3 times"), "{page}");
    let views = "select count(*) from share_links where views = 3 and last_viewed_at is not null";
    assert_eq!(rows::count(&shared.server.app.db, views).await, 1);
}

#[tokio::test]
async fn a_revoked_link_goes_dark_everywhere_while_it_is_open() {
    let here = Server::start().await;
    let there = Server::on(here.app.db.clone()).await;
    let shared = Shared::on(here).await;
    let elsewhere = there.anybody();
    let mut streams = [shared.events().await, elsewhere.events(&format!("/s/{}/events", shared.token), None).await];
    for stream in &mut streams {
        assert!(stream.next_named("view").await.is_some());
    }
    let revoke = shared.path(&format!("share-links/{}/revoke", shared.id().await));
    assert_eq!(shared.ana.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER);
    for stream in &mut streams {
        while stream.next().await.is_some() {}
    }
    let page = shared.page().await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("This link has ended") && !page.body.contains("Checkout"), "{}", page.body);
    let events = shared.reader.get(&format!("/s/{}/events", shared.token)).await;
    assert_eq!(events.status, StatusCode::GONE);
    let last = rows::last(&shared.server.app.db, shared.incident).await;
    assert_eq!((last.kind.as_str(), last.body.as_str()), ("shared", "revoked the link that #2 made"));

    assert_eq!(shared.ana.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER, "one that was stays revoked");
    assert_eq!(rows::last(&shared.server.app.db, shared.incident).await.seq, last.seq);
}

#[tokio::test]
async fn a_link_ends_a_day_after_its_incident_and_lives_again_with_it() {
    let shared = Shared::incident().await;
    shared.does("status", &[("status", "resolved")]).await;
    assert_eq!(shared.page().await.status, StatusCode::OK, "the day after is left to read");
    let past = "update incidents set declared_at = declared_at - interval '2 days',
                                     ended_at = ended_at - interval '24 hours 1 second';
                update share_links set created_at = created_at - interval '25 hours'";
    sqlx::raw_sql(past).execute(&shared.server.app.db).await.unwrap();
    assert_eq!(shared.page().await.status, StatusCode::GONE);
    shared.does("status", &[("status", "investigating"), ("reason", "it is back")]).await;
    assert_eq!(shared.page().await.status, StatusCode::OK);
    shared.does("status", &[("status", "resolved")]).await;
    sqlx::raw_sql(past).execute(&shared.server.app.db).await.unwrap();
    let late = made(&shared.ana, shared.incident, &[]).await;
    assert_eq!(shared.reader.get(&format!("/s/{late}")).await.status, StatusCode::OK, "made after the end");
    shared.does("status", &[("status", "investigating"), ("reason", "it is back")]).await;
    let old = "update share_links set created_at = created_at - interval '30 days'";
    sqlx::query(old).execute(&shared.server.app.db).await.unwrap();
    assert_eq!(shared.page().await.status, StatusCode::GONE, "30 days at most");
}

#[tokio::test]
async fn a_link_of_a_second_ends_while_it_is_read() {
    let shared = Shared::incident().await;
    let program = Program::of(&shared.server, &shared.ana, Scope::Write).await;
    let soon = shared.server.app.now().await.unwrap() + Duration::seconds(2);
    let path = format!("/incidents/{}/share-links", shared.incident);
    let (status, link) = program.post(&path, json!({"label": "Soon", "expires_at": soon})).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    let url = link["url"].as_str().unwrap().split_once("/s/").unwrap().1.to_owned();
    let mut stream = shared.reader.events(&format!("/s/{url}/events"), None).await;
    assert!(stream.next_named("view").await.is_some());
    while stream.next().await.is_some() {}
    assert_eq!(shared.reader.get(&format!("/s/{url}")).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_link_lasts_neither_back_in_time_nor_for_ever() {
    let shared = Shared::incident().await;
    let program = Program::of(&shared.server, &shared.ana, Scope::Write).await;
    let path = format!("/incidents/{}/share-links", shared.incident);
    let now = shared.server.app.now().await.unwrap();
    for until in [now - Duration::seconds(5), now + Duration::days(31)] {
        let (status, problem) = program.post(&path, json!({"label": "Odd", "expires_at": until})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["field"], "expires_at", "{problem}");
    }
    let (status, problem) = program.post(&path, json!({"label": "Odd", "view": "postmortem"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    for (field, value) in [("lasts", "5"), ("names", "nobody"), ("label", "")] {
        let form = [("label", "Board"), ("names", "roles")].into_iter().filter(|(name, _)| *name != field);
        let form: Vec<_> = form.chain([(field, value)]).collect();
        let reply = shared.ana.submit(&shared.path("share-links"), &form).await;
        assert!(reply.error(field).is_some(), "{field}: {}", reply.body);
    }
}

#[tokio::test]
async fn one_revokes_ones_own_and_admins_all() {
    let shared = Shared::incident().await;
    let (ben, ada) = (shared.person("Ben", Role::Responder).await, shared.person("Ada", Role::Admin).await);
    let vera = shared.person("Vera", Role::Viewer).await;
    let id = shared.id().await;
    let [room, settings] = [shared.path(&format!("share-links/{id}/revoke")), format!("/settings/links/{id}/revoke")];
    assert_eq!(ben.post(&room, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ben.post(&settings, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(vera.post(&room, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.get(&shared.path("share-links")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(vera.get("/settings/links").await.status, StatusCode::FORBIDDEN);
    let of_another = format!("/incidents/{}/share-links/{id}/revoke", ben.declare("Another").await);
    assert_eq!(ada.post(&of_another, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shared.page().await.status, StatusCode::OK);

    assert!(!ben.get("/settings/links").await.body.contains("Board"), "one's own");
    assert!(ada.get("/settings/links").await.body.contains("Board"), "admins see all");
    assert_eq!(ada.post(&settings, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shared.page().await.status, StatusCode::GONE);
}

#[tokio::test]
async fn links_of_a_private_incident_are_listed_for_its_people_alone() {
    let shared = Shared::incident().await;
    shared.does("roles", &[("role", "commander"), ("person", "me")]).await;
    shared.does("visibility", &[("private", "on")]).await;
    let ben = shared.person("Ben", Role::Responder).await;
    assert_eq!(ben.get(&shared.path("share-links")).await.status, StatusCode::NOT_FOUND);
    let program = Program::of(&shared.server, &ben, Scope::Write).await;
    let (status, _) = program.get(&format!("/incidents/{}/share-links", shared.incident)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let id = shared.id().await;
    let revoke = program.request(Method::DELETE, &format!("/share-links/{id}")).send().await.unwrap();
    assert_eq!(revoke.status(), StatusCode::NOT_FOUND);
    assert_eq!(shared.page().await.status, StatusCode::OK, "its link works all the same");
}

#[tokio::test]
async fn programs_make_list_and_revoke_links() {
    let shared = Shared::incident().await;
    let program = Program::of(&shared.server, &shared.ana, Scope::Write).await;
    let path = format!("/incidents/{}/share-links", shared.incident);
    let new = json!({"label": "Press", "may_ask": true, "names": "names", "view": "leadership"});
    let (status, link) = program.post_once("one", &path, new.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/s/", shared.server.url)), "{url}");
    assert_eq!((&link["names"], &link["may_ask"], &link["views"]), (&json!("names"), &json!(true), &json!(0)));
    let (status, again) = program.post_once("one", &path, new).await;
    assert_eq!((status, &again["id"], &again["url"]), (StatusCode::OK, &link["id"], &json!(null)));
    let (status, _) = program.post_once("one", &path, json!({"label": "Others"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "another link under the same key");

    let (_, list) = program.get(&path).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!((&list["items"][0]["label"], &list["items"][0]["url"]), (&json!("Press"), &json!(null)));

    let delete = format!("/share-links/{}", link["id"].as_str().unwrap());
    let stranger = Program::of(&shared.server, &shared.person("Ben", Role::Responder).await, Scope::Write).await;
    let refused = stranger.request(Method::DELETE, &delete).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let viewer = Program::of(&shared.server, &shared.person("Vera", Role::Viewer).await, Scope::Write).await;
    let (status, _) = viewer.get(&path).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let done = program.request(Method::DELETE, &delete).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    let address = url.split_once("/s/").unwrap().1;
    assert_eq!(shared.reader.get(&format!("/s/{address}")).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_disturbs_nobody_who_has_a_link() {
    let shared = Shared::incident().await;
    let mut statuses = Vec::new();
    for guess in 0..40 {
        statuses.push(shared.reader.get(&format!("/s/{guess:043}")).await.status);
    }
    assert_eq!(statuses[0], StatusCode::NOT_FOUND);
    assert_eq!(statuses[39], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(shared.page().await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_redacted_goes_from_the_label_as_well() {
    let shared = Shared::incident().await;
    let ada = shared.person("Ada", Role::Admin).await;
    made(&shared.ana, shared.incident, &[("label", "hunter2")]).await;
    let seq = rows::last(&shared.server.app.db, shared.incident).await.seq;
    ada.change(shared.incident, &format!("timeline/{seq}/redaction"), &[("reason", "a password")]).await;
    assert!(!contents::hold(&shared.server.app.db, "hunter2").await);
    let list = shared.ana.get(&shared.path("share-links")).await.body;
    assert!(list.contains("(redacted)") && !list.contains("hunter2"));
}
