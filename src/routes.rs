//! Every URL on one screen: the table of contents, and who may call what.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::{Method, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};

use crate::{
    App, health, home, incidents, openapi,
    people::{
        self,
        access::{
            self,
            Access::{self, Admin, Ask, Commander, Open, Read, Responder, Viewer, Visitor, Write},
        },
    },
    response, room, settings, sharing,
    updates::{self, questions},
    web::{Failure, Problem, assets, form, upload},
};

/// One route: what it answers, where, and who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET` stands for `HEAD`, too.
    pub method: Method,
    /// The path as axum writes it.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// The only way to register a route: it guards and it records.
pub struct Routes {
    app: App,
    router: Router<App>,
    /// All routes, in order.
    pub table: Vec<Route>,
}

impl Routes {
    /// All routes of the product.
    pub fn all(app: &App) -> Self {
        let mut routes = Self { app: app.clone(), router: Router::new(), table: Vec::new() };
        routes.operations();
        routes.people();
        routes.incidents();
        routes.response();
        routes.updates();
        routes.room();
        routes.sharing();
        routes.questions();
        routes.settings();
        routes.api();
        routes
    }

    fn operations(&mut self) {
        self.get("/healthz", Open, health::alive);
        self.get("/readyz", Open, health::ready);
        self.get("/static/{*name}", Open, assets::serve);
    }

    fn people(&mut self) {
        self.get("/sign-in", Visitor, people::pages::sign_in_page);
        self.post("/sign-in", Visitor, people::pages::sign_in);
        self.post("/sign-out", Visitor, people::pages::sign_out);
        for path in ["/setup/{token}", "/invite/{token}", "/reset/{token}"] {
            self.get(path, Open, people::pages::welcome_page);
            self.post(path, Open, people::pages::welcome);
        }
        self.get("/me", Viewer, people::me::show);
        self.post("/me", Viewer, people::me::save);
        self.post("/me/password", Viewer, people::me::change_password);
        self.post("/me/sessions/end-others", Viewer, people::me::end_other_sessions);
        self.post("/me/sessions/{id}/end", Viewer, people::me::end_session);
    }

    fn incidents(&mut self) {
        self.get("/", Viewer, home::show);
        self.get("/incidents", Viewer, incidents::list::show);
        self.post("/incidents", Responder, incidents::declare::save);
        self.get("/incidents/new", Responder, incidents::declare::show);
        self.get("/incidents/similar", Responder, incidents::similar::show);
        self.get("/incidents/events", Viewer, incidents::live::events);
        self.get("/incidents/{number}/severity", Responder, incidents::severity::show);
        self.post("/incidents/{number}/severity", Responder, incidents::severity::save);
        self.get("/incidents/{number}/status", Responder, incidents::status::show);
        self.post("/incidents/{number}/status", Responder, incidents::status::save);
        self.get("/incidents/{number}/moments", Responder, incidents::moments::show);
        self.post("/incidents/{number}/moments", Responder, incidents::moments::save);
        self.get("/incidents/{number}/details", Responder, incidents::details::show);
        self.post("/incidents/{number}/details", Responder, incidents::details::save);
        self.get("/incidents/{number}/merge", Commander, incidents::merge::show);
        self.post("/incidents/{number}/merge", Commander, incidents::merge::save);
        self.get("/incidents/{number}/visibility", Commander, incidents::visibility::show);
        self.post("/incidents/{number}/visibility", Commander, incidents::visibility::save);
        self.get("/incidents/{number}/links", Responder, incidents::links::show);
        self.post("/incidents/{number}/links", Responder, incidents::links::save);
        self.post("/incidents/{number}/links/{id}/remove", Responder, incidents::links::delete);
    }

