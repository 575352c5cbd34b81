//! Where a value is in the data of frames: a path in which the elements of a list are alike.

use std::fmt::Write as _;

use serde_json::Value;

/// How deep values are looked for.
const MAX_DEPTH: usize = 12;

/// How many values of a frame are looked at.
const MAX_LEAVES: usize = 512;

/// A step of a [`Place`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Step {
    /// A member of an object.
    Name(String),
    /// An element of the list that the whole data is: each of them has a meaning of its own.
    Index(usize),
    /// Any element of a list.
    Each,
}

/// Where a value is in the data of frames.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Place(pub(crate) Vec<Step>);

/// A value of a frame that is neither an object nor a list with anything in it.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) place: Place,
    /// Which elements of the lists on the way.
    pub(crate) items: Vec<usize>,
    pub(crate) value: Value,
}

impl Place {
    /// The path, with `[*]` or `[0]` for the elements of a list.
    pub(crate) fn path(&self, each: &str) -> String {
        if self.0.is_empty() {
            return "$".to_owned();
        }
        let mut path = String::new();
        for step in &self.0 {
            match step {
                Step::Each => path.push_str(each),
                Step::Index(index) => {
                    let root = if path.is_empty() { "$" } else { "" };
                    write!(path, "{root}[{index}]").expect("memory takes everything");
                }
                Step::Name(name) if is_plain(name) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(name);
                }
                Step::Name(name) => {
                    path.push_str(if path.is_empty() { "$" } else { "" });
                    path.push_str(&quoted(name));
                }
            }
        }
        path
    }

    /// The singular path: the first element of each list.
    pub(crate) fn first(&self) -> String {
        self.path("[0]")
    }

    /// The name of the last member.
    pub(crate) fn name(&self) -> &str {
        self.0.iter().rev().find_map(Step::name).unwrap_or_default()
    }

    /// The object or list in which it is.
    pub(crate) fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// How many lists are on the way.
    pub(crate) fn lists(&self) -> usize {
        self.0.iter().filter(|step| **step == Step::Each).count()
    }

    /// The element of the innermost list, as the place of that element and the steps inside it.
    pub(crate) fn in_element(&self) -> Option<(Self, Self)> {
        let at = self.0.iter().rposition(|step| *step == Step::Each)?;
        Some((Self(self.0[..=at].to_vec()), Self(self.0[at + 1..].to_vec())))
    }
}

impl Step {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Index(_) | Self::Each => None,
        }
    }
}

/// Whether a name needs no quotes in a path.
fn is_plain(name: &str) -> bool {
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_start)
        && name.bytes().all(|byte| is_start(byte) || byte.is_ascii_digit())
}

fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The leaves of a document, in the order in which they are written.
pub(crate) fn leaves(document: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    walk(document, &mut Place::default(), &mut Vec::new(), &mut leaves);
    leaves
}

fn walk(value: &Value, place: &mut Place, items: &mut Vec<usize>, leaves: &mut Vec<Leaf>) {
    if place.0.len() > MAX_DEPTH || leaves.len() >= MAX_LEAVES {
        return;
    }
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                place.0.push(Step::Name(name.clone()));
                walk(member, place, items, leaves);
                place.0.pop();
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let is_root = place.0.is_empty();
            for (index, element) in elements.iter().enumerate() {
                place.0.push(if is_root { Step::Index(index) } else { Step::Each });
                items.push(index);
                walk(element, place, items, leaves);
                items.pop();
                place.0.pop();
            }
        }
        value => {
            leaves.push(Leaf { place: place.clone(), items: items.clone(), value: value.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::JsonPath;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_a_path_that_finds_its_value() {
        let document = json!({"a": {"b-c": [{"d": 1}]}, "it's": {"\\": 2}});
        for leaf in leaves(&document) {
            let path = JsonPath::parse(&leaf.place.first()).expect("a path");
            assert_eq!(path.select(&document).expect("few"), [&leaf.value], "{}", path.as_str());
        }
        let document = json!([{"a": 1}, "x"]);
        let paths: Vec<_> = leaves(&document).iter().map(|leaf| leaf.place.first()).collect();
        assert_eq!(paths, ["$[0].a", "$[1]"]);
        let path = leaves(&json!({"a": [{"b": ["x"]}]}))[0].place.path("[*]");
        assert_eq!(path, "a[*].b[*]");
    }
}
