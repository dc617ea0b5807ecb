//! The import walls: which crate may know of which. A crate that has no rule here has to be given
//! one, and a line in `ARCHITECTURE.md`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a crate must not import directly.
struct Wall {
    of: &'static str,
    never: &'static [&'static str],
}

const EVERY_CRATE: &[&str] = &[
    "bus-redis",
    "chat",
    "durability",
    "faults",
    "gateway",
    "loadtest",
    "server",
    "socketio",
    "store-postgres",
    "store-sqlite",
    "store-suite",
];

/// For the crates that are there, and for those that will come.
const WALLS: &[Wall] = &[
    Wall {
        of: "socketio",
        never: &[
            "bus-redis",
            "chat",
            "gateway",
            "loadtest",
            "server",
            "store-postgres",
            "store-sqlite",
            "store-suite",
        ],
    },
    Wall {
        of: "chat",
        never: &[
            "axum",
            "bus-redis",
            "gateway",
            "hyper",
            "hyper-util",
            "loadtest",
            "redis",
            "rusqlite",
            "serde_json",
            "server",
            "socketio",
            "sqlx",
            "store-postgres",
            "store-sqlite",
            "tokio",
        ],
    },
    Wall {
        of: "store-sqlite",
        never: &["axum", "bus-redis", "gateway", "hyper", "server", "socketio", "store-postgres"],
    },
    Wall {
        of: "store-suite",
        never: &[
            "bus-redis",
            "gateway",
            "rusqlite",
            "server",
            "socketio",
            "sqlx",
            "store-postgres",
            "store-sqlite",
            "tokio",
        ],
    },
    Wall {
        of: "store-postgres",
        never: &["bus-redis", "gateway", "server", "socketio", "store-sqlite"],
    },
    Wall {
        of: "bus-redis",
        never: &["gateway", "server", "socketio", "store-postgres", "store-sqlite"],
    },
    Wall {
        of: "gateway",
        never: &[
            "bus-redis",
            "redis",
            "rusqlite",
            "server",
            "sqlx",
            "store-postgres",
            "store-sqlite",
        ],
    },
    // A tool for tests: it knows of no crate here, and no crate is built with it.
    Wall {
        of: "faults",
        never: &[
            "bus-redis",
            "chat",
            "durability",
            "gateway",
            "loadtest",
            "server",
            "socketio",
            "store-postgres",
            "store-sqlite",
        ],
    },
    Wall {
        of: "durability",
        never: &["bus-redis", "loadtest", "server", "socketio", "store-postgres"],
    },
    Wall { of: "loadtest", never: &["chat", "gateway", "server", "socketio"] },
    Wall { of: "server", never: &["loadtest"] },
];

struct Package {
    name: String,
    folder: String,
    /// What its code is built with, and what its tests use of the crates here.
    imports: BTreeSet<String>,
    /// What its code is built with, without what its tests use.
    built_with: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("a list").iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let manifest = text(&value["manifest_path"]);
    let folder = Path::new(&manifest).parent().and_then(Path::file_name).expect("a folder");
    let dependencies = value["dependencies"].as_array().expect("a list").iter();
    let dependencies =
        dependencies.map(|dependency| (text(&dependency["name"]), dependency["kind"] == "dev"));
    let built_with = dependencies.clone().filter(|(_, is_dev)| !is_dev).map(|(name, _)| name);
    let imports = dependencies
        .clone()
        .filter(|(name, is_dev)| !is_dev || EVERY_CRATE.contains(&name.as_str()))
        .map(|(name, _)| name);
    Package {
        name: text(&value["name"]),
        folder: folder.to_string_lossy().into_owned(),
        imports: imports.collect(),
        built_with: built_with.collect(),
    }
}

#[test]
fn no_crate_imports_through_a_wall() {
    for package in packages() {
        let wall = WALLS.iter().find(|wall| wall.of == package.name);
        let wall =
            wall.unwrap_or_else(|| panic!("{} has no walls yet: give it some", package.name));
        let through: Vec<_> =
            wall.never.iter().filter(|name| package.imports.contains(**name)).collect();
        assert!(through.is_empty(), "{} must not import {through:?}", package.name);
    }
}

#[test]
fn nothing_is_built_with_the_tools_of_the_tests() {
    for package in packages() {
        for tool in ["durability", "faults", "store-suite"] {
            assert!(!package.built_with.contains(tool), "{} is built with {tool}", package.name);
        }
    }
}

#[test]
fn a_folder_is_called_as_its_crate_is() {
    let packages = packages();
    assert!(packages.iter().any(|package| package.name == "server"));
    for package in packages {
        assert_eq!(package.folder, package.name);
        assert!(EVERY_CRATE.contains(&package.name.as_str()), "{} is new here", package.name);
    }
}