    fn room(&mut self) {
        self.get("/events", Viewer, room::tabs::events);
        self.get("/incidents/{number}", Viewer, room::pages::show);
        self.get("/incidents/{number}/events", Viewer, room::stream::events);
        self.get("/incidents/{number}/brief", Viewer, room::brief::show);
        self.post("/incidents/{number}/brief", Viewer, room::brief::put_away);
        self.get("/incidents/{number}/import", Responder, room::import::show);
        self.post("/incidents/{number}/import", Responder, room::import::save);
        self.get("/incidents/{number}/replay", Viewer, room::replay::show);
        self.get("/incidents/{number}/lanes", Viewer, room::lanes::show);
        self.get("/incidents/{number}/timeline", Responder, room::composer::show);
        self.post("/incidents/{number}/timeline", Responder, room::composer::save.layer(with_files()));
        self.get("/incidents/{number}/attachments/{id}", Viewer, room::attachment::show);
        self.get("/incidents/{number}/timeline/{seq}", Viewer, room::entry::show);
        self.get("/incidents/{number}/timeline/{seq}/corrections", Responder, room::entry::correct_form);
        self.post("/incidents/{number}/timeline/{seq}/corrections", Responder, room::entry::correct);
        self.post("/incidents/{number}/timeline/{seq}/pin", Responder, room::pin::pin);
        self.post("/incidents/{number}/timeline/{seq}/unpin", Responder, room::pin::unpin);
        self.get("/incidents/{number}/timeline/{seq}/redaction", Admin, room::entry::redact_form);
        self.post("/incidents/{number}/timeline/{seq}/redaction", Admin, room::entry::redact);
    }

    fn response(&mut self) {
        self.get("/incidents/{number}/roles", Viewer, response::roles::show);
        self.post("/incidents/{number}/roles", Responder, response::roles::save);
        self.get("/incidents/{number}/work-items", Viewer, response::work_items::show);
        self.post("/incidents/{number}/work-items", Responder, response::work_items::save);
        self.get("/incidents/{number}/work-items/{id}", Viewer, response::work_items::one);
        self.post("/incidents/{number}/work-items/{id}", Responder, response::work_items::change);
        self.post("/incidents/{number}/work-items/{id}/entries", Responder, response::work_items::write_on);
        self.get("/incidents/{number}/handoffs", Viewer, response::handoffs::show);
        self.post("/incidents/{number}/handoffs", Responder, response::handoffs::save);
        self.get("/incidents/{number}/handoffs/new", Responder, response::handoffs::new);
        self.get("/incidents/{number}/handoffs/{id}", Viewer, response::handoffs::one);
        self.post("/incidents/{number}/handoffs/{id}/accept", Responder, response::handoffs::accept);
        self.post("/incidents/{number}/handoffs/{id}/decline", Responder, response::handoffs::decline);
        self.post("/incidents/{number}/handoffs/{id}/withdraw", Responder, response::handoffs::withdraw);
        self.get("/incidents/{number}/bridge", Responder, response::bridge::show);
        self.post("/incidents/{number}/bridge/join", Responder, response::bridge::join);
        self.post("/incidents/{number}/bridge/leave", Responder, response::bridge::leave);
        self.get("/incidents/{number}/relief", Responder, response::bridge::relief);
        self.post("/incidents/{number}/relief", Responder, response::bridge::ask);
        self.post("/incidents/{number}/relief/{id}/end", Responder, response::bridge::end);
        self.get("/incidents/{number}/theories", Viewer, response::theories::show);
        self.get("/incidents/{number}/theories/{seq}", Viewer, response::theories::one);
        self.post("/incidents/{number}/theories/{seq}", Responder, response::theories::save);
    }

    fn sharing(&mut self) {
        self.get("/incidents/{number}/share-links", Responder, sharing::share_links::show);
        self.post("/incidents/{number}/share-links", Responder, sharing::share_links::make);
        self.post("/incidents/{number}/share-links/{id}/revoke", Responder, sharing::share_links::revoke);
        // The secret in the path is the permission.
        self.get("/s/{token}", Open, sharing::pages::show);
        self.get("/s/{token}/events", Open, sharing::pages::events);
        self.get("/s/{token}/questions", Open, sharing::asking::back);
        self.get("/s/{token}/same", Open, sharing::asking::back);
        self.post("/s/{token}/questions", Open, sharing::asking::ask);
        self.post("/s/{token}/same", Open, sharing::asking::same);
    }

    fn updates(&mut self) {
        self.get("/incidents/{number}/updates", Viewer, updates::pages::show);
        self.post("/incidents/{number}/updates", Responder, updates::pages::save);
        self.post("/incidents/{number}/updates/draft", Responder, updates::pages::save_draft);
        self.get("/incidents/{number}/updates/{id}", Viewer, updates::one::show);
        self.post("/incidents/{number}/updates/{id}", Responder, updates::one::correct);
        self.get("/incidents/{number}/cadence", Responder, updates::cadence_form::show);
        self.post("/incidents/{number}/cadence", Responder, updates::cadence_form::save);
    }

