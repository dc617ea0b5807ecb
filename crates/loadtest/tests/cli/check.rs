//! The delivery check of one dialect: how it is run, also through a proxy that makes a mistake, and
//! what it has to say.

use std::path::Path;

use crate::proxy::{Dialect, Fault, Proxy};
use crate::server::{Run, SECRET, Server, binary, run};

/// The delivery check of one dialect.
pub(crate) struct Check {
    /// What the proxy makes its mistakes in.
    pub(crate) dialect: Dialect,
    /// How long a run against a server takes, with how many clients, and what each sends a second.
    pub(crate) seconds: &'static str,
    pub(crate) clients: &'static str,
    pub(crate) rate: &'static str,
    /// The seed of the runs through the proxy.
    pub(crate) proxy_seed: &'static str,
    /// A run has more conversations than these.
    pub(crate) conversations: u64,
}

impl Check {
    /// Checks the server at `address` (`host:port`).
    pub(crate) fn verify(&self, address: &str, seed: &str, more: &[&str]) -> Run {
        let url = format!("http://{address}");
        let fixed = ["verify", "--dialect", self.name(), "--url", &url, "--seed", seed];
        let load = ["--seconds", self.seconds, "--clients", self.clients, "--rate", self.rate];
        let account: &[&str] = match self.dialect {
            Dialect::Pair => &[],
            _ => &["--jwt-secret", SECRET],
        };
        run(&[&fixed[..], &load, account, more].concat())
    }

    /// The same over each transport, and over all of them together. Each run says its seed.
    #[track_caller]
    pub(crate) fn verify_each_transport(&self) -> [Run; 3] {
        let server = Server::start();
        let runs = [
            ("1", &[][..]),
            ("2", &["--transport", "websocket"]),
            ("3", &["--transport", "polling"]),
        ];
        runs.map(|(seed, more)| {
            let run = self.verify(&server.address, seed, more);
            assert!(run.stderr.contains(&format!("seed {seed}")), "{run:?}");
            run
        })
    }

    /// Checks a server that the program starts, and kills again and again.
    #[track_caller]
    pub(crate) fn verify_killed(&self) -> Run {
        let binary = relative(&binary());
        let fixed = ["verify", "--dialect", self.name(), "--serve", &binary];
        let load = ["--restart-every", "1.5", "--seed", "4", "--seconds", "8", "--clients", "16"];
        let run = run(&[&fixed[..], &load, &["--rate", "20"]].concat());
        assert!(number(&run, "restarts") >= 3, "{}", run.stdout);
        run
    }

    /// Runs the check through a proxy with this fault.
    pub(crate) fn through_proxy(&self, fault: Option<Fault>) -> Run {
        let server = Server::start();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let proxy = Proxy::start(server.address.clone(), self.dialect, fault);
        let proxy = runtime.block_on(proxy);
        let run = self.verify(&proxy.address, self.proxy_seed, &["--transport", "websocket"]);
        assert!(proxy.is_done(), "no message was fit for {fault:?}: {run:?}");
        run
    }

    /// Nothing is wrong, and there was enough to be wrong with.
    #[track_caller]
    pub(crate) fn is_clean(&self, run: &Run) {
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(found(run), [0; 7]);
        assert!(run.stdout.contains("CLEAN"), "{}", run.stdout);
        assert!(number(run, "deliveries") > 200 && number(run, "accepted") > 100, "{}", run.stdout);
        // By clients or, for a server that is killed, by its end.
        let cuts = number(run, "cut") + number(run, "restarts");
        assert!(cuts > 0, "{}", run.stdout);
        assert!(number(run, "conversations") > self.conversations, "{}", run.stdout);
        let known = number(run, "accepted") + number(run, "refused") + number(run, "unanswered");
        assert_eq!(number(run, "sent"), known, "{}", run.stdout);
    }

    /// The fault is found as `expected`, in words that contain `example`.
    #[track_caller]
    pub(crate) fn is_found_out(&self, fault: Fault, expected: [u64; 7], example: &str) -> Run {
        let run = self.through_proxy(Some(fault));
        assert_eq!(found(&run), expected, "{}", run.stdout);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stdout.contains("FAILED") && run.stdout.contains(example), "{}", run.stdout);
        run
    }

    /// What the program calls the dialect.
    fn name(&self) -> &'static str {
        match self.dialect {
            Dialect::Pair => "pair",
            Dialect::Rooms => "rooms",
            Dialect::Direct => "direct",
            Dialect::Channels | Dialect::Ends => "channels",
        }
    }
}

/// A figure of the report.
pub(crate) fn number(run: &Run, name: &str) -> u64 {
    run.json[name].as_u64().unwrap_or_else(|| panic!("{name}: {run:?}"))
}

/// How many mistakes of a kind were found.
pub(crate) fn count(run: &Run, kind: &str) -> u64 {
    run.json["findings"][kind]["count"].as_u64().unwrap_or_else(|| panic!("{kind}: {run:?}"))
}

/// Lost, doubled, reordered, leaked, altered, failed, and connections that were dropped.
pub(crate) fn found(run: &Run) -> [u64; 7] {
    let [lost, doubled, reordered, leaked, altered, failed] =
        ["lost", "doubled", "reordered", "leaked", "altered", "failed"]
            .map(|kind| count(run, kind));
    let dropped = run.json["dropped"]["count"].as_u64().unwrap_or_else(|| panic!("{run:?}"));
    [lost, doubled, reordered, leaked, altered, failed, dropped]
}

/// The path as seen from here: `make soak` gives one like that, and the server runs elsewhere.
fn relative(path: &Path) -> String {
    let path = path.canonicalize().expect("it is there");
    let here = std::env::current_dir().expect("it is there").canonicalize().expect("it is there");
    let common = here.ancestors().find(|folder| path.starts_with(folder)).expect("the root");
    let depth = here.components().count() - common.components().count();
    let rest = path.strip_prefix(common).expect("it begins so");
    format!("{}{}", "../".repeat(depth), rest.to_str().expect("text"))
}
