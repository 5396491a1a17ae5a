//! The page of a room with 200 entries, as a signed-in person, against the
//! floor's page of the same entries.

use std::sync::Arc;

use crate::{
    Effort,
    duel::{self, Duel},
    http::{self, Connection},
    load::Load,
    servers::{Ground, Instance, Running},
    table,
};

const CONNECTIONS: usize = 16;

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    let Instance { data, product, floor, .. } = &ground.small;
    let path = format!("/incidents/{}", data.room);
    let [compressed, plain] = [http::get, http::get_plain].map(|get| get(&path, &data.cookie));
    println!(
        "## The page of a room with 200 entries\n\n{} connections. {} bytes, {} as browsers get it; the floor's {}.\n",
        CONNECTIONS,
        length(product, &plain).await?,
        length(product, &compressed).await?,
        length(floor, &plain).await?,
    );
    let load = |server: &Running, request: &[u8]| {
        let request = request.to_vec();
        let request = Arc::new(move |_| request.clone());
        Load { address: server.address, connections: CONNECTIONS, request, status: 200 }
    };
    let mut duels = [
        Duel::new("room page, as browsers ask", load(product, &compressed), load(floor, &compressed)),
        Duel::new("room page, not compressed", load(product, &plain), load(floor, &plain)),
    ];
    duel::fight(&mut duels, effort).await?;
    table::print(&duel::HEADS, &duels.iter().map(Duel::row).collect::<Vec<_>>());
    Ok(())
}

async fn length(server: &Running, request: &[u8]) -> anyhow::Result<usize> {
    Ok(Connection::open(server.address).await?.ask(request).await?.body.len())
}