    fn questions(&mut self) {
        self.get("/incidents/{number}/questions", Viewer, questions::pages::show);
        self.post("/incidents/{number}/questions", Viewer, questions::pages::ask);
        self.post("/incidents/{number}/questions/{id}/same", Viewer, questions::pages::same);
        self.get("/incidents/{number}/questions/{id}/answer", Responder, questions::pages::answer_form);
        self.post("/incidents/{number}/questions/{id}/answer", Responder, questions::pages::answer);
    }

    fn settings(&mut self) {
        self.get("/settings/people", Admin, settings::people::show);
        self.post("/settings/people", Admin, settings::people::invite);
        self.get("/settings/people/{id}", Admin, settings::people::account);
        self.post("/settings/people/{id}/role", Admin, settings::people::set_role);
        self.post("/settings/people/{id}/active", Admin, settings::people::set_active);
        self.post("/settings/people/{id}/reset", Admin, settings::people::reset);
        self.post("/settings/people/{id}/sessions/end", Admin, settings::people::end_sessions);
        self.post("/settings/people/{id}/sessions/{session}/end", Admin, settings::people::end_session);
        self.get("/settings/roles", Admin, settings::roles::show);
        self.post("/settings/roles", Admin, settings::roles::add);
        self.get("/settings/roles/{role}", Admin, settings::roles::edit);
        self.post("/settings/roles/{role}", Admin, settings::roles::save);
        self.post("/settings/roles/{role}/remove", Admin, settings::roles::remove);
        self.get("/settings/severities", Admin, settings::severities::show);
        self.get("/settings/severities/{severity}", Admin, settings::severities::edit);
        self.post("/settings/severities/{severity}", Admin, settings::severities::save);
        self.get("/settings/instance", Admin, settings::instance::show);
        self.post("/settings/instance", Admin, settings::instance::save);
        self.get("/settings/links", Responder, settings::links::show);
        self.post("/settings/links/{id}/revoke", Responder, settings::links::revoke);
        self.get("/settings/tokens", Viewer, settings::tokens::show);
        self.post("/settings/tokens", Viewer, settings::tokens::make);
        self.post("/settings/tokens/{id}/revoke", Viewer, settings::tokens::revoke);
    }

    fn api(&mut self) {
        self.get("/api/docs", Open, openapi::docs);
        self.get("/api/v1/openapi.json", Open, openapi::document);
        self.get("/api/v1/incidents", Read, incidents::api::index);
        self.post("/api/v1/incidents", Write, incidents::api::create);
        self.get("/api/v1/incidents/{number}", Read, incidents::api::show);
        self.patch("/api/v1/incidents/{number}", Write, incidents::api::update);
        self.post("/api/v1/incidents/{number}/merge", Write, incidents::api::merge);
        self.get("/api/v1/incidents/{number}/moments", Read, incidents::api::moments::list_moments);
        self.post("/api/v1/incidents/{number}/moments", Write, incidents::api::moments::record_moment);
        self.get("/api/v1/incidents/{number}/roles", Read, response::api::roles::list);
        self.put("/api/v1/incidents/{number}/roles/{role}", Write, response::api::roles::give);
        self.get("/api/v1/incidents/{number}/work-items", Read, response::api::work_items::list);
        self.post("/api/v1/incidents/{number}/work-items", Write, response::api::work_items::create);
        self.patch("/api/v1/work-items/{id}", Write, response::api::work_items::update);
        self.get("/api/v1/incidents/{number}/handoffs", Read, response::api::handoffs::list);
        self.post("/api/v1/incidents/{number}/handoffs", Write, response::api::handoffs::create);
        self.post("/api/v1/handoffs/{id}/accept", Write, response::api::handoffs::accept);
        self.post("/api/v1/handoffs/{id}/decline", Write, response::api::handoffs::decline);
        self.post("/api/v1/handoffs/{id}/withdraw", Write, response::api::handoffs::withdraw);
        self.get("/api/v1/incidents/{number}/theories", Read, response::api::theories::list);
        self.post("/api/v1/incidents/{number}/theories", Write, response::api::theories::create);
        self.patch("/api/v1/incidents/{number}/theories/{seq}", Write, response::api::theories::update);
        self.get("/api/v1/incidents/{number}/updates", Read, updates::api::list);
        self.post("/api/v1/incidents/{number}/updates", Write, updates::api::create);
        self.post("/api/v1/updates/{id}/corrections", Write, updates::api::correct);
        self.get("/api/v1/incidents/{number}/cadence", Read, updates::api::cadence::show);
        self.put("/api/v1/incidents/{number}/cadence", Write, updates::api::cadence::change);
        self.get("/api/v1/incidents/{number}/brief", Read, room::api::brief::show);
        self.get("/api/v1/incidents/{number}/bridge", Read, response::api::bridge::list);
        self.post("/api/v1/incidents/{number}/bridge/join", Write, response::api::bridge::join);
        self.post("/api/v1/incidents/{number}/bridge/leave", Write, response::api::bridge::leave);
        self.get("/api/v1/incidents/{number}/relief", Read, response::api::bridge::relief);
        self.post("/api/v1/incidents/{number}/relief", Write, response::api::bridge::ask);
        self.delete("/api/v1/incidents/{number}/relief", Write, response::api::bridge::take_back);
        self.delete("/api/v1/relief/{id}", Write, response::api::bridge::relieved);
        self.get("/api/v1/incidents/{number}/share-links", Read, sharing::api::list);
        self.post("/api/v1/incidents/{number}/share-links", Write, sharing::api::create);
        self.delete("/api/v1/share-links/{id}", Write, sharing::api::revoke);
        self.get("/api/v1/incidents/{number}/questions", Read, questions::api::list);
        self.post("/api/v1/incidents/{number}/questions", Ask, questions::api::create);
        self.post("/api/v1/questions/{id}/same", Ask, questions::api::same);
        self.post("/api/v1/questions/{id}/answer", Write, questions::api::answer);
        self.get("/api/v1/incidents/{number}/timeline", Read, room::api::timeline);
        self.post("/api/v1/incidents/{number}/timeline", Write, room::api::add.layer(with_files()));
        self.post("/api/v1/incidents/{number}/timeline/import", Write, room::api::import);
        self.post("/api/v1/incidents/{number}/timeline/{seq}/corrections", Write, room::api::correct);
        self.put("/api/v1/incidents/{number}/timeline/{seq}/pin", Write, room::api::pin);
        self.delete("/api/v1/incidents/{number}/timeline/{seq}/pin", Write, room::api::unpin);
        self.get("/api/v1/incidents/{number}/attachments/{id}", Read, room::api::attachment);
        self.get("/api/v1/incidents/{number}/events", Read, room::api::live);
    }

