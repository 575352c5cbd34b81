//! The forms that are left to `jsonpath_lib`, and the fence around it.
//!
//! `jsonpath_lib` 0.3.0 evaluates many forms differently from RFC 9535, panics on some, and
//! overflows the stack on long paths. It agrees with the standard on names, `*` and slices with a
//! positive step below the root, in any order, which is what templates such as
//! `$.messages[*].content` need; a differential test holds it to that. Every other form stays with
//! this crate's own evaluator.
//!
//! It logs every token and value it touches, values of requests included, through the `log` crate
//! at the levels debug and trace: a program must keep [`LOG_TARGET`](crate::LOG_TARGET) off.

use std::fmt::Write as _;

use jsonpath_lib::Compiled;
use serde_json::Value;

use crate::ast::{Segment, Selector, Slice};

/// How many segments go to `jsonpath_lib`, which recurses into each.
const MAX_SEGMENTS: usize = 16;

/// Slice bounds beyond this stay here: `jsonpath_lib` adds them to lengths without a check.
const MAX_BOUND: i64 = 1 << 31;

/// A path that `jsonpath_lib` evaluates rightly.
#[derive(Clone, Debug)]
pub(crate) struct Fenced(Compiled);

impl Fenced {
    /// Takes the path if it is of the proved forms, and not singular.
    pub(crate) fn new(segments: &[Segment]) -> Option<Self> {
        if segments.len() > MAX_SEGMENTS {
            return None;
        }
        let mut path = "$".to_owned();
        for segment in segments {
            match segment.selectors.as_slice() {
                [only] if !segment.descends => write_selector(&mut path, only)?,
                _ => return None,
            }
        }
        Compiled::compile(&path).ok().map(Self)
    }

    /// What the path finds; `None` if `jsonpath_lib` failed, which it has no reason to.
    pub(crate) fn select<'v>(&self, document: &'v Value) -> Option<Vec<&'v Value>> {
        self.0.select(document).ok()
    }
}

/// Writes a selector so that `jsonpath_lib` reads it rightly; `None` if it is of another form.
fn write_selector(path: &mut String, selector: &Selector) -> Option<()> {
    match selector {
        Selector::Name(name) if is_plain(name) => {
            path.push('.');
            path.push_str(name);
        }
        Selector::Wildcard => path.push_str(".*"),
        Selector::Slice(Slice { start, end, step }) if *step > 0 => {
            let all_small = [*start, *end, Some(*step)]
                .into_iter()
                .flatten()
                .all(|bound| bound.abs() < MAX_BOUND);
            if !all_small {
                return None;
            }
            let bound = |bound: Option<i64>| bound.map(|b| b.to_string()).unwrap_or_default();
            write!(path, "[{}:{}:{step}]", bound(*start), bound(*end)).ok()?;
        }
        _ => return None,
    }
    Some(())
}

/// Whether a name means itself after a dot in `jsonpath_lib`.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fenced;
    use crate::parse;

    fn fenced(path: &str) -> Option<Fenced> {
        Fenced::new(&parse::segments(path).unwrap())
    }

    #[test]
    fn names_everything_and_slices_go_to_jsonpath_lib() {
        let document = json!({"m": [{"c": 1}, {"c": 2}, {"d": 3}]});
        for (path, expected) in [
            ("$.m[*].c", vec![json!(1), json!(2)]),
            ("m[1:]['c']", vec![json!(2)]),
            ("*[-2::2].*", vec![json!(2)]),
        ] {
            let found = fenced(path).unwrap().select(&document).unwrap();
            assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{path}");
        }
    }

    #[test]
    fn forms_that_it_gets_wrong_never_reach_jsonpath_lib() {
        let wrong = [
            "$..a",
            "$..*",
            "$[0].*",
            "$[-3].*",
            "$[*]['it\\'s']",
            "$[*]['a b']",
            "$[*]['1']",
            "$[*].é",
            "$['a', 'b']",
            "$[0, 1]",
            "$[::-1]",
            "$[0:9007199254740991]",
            "$[?@.a]",
            "$[?(@ == 1)]",
            "$.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*",
        ];
        for path in wrong {
            assert!(fenced(path).is_none(), "{path}");
        }
    }
}
