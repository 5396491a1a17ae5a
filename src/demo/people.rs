//! The people of the demo.

use anyhow::Context;
use sqlx::PgPool;

use crate::{
    people::{Person, password::Password, store},
    terms::Role,
};

/// Who they are: address, name, role. The first one may be signed in as.
pub const PEOPLE: &[(&str, &str, Role)] = &[
    ("ana@demo.example", "Ana Lindqvist", Role::Admin),
    ("ben@demo.example", "Ben Okafor", Role::Responder),
    ("chi@demo.example", "Chi Nakamura", Role::Responder),
    ("dee@demo.example", "Dee Popescu", Role::Responder),
    ("emre@demo.example", "Emre Yılmaz", Role::Viewer),
    ("fatima@demo.example", "Fatima Haddad", Role::Responder),
    ("goran@demo.example", "Goran Petrović", Role::Responder),
    ("hanna@demo.example", "Hanna Kowalska", Role::Responder),
    ("ivo@demo.example", "Ivo van Dijk", Role::Responder),
    ("june@demo.example", "June Tran", Role::Responder),
];

/// The name of one who can write, by their place among those.
pub fn responder(place: usize) -> &'static str {
    PEOPLE.iter().filter(|(.., role)| *role >= Role::Responder).nth(place).map_or("", |(_, name, _)| name)
}

/// The sign-in. It is printed, and no secret: a demo is not for secrets.
const EMAIL: &str = PEOPLE[0].0;
const PASSWORD: &str = "second stories are told slowly";

/// How to sign in, in words.
pub fn sign_in() -> String {
    format!("sign in as {EMAIL} with the password: {PASSWORD}")
}

/// Whether this instance is a demo: they are here.
pub async fn are_here(db: &PgPool) -> sqlx::Result<bool> {
    Ok(store::with_email(db, EMAIL).await?.is_some())
}

/// Adds them to an empty instance.
pub async fn add(db: &PgPool) -> anyhow::Result<Vec<Person>> {
    let hash = Password::choose(PASSWORD, &[]).await?.map_err(anyhow::Error::msg)?.hash().await?;
    let mut tx = db.begin().await?;
    for (email, name, role) in PEOPLE {
        let id = store::add(&mut tx, email, name, *role).await?.ok().context("an empty instance has nobody")?;
        if *email == EMAIL {
            store::set_password(&mut *tx, id, &hash).await?;
        }
    }
    tx.commit().await?;
    all(db).await
}

/// All of them, in order.
pub async fn all(db: &PgPool) -> anyhow::Result<Vec<Person>> {
    let mut people = Vec::new();
    for (email, ..) in PEOPLE {
        let id = store::with_email(db, email).await?.with_context(|| format!("{email} is not here"))?;
        people.push(store::find(db, id).await?.context("a person who is here")?);
    }
    Ok(people)
}