    /// The router, with what answers where there is no route.
    pub fn into_router(self) -> Router {
        self.router
            .fallback(nothing_here)
            .method_not_allowed_fallback(async |uri: Uri| told(&uri, Failure::WrongMethod))
            .layer(DefaultBodyLimit::max(form::MAX_BYTES))
            .with_state(self.app)
    }

    fn get<H: Handler<T, App>, T: 'static>(&mut self, path: &'static str, access: Access, handler: H) {
        self.add((Method::GET, MethodFilter::GET), path, access, handler);
    }

    fn post<H: Handler<T, App>, T: 'static>(&mut self, path: &'static str, access: Access, handler: H) {
        self.add((Method::POST, MethodFilter::POST), path, access, handler);
    }

    fn patch<H: Handler<T, App>, T: 'static>(&mut self, path: &'static str, access: Access, handler: H) {
        self.add((Method::PATCH, MethodFilter::PATCH), path, access, handler);
    }

    fn put<H: Handler<T, App>, T: 'static>(&mut self, path: &'static str, access: Access, handler: H) {
        self.add((Method::PUT, MethodFilter::PUT), path, access, handler);
    }

    fn delete<H: Handler<T, App>, T: 'static>(&mut self, path: &'static str, access: Access, handler: H) {
        self.add((Method::DELETE, MethodFilter::DELETE), path, access, handler);
    }

    fn add<H: Handler<T, App>, T: 'static>(
        &mut self,
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        access: Access,
        handler: H,
    ) {
        let guard = middleware::from_fn_with_state((self.app.clone(), access), access::guard);
        let router = std::mem::take(&mut self.router);
        #[expect(clippy::disallowed_methods, reason = "this is the helper through which all routes go")]
        let router = router.route(path, on(filter, handler).layer(guard));
        self.router = router;
        self.table.push(Route { method, path, access });
    }
}

/// For the routes that take files.
fn with_files() -> DefaultBodyLimit {
    DefaultBodyLimit::max(upload::MAX_BYTES)
}

async fn nothing_here(uri: Uri) -> Response {
    told(&uri, Failure::NotFound)
}

/// A program is told as a program, a person as a person.
fn told(uri: &Uri, failure: Failure) -> Response {
    if uri.path().starts_with("/api/v1/") { Problem::from(failure).into_response() } else { failure.into_response() }
}
