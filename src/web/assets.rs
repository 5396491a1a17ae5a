//! Static files, inside the binary: compressed once, addressed with their
//! hash so that browsers keep them, `/static/app.css?v=5f1c…`.

use std::{collections::HashMap, io::Write, sync::LazyLock};

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{Failure, Path, Query, says, takes_gzip};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

struct Asset {
    plain: Bytes,
    gzip: Bytes,
    content_type: HeaderValue,
    version: String,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let files = Static::iter().filter_map(|name| Some((name.to_string(), load(Static::get(&name)?))));
    files.collect()
});

fn load(file: rust_embed::EmbeddedFile) -> Asset {
    let plain = Bytes::from(file.data.into_owned());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).unwrap_or_default();
    let content_type = HeaderValue::from_str(file.metadata.mimetype());
    Asset {
        plain,
        gzip: gzip.into(),
        content_type: content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
        version: HEXLOWER.encode(&file.metadata.sha256_hash()[..6]),
    }
}

/// The address of a static file. Templates call it; an unknown name shows as a 404 in the browser tests.
pub fn asset(name: &str) -> String {
    match ASSETS.get(name) {
        Some(asset) => format!("/static/{name}?v={}", asset.version),
        None => format!("/static/{name}"),
    }
}

/// Which version of a file is asked for.
#[derive(Deserialize)]
pub struct Version {
    #[serde(default)]
    v: String,
}

/// `GET /static/{*name}`
pub async fn serve(
    Path(name): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asset = ASSETS.get(&name).ok_or(Failure::NotFound)?;
    let tag = format!("\"{}\"", asset.version);
    let mut response = if says(&headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_gzip(&headers) && asset.gzip.len() < asset.plain.len() {
        ([(header::CONTENT_ENCODING, "gzip")], asset.gzip.clone()).into_response()
    } else {
        asset.plain.clone().into_response()
    };
    // Without the version of these very bytes a browser asks again.
    let caching = if asked.v == asset.version { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, asset.content_type.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).map_err(anyhow::Error::from)?);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}
