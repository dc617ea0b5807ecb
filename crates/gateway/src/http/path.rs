//! What a path names.

use std::convert::Infallible;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

/// The one thing that a path names, as text. What is no text (`%ff`) becomes the empty one, which names
/// nothing: so it is answered as anything else that is not there.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(name)| name)))
    }
}
