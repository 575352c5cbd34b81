//! The keys that are planted, each of another shape and in another place.

/// A key: the variable that holds it, and what it is.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
}

/// The keys that the project's `.env` holds. No two keys here or below share eight characters but
/// where one is the beginning of another, so that whatever is found tells which one it is.
pub(super) const DOTENV: &[Key] = &[
    Key { name: "OPENAI_API_KEY", value: "sk-cnry-Xk3vQ9mZt7LpR2wY" },
    // Every character that one encoder or the other writes in its own way.
    Key { name: "ODD_TOKEN", value: "Hj4+/Qz=&\"w\\Vb<n%K üN'8x>e?" },
    // Its lines are not those that begin and end a PEM file, which are no secret.
    Key {
        name: "SIGNING_KEY",
        value: "-----CANARY KEY-----\nMHcCAQEEIGr8Wn2sXf5Kj0\noWd+Ue7/BqVy1TzLh4Cx\n-----CANARY ENDS-----\n",
    },
    Key { name: "SHORTER_SECRET", value: "Tf6yBn1cKd" },
    Key { name: "LONGER_SECRET", value: "Tf6yBn1cKdUe5mGa9sJ" },
    Key { name: "URL_KEY", value: "Pw8eJc4xSo2kNv7i" },
    Key { name: "BASIC_PASSWORD", value: "Dy3@uRl:9fMh/Ag" },
    Key { name: "PROXY_PASSWORD", value: "Lz5b!Xi1t~Ce8q" },
    Key { name: "SESSION_COOKIE", value: "Yc7iHs0uJp5zKw" },
    // Secret because `security.mask` says so.
    Key { name: "REGION", value: "eu-Fm2pKw7dZs" },
    // It has digits only, and a configuration may hold it as a number.
    Key { name: "PIN_SECRET", value: "918273640519" },
    // Its header has a session and an id.
    Key { name: "DB_PASS", value: "Gt6rWq2.Mbz8Vd" },
    // Nothing but its shape says that it is one.
    Key { name: "TOOL", value: "ghp_Jm3VxAf7Lk2Tc9Zs" },
];

/// The password of a URL in `.env` that nothing uses.
pub(super) const OF_URL: Key = Key { name: "DATABASE_URL", value: "Kd9sVx3nQe7rPl" };

/// Keys in the data of the inputs, under these names.
pub(super) const OF_CONTEXT: Key = Key { name: "api_key", value: "Wb5yHn8sLq2vUd" };
pub(super) const OF_METADATA: Key = Key { name: "password", value: "Nq4zTj9wRc6xBh" };

/// A key of the process environment.
pub(super) const ENVIRONMENT: Key = Key { name: "GATEWAY_TOKEN", value: "Rv1nEq6aBx3oGl" };

/// A key that stands in the configuration itself, in a sensitive header.
pub(super) const LITERAL: Key = Key { name: "Api-Key", value: "lit-Ob9gUy4hTj6r" };

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    DOTENV.iter().chain([&ENVIRONMENT, &LITERAL, &OF_URL, &OF_CONTEXT, &OF_METADATA])
}

/// The value of a key of `.env`.
pub(super) fn value(name: &str) -> &'static str {
    DOTENV.iter().find(|key| key.name == name).expect("it is planted").value
}

/// The `.env` that holds them.
pub(super) fn dotenv() -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let lines = DOTENV.iter().map(|key| format!("{}=\"{}\"\n", key.name, quoted(key.value)));
    let url = format!("{}=postgres://canary:{}@db.invalid/x\n", OF_URL.name, OF_URL.value);
    lines.chain([url]).collect::<Vec<_>>().concat()
}
