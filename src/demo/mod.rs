//! A demo: an empty instance filled with a story, to look around in.

mod checkout;
mod retell;

use anyhow::Context;
use uuid::Uuid;

use crate::{
    App,
    people::{Person, password::Password, store},
    terms::Role,
};

/// The demo's sign-in. It is printed, and no secret: a demo is not for secrets.
const EMAIL: &str = "ana@demo.example";
const PASSWORD: &str = "second stories are told slowly";

/// Fills an empty instance and returns what to print: how to sign in, or why
/// nothing was done.
pub async fn fill(app: &App) -> anyhow::Result<String> {
    if store::with_email(&app.db, EMAIL).await?.is_some() {
        return Ok(format!("sign in as {EMAIL} with the password: {PASSWORD}"));
    }
    if !store::is_empty(&app.db).await? {
        return Ok("this instance is not empty, so no demo story was added".into());
    }
    let mut people = Vec::new();
    for (email, name, role) in checkout::PEOPLE {
        people.push(person(app, email, name, *role).await?);
    }
    let password = Password::choose(PASSWORD, &[]).await?.map_err(anyhow::Error::msg)?.hash().await?;
    store::set_password(&app.db, people[0].id, &password).await?;
    retell::retell(app, &people, checkout::EARLIER).await?;
    retell::retell(app, &people, checkout::NOW).await?;
    Ok(format!("sign in as {EMAIL} with the password: {PASSWORD}"))
}

async fn person(app: &App, email: &str, name: &str, role: Role) -> anyhow::Result<Person> {
    let mut tx = app.db.begin().await?;
    let id: Uuid = store::add(&mut tx, email, name, role).await?.ok().context("an empty instance has nobody")?;
    tx.commit().await?;
    store::find(&app.db, id).await?.context("a person just added")
}
