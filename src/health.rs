//! `/healthz` and `/readyz`: for whoever operates it. Neither says more than
//! yes or no.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::App;

/// `GET /healthz`: the process answers. Does not ask the database.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: requests can be served, database included.
pub async fn ready(State(app): State<App>) -> Response {
    match sqlx::query("select 1").execute(&app.db).await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}
