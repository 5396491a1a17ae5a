//! A page of the list, on a small instance and on a large one: what it costs
//! must not grow with what is stored.

use std::sync::Arc;

use crate::{
    Effort,
    duel::{self, Duel},
    http,
    load::Load,
    servers::{Ground, Instance, Running},
    table,
};

const CONNECTIONS: usize = 16;

/// Measures and prints.
pub async fn measure(ground: &Ground, effort: Effort) -> anyhow::Result<()> {
    let [few, many] = effort.incidents;
    let large = ground.instance("large", many).await?;
    println!("## The list of incidents, 50 a page\n\n{CONNECTIONS} connections.\n");
    let mut duels = vec![
        duel(format!("list, of {few}"), &ground.small, "/incidents"),
        duel(format!("list, of {many}"), &large, "/incidents"),
    ];
    duel::fight(&mut duels, effort).await?;
    table::print(&duel::HEADS, &duels.iter().map(Duel::row).collect::<Vec<_>>());
    let [product, floor] = duels[1].against(&duels[0]);
    let (product, floor) = (product.with_ends(), floor.with_ends());
    println!("A page of {many} takes {product} times as long as one of {few}; the floor's {floor} times.\n");
    filters(&large, effort).await?;
    large.stop().await
}

/// What finds few among many, and what finds many.
async fn filters(large: &Instance, effort: Effort) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for filter in ["q=checkout", "q=rarest", "status=open", "severity=sev1", "service=payments", "to=2024-02-01"] {
        let run = load(&large.product, &format!("/incidents?{filter}"), &large.data.cookie).run(effort.time).await?;
        let (p50, p99) = (table::ms(run.p50), table::ms(run.p99));
        rows.push(vec![format!("`?{filter}`"), format!("{:.0}", run.rate), format!("{p50:.1} / {p99:.1}")]);
    }
    table::print(&["filtered, of the large instance", "requests/s", "p50 / p99 ms"], &rows);
    Ok(())
}

fn duel(work: String, instance: &Instance, path: &str) -> Duel {
    let Instance { product, floor, data, .. } = instance;
    Duel::new(work, load(product, path, &data.cookie), load(floor, path, &data.cookie))
}

fn load(server: &Running, path: &str, cookie: &str) -> Load {
    let request = http::get(path, cookie);
    let request = Arc::new(move |_| request.clone());
    Load { address: server.address, connections: CONNECTIONS, request, status: 200 }
}
