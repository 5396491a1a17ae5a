//! A demo: an empty instance filled with stories, to look around in.

pub mod generate;

mod checkout;
mod people;
mod retell;

use crate::{App, people::store};

/// Fills an empty instance and returns what to print: how to sign in, or why
/// nothing was done.
pub async fn fill(app: &App) -> anyhow::Result<String> {
    if people::are_here(&app.db).await? {
        return Ok(people::sign_in());
    }
    if !store::is_empty(&app.db).await? {
        return Ok("this instance is not empty, so no demo story was added".into());
    }
    let people = people::add(&app.db).await?;
    retell::retell(app, &people, checkout::EARLIER).await?;
    retell::retell(app, &people, checkout::NOW).await?;
    Ok(people::sign_in())
}
