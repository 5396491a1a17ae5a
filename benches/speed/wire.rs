//! What a browser fetches to show a room for the first time, as it comes over
//! the wire, heads included.

use std::collections::BTreeMap;

use anyhow::ensure;

use crate::{
    http::{self, Connection},
    servers::{Ground, Instance},
    table,
};

/// Measures and prints.
pub async fn measure(ground: &Ground) -> anyhow::Result<()> {
    println!("## What a browser fetches for its first room, of 200 entries\n");
    let Instance { data, product, .. } = &ground.small;
    let mut connection = Connection::open(product.address).await?;
    let room = format!("/incidents/{}", data.room);
    let mut sizes = BTreeMap::new();
    let mut wanted = vec![room.clone()];
    while let Some(path) = wanted.pop() {
        if sizes.contains_key(&path) {
            continue;
        }
        // What is linked is read from the plain answer; what is counted is the compressed one.
        let plain = connection.ask(&http::get_plain(&path, &data.cookie)).await?;
        ensure!(plain.status == 200, "{path}: {}", plain.head);
        wanted.extend(linked(std::str::from_utf8(plain.body)?));
        let plain = plain.body.len();
        let answer = connection.ask(&http::get(&path, &data.cookie)).await?;
        sizes.insert(path, (plain, answer.head.len() + answer.body.len()));
    }
    let mut rows: Vec<_> = sizes.iter().map(|(path, (plain, wire))| row(path, *plain, *wire)).collect();
    let sum = |of: fn(&(usize, usize)) -> usize| sizes.values().map(of).sum();
    rows.push(row("in all", sum(|it| it.0), sum(|it| it.1)));
    table::print(&["", "bytes", "over the wire"], &rows);
    Ok(())
}

fn row(name: &str, plain: usize, wire: usize) -> Vec<String> {
    vec![name.to_owned(), plain.to_string(), wire.to_string()]
}

/// The static files that a page, a style or a script of ours names.
fn linked(text: &str) -> Vec<String> {
    let addresses = text.split('"').skip(1).step_by(2);
    let local = addresses.filter_map(|address| match address.strip_prefix("./") {
        Some(module) => Some(format!("/static/{module}")),
        None => address.starts_with("/static/").then(|| address.to_owned()),
    });
    local.map(|address| address.split('#').next().unwrap_or_default().to_owned()).collect()
}
