//! The rooms that a run takes place in, and who its people are: made up for a server that lets anyone
//! in anywhere, and made by REST for Parlour, with an account for each connection.

use std::rc::Rc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::plan::Plan;
use crate::cli::Dialect;
use crate::clock;
use crate::connection::rest::{Request, Rest};
use crate::error::Error;
use crate::target::Target;
use crate::token::Signer;

/// Members who are made at a time.
const MAKERS: usize = 32;

/// See the module.
#[derive(Debug)]
pub(crate) struct Places {
    /// The id of each group's room.
    pub(crate) rooms: Vec<String>,
    /// Who signs for the accounts, where there are any.
    signer: Option<Signer>,
    /// Tells the people of this run from those of another.
    run: u64,
}

impl Places {
    /// Makes what the plan needs.
    ///
    /// # Errors
    /// If Parlour does not make it.
    pub(crate) async fn prepare(plan: &Plan, target: &Rc<Target>) -> Result<Rc<Self>, Error> {
        let signer = plan.common.jwt_secret.as_deref().map(Signer::new);
        let mut places = Self { rooms: Vec::new(), signer, run: clock::now_ns() };
        let groups = 0..plan.groups.count();
        if !plan.is_parlour() {
            places.rooms = match plan.dialect {
                Dialect::Rooms => groups.map(|group| format!("room-{group}")).collect(),
                Dialect::None | Dialect::Pair => Vec::new(),
            };
            return Ok(Rc::new(places));
        }
        let mut rest = Rest::new(Rc::clone(target), 0);
        for group in groups {
            let token = places.token(plan.groups.first(group)).unwrap_or_default();
            let body = json!({ "name": format!("Load {group}") }).to_string();
            let (method, path) = ("POST", "/api/chat/rooms");
            let request = Request { method, path, token: &token, body: &body };
            match rest.demand(&request).await?["room"]["_id"].take() {
                Value::String(id) => places.rooms.push(id),
                _ => return Err(Error::Protocol("a room without an _id")),
            }
        }
        let places = Rc::new(places);
        if plan.are_members {
            places.enter_all(plan, target).await?;
        }
        Ok(places)
    }

    /// The token of a connection's account.
    pub(crate) fn token(&self, connection: usize) -> Option<Rc<str>> {
        let subject = format!("load-{:x}-{connection}", self.run);
        let signer = self.signer.as_ref()?;
        Some(signer.token(&subject, &format!("Load {connection}")))
    }

    /// Everybody becomes a member of their room.
    async fn enter_all(self: &Rc<Self>, plan: &Plan, target: &Rc<Target>) -> Result<(), Error> {
        let (groups, connections) = (plan.groups, plan.groups.connections());
        let mut makers = JoinSet::new();
        for maker in 0..MAKERS {
            let (places, mut rest) = (Rc::clone(self), Rest::new(Rc::clone(target), maker));
            makers.spawn_local(async move {
                for connection in (maker..connections).step_by(MAKERS) {
                    let token = places.token(connection).unwrap_or_default();
                    let path =
                        format!("/api/chat/rooms/{}/join", places.rooms[groups.of(connection)]);
                    let request = Request { method: "POST", path: &path, token: &token, body: "" };
                    rest.demand(&request).await?;
                }
                Ok::<(), Error>(())
            });
        }
        while let Some(made) = makers.join_next().await {
            made.map_err(std::io::Error::from)??;
        }
        Ok(())
    }
}
