//! Paths by themselves, and several of them in one pass.

use fluxloop_jsonpath::{Found, JsonError, JsonPath, PathSet, StreamScanner};

/// Paths that are looked up beside those of the input.
const ALWAYS: &[&str] = &["$", "a", "a.b", "b[0]", "b[-1].a", "[0]", "[-1]", "delta"];

/// Reads a path. One that is refused says where, within the text, and what.
pub(super) fn read(text: &str) -> Option<JsonPath> {
    match JsonPath::parse(text) {
        Ok(path) => {
            assert_eq!(path.as_str(), text);
            assert_eq!(path.is_singular(), path.steps().is_some());
            check_second_opinion(&path);
            Some(path)
        }
        Err(error) => {
            let length = text.chars().count();
            assert!(error.position() <= length, "{text:?}: {error} is past the end");
            assert!(!error.to_string().is_empty());
            assert_ne!(error.hint().as_deref(), Some(""));
            None
        }
    }
}

/// The path as another implementation reads it, where that is known to be right: it has no
/// filters, whose comparisons it does otherwise, no escapes, of which it knows fewer, and no blank
/// space, which it does not take everywhere.
pub(super) fn second_opinion(path: &JsonPath) -> Option<serde_json_path::JsonPath> {
    let text = path.as_str();
    if text.contains(['?', '\\', ' ', '\r']) || text.matches("..").count() > 2 {
        return None;
    }
    let rooted = match text.chars().next() {
        Some('$') => text.to_owned(),
        Some('.' | '[') => format!("${text}"),
        _ => format!("$.{text}"),
    };
    let other = serde_json_path::JsonPath::parse(&rooted);
    Some(other.unwrap_or_else(|error| panic!("the second opinion refuses {rooted:?}: {error}")))
}

fn check_second_opinion(path: &JsonPath) {
    second_opinion(path);
}

/// All paths of names and indices in one pass, and in one pass over a stream of documents.
pub(super) fn check_together(paths: &[JsonPath], documents: &[&str]) {
    let always = ALWAYS.iter().map(|path| JsonPath::parse(path).expect("these are paths"));
    let all: Vec<JsonPath> =
        paths.iter().filter(|p| p.is_singular()).cloned().chain(always).collect();
    let set = PathSet::new(&all).expect("all are singular");
    let mut scanner = StreamScanner::new(&set);
    // Twice, so that the second time resembles the first.
    for json in documents.iter().chain(documents) {
        let alone = collect(|visit| {
            all.iter()
                .enumerate()
                .try_for_each(|(place, path)| path.find(json, |f| visit(place, f)))
        });
        let together = collect(|visit| set.scan(json, visit));
        assert_eq!(together, alone, "in one pass over {json:?}");
        let streamed = collect(|visit| scanner.scan(json, visit));
        assert_eq!(streamed, alone, "after other documents, {json:?}");
    }
}

/// What was found, by the place of the path.
type Findings = Result<Vec<(usize, String)>, JsonError>;

fn collect(
    look: impl FnOnce(&mut dyn FnMut(usize, Found<'_>)) -> Result<(), JsonError>,
) -> Findings {
    let mut found = Vec::new();
    look(&mut |place, value| found.push((place, format!("{value:?}"))))?;
    Ok(found)
}
