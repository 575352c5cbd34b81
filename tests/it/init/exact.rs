//! What a line of curl holds is sent as it is written, whatever it would mean in a configuration.

use std::collections::BTreeMap;
use std::fs;

use fastrand::Rng;
use fluxloop_config::{LoadOptions, load};
use fluxloop_init::{Options, from_curl};
use fluxloop_plan::{RequestSpec, cases};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// Pieces of texts: what opens, closes and escapes placeholders, templates, paths and quotes.
const PIECES: [&str; 22] = [
    "$",
    "$",
    "{",
    "{",
    "}",
    "${",
    "{{",
    "}}",
    "$$",
    "%",
    "%7B",
    "\"",
    "'",
    "\\",
    "$.a",
    "$[0]",
    "a",
    "b:-c",
    ".",
    " ",
    "${A}",
    "{{ $.a }}",
];

fn any_text(rng: &mut Rng, is_wanted: impl Fn(&str) -> bool) -> String {
    let pieces: Vec<_> = PIECES.into_iter().filter(|piece| is_wanted(piece)).collect();
    let pieces = (0..rng.usize(1..7)).map(|_| *rng.choice(&pieces).expect("there are pieces"));
    pieces.collect()
}

/// A word that a shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The first request of the project that comes of a line.
fn request(line: &str) -> Result<RequestSpec, String> {
    let options = Options::new("exact");
    let project = from_curl(line, &options, &mut |_| Err("no file".to_owned()));
    let project = project.map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().expect("a folder");
    for file in &project.files {
        let path = folder.path().join(file.path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, &file.content).expect("a file");
    }
    let stored = project.secrets.iter().map(|it| format!("{}='{}'\n", it.name, it.value.expose()));
    fs::write(folder.path().join(".env"), stored.collect::<String>()).expect("a file");
    let current_dir = folder.path().to_owned();
    let loaded = load(&LoadOptions { current_dir, ..LoadOptions::default() });
    let loaded = loaded.map_err(|errors| format!("{errors:?}\n{}", project.files[0].content))?;
    let first = cases(loaded.inputs.iter(), loaded.plan.iterations).next().expect("a case");
    let first = first.map_err(|error| error.to_string())?;
    let spec = loaded.plan.request.render(&first, &loaded.plan.response);
    spec.map_err(|error| format!("{error}\n{}", project.files[0].content))
}

fn decoded(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

/// The parameters of a URL, decoded.
fn parameters(spec: &RequestSpec) -> BTreeMap<&str, Vec<u8>> {
    let pairs = spec.url.query().unwrap_or_default().split('&');
    pairs.filter_map(|pair| pair.split_once('=')).map(|(name, it)| (name, decoded(it))).collect()
}

#[track_caller]
fn check(path: &str, parameter: &str, header: &str, body: &Value) {
    let url = format!("http://localhost:9/{path}x?place={parameter}");
    let body = body.to_string();
    let words =
        ["-g".to_owned(), quoted(&url), "-H".to_owned(), quoted(&format!("x-place: {header}"))];
    let line = format!(
        "curl {} -H 'content-type: application/json' --data-raw {}",
        words.join(" "),
        quoted(&body)
    );
    let spec = request(&line).unwrap_or_else(|why| panic!("{line}\n{why}"));
    assert_eq!(decoded(spec.url.path()), decoded(&format!("/{path}x")), "{line}");
    assert_eq!(parameters(&spec)["place"], decoded(parameter), "{line}");
    let found = spec.headers.get("x-place").map(http::HeaderValue::as_bytes);
    assert_eq!(found, Some(header.trim().as_bytes()), "{line}");
    let found: Value = serde_json::from_slice(spec.body.as_deref().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    assert_eq!(found.to_string(), body, "{line}");
}

#[test]
fn openings_of_placeholders_arrive_as_written() {
    check("${{{a", "${{{b}}}", "${{{c}}}", &json!({"d": "${{{e}}}", "${{{": 1}));
    check("$${a}", "$$${b}", "$$${c", &json!({"d": ["{{ $.input }}", "$.a"]}));
}

#[test]
fn any_text_arrives_as_written() {
    for seed in 0..400 {
        let mut rng = Rng::with_seed(seed);
        // A URL has neither blanks nor quotes, and `\` is `/` in its path.
        let in_url = |piece: &str| !piece.contains([' ', '"', '\'', '\\']);
        // `%` before two digits is decoded, and `.` alone is a folder.
        let in_path = |piece: &str| in_url(piece) && !piece.contains('.');
        let (path, parameter) = (any_text(&mut rng, in_path), any_text(&mut rng, in_url));
        let header = format!("x{}", any_text(&mut rng, |_| true));
        let value = any_text(&mut rng, |_| true);
        let name = any_text(&mut rng, |_| true);
        check(
            &path,
            &parameter,
            &header,
            &json!({ name: value, "fixed": [any_text(&mut rng, |_| true)] }),
        );
    }
}
