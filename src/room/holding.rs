//! The composer's commands about who holds what: roles, work and people are
//! found by the names that were typed. What is not to be done is said beside
//! the line, which is kept.

use super::command::{Offered, OnCall};
use crate::{
    App,
    people::Person,
    response::{
        Thing, held,
        offers::{self, NewOffer},
        relief, roles, stays,
        work::{self, NewWork},
    },
    timeline::{Key, NotWritten, Written},
    web::Failure,
};

/// `/role commander @ana`
pub async fn give(
    app: &App,
    by: &Person,
    number: i64,
    (role, to): (&str, &str),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let to = if to.eq_ignore_ascii_case("nobody") { None } else { Some(find(app, by, to).await?) };
    said(held::set(app, by, (number, role), to.as_ref(), key).await)
}

/// `/work restore the replica @ben`
pub async fn add(
    app: &App,
    by: &Person,
    number: i64,
    (title, to): (String, Option<String>),
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let to = match to {
        Some(name) => Some(find(app, by, &name).await?),
        None => None,
    };
    said(work::add(app, by, number, NewWork { title, to: to.as_ref(), due_at: None }, key).await)
}

/// `/handoff commander @ben …`, `/handoff "restore the replica" @ben …`
pub async fn offer(
    app: &App,
    by: &Person,
    number: i64,
    offered: Offered,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let thing = if offered.is_title { titled(app, number, &offered.what).await? } else { Thing::Role(offered.what) };
    let to = find(app, by, &offered.to).await?;
    said(offers::offer(app, by, number, NewOffer { thing, to: &to, briefing: offered.briefing }, key).await)
}

/// `/joined`, `/left`, `/relief`: beside the log, so that there is no entry to answer.
pub async fn call(
    app: &App,
    by: &Person,
    number: i64,
    on_call: OnCall,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    said(match on_call {
        OnCall::Joined => stays::join(app, by, number, key).await,
        OnCall::Left => stays::leave(app, by, number, key).await,
        OnCall::Relief => relief::ask(app, by, number, key).await,
    })
}

async fn find(app: &App, me: &Person, name: &str) -> Result<Person, NotWritten> {
    let found = roles::somebody(app, me, name).await?.map_err(|why| NotWritten::refused("body", why))?;
    found.ok_or_else(|| NotWritten::refused("body", "Please say who, such as @ana or @me."))
}

/// The work that goes on under a title, in any case.
async fn titled(app: &App, number: i64, title: &str) -> Result<Thing, NotWritten> {
    let mut work = work::of(&app.db, number).await?;
    work.retain(|item| item.state.is_live() && item.title.to_lowercase() == title.to_lowercase());
    match &work[..] {
        [item] => Ok(Thing::Work(item.id)),
        [] => Err(NotWritten::refused("body", "No work that goes on here has this title.")),
        _ => Err(NotWritten::refused("body", "Several pieces of work have this title. Offer it from its own page.")),
    }
}

/// The line stays under its writer's hands: what is not theirs to do, or came
/// too late, is said beside it.
fn said(done: Result<Written, NotWritten>) -> Result<Written, NotWritten> {
    match done {
        Err(NotWritten::Failed(Failure::Forbidden(why) | Failure::Conflict(why))) => {
            Err(NotWritten::refused("body", why))
        }
        done => done,
    }
}
