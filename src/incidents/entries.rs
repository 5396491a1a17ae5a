//! The entries that people write in the room of an incident.

use super::{
    moments,
    store::{self, Opened},
};
use crate::{
    App,
    people::Person,
    timeline::{Key, New, NotWritten, Written},
};

/// Appends a typed entry.
pub async fn append(app: &App, by: &Person, number: i64, new: New, key: Option<Key>) -> Result<Written, NotWritten> {
    append_all(app, by, number, vec![new], key).await
}

/// Appends typed entries, one after the other; the answer is the `seq` of the
/// first. The first one of a round acknowledges the incident.
pub async fn append_all(
    app: &App,
    by: &Person,
    number: i64,
    new: Vec<New>,
    key: Option<Key>,
) -> Result<Written, NotWritten> {
    let (mut log, incident) = match store::open(app, by, number, key).await? {
        Opened::Fresh(log, incident) => (log, incident),
        Opened::Already(answer) => return Ok(answer),
    };
    let mut first = None;
    for new in new {
        let seq = log.append(new).await?;
        first.get_or_insert(seq);
    }
    moments::acknowledge(&mut log, &incident).await?;
    Ok(log.commit(first.unwrap_or_default()).await?)
}
