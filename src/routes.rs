//! Every URL on one screen: the table of contents, and who may call what.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::{Method, StatusCode},
    middleware,
    routing::{MethodFilter, on},
};

use crate::{
    App, health, home, incidents,
    people::{
        self,
        access::{self, Access},
    },
    room, settings,
    web::{Failure, assets, form},
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
        use Access::{Admin, Open, Responder, Viewer, Visitor};
        let mut r = Self {
            app: app.clone(),
            router: Router::new(),
            table: Vec::new(),
        };

        r.get("/healthz", Open, health::alive);
        r.get("/readyz", Open, health::ready);
        r.get("/static/{*name}", Open, assets::serve);

        r.get("/sign-in", Visitor, people::pages::sign_in_page);
        r.post("/sign-in", Visitor, people::pages::sign_in);
        r.post("/sign-out", Visitor, people::pages::sign_out);
        for path in ["/setup/{token}", "/invite/{token}", "/reset/{token}"] {
            r.get(path, Open, people::pages::welcome_page);
            r.post(path, Open, people::pages::welcome);
        }
        r.get("/me", Viewer, people::me::show);
        r.post("/me", Viewer, people::me::save);
        r.post("/me/password", Viewer, people::me::change_password);
        r.post(
            "/me/sessions/end-others",
            Viewer,
            people::me::end_other_sessions,
        );
        r.post("/me/sessions/{id}/end", Viewer, people::me::end_session);

        r.get("/", Viewer, home::show);

        r.get("/incidents", Viewer, incidents::list::show);
        r.post("/incidents", Responder, incidents::declare::save);
        r.get("/incidents/new", Responder, incidents::declare::show);
        r.get("/incidents/events", Viewer, incidents::list::changes);
        r.get(
            "/incidents/{number}/severity",
            Responder,
            incidents::severity::show,
        );
        r.post(
            "/incidents/{number}/severity",
            Responder,
            incidents::severity::save,
        );
        r.get(
            "/incidents/{number}/status",
            Responder,
            incidents::status::show,
        );
        r.post(
            "/incidents/{number}/status",
            Responder,
            incidents::status::save,
        );
        r.get(
            "/incidents/{number}/moments",
            Responder,
            incidents::moments::show,
        );
        r.post(
            "/incidents/{number}/moments",
            Responder,
            incidents::moments::save,
        );
        r.get(
            "/incidents/{number}/details",
            Responder,
            incidents::details::show,
        );
        r.post(
            "/incidents/{number}/details",
            Responder,
            incidents::details::save,
        );
        r.get(
            "/incidents/{number}/links",
            Responder,
            incidents::links::show,
        );
        r.post(
            "/incidents/{number}/links",
            Responder,
            incidents::links::save,
        );
        r.post(
            "/incidents/{number}/links/{id}/remove",
            Responder,
            incidents::links::delete,
        );

        r.get("/incidents/{number}", Viewer, room::pages::show);
        r.get("/incidents/{number}/events", Viewer, room::stream::events);
        r.get(
            "/incidents/{number}/timeline",
            Responder,
            room::composer::show,
        );
        r.post(
            "/incidents/{number}/timeline",
            Responder,
            room::composer::save,
        );
        r.get(
            "/incidents/{number}/timeline/{seq}",
            Viewer,
            room::entry::show,
        );
        r.get(
            "/incidents/{number}/timeline/{seq}/corrections",
            Responder,
            room::entry::correct_form,
        );
        r.post(
            "/incidents/{number}/timeline/{seq}/corrections",
            Responder,
            room::entry::correct,
        );
        r.get(
            "/incidents/{number}/timeline/{seq}/redaction",
            Admin,
            room::entry::redact_form,
        );
        r.post(
            "/incidents/{number}/timeline/{seq}/redaction",
            Admin,
            room::entry::redact,
        );

        r.get("/settings/people", Admin, settings::people::show);
        r.post("/settings/people", Admin, settings::people::invite);
        r.get("/settings/people/{id}", Admin, settings::people::account);
        r.post(
            "/settings/people/{id}/role",
            Admin,
            settings::people::set_role,
        );
        r.post(
            "/settings/people/{id}/active",
            Admin,
            settings::people::set_active,
        );
        r.post(
            "/settings/people/{id}/reset",
            Admin,
            settings::people::reset,
        );
        r.post(
            "/settings/people/{id}/sessions/end",
            Admin,
            settings::people::end_sessions,
        );
        r.post(
            "/settings/people/{id}/sessions/{session}/end",
            Admin,
            settings::people::end_session,
        );
        r.get("/settings/severities", Admin, settings::severities::show);
        r.get(
            "/settings/severities/{severity}",
            Admin,
            settings::severities::edit,
        );
        r.post(
            "/settings/severities/{severity}",
            Admin,
            settings::severities::save,
        );
        r
    }

    /// The router, with what answers where there is no route.
    pub fn into_router(self) -> Router {
        self.router
            .fallback(async || Failure::NotFound)
            .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
            .layer(DefaultBodyLimit::max(form::MAX_BYTES))
            .with_state(self.app)
    }

    fn get<H: Handler<T, App>, T: 'static>(
        &mut self,
        path: &'static str,
        access: Access,
        handler: H,
    ) {
        self.add((Method::GET, MethodFilter::GET), path, access, handler);
    }

    fn post<H: Handler<T, App>, T: 'static>(
        &mut self,
        path: &'static str,
        access: Access,
        handler: H,
    ) {
        self.add((Method::POST, MethodFilter::POST), path, access, handler);
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
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the helper through which all routes go"
        )]
        let router = router.route(path, on(filter, handler).layer(guard));
        self.router = router;
        self.table.push(Route {
            method,
            path,
            access,
        });
    }
}
