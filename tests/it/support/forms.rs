//! Every form of the product, filled in so that it is accepted. A route that
//! takes writes and stands not here fails the tests that walk the routes.

use axum::http::Method;
use second_story::routes::{Route, Routes};

use super::Server;

/// A password that may be chosen.
pub const PASSWORD: &str = "correct horse battery";

/// One form.
pub struct Form {
    /// The route it is sent to, as axum writes it.
    pub route: &'static str,
    /// What is accepted.
    pub fields: &'static [(&'static str, &'static str)],
    /// The fields into which people type freely, passwords aside.
    pub typed: &'static [&'static str],
}

const fn form(
    route: &'static str,
    fields: &'static [(&'static str, &'static str)],
    typed: &'static [&'static str],
) -> Form {
    Form { route, fields, typed }
}

const ROLE: &[(&str, &str)] = &[
    ("label", "Database liaison"),
    ("duty", "Speaks to the vendor."),
    ("needed_from", "sev2"),
    ("empty_minutes", "5"),
];

pub const UPDATE: &[(&str, &str)] = &[
    ("audience", "public"),
    ("situation", "Checkout fails."),
    ("impact", "One in three."),
    ("doing", "We roll back."),
    ("ruled_out", "The network."),
    ("next_by", "30"),
    ("time_zone", "UTC"),
];

