//! The web client's files, as they were built into the binary.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::pictures::{self, PictureOrigin};

/// For files whose name holds a hash of their content: they never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For files with a fixed name: kept, but asked about before each use.
const REVALIDATE: &str = "no-cache";
/// The page that every route of the client begins with.
const INDEX: &str = "index.html";
/// Served in its place when the binary was built without the client.
const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Parlour</title>\
<h1>Parlour is running</h1><p>This binary was built without the web client. \
<code>make build</code> builds both. Socket.IO clients can connect all the same.</p></html>";

/// One file, with the compressed forms that the build made of it.
#[derive(Clone, Debug)]
pub struct Asset {
    content_type: &'static str,
    /// 16 hexadecimal digits of a hash of `plain`.
    tag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Asset {
    /// A file as it is. Its type follows from `path`'s extension, its `ETag`
    /// from its bytes.
    pub fn new(path: &str, bytes: impl Into<Bytes>) -> Self {
        let plain = bytes.into();
        let mut hasher = DefaultHasher::new();
        plain.hash(&mut hasher);
        Self {
            content_type: content_type(path),
            tag: format!("{:016x}", hasher.finish()),
            plain,
            brotli: None,
            gzip: None,
        }
    }

    /// Adds the same file compressed with brotli (RFC 7932).
    #[must_use]
    pub fn with_brotli(mut self, bytes: impl Into<Bytes>) -> Self {
        self.brotli = Some(bytes.into());
        self
    }

    /// Adds the same file compressed with gzip (RFC 1952).
    #[must_use]
    pub fn with_gzip(mut self, bytes: impl Into<Bytes>) -> Self {
        self.gzip = Some(bytes.into());
        self
    }

    /// A page with this at the end of its head, in its plain form only: what was compressed is another.
    fn with_head(&self, addition: &str) -> Self {
        let page = String::from_utf8_lossy(&self.plain);
        Self::new(INDEX, page.replacen("</head>", &format!("{addition}</head>"), 1))
    }

    /// The smallest form that the client takes, with its coding.
    fn choose(&self, headers: &HeaderMap) -> (&Bytes, Option<&'static str>) {
        [(&self.brotli, "br"), (&self.gzip, "gzip")]
            .into_iter()
            .filter_map(|(form, coding)| Some((form.as_ref()?, coding)))
            .find(|(_, coding)| accepts(headers, coding))
            .map_or((&self.plain, None), |(form, coding)| (form, Some(coding)))
    }

    fn respond(&self, headers: &HeaderMap, cache_control: &'static str) -> Response {
        let (bytes, coding) = self.choose(headers);
        // RFC 9110 §8.8.3: each coding of a file is another representation,
        // so a strong tag has to differ between them.
        let etag = match coding {
            None => format!("\"{}\"", self.tag),
            Some(coding) => format!("\"{}-{coding}\"", self.tag),
        };
        let is_known = none_match(headers, &etag);
        let mut response =
            Response::new(if is_known { Body::empty() } else { Body::from(bytes.clone()) });
        let out = response.headers_mut();
        if self.brotli.is_some() || self.gzip.is_some() {
            out.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        out.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits and a coding's name");
        out.insert(ETAG, etag);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        out.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        out.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        if let Some(coding) = coding {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// Every file of the web client, by its path without a leading slash
/// (`index.html`, `assets/app-1a2b3c.js`). Files under `assets/` must carry a
/// hash of their content in their name: browsers keep them for a year.
/// Empty when the binary was built without the client.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    files: HashMap<String, Asset>,
}

impl FromIterator<(String, Asset)> for Assets {
    fn from_iter<I: IntoIterator<Item = (String, Asset)>>(files: I) -> Self {
        Self { files: files.into_iter().collect() }
    }
}

impl Assets {
    /// Whether the client is there at all.
    pub fn is_built(&self) -> bool {
        self.files.contains_key(INDEX)
    }

    /// The same with a page that may show pictures from these origins.
    #[must_use]
    pub(super) fn with_pictures(mut self, origins: &[PictureOrigin]) -> Self {
        if let (Some(index), Some(meta)) = (self.files.get_mut(INDEX), pictures::meta(origins)) {
            *index = index.with_head(&meta);
        }
        self
    }

    /// The file at `path` (with its leading slash), if there is one.
    pub(super) fn file(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.trim_start_matches('/');
        let cache_control = if path.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
        Some(self.files.get(path)?.respond(headers, cache_control))
    }

    /// The page that the client's routes begin with, or one that says what
    /// to do when there is no client in this binary.
    pub(super) fn index(&self, headers: &HeaderMap) -> Response {
        self.file(INDEX, headers)
            .unwrap_or_else(|| Asset::new(INDEX, UNBUILT).respond(headers, "no-store"))
    }
}

/// What the web client's build can hold; anything else is offered as bytes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Whether `Accept-Encoding` (RFC 9110 §12.5.3) takes `coding`: named, or
/// covered by `*`, and not with `q=0`. Without the header only the plain form
/// is safe to send.
pub(super) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let mut any = false;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for entry in value.to_str().unwrap_or("").split(',') {
            let mut parts = entry.split(';').map(str::trim);
            let name = parts.next().unwrap_or("");
            let is_refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .and_then(|q| q.trim().parse::<f32>().ok())
                    .is_some_and(|q| q <= 0.0)
            });
            if name.eq_ignore_ascii_case(coding) {
                return !is_refused;
            }
            any |= name == "*" && !is_refused;
        }
    }
    any
}

/// Whether `If-None-Match` names `etag` (weak comparison, RFC 9110 §13.1.2).
fn none_match(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        value.to_str().unwrap_or("").split(',').any(|entry| {
            let entry = entry.trim();
            entry == "*" || entry.strip_prefix("W/").unwrap_or(entry) == etag
        })
    })
}
