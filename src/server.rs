//! The server: what stands around the routes, how it starts and stops.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::HeaderName,
    response::Response,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;

use crate::{
    App,
    people::sessions,
    response::{empty_roles, presence, retention, stays},
    routes::Routes,
    timeline::key,
    updates::overdue,
    web::guard,
};

/// How long requests may take to finish when the server stops.
const FINISH: Duration = Duration::from_secs(6);

/// The lock of whichever server does what falls due.
const DUE: i64 = 0x5ec0_4d57;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes with all that stands around them.
pub fn router(app: &App) -> Router {
    let router = Routes::all(app).into_router();
    let router = guard::in_time(router.layer(CatchPanicLayer::custom(guard::after_panic)));
    let router = guard::against_cross_site_writes(router, app.web.public_url.as_ref());
    let router = guard::answering_scripts(router);
    guard::with_headers(router, app.web.is_https())
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(log_response))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// The route and not the address: addresses hold secrets of one-time links.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}

fn log_response(response: &Response, took: Duration, _: &Span) {
    tracing::debug!(status = response.status().as_u16(), ms = took.as_millis(), "answered");
}

/// Serves until `stop` completes; then ends the streams, finishes the
/// requests that run, and returns.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let beside = app.run_beside();
    let ending = app.clone();
    let stopping = CancellationToken::new();
    let stopped = stopping.clone();
    let stop = async move {
        stop.await;
        ending.streams.end_all();
        stopping.cancel();
    };
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop);
    // Somebody who does not read, or sends half a request, keeps nobody waiting.
    let patience = async move {
        stopped.cancelled().await;
        tokio::time::sleep(FINISH).await;
    };
    tokio::select! {
        served = serving.into_future() => served.context("serve")?,
        () = patience => tracing::warn!("some requests did not end in time and were cut"),
    }
    drop(beside);
    if let Err(error) = presence::stop(&app).await {
        tracing::warn!(%error, "presence was left behind; it will time out");
    }
    app.db.close().await;
    Ok(())
}

/// What is done every few seconds, and every hour.
pub async fn keep_house(app: App) {
    let mut often = tokio::time::interval(Duration::from_secs(5));
    let mut hourly = tokio::time::interval(Duration::from_hours(1));
    loop {
        let done = tokio::select! {
            _ = often.tick() => keep_order(&app).await,
            _ = hourly.tick() => sweep(&app).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "housekeeping failed; it is tried again");
        }
    }
}

async fn keep_order(app: &App) -> anyhow::Result<()> {
    app.streams.sweep(&app.db).await?;
    for incident in stays::keep(&app.db, app.now().await?).await? {
        app.wake.incident(incident);
    }
    do_what_is_due(app).await
}

/// What falls due is done by whichever server is first; the others leave it to that one.
async fn do_what_is_due(app: &App) -> anyhow::Result<()> {
    let mut tx = app.db.begin().await?;
    let mine = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "mine!""#, DUE);
    if mine.fetch_one(&mut *tx).await? {
        let now = app.now().await?;
        empty_roles::say(app, now).await?;
        overdue::say(app, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn sweep(app: &App) -> anyhow::Result<()> {
    app.guesses.sweep();
    app.asking.sweep();
    retention::sweep(&app.db, app.now().await?).await?;
    sessions::sweep(&app.db).await?;
    Ok(key::sweep(&app.db).await?)
}
