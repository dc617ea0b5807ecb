//! Where settings come from, what is refused, and what `parlour config` shows.

use crate::support::{Run, Setup};

/// The line of `parlour config` that begins with `key`.
fn line<'a>(run: &'a Run, key: &str) -> &'a str {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut lines = run.stdout.lines();
    lines.find(|line| line.split(' ').next() == Some(key)).expect("the key is printed")
}

/// The value and the source on the line of `key`.
fn shown(run: &Run, key: &str) -> (String, String) {
    let (value, source) = line(run, key).split_once(" # ").expect("a source");
    let (_, value) = value.split_once(" = ").expect("a value");
    (value.trim().to_owned(), source.to_owned())
}

/// Asserts that the start is refused with exit code 2, and what the message says and does not say.
fn refused(run: &Run, says: &[&str]) {
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stdout, "");
    for words in says {
        assert!(run.stderr.contains(words), "{words:?} is missing in {:?}", run.stderr);
    }
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let case = |setup: Setup, arguments: &[&str], value: &str, source: &str| {
        let run = setup.run(arguments);
        assert_eq!(shown(&run, "listen"), (format!("{value:?}"), source.to_owned()));
    };
    let file = || Setup::new().file("listen = \"127.0.0.1:6001\"");
    let both = || file().variable("PARLOUR_LISTEN", "127.0.0.1:6002");
    case(Setup::new(), &["config"], "127.0.0.1:5000", "default");
    case(file(), &["config"], "127.0.0.1:6001", "parlour.toml");
    case(both(), &["config"], "127.0.0.1:6002", "PARLOUR_LISTEN");
    case(both(), &["config", "--listen", "127.0.0.1:6003"], "127.0.0.1:6003", "--listen");
    case(both(), &["--listen", "127.0.0.1:6003", "config"], "127.0.0.1:6003", "--listen");
}

#[test]
fn another_file_can_be_named_and_must_then_be_there() {
    let named = || Setup::new().file_called("other.toml", "[socket]\nping_interval_ms = 1_000");
    let expected = ("1000".to_owned(), "other.toml".to_owned());
    let by_flag = named().run(&["config", "--config", "other.toml"]);
    assert_eq!(shown(&by_flag, "ping_interval_ms"), expected);
    let by_variable = named().variable("PARLOUR_CONFIG", "other.toml").run(&["config"]);
    assert_eq!(shown(&by_variable, "ping_interval_ms"), expected);
    refused(&Setup::new().run(&["--config", "missing.toml"]), &["missing.toml cannot be read"]);
}

#[test]
fn an_unknown_key_stops_the_start_and_is_named() {
    let cases = [
        (
            "listne = \"127.0.0.1:1\"",
            "unknown key `listne` in parlour.toml: did you mean `listen`?",
        ),
        ("ping_interval_ms = 1", "did you mean `ping_interval_ms` in section [socket]?"),
        ("[pear]\nbar_ms = 1", "unknown key `pear.bar_ms`"),
        ("[listen]\naddress = \"x\"", "unknown key `listen.address`"),
    ];
    for (file, words) in cases {
        refused(&Setup::new().file(file).run(&[]), &[words]);
    }
    let run = Setup::new().variable("PARLOUR_PING_INTERVAL", "5").run(&["serve"]);
    refused(
        &run,
        &[
            "unknown key `PARLOUR_PING_INTERVAL` in the environment",
            "did you mean `PARLOUR_PING_INTERVAL_MS`?",
        ],
    );
    refused(&Setup::new().variable("PARLOUR_PORT", "8080").run(&[]), &["`PARLOUR_PORT`"]);
}

