//! A demo: an empty instance filled with stories, to look around in.

pub mod generate;
pub mod play;
pub mod stories;

mod people;
mod retell;

use chrono::Duration;
use futures_util::future::try_join_all;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use self::{retell::Telling, stories::Story};
use crate::{
    App,
    people::{Person, store},
};

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
    tell(&hurried(app).await?, &people).await?;
    Ok(people::sign_in())
}

/// The true stories in their own time, then one of last week and one of now.
/// They are declared one after the other, since numbers go by age, and told at
/// once.
async fn tell(app: &App, people: &[Person]) -> anyhow::Result<()> {
    let now = app.now().await?;
    let own = |story| (story, Duration::zero());
    let ago = |story: Story, ago| {
        let later = now - ago - story.declared;
        (story, later)
    };
    let mut stories: Vec<_> = stories::true_ones()?.into_iter().map(own).collect();
    stories.push(ago(stories::sign_in()?, Duration::days(7) + Duration::minutes(260)));
    stories.push(ago(stories::checkout()?, Duration::minutes(47)));
    let mut tellings = Vec::new();
    for (story, later) in &stories {
        tellings.push(Telling::begin(app, people, story, *later).await?);
    }
    try_join_all(tellings.iter().map(Telling::go_on)).await?;
    Ok(())
}

/// The same, but no write waits for the disk. The stories are hundreds of
/// writes, one after the other, and somebody waits for the first page.
async fn hurried(app: &App) -> sqlx::Result<App> {
    let options = PgConnectOptions::clone(&app.db.connect_options()).options([("synchronous_commit", "off")]);
    let db = PgPoolOptions::new().max_connections(4).connect_with(options).await?;
    Ok(App { db, ..app.clone() })
}
