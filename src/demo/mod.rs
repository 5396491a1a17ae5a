//! A demo: an empty instance filled with stories, to look around in.

pub mod generate;
pub mod play;
pub mod stories;

mod leaders;
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

/// What to print of the demo.
pub struct Demo {
    /// How to sign in, or why nothing was done.
    pub sign_in: String,
    /// The path of a link for leaders to what goes on, where one was just made.
    pub link: Option<String>,
}

/// Fills an empty instance.
pub async fn fill(app: &App) -> anyhow::Result<Demo> {
    if people::are_here(&app.db).await? {
        return Ok(Demo { sign_in: people::sign_in(), link: None });
    }
    if !store::is_empty(&app.db).await? {
        return Ok(Demo { sign_in: "this instance is not empty, so no demo story was added".into(), link: None });
    }
    let people = people::add(&app.db).await?;
    let running = tell(&hurried(app).await?, &people).await?;
    Ok(Demo { sign_in: people::sign_in(), link: leaders::invite(app, &people, running).await? })
}

/// The true stories in their own time, then one of last week and one of now.
/// They are declared one after the other, since numbers go by age, and told at
/// once. Returns the number of the one of now.
async fn tell(app: &App, people: &[Person]) -> anyhow::Result<i64> {
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
    Ok(tellings.last().map(Telling::number).unwrap_or_default())
}

/// The same, but no write waits for the disk. The stories are hundreds of
/// writes, one after the other, and somebody waits for the first page.
async fn hurried(app: &App) -> sqlx::Result<App> {
    let options = PgConnectOptions::clone(&app.db.connect_options()).options([("synchronous_commit", "off")]);
    let db = PgPoolOptions::new().max_connections(4).connect_with(options).await?;
    Ok(App { db, ..app.clone() })
}