#[test]
fn variables_that_others_set_are_left_alone() {
    let run = Setup::new()
        .variable("PARLOUR_TEST_SEED", "7")
        .variable("PARLOUR_BIN", "parlour")
        .variable("PARLOUR_SERVICE_HOST", "10.0.0.9")
        .variable("PARLOUR_SERVICE_PORT_HTTP", "5000")
        .variable("PARLOUR_PORT", "tcp://10.0.0.9:5000")
        .variable("PARLOUR_PORT_5000_TCP_ADDR", "10.0.0.9")
        .run(&["config"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_bad_value_stops_the_start_with_what_would_be_right() {
    let cases = [
        (
            "PARLOUR_LISTEN",
            "5000",
            "`listen` (PARLOUR_LISTEN): \"5000\" is not an address and a port",
        ),
        ("PARLOUR_PING_TIMEOUT_MS", "20s", "is not a whole number of milliseconds from 10 to"),
        ("PARLOUR_MAX_CONNECTIONS", "0", "is not a whole number from 1 to"),
        ("PARLOUR_LIMITS_ENABLED", "no", "\"no\" is not true or false"),
        ("PARLOUR_TRUSTED_PROXIES", "10.0.0.0/8,proxy", "is not a list of addresses or networks"),
        (
            "PARLOUR_WEB_PICTURE_ORIGINS",
            "http://a.example",
            "is not a list of origins such as https:",
        ),
        ("PARLOUR_WEB_PICTURE_ORIGINS", "https://a.example/of", "https only, no path"),
        ("PARLOUR_CORS_ORIGINS", "https://chat.example/", "is not a list of origins"),
        ("PARLOUR_LOG", "loud", "\"loud\" is not a level"),
        ("PARLOUR_LOG_FORMAT", "xml", "is not one of human, json"),
        ("PARLOUR_SHUTDOWN_DEADLINE_MS", "60000", "from 0 to 9000"),
        ("PARLOUR_DATABASE_URL", "mysql://db", "is not a URL that begins with sqlite://"),
        ("PARLOUR_DATABASE_URL", "sqlite://chat.db?mode=memory", "without parameters"),
        ("PARLOUR_AUTH_CHANGE_POLL_MS", "2000", "from 10 to 500"),
    ];
    for (variable, value, words) in cases {
        refused(&Setup::new().variable(variable, value).run(&[]), &[words]);
    }
    let typed = Setup::new().file("limits_enabled = \"false\"").run(&[]);
    refused(&typed, &["`limits_enabled` (parlour.toml): \"false\" is not true or false"]);
    let shadowed = Setup::new().file("listen = \"nowhere\"").run(&["--listen", "127.0.0.1:0"]);
    refused(&shadowed, &["`listen` (parlour.toml)"]);
}

#[test]
fn settings_that_would_disconnect_both_partners_when_they_meet_stop_the_start() {
    let both = ["`socket.max_queue_bytes`", "`pair.waiting_lines`"];
    let lines = Setup::new().variable("PARLOUR_PAIR_WAITING_LINES", "300").run(&[]);
    refused(&lines, &both);
    refused(&lines, &["set `socket.max_queue_bytes` to 10163200 or more", "to 122 or less"]);
    let queue = Setup::new().file("[socket]\nmax_queue_bytes = 1_000_000").run(&["config"]);
    refused(&queue, &both);
    let tiny = Setup::new().file("[socket]\nmax_queue_bytes = 2_048\n[pair]\nwaiting_lines = 0");
    let tiny = tiny.run(&[]);
    refused(&tiny, &both);
    assert!(!tiny.stderr.contains("or less"), "fewer than no lines cannot be: {}", tiny.stderr);

    // What the message says is right is right, and one less is not.
    let with = |queue_bytes: u32, lines: u32| {
        let file =
            format!("[socket]\nmax_queue_bytes = {queue_bytes}\n[pair]\nwaiting_lines = {lines}");
        Setup::new().file(&file).run(&["config"]).code
    };
    assert_eq!(with(10_163_200, 300), Some(0));
    assert_eq!(with(10_163_199, 300), Some(2));
    assert_eq!(with(4_194_304, 122), Some(0));
    assert_eq!(with(4_194_304, 123), Some(2));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let run = Setup::new()
        .file("listen = 5000\nsurprise = true")
        .variable("PARLOUR_MAX_WAITS", "many")
        .run(&[]);
    refused(&run, &["`listen`", "`surprise`", "`socket.max_waits`"]);
}

#[test]
fn secrets_are_masked_in_what_is_printed_and_in_what_is_refused() {
    let run = Setup::new()
        .variable("PARLOUR_JWT_SECRET", "hunter2")
        .variable("PARLOUR_REDIS_URL", "rediss://:hunter2@cache:6379/0")
        .run(&["config", "--database-url", "postgres://ann:hunter2@db/chat?sslpassword=hunter2"]);
    assert_eq!(shown(&run, "jwt_secret").0, "\"********\"");
    assert_eq!(shown(&run, "redis_url").0, "\"rediss://:********@cache:6379/0\"");
    let database = "\"postgres://ann:********@db/chat?sslpassword=********\"";
    assert_eq!(shown(&run, "database_url").0, database);
    assert!(!run.stdout.contains("hunter2"));

    let bad_url = Setup::new().variable("PARLOUR_REDIS_URL", "hunter2@cache").run(&["config"]);
    refused(&bad_url, &["`redis_url`"]);
    let bad_file = Setup::new().file("listen = \"127.0.0.1:1\"\njwt_secret = hunter2").run(&[]);
    refused(&bad_file, &["parlour.toml is not valid TOML, line 2"]);
    let bad_type = Setup::new().file("jwt_secret = [\"hunter2\"]").run(&[]);
    refused(&bad_type, &["`jwt_secret`"]);
    for run in [bad_url, bad_file, bad_type] {
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
}

const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

#[test]
fn a_host_applications_keys_are_listed_and_their_secrets_masked() {
    let run = Setup::new()
        .file_called("key.pem", PUBLIC_KEY)
        .file(
            "[[auth.host]]\nissuer = \"https://a.example\"\naudience = [\"chat\", \"web\"]\n\
             secret = \"hunter2\"\n\
             [[auth.host]]\nissuer = \"https://b.example\"\nkid = \"k\"\nalgorithm = \"EdDSA\"\n\
             public_key = \"key.pem\"\n\
             [[auth.host]]\njwks_url = \"https://ann:hunter2@c.example/keys?token=hunter2\"",
        )
        .run(&["config"]);
    let (value, source) = shown(&run, "host");
    assert_eq!(source, "parlour.toml");
    for words in ["https://a.example", "\"web\"", "key.pem", "https://ann:********@c.example/keys"]
    {
        assert!(value.contains(words), "{words} is missing in {value}");
    }
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
}

#[test]
fn one_host_key_by_variables_replaces_the_files() {
    let setup = Setup::new()
        .file("[[auth.host]]\nissuer = \"https://a.example\"\nsecret = \"hunter2\"")
        .variable("PARLOUR_HOST_ISSUER", "https://v.example")
        .variable("PARLOUR_HOST_AUDIENCE", "chat,web")
        .variable("PARLOUR_HOST_ALGORITHM", "EdDSA")
        .variable("PARLOUR_HOST_PUBLIC_KEY", PUBLIC_KEY);
    let run = setup.run(&["config"]);
    let (value, source) = shown(&run, "host");
    assert_eq!(source, "PARLOUR_HOST_*");
    assert!(value.contains("https://v.example") && !value.contains("a.example"), "{value}");
    refused(
        &Setup::new().variable("PARLOUR_HOST_ISSUR", "x").run(&[]),
        &["did you mean `PARLOUR_HOST_ISSUER`?"],
    );
}

#[test]
fn a_host_key_that_cannot_be_used_stops_the_start() {
    let cases = [
        ("issuer = \"x\"", "exactly one of `secret`, `public_key`, `jwks_url`"),
        ("secret = \"hunter2\"\njwks_url = \"https://x\"", "exactly one of"),
        ("secret = \"\"", "`secret` is not a text with something in it"),
        ("secret = [\"hunter2\"]", "`secret` is not a text"),
        ("secret = \"hunter2\"\nalgorithm = \"RS256\"", "can only be HS256"),
        ("secret = \"hunter2\"\nissuer = \"parlour\"", "must not be `parlour`"),
        ("secret = \"hunter2\"\naudience = []", "`audience` is not"),
        (
            "secret = \"hunter2\"\nisuer = \"x\"",
            "`auth.host.isuer` in parlour.toml, entry 1: did you mean `issuer`?",
        ),
        ("jwks_url = \"ftp://x\"", "must begin with `https://`"),
        ("jwks_url = \"https://x\"\nkid = \"k\"", "`kid`"),
        ("jwks_url = \"https://x\"\nalgorithm = \"RS256\"", "leave it out"),
        ("public_key = \"missing.pem\"\nalgorithm = \"RS256\"", "names the file \"missing.pem\""),
        ("public_key = \"-----BEGIN hunter2\"\nalgorithm = \"RS256\"", "must be a public key"),
        ("public_key = \"key.pem\"", "`algorithm` of a `public_key` is needed"),
        ("public_key = \"key.pem\"\nalgorithm = \"HS256\"", "RS256, ES256 or EdDSA"),
        ("public_key = \"key.pem\"\nalgorithm = \"RS256\"", "a public key for its algorithm"),
    ];
    for (entry, words) in cases {
        let setup = Setup::new().file_called("key.pem", PUBLIC_KEY);
        let run = setup.file(&format!("[[auth.host]]\n{entry}")).run(&[]);
        refused(&run, &["auth.host", words]);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    let twice = "[[auth.host]]\nissuer = \"x\"\nsecret = \"a\"\n".repeat(2);
    refused(&Setup::new().file(&twice).run(&[]), &["entry 2", "a different `kid` each"]);
    let single = Setup::new().file("[auth.host]\nissuer = \"x\"\nsecret = \"hunter2\"").run(&[]);
    refused(&single, &["auth.host.issuer"]);
    let text = Setup::new().file("[auth]\nhost = \"https://x\"").run(&[]);
    refused(&text, &["[[auth.host]]"]);
}

#[test]
fn what_is_printed_can_be_read_back() {
    let first = Setup::new()
        .file("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n[pair]\nbar_ms = 0")
        .run(&["config"]);
    assert_eq!(shown(&first, "bar_ms").0, "0");
    let second = Setup::new().file(&first.stdout).run(&["config"]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    let values = |run: &Run| -> Vec<String> {
        let lines = run.stdout.lines().skip(1);
        lines.map(|line| line.split(" # ").next().unwrap_or(line).trim().to_owned()).collect()
    };
    assert_eq!(values(&first), values(&second));
}

#[test]
fn an_empty_variable_is_as_good_as_none_where_there_may_be_none() {
    let run = Setup::new().variable("PARLOUR_REDIS_URL", "").run(&["config"]);
    assert!(run.stdout.contains("# redis_url is not set"), "{run:?}");
}

#[test]
fn what_this_version_cannot_do_is_not_ignored() {
    let redis = Setup::new().variable("PARLOUR_REDIS_URL", "redis://cache:6379");
    refused(&redis.run(&[]), &["`redis_url`: a cluster over Redis is not in this version yet"]);
    let postgres = Setup::new().variable("PARLOUR_DATABASE_URL", "postgres://db/chat");
    refused(&postgres.run(&[]), &["`database_url`: PostgreSQL is not in this version yet"]);
}

#[test]
fn the_version_is_said_and_nothing_is_written() {
    let setup = Setup::new();
    let run = setup.run(&["--version"]);
    assert_eq!(run.stdout, format!("parlour {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(setup.run(&["config"]).code, Some(0));
    assert!(setup.folder_is_empty());
}
