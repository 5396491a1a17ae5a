//! Many hands at once: one holder, and a history that is true.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use second_story::terms::Role;
use sqlx::FromRow;
use uuid::Uuid;

use super::Room;
use crate::support::{Client, Reply, rows, together};

#[derive(Debug, FromRow)]
struct Term {
    person_id: Uuid,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

impl Room {
    /// The terms of a role. Fails where they overlap.
    async fn terms(&self, role: &str) -> Vec<Term> {
        let terms =
            "select person_id, since, until from role_terms where incident = $1 and role = $2 order by since, until";
        let terms = sqlx::query_as::<_, Term>(terms).bind(self.incident).bind(role);
        let terms = terms.fetch_all(&self.server.app.db).await.unwrap();
        for pair in terms.windows(2) {
            assert!(pair[0].until.is_some_and(|until| until <= pair[1].since), "{pair:?}");
        }
        terms
    }

    /// Fails unless the entries tell of the same terms, one after the other.
    async fn assert_true_to_entries(&self, role: &str, label: &str) {
        let timeline = rows::timeline(&self.server.app.db, self.incident).await;
        rows::assert_sound(&timeline);
        let holders: Vec<Uuid> = self.terms(role).await.iter().map(|term| term.person_id).collect();
        let begun = [format!("took {label}"), format!("accepted {label} from")];
        let told = timeline.iter().filter(|line| begun.iter().any(|begun| line.body.starts_with(begun)));
        assert_eq!(told.map(|line| line.author.unwrap()).collect::<Vec<_>>(), holders);
    }
}

fn by_status(replies: &[Reply]) -> HashMap<u16, usize> {
    let mut counts = HashMap::new();
    for reply in replies {
        *counts.entry(reply.status.as_u16()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn of_200_who_take_a_free_role_at_once_one_holds_it() {
    let room = Room::open().await;
    let mut people = Vec::new();
    for number in 0..200 {
        people.push(room.server.person(&format!("Responder {number}"), Role::Responder).await);
    }
    let path = room.path("roles");
    let replies = together(people.into_iter().map(|who| {
        let path = path.clone();
        async move { who.submit(&path, &[("role", "commander"), ("person", "me")]).await }
    }))
    .await;
    assert_eq!(by_status(&replies), HashMap::from([(303, 1), (409, 199)]));
    assert_eq!(room.said("role").await, ["took Incident commander"]);
    assert_eq!(room.terms("commander").await.len(), 1);
    room.assert_true_to_entries("commander", "Incident commander").await;
}

#[tokio::test]
async fn of_200_who_take_it_and_give_it_up_at_once_at_most_one_holds_it_at_any_time() {
    let room = Room::open().await;
    let people = [&room.ana, &room.ben, &room.cem, &room.olga].map(Client::clone);
    let path = room.path("roles");
    let replies = together((0..200).map(|turn| {
        let (who, path) = (people[turn % 3].clone(), path.clone());
        let to = if turn % 2 == 0 { "me" } else { "" };
        async move { who.submit(&path, &[("role", "scribe"), ("person", to)]).await }
    }))
    .await;
    let counts = by_status(&replies);
    assert!(counts.keys().all(|status| [303, 403, 409].contains(status)), "{counts:?}");
    room.assert_true_to_entries("scribe", "Scribe").await;
    let ended = room.terms("scribe").await.iter().filter(|term| term.until.is_some()).count();
    let told = room.said("role").await.iter().filter(|body| *body == "gave up Scribe").count();
    assert_eq!(ended, told);
}

#[tokio::test]
async fn an_offer_that_200_accept_and_withdraw_at_once_ends_once() {
    let room = Room::open().await;
    room.takes(&room.ana, "commander").await;
    for round in 0..3 {
        let holder = room.holder("commander").await.unwrap();
        let (giver, receiver) = if holder == "Ana" { (&room.ana, &room.ben) } else { (&room.ben, &room.ana) };
        let to = receiver.person.as_ref().unwrap();
        room.does(giver, "handoffs", &[("role", "commander"), ("to", &to.email)]).await;
        let page = room.path(&room.last_offer().await);
        let replies = together((0..200).map(|turn| {
            let (who, how) = if turn % 2 == 0 { (receiver.clone(), "accept") } else { (giver.clone(), "withdraw") };
            let path = format!("{page}/{how}");
            async move { who.submit(&path, &[]).await }
        }))
        .await;
        assert_eq!(by_status(&replies), HashMap::from([(303, 1), (409, 199)]), "round {round}");
        let accepted = replies.iter().position(|reply| reply.status == 303).unwrap() % 2 == 0;
        let expected = if accepted { &to.name } else { &holder };
        assert_eq!(room.holder("commander").await.as_ref(), Some(expected), "round {round}");
        assert_eq!(room.said("handoff").await.len(), 2 * (round + 1), "one entry for the offer, one for its end");
    }
    room.assert_true_to_entries("commander", "Incident commander").await;
}

#[tokio::test]
async fn of_200_who_take_a_piece_of_work_at_once_one_holds_it() {
    let room = Room::open().await;
    room.does(&room.ana, "work-items", &[("title", "restore")]).await;
    let path = room.path(&room.last_work().await);
    let people = [&room.ana, &room.ben, &room.cem].map(Client::clone);
    let replies = together((0..200).map(|turn| {
        let (who, path) = (people[turn % 3].clone(), path.clone());
        async move { who.submit(&path, &[("person", "me")]).await }
    }))
    .await;
    // Whoever holds it takes it again to no effect.
    let won = replies.iter().position(|reply| reply.status == 303).unwrap();
    for (turn, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status.as_u16(), if turn % 3 == won % 3 { 303 } else { 409 });
    }
    let said = room.said("work").await;
    assert_eq!(said[1..], ["took “restore”"]);
}
