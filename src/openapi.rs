//! The API described: the OpenAPI document, from the handlers themselves, and
//! a page that shows it without any other host.

use askama::Template;
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, RefOr,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    incidents, response, room, sharing, updates,
    web::{Answer, Shell, page},
};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Second Story",
        description = "The incident room for programs. Times are RFC 3339 in UTC. Errors are problem+json (RFC 9457). \
                       Lists answer `items` and `next_cursor`."
    ),
    paths(
        incidents::api::index,
        incidents::api::create,
        incidents::api::show,
        incidents::api::update,
        incidents::api::merge,
        incidents::api::moments::list_moments,
        incidents::api::moments::record_moment,
        response::api::roles::list,
        response::api::roles::give,
        response::api::work_items::list,
        response::api::work_items::create,
        response::api::work_items::update,
        response::api::handoffs::list,
        response::api::handoffs::create,
        response::api::handoffs::accept,
        response::api::handoffs::decline,
        response::api::handoffs::withdraw,
        response::api::bridge::list,
        response::api::bridge::join,
        response::api::bridge::leave,
        response::api::bridge::relief,
        response::api::bridge::ask,
        response::api::bridge::take_back,
        response::api::bridge::relieved,
        response::api::theories::list,
        response::api::theories::create,
        response::api::theories::update,
        sharing::api::list,
        sharing::api::create,
        sharing::api::revoke,
        updates::api::list,
        updates::api::create,
        updates::api::correct,
        updates::api::cadence::show,
        updates::api::cadence::change,
        updates::questions::api::list,
        updates::questions::api::create,
        updates::questions::api::same,
        updates::questions::api::answer,
        room::api::brief::show,
        room::api::timeline,
        room::api::add,
        room::api::import,
        room::api::correct,
        room::api::pin,
        room::api::unpin,
        room::api::attachment,
        room::api::live,
    ),
    security(("token" = [])),
    modifiers(&BearerToken, &Problems)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Whatever is refused is answered as problem+json: said here once for all calls.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let items = document.paths.paths.values_mut();
        let calls = items
            .flat_map(|item| [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete])
            .flatten();
        for (status, response) in calls.flat_map(|call| &mut call.responses.responses) {
            if let (true, RefOr::T(refused)) = (status.starts_with('4'), response)
                && let Some(body) = refused.content.shift_remove("application/json")
            {
                refused.content.insert("application/problem+json".into(), body);
            }
        }
    }
}

/// `GET /api/v1/openapi.json`
pub async fn document() -> axum::Json<openapi::OpenApi> {
    axum::Json(Document::openapi())
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    shell: Shell,
    calls: Vec<Call>,
    schemas: Vec<Schema>,
}

/// A call, as the page shows it.
struct Call {
    method: String,
    path: String,
    summary: String,
    parameters: Vec<(String, String)>,
    body: Option<String>,
    answers: Vec<String>,
}

/// A type, as the page shows it.
struct Schema {
    name: String,
    summary: String,
    fields: Vec<(String, String)>,
}

/// `GET /api/docs`
pub async fn docs() -> Answer {
    let document = serde_json::to_value(Document::openapi()).map_err(anyhow::Error::from)?;
    let paths = entries(&document["paths"]);
    let calls = paths.flat_map(|(path, item)| entries(item).map(move |(method, call)| Call::read(path, method, call)));
    let schemas = entries(&document["components"]["schemas"]).map(|(name, schema)| Schema::read(name, schema));
    page(&DocsPage { shell: Shell::default(), calls: calls.collect(), schemas: schemas.collect() })
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Call {
    fn read(path: &str, method: &str, call: &Value) -> Self {
        let parameters = call["parameters"].as_array().into_iter().flatten();
        let schema = &call["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&call["summary"]),
            parameters: parameters.map(|it| (text(&it["name"]), text(&it["description"]))).collect(),
            body: schema.as_str().map(last_segment),
            answers: entries(&call["responses"]).map(|(status, _)| status.clone()).collect(),
        }
    }
}

impl Schema {
    fn read(name: &str, schema: &Value) -> Self {
        let fields = entries(&schema["properties"]).map(|(name, it)| (name.clone(), text(&it["description"])));
        Self { name: name.to_owned(), summary: text(&schema["description"]), fields: fields.collect() }
    }
}

fn last_segment(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}