/// All of them. Buttons without a field are forms, too.
pub const FORMS: &[Form] = &[
    form("/sign-in", &[("email", "mara@example.org"), ("password", PASSWORD)], &["email"]),
    form("/sign-out", &[], &[]),
    form(
        "/setup/{token}",
        &[("name", "Mara"), ("email", "mara@example.org"), ("password", PASSWORD)],
        &["name", "email"],
    ),
    form("/invite/{token}", &[("name", "Nia"), ("password", PASSWORD)], &["name"]),
    form("/reset/{token}", &[("password", PASSWORD)], &[]),
    form(
        "/me",
        &[("name", "Mara M"), ("handle", "mara-m"), ("time_zone", "Europe/Berlin")],
        &["name", "handle", "time_zone"],
    ),
    form("/me/password", &[("current_password", PASSWORD), ("password", "another staple lamp")], &[]),
    form("/me/sessions/end-others", &[], &[]),
    form("/me/sessions/{id}/end", &[], &[]),
    form(
        "/incidents",
        &[
            ("title", "Checkout fails"),
            ("severity", "sev2"),
            ("summary", "since noon"),
            ("impact_started", "-10m"),
            ("detected", "-5m"),
            ("declared_at", "-5m"),
            ("mitigated", "-3m"),
            ("recovered", "-2m"),
            ("resolved_at", "-1m"),
            ("drill", "on"),
            ("private", "on"),
            ("people", "@ole-other"),
            ("services", "checkout"),
            ("time_zone", "UTC"),
        ],
        &[
            "title",
            "summary",
            "services",
            "impact_started",
            "detected",
            "declared_at",
            "mitigated",
            "recovered",
            "resolved_at",
            "people",
        ],
    ),
    form("/incidents/{number}/severity", &[("severity", "sev1"), ("reason", "spreading")], &["reason"]),
    form(
        "/incidents/{number}/status",
        &[
            ("status", "resolved"),
            ("reason", "it is over"),
            ("impact_started", "-10m"),
            ("detected", "-9m"),
            ("mitigated", "-3m"),
            ("recovered", "-2m"),
            ("time_zone", "UTC"),
        ],
        &["reason", "impact_started", "detected", "acknowledged", "mitigated", "recovered"],
    ),
    form(
        "/incidents/{number}/moments",
        &[("moment", "detected"), ("at", "-10m"), ("reason", "first ticket"), ("time_zone", "UTC")],
        &["at", "reason"],
    ),
    form(
        "/incidents/{number}/details",
        &[("title", "Payments fail"), ("title_was", "Login is slow"), ("summary", "cards only"), ("summary_was", "")],
        &["title", "summary"],
    ),
    form(
        "/incidents/{number}/links",
        &[("kind", "call"), ("url", "https://meet.example.org/b"), ("label", "Bridge two")],
        &["url", "label"],
    ),
    form("/incidents/{number}/links/{id}/remove", &[], &[]),
    form("/incidents/{number}/roles", &[("role", "commander"), ("person", "me")], &[]),
    form(
        "/incidents/{number}/work-items",
        &[("title", "restore the replica"), ("person", "@ole-other"), ("due_at", "30"), ("time_zone", "UTC")],
        &["title", "person", "due_at"],
    ),
    form("/incidents/{number}/work-items/{id}/entries", &[("kind", "effect"), ("body", "at 60 %")], &["body"]),
    form(
        "/incidents/{number}/work-items/{id}",
        &[
            ("title", "restore the other replica"),
            ("person", "me"),
            ("state", "in_progress"),
            ("due_at", "30"),
            ("time_zone", "UTC"),
        ],
        &["title", "due_at"],
    ),
    form(
        "/incidents/{number}/handoffs",
        &[("role", "commander"), ("work_item", ""), ("to", "@ole-other"), ("briefing", "next: db-4")],
        &["to", "briefing"],
    ),
    form("/incidents/{number}/handoffs/{id}/accept", &[], &[]),
    form("/incidents/{number}/handoffs/{id}/decline", &[("word", "not now")], &["word"]),
    form("/incidents/{number}/handoffs/{id}/withdraw", &[], &[]),
    form("/incidents/{number}/bridge/join", &[], &[]),
    form("/incidents/{number}/bridge/leave", &[], &[]),
    form("/incidents/{number}/relief", &[], &[]),
    form("/incidents/{number}/relief/{id}/end", &[], &[]),
    form("/incidents/{number}/updates", UPDATE, &["situation", "impact", "doing", "ruled_out", "next_by"]),
    form("/incidents/{number}/updates/draft", UPDATE, &["situation", "impact", "doing", "ruled_out", "next_by"]),
    form(
        "/incidents/{number}/updates/{id}",
        &[
            ("situation", "Cards fail."),
            ("impact", "One in ten."),
            ("doing", "We wait."),
            ("ruled_out", "The bank."),
            ("strike", ""),
            ("reason", "a slip"),
            ("seen", ""),
        ],
        &["situation", "impact", "doing", "ruled_out", "reason"],
    ),
    form(
        "/incidents/{number}/cadence",
        &[("until", "20"), ("reason", "the restore runs"), ("time_zone", "UTC")],
        &["until", "reason"],
    ),
    form("/incidents/{number}/questions", &[("body", "When will it be back?"), ("anyway", "1")], &["body"]),
    form("/incidents/{number}/questions/{id}/same", &[], &[]),
    form("/incidents/{number}/questions/{id}/answer", &[("reply", "Around noon."), ("update", "")], &["reply"]),
    form("/incidents/{number}/merge", &[("into", "1"), ("reason", "the same deploy")], &["into", "reason"]),
    form("/incidents/{number}/brief", &[("seq", "1")], &[]),
    form("/incidents/{number}/visibility", &[("private", "on"), ("people", "@ole-other")], &["people"]),
    form(
        "/incidents/{number}/import",
        &[
            ("step", "write"),
            ("day", "2026-01-31"),
            ("time_zone", "UTC"),
            ("keep.0", "on"),
            ("time.0", "-10m"),
            ("kind.0", "action"),
            ("text.0", "restarted db-3"),
        ],
        &["time.0", "text.0"],
    ),
    form(
        "/incidents/{number}/timeline",
        &[("kind", "action"), ("body", "restarted db-3"), ("occurred_at", ""), ("time_zone", "UTC")],
        &["body"],
    ),
    form(
        "/incidents/{number}/timeline/{seq}/corrections",
        &[
            ("body", "restarted db-4"),
            ("occurred_at", "-3m"),
            ("reason", "mistyped"),
            ("strike", ""),
            ("time_zone", "UTC"),
        ],
        &["body", "occurred_at", "reason"],
    ),
    form(
        "/incidents/{number}/theories/{seq}",
        &[
            ("state", "eliminated"),
            ("state_was", "open"),
            ("reason", "db-3 is idle"),
            ("evidence", ""),
            ("stance", "against"),
        ],
        &["reason", "evidence"],
    ),
    form("/incidents/{number}/timeline/{seq}/pin", &[], &[]),
    form("/incidents/{number}/timeline/{seq}/unpin", &[], &[]),
    form("/incidents/{number}/timeline/{seq}/redaction", &[("reason", "a password")], &["reason"]),
    form(
        "/incidents/{number}/share-links",
        &[("label", "Board"), ("lasts", "8"), ("names", "roles"), ("may_ask", "1"), ("shows_summary", "1")],
        &["label"],
    ),
    form("/incidents/{number}/share-links/{id}/revoke", &[], &[]),
    form("/s/{token}/questions", &[("body", "Is data lost?")], &["body"]),
    form("/s/{token}/same", &[("question", "{question}")], &[]),
    form("/settings/links/{id}/revoke", &[], &[]),
    form("/settings/people", &[("email", "ole@example.org"), ("name", "Ole"), ("role", "viewer")], &["email", "name"]),
    form("/settings/instance", &[("call_days", "60")], &["call_days"]),
    form("/settings/tokens", &[("name", "pager"), ("scope", "read")], &["name"]),
    form("/settings/tokens/{id}/revoke", &[], &[]),
    form("/settings/people/{id}/role", &[("role", "viewer")], &[]),
    form("/settings/people/{id}/active", &[("active", "false")], &[]),
    form("/settings/people/{id}/reset", &[], &[]),
    form("/settings/people/{id}/sessions/end", &[], &[]),
    form("/settings/people/{id}/sessions/{session}/end", &[], &[]),
    form("/settings/roles", ROLE, &["label", "duty", "empty_minutes"]),
    form("/settings/roles/{role}", ROLE, &["label", "duty", "empty_minutes"]),
    form("/settings/roles/{role}/remove", &[], &[]),
    form(
        "/settings/severities/{severity}",
        &[
            ("name", "Major"),
            ("definition", "many customers"),
            ("acknowledge_minutes", "5"),
            ("leadership_minutes", "30"),
            ("public_minutes", "30"),
            ("relief_amber_minutes", "60"),
            ("relief_red_minutes", "180"),
        ],
        &[
            "name",
            "definition",
            "acknowledge_minutes",
            "leadership_minutes",
            "public_minutes",
            "relief_amber_minutes",
            "relief_red_minutes",
        ],
    ),
];

/// All routes of pages with this method. Programs carry tokens instead of a
/// session and are tested in `api.rs`.
pub fn routes(server: &Server, method: &Method) -> Vec<Route> {
    let table = Routes::all(&server.app).table;
    table.into_iter().filter(|route| route.method == *method && !route.path.starts_with("/api/v1/")).collect()
}

/// The form of a route.
pub fn of(route: &str) -> &'static Form {
    FORMS
        .iter()
        .find(|form| form.route == route)
        .unwrap_or_else(|| panic!("{route} takes writes: tell FORMS what it accepts"))
}
