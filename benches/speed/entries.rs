//! Adding an entry, against the floor's `BEGIN INSERT NOTIFY COMMIT`: every
//! connection in an incident of its own, and all in one.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    Effort,
    duel::{self, Duel},
    http,
    load::Load,
    servers::{Ground, Instance},
    table,
};

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    let Instance { data, .. } = &ground.small;
    println!("## Adding an entry\n\n{} connections.\n", data.open.len());
    let mut duels = [
        duel("entry, every connection in an incident of its own", &ground.small, data.open.clone()),
        duel("entry, all connections in one incident", &ground.small, vec![data.open[0]; data.open.len()]),
    ];
    duel::fight(&mut duels, effort).await?;
    table::print(&duel::HEADS, &duels.iter().map(Duel::row).collect::<Vec<_>>());
    Ok(())
}

/// One connection for every incident named, as often as it is named.
fn duel(work: &str, instance: &Instance, incidents: Vec<i64>) -> Duel {
    let Instance { product, floor, data, .. } = instance;
    let (cookie, to) = (data.cookie.clone(), incidents.clone());
    let connections = incidents.len();
    let add = Arc::new(move |connection: usize| {
        let form = format!("kind=action&body={}&key={}&time_zone=Europe%2FRome", BODY, Uuid::new_v4());
        http::post(&format!("/incidents/{}/timeline", to[connection]), &cookie, &form)
    });
    let product = Load { address: product.address, connections, request: add, status: 303 };
    let add = Arc::new(move |connection: usize| {
        let form = format!("kind=action&body={BODY}");
        http::post(&format!("/incidents/{}/timeline", incidents[connection]), "", &form)
    });
    let floor = Load { address: floor.address, connections, request: add, status: 303 };
    Duel::new(work, product, floor)
}

const BODY: &str = "restarted+the+pool+of+db-3%2C+since+it+held+connections+of+a+host+that+is+gone";
