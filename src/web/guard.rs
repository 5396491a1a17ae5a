//! What stands before and behind every request: headers that bound what a page
//! may do, and the refusal of writes that another site started.

use std::time::Duration;

use axum::{
    Router,
    body::HttpBody,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::csrf::CsrfLayer;
use url::Url;

use super::Failure;

/// No inline script or style, no eval, nothing from another host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets the security headers on every answer, errors and static files included.
pub fn with_headers(router: Router, https: bool) -> Router {
    router.layer(middleware::map_response(move |mut response: Response| async move {
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::X_FRAME_OPTIONS, "DENY");
        // Not `no-referrer`: with it Chromium sends `Origin: null` and our own forms are refused.
        set(header::REFERRER_POLICY, "same-origin");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
        set(
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        );
        if https {
            set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
        }
        response
    }))
}

/// Refuses writes that another site started: Fetch Metadata first, `Origin`
/// where a browser does not send it. `public_url` is trusted as an origin, for
/// proxies that change `Host`.
pub fn against_cross_site_writes(router: Router, public_url: Option<&Url>) -> Router {
    let mut layer = CsrfLayer::new();
    if let Some(url) = public_url {
        let origin = url.origin().ascii_serialization();
        // Settings have checked that it is an http(s) origin.
        if let Ok(trusting) = layer.clone().add_trusted_origin(&origin) {
            layer = trusting;
        } else {
            tracing::warn!(origin, "PUBLIC_URL can't be trusted as an origin");
        }
    }
    // Programs carry a token that no browser sends by itself.
    let layer = layer.with_insecure_bypass(|method, uri| *method != Method::GET && uri.path().starts_with("/api/"));
    let layer = layer.with_rejection_response(|_| cross_site());
    router.layer(layer).layer(middleware::from_fn(refuse_cookie_of_unknown_origin))
}

/// The kept layer lets pass what says nothing of where it comes from. With a
/// cookie that is not enough: every browser of the last years says something.
async fn refuse_cookie_of_unknown_origin(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let says_nothing = !headers.contains_key("sec-fetch-site") && !headers.contains_key(header::ORIGIN);
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let by_program = request.uri().path().starts_with("/api/");
    if writes && says_nothing && !by_program && headers.contains_key(header::COOKIE) {
        return cross_site();
    }
    next.run(request).await
}

fn cross_site() -> Response {
    Failure::Forbidden("The request came from another site. Open the page here and send the form from it.")
        .into_response()
}

/// Answers a form that a script sent: instead of a redirect, which a script
/// could only follow unseen, 204 with the address that a browser would go to.
pub fn answering_scripts(router: Router) -> Router {
    router.layer(middleware::from_fn(|request: Request, next: Next| async move {
        let by_script = request.headers().contains_key("x-script");
        let mut response = next.run(request).await;
        if by_script && response.status() == StatusCode::SEE_OTHER {
            *response.status_mut() = StatusCode::NO_CONTENT;
            if let Some(address) = response.headers_mut().remove(header::LOCATION) {
                response.headers_mut().insert("x-location", address);
            }
        }
        response
    }))
}

/// A panic while answering is our fault: the page says so, the log has the rest.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub fn after_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Failure::Unexpected(anyhow::anyhow!("panic: {}", said.unwrap_or("no message"))).into_response()
}

/// How long an answer may take to make once the request is there.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest line on which an upload is waited for, in bytes a second.
const SLOWEST: u64 = 32 * 1024;

/// Gives up on what takes too long. What is large may take as long as a slow
/// line needs for it, which no fixed timeout of a layer allows for.
pub fn in_time(router: Router) -> Router {
    router.layer(middleware::from_fn(|request: Request, next: Next| async move {
        let bytes = request.body().size_hint().exact().unwrap_or_default();
        let patience = PATIENCE + Duration::from_secs(bytes / SLOWEST);
        let answered = tokio::time::timeout(patience, next.run(request)).await;
        answered.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
    }))
}
