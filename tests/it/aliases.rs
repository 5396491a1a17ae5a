//! People as roles for readers outside: labels that stay theirs, whatever
//! people are called by now.

use second_story::{
    aliases::Aliases,
    terms::{Role, SharedNames},
};
use uuid::Uuid;

use crate::support::{Client, Server, rows, together};

fn id(who: &Client) -> Uuid {
    who.person.as_ref().unwrap().id
}

/// The aliases of an incident after these people and texts were shown.
async fn shown(server: &Server, incident: i64, people: &[&Client], texts: &[&str]) -> Aliases {
    let mut aliases = Aliases::of(&server.app, incident, SharedNames::Roles).await.unwrap();
    let people: Vec<Uuid> = people.iter().map(|it| id(it)).collect();
    aliases.prepare(&server.app, &people, texts).await.unwrap();
    aliases
}

#[tokio::test]
async fn labels_are_given_in_the_order_of_need_and_stay() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let ben = server.person("Ben Roth", Role::Responder).await;
    let vera = server.person("Vera", Role::Viewer).await;

    let aliases = Aliases::of(&server.app, incident, SharedNames::Roles).await.unwrap();
    assert_eq!(aliases.person(id(&ana)), "someone", "nobody has a label yet");
    assert_eq!(aliases.text("Ana left"), "someone left");

    let aliases = shown(&server, incident, &[&ben], &["Vera asked, @ben.roth answered", "Ana's replica"]).await;
    assert_eq!(aliases.person(id(&ben)), "Engineer 1");
    assert_eq!(aliases.text("Vera, ROTH and ana"), "Engineer 2, Engineer 1 and Engineer 3");
    assert_eq!(aliases.anonymous("Vera, ROTH and ana"), "someone, someone and someone");

    // Again, in another order, and in another incident.
    let again = shown(&server, incident, &[&ana, &vera], &["Ben"]).await;
    assert_eq!(again.text("Vera, ROTH and ana"), "Engineer 2, Engineer 1 and Engineer 3");
    let other = ana.declare("Search is down").await;
    assert_eq!(shown(&server, other, &[&ana], &[]).await.person(id(&ana)), "Engineer 1");

    // Who comes later is masked in what was written before.
    server.person("Zoë", Role::Responder).await;
    let later = shown(&server, incident, &[], &["zoe knows the cache"]).await;
    assert_eq!(later.text("zoe knows the cache"), "Engineer 4 knows the cache");
    assert_eq!(later.person(Uuid::now_v7()), "someone", "nobody by that id");
}

#[tokio::test]
async fn servers_that_need_labels_at_once_give_the_same() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mut people = vec![id(&ana)];
    for name in ["Ben", "Cem", "Dee", "Emre"] {
        people.push(id(&server.person(name, Role::Responder).await));
    }
    let needed = (0..20).map(|turn| {
        let (app, mut people) = (server.app.clone(), people.clone());
        people.rotate_left(turn % 5);
        async move {
            let mut aliases = Aliases::of(&app, incident, SharedNames::Roles).await.unwrap();
            aliases.prepare(&app, &people, &[]).await.unwrap();
            people.sort();
            people.iter().map(|it| aliases.person(*it)).collect::<Vec<_>>()
        }
    });
    let given = together(needed).await;
    assert!(given.iter().all(|it| *it == given[0]), "{given:?}");
    let mut labels = given[0].clone();
    labels.sort();
    assert_eq!(labels, ["Engineer 1", "Engineer 2", "Engineer 3", "Engineer 4", "Engineer 5"]);
    assert_eq!(rows::count(&server.app.db, "select count(*) from aliases").await, 5);
}

#[tokio::test]
async fn what_somebody_was_called_before_stays_masked() {
    let server = Server::start().await;
    let incident = server.room().await.1;
    let zoe = server.person("Zoë Weiß", Role::Responder).await;
    let me = [("name", "Zoë Roth"), ("handle", "zr"), ("time_zone", "UTC")];
    assert_eq!(zoe.post("/me", &me).await.status, 303);
    let moved = sqlx::query("update people set email = 'zoe@new.example' where id = $1").bind(id(&zoe));
    moved.execute(&server.app.db).await.unwrap();

    let text = "Weiss, Roth, @zr, @zo-.wei- zoë.weiß@example.org zoe@new.example";
    let aliases = shown(&server, incident, &[], &["Roth"]).await;
    let masked = aliases.text(text);
    for left in ["Weiss", "Roth", "zr", "zo", "wei"] {
        assert!(!masked.contains(left), "{left}: {masked}");
    }
    let marks = aliases.marks("ask Weiss now");
    assert_eq!((marks.len(), &marks[0]), (1, &(4..9)));
}

#[tokio::test]
async fn the_role_held_at_that_moment_is_said_with_it() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let before = server.app.now().await.unwrap();
    ana.change(incident, "roles", &[("role", "communications"), ("person", "me")]).await;
    let meanwhile = server.app.now().await.unwrap();
    ana.change(incident, "roles", &[("role", "commander"), ("person", "me")]).await;
    let both = server.app.now().await.unwrap();
    ana.change(incident, "roles", &[("role", "communications"), ("person", "")]).await;
    let after = server.app.now().await.unwrap();

    let aliases = shown(&server, incident, &[&ana], &[]).await;
    let named = Aliases::of(&server.app, incident, SharedNames::Names).await.unwrap();
    for (at, held) in [
        (before, ""),
        (meanwhile, ", communications lead"),
        (both, ", communications lead and incident commander"),
        (after, ", incident commander"),
    ] {
        assert_eq!(aliases.person_at(id(&ana), at), format!("Engineer 1{held}"));
        assert_eq!(named.person_at(id(&ana), at), format!("Ana{held}"));
    }
    assert_eq!(named.text("Ana’s replica"), "Ana’s replica", "by name, nothing is masked");
    assert_eq!(named.anonymous("Ana’s replica"), "Ana’s replica");
    assert!(named.marks("Ana").is_empty());
}
