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

/// Requests at a time: the server's commits are shared by as many.
const MAKERS: usize = 128;

/// See the module.
#[derive(Debug)]
pub(crate) struct Places {
    /// The id of each group's room.
    pub(crate) rooms: Vec<String>,
    /// Who signs for the accounts, where there are any.
    signer: Option<Signer>,
    /// Tells the people of this run from those of another.
    run: u64,
    /// Connections of each account.
    devices: usize,
}

impl Places {
    /// Makes what the plan needs.
    ///
    /// # Errors
    /// If Parlour does not make it.
    pub(crate) async fn prepare(plan: &Plan, target: &Rc<Target>) -> Result<Rc<Self>, Error> {
        let signer = plan.common.jwt_secret.as_deref().map(Signer::new);
        let mut places = Self { rooms: Vec::new(), signer, run: clock::now_ns(), devices: 1 };
        let groups = 0..plan.groups.count();
        if let Some(talk) = plan.direct {
            places.devices = talk.devices;
            places.rooms = groups.map(|group| places.conversation(group)).collect();
            let places = Rc::new(places);
            places.appear_all(plan, target).await?;
            return Ok(places);
        }
        if !plan.is_parlour() && !plan.is_confirmed() {
            places.rooms = match plan.dialect {
                Dialect::Rooms => groups.map(|group| format!("room-{group}")).collect(),
                _ => Vec::new(),
            };
            return Ok(Rc::new(places));
        }
        let mut rest = Rest::new(Rc::clone(target), 0);
        for group in groups {
            let token = places.token(plan.groups.first(group)).unwrap_or_default();
            let name = format!("Load {group}");
            let (path, made, body) = if plan.is_confirmed() {
                ("/api/channels", "channel", json!({ "name": name, "visibility": "public" }))
            } else {
                ("/api/chat/rooms", "room", json!({ "name": name }))
            };
            let (method, body) = ("POST", body.to_string());
            let request = Request { method, path, token: &token, body: &body };
            match rest.demand(&request).await?[made]["_id"].take() {
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
        let account = connection / self.devices;
        let signer = self.signer.as_ref()?;
        Some(signer.token(&self.subject(account), &format!("Load {account}")))
    }

    /// An account's id: their order is that of the numbers.
    fn subject(&self, account: usize) -> String {
        format!("load-{:x}-{account:07}", self.run)
    }

    /// One of a crowd: the id, and a token.
    pub(super) fn person(&self, number: usize) -> (String, Rc<str>) {
        let subject = format!("crowd-{:x}-{number:07}", self.run);
        let sign = |signer: &Signer| signer.token(&subject, &format!("Crowd {number}"));
        let token = self.signer.as_ref().map_or_else(|| Rc::from(""), sign);
        (subject, token)
    }

    /// Whom of the crowd an id is of.
    pub(super) fn number(&self, id: &str) -> Option<usize> {
        id.strip_prefix(&format!("crowd-{:x}-", self.run))?.parse().ok()
    }

    /// The direct conversation of a group, which is two accounts.
    fn conversation(&self, group: usize) -> String {
        let (one, other) = (group * 2, group * 2 + 1);
        format!("conv_{}_{}", self.subject(one), self.subject(other))
    }

    /// Everybody of direct conversations is seen once: there is none with somebody who is not known.
    async fn appear_all(self: &Rc<Self>, plan: &Plan, target: &Rc<Target>) -> Result<(), Error> {
        let (accounts, devices) = (plan.groups.count() * 2, self.devices);
        let places = Rc::clone(self);
        by_many(accounts, target, move |account| {
            let token = places.token(account * devices).unwrap_or_default();
            vec![Errand {
                method: "GET",
                path: "/api/auth/me".to_owned(),
                token,
                body: String::new(),
            }]
        })
        .await
    }

    /// Everybody becomes a member of their room.
    async fn enter_all(self: &Rc<Self>, plan: &Plan, target: &Rc<Target>) -> Result<(), Error> {
        let (groups, connections) = (plan.groups, plan.groups.connections());
        let places = Rc::clone(self);
        by_many(connections, target, move |connection| {
            let token = places.token(connection).unwrap_or_default();
            let path = format!("/api/chat/rooms/{}/join", places.rooms[groups.of(connection)]);
            vec![Errand { method: "POST", path, token, body: String::new() }]
        })
        .await
    }
}

/// A request that has to succeed.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) token: Rc<str>,
    pub(super) body: String,
}

/// Does what `of` says for each of `count`, many at a time.
///
/// # Errors
/// The first that does not succeed.
pub(super) async fn by_many(
    count: usize,
    target: &Rc<Target>,
    of: impl Fn(usize) -> Vec<Errand> + 'static,
) -> Result<(), Error> {
    let of = Rc::new(of);
    let mut makers = JoinSet::new();
    for maker in 0..MAKERS {
        let (of, mut rest) = (Rc::clone(&of), Rest::new(Rc::clone(target), maker));
        makers.spawn_local(async move {
            for Errand { method, path, token, body } in
                (maker..count).step_by(MAKERS).flat_map(|number| of(number))
            {
                rest.demand(&Request { method, path: &path, token: &token, body: &body }).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(made) = makers.join_next().await {
        made.map_err(std::io::Error::from)??;
    }
    Ok(())
}
