//! `/incidents/similar`: open incidents that a title may be about, so that two
//! people who see the same thing break meet in one room.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    Incident,
    list::{self, Filter},
    words::{self, Words},
};
use crate::{
    App,
    people::{Person, Responder},
    web::{Answer, Place, Query, Shell, page},
};

/// How many are offered.
const OFFERED: usize = 3;
/// How many open incidents are looked at, the newest first.
const LOOKED_AT: usize = 500;

/// An open incident, and how much of the title it shares.
#[derive(Debug, Clone)]
pub struct Similar {
    /// The incident.
    pub incident: Incident,
    score: usize,
}

/// The incidents that share enough with a title, the most similar first: at
/// least a third of what it says, or one of its services by name.
fn rank(title: &str, open: Vec<Incident>) -> Vec<Similar> {
    let title = Words::of(title);
    let mut similar: Vec<Similar> = open
        .into_iter()
        .filter_map(|incident| {
            let named = Words::of(&format!("{} {}", incident.title, incident.services.join(" ")));
            words::is_alike(&title, &named).then(|| Similar { score: words::shared(&title, &named), incident })
        })
        .collect();
    similar.sort_by_key(|it| (std::cmp::Reverse(it.score), std::cmp::Reverse(it.incident.number)));
    similar.truncate(OFFERED);
    similar
}

/// The open incidents that a title may be about, as far as this person sees them.
pub async fn to(db: &sqlx::PgPool, person: &Person, title: &str) -> sqlx::Result<Vec<Similar>> {
    let mut db = db.acquire().await?;
    Ok(rank(title, open(&mut db, person).await?))
}

async fn open(db: &mut PgConnection, person: &Person) -> sqlx::Result<Vec<Incident>> {
    let filter = Filter { status: vec!["open".into()], ..Filter::default() };
    let found = list::find(db, &filter, person, LOOKED_AT).await?;
    Ok(found.into_iter().map(|listed| listed.incident).collect())
}

#[derive(Template)]
#[template(path = "incidents/similar.html")]
struct SimilarPage {
    shell: Shell,
    title: String,
    similar: Vec<Similar>,
}

/// What is about to be declared.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct About {
    title: String,
}

/// `GET /incidents/similar`
pub async fn show(State(app): State<App>, Responder(person): Responder, Query(about): Query<About>) -> Answer {
    let similar = to(&app.db, &person, &about.title).await?;
    page(&SimilarPage { shell: Shell::from(&person).at(Place::Incidents), title: about.title, similar })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::terms::{Severity, Status};

    fn incident(number: i64, title: &str, services: &[&str]) -> Incident {
        Incident {
            number,
            title: title.into(),
            summary: String::new(),
            services: services.iter().map(ToString::to_string).collect(),
            severity: Severity::Sev3,
            status: Status::Investigating,
            round: 1,
            acknowledged: 0,
            declared_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            drill: false,
            retrospective: false,
            private: false,
            merged_into: None,
        }
    }

    fn offered(title: &str) -> Vec<i64> {
        let open = vec![
            incident(1, "Checkout returns 500 for card payments", &["checkout", "payments"]),
            incident(2, "Sign-in is slow in the EU", &["sign-in"]),
            incident(3, "Search results are empty", &["search", "db-3"]),
        ];
        rank(title, open).iter().map(|it| it.incident.number).collect()
    }

    #[test]
    fn what_is_said_in_other_words_is_found() {
        for (title, expected) in [
            ("Checkout fails", &[1][..]),
            ("card payment errors", &[1]),
            ("pay", &[1]),
            ("Nobody can sign in", &[2]),
            ("EU sign-in slow", &[2]),
            ("search is broken", &[3]),
            ("The wiki is down", &[]),
            ("in the", &[]),
            ("", &[]),
            ("E-mails are not delivered to customers in Brazil since the upgrade", &[]),
        ] {
            assert_eq!(offered(title), expected, "{title}");
        }
    }

    #[test]
    fn the_more_is_shared_the_earlier_it_is_offered() {
        let open = vec![
            incident(7, "Payments fail", &[]),
            incident(8, "Card payments fail in Spain", &[]),
            incident(9, "Payments fail", &[]),
        ];
        let ranked: Vec<_> = rank("card payments fail", open).iter().map(|it| it.incident.number).collect();
        assert_eq!(ranked, [8, 9, 7]);
    }

    proptest! {
        #[test]
        fn a_title_is_always_like_itself(title in "[a-zäöü]{3,12}( [a-z]{3,12}){0,6}") {
            let words = Words::of(&title);
            let about_something = words::shared(&words, &words) > 0;
            let found = rank(&title, vec![incident(1, &title, &[])]);
            prop_assert_eq!(found.len(), usize::from(about_something));
        }

        #[test]
        fn no_title_makes_it_panic(title in "\\PC{0,60}") {
            rank(&title, vec![incident(1, "Checkout fails", &["checkout"])]);
        }
    }
}
