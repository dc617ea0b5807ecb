//! Requests to the server's HTTP API, one after the other on a connection that is kept.

use std::rc::Rc;

use serde_json::Value;

use super::stream::{self, Incoming, Outgoing};
use crate::error::{Error, excerpt};
use crate::target::Target;
use crate::wire::http;

/// What is asked of the API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// `GET`, `POST`, `DELETE`.
    pub(crate) method: &'static str,
    /// With its query.
    pub(crate) path: &'a str,
    /// Who asks.
    pub(crate) token: &'a str,
    /// JSON, or empty.
    pub(crate) body: &'a str,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body; null where it is no JSON.
    pub(crate) body: Value,
}

/// A client of the API. It connects when it has to.
#[derive(Debug)]
pub(crate) struct Rest {
    target: Rc<Target>,
    index: usize,
    stream: Option<(Incoming, Rc<Outgoing>)>,
}

impl Rest {
    /// A client that calls from the address of connection `index`.
    pub(crate) fn new(target: Rc<Target>, index: usize) -> Self {
        Self { target, index, stream: None }
    }

    /// Asks, and waits for the answer. If this is dropped or fails, the next request has a
    /// connection of its own, and whether the server did what it was asked is not known.
    ///
    /// # Errors
    /// If there is no answer. One that is a failure is an [`Answer`].
    pub(crate) async fn ask(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        let (mut incoming, outgoing) = match self.stream.take() {
            Some(stream) => stream,
            None => stream::connect(&self.target, self.index, false).await?,
        };
        let Request { method, path, token, body } = *request;
        let text = http::api(&self.target.host, (method, path), token, body);
        outgoing.write(text.as_bytes())?;
        let answer = incoming
            .pump(|bytes, _| match http::decode(bytes).map_err(Error::Protocol)? {
                None => Ok((0, None)),
                Some(http::Response { status, body, size, .. }) => {
                    let body = serde_json::from_slice(body).unwrap_or_default();
                    Ok((size, Some(Answer { status, body })))
                }
            })
            .await?;
        self.stream = Some((incoming, outgoing));
        Ok(answer)
    }

    /// As [`Rest::ask`], for a request that has to succeed.
    ///
    /// # Errors
    /// [`Error::Status`] if it does not, too.
    pub(crate) async fn demand(&mut self, request: &Request<'_>) -> Result<Value, Error> {
        let Answer { status, body } = self.ask(request).await?;
        match status {
            200..=299 => Ok(body),
            _ => Err(Error::Status { status, body: excerpt(body.to_string().as_bytes()) }),
        }
    }
}
