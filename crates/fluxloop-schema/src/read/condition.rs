//! Reads conditions.

use fluxloop_jsonpath::Step;
use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::{Finds, Reader, name};
use crate::chain::wrong_shape;
use crate::fault::SchemaFaultKind;
use crate::nearest::nearest;
use crate::{Condition, Test, TypePattern};

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 16;
/// How large a compiled regular expression may be, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// The tests of a value.
const TESTS: [&str; 4] = ["equals", "in", "exists", "matches"];
/// How other languages call the tests.
const OTHER_NAMES: [(&str, &[&str]); 4] = [
    ("equals", &["eq", "is", "value", "same", "ne"]),
    ("in", &["oneof", "anyof", "among", "values", "notin"]),
    ("exists", &["present", "defined", "null", "isset", "has"]),
    ("matches", &["regex", "regexp", "pattern", "like", "contains", "startswith", "endswith"]),
];
/// The keys of a condition.
pub(crate) const KEYS: &[&str] =
    &["type", "data", "path", "equals", "in", "exists", "matches", "all", "any", "not"];
/// What a condition can be.
const SHAPE: &str = "a type, a list of types, or a map with `type`, `data`, `path`, `all`, `any` \
                     or `not`";

impl Condition {
    /// Reads a condition of something else than a frame, which has neither a type nor data: of
    /// values at paths alone.
    ///
    /// # Errors
    ///
    /// With everything that is wrong, and where.
    pub fn of_paths(value: &Value) -> Result<Self, Vec<(Vec<Step>, SchemaFaultKind)>> {
        let mut reader = Reader::default();
        let condition = reader.condition(value);
        match condition {
            Some(condition) if reader.faults.is_empty() && condition.has_paths_alone() => {
                Ok(condition)
            }
            _ => {
                if reader.faults.is_empty() {
                    let paths = "a map with `path` and a test, or with `all`, `any` or `not`";
                    reader.fault(wrong_shape(paths, value));
                }
                Err(reader.faults)
            }
        }
    }

    fn has_paths_alone(&self) -> bool {
        match self {
            Self::Test { .. } => true,
            Self::Type(_) | Self::Data(_) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::has_paths_alone),
            Self::Not(part) => part.has_paths_alone(),
        }
    }
}

impl Reader {
    pub(super) fn condition(&mut self, value: &Value) -> Option<Condition> {
        self.nested_condition(value, 0)
    }

    fn nested_condition(&mut self, value: &Value, depth: usize) -> Option<Condition> {
        if depth == MAX_DEPTH {
            self.fault(SchemaFaultKind::TooDeep(MAX_DEPTH));
            return None;
        }
        match value {
            Value::String(_) => Some(Condition::Type(self.types(value))),
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
                Some(Condition::Type(self.types(value)))
            }
            Value::Array(_) => Some(Condition::Any(self.nested_conditions(value, depth))),
            Value::Object(_) => {
                let faults = self.faults.len();
                let map = self.map_with(value, KEYS, SHAPE, unknown_key)?;
                let mut parts = self.parts(map, depth);
                if parts.is_empty() && self.faults.len() == faults {
                    self.fault(SchemaFaultKind::Empty {
                        right: "write a condition, or remove the key",
                    });
                }
                if parts.len() == 1 { parts.pop() } else { Some(Condition::All(parts)) }
            }
            _ => {
                self.fault(wrong_shape(SHAPE, value));
                None
            }
        }
    }

    /// The parts of a condition that is a map, all of which have to hold.
    fn parts(&mut self, map: &Map<String, Value>, depth: usize) -> Vec<Condition> {
        let types = self.get(map, "type", Self::types).map(Condition::Type);
        let data = self.get(map, "data", Self::text).flatten();
        let data = data.map(|text| Condition::Data(text.trim().to_owned()));
        let test = self.path_test(map);
        let all = self.get(map, "all", |it, list| it.nested_conditions(list, depth));
        let any = self.get(map, "any", |it, list| it.nested_conditions(list, depth));
        let not = self.get(map, "not", |it, value| it.nested_condition(value, depth + 1)).flatten();
        let not = not.map(|condition| Condition::Not(Box::new(condition)));
        let single = types.into_iter().chain(data).chain(test);
        single.chain(all.unwrap_or_default()).chain(any.map(Condition::Any)).chain(not).collect()
    }

    fn nested_conditions(&mut self, value: &Value, depth: usize) -> Vec<Condition> {
        if value.as_array().is_some_and(Vec::is_empty) {
            self.fault(SchemaFaultKind::Empty { right: "write at least one condition" });
        }
        self.items(value, |it, item| it.nested_condition(item, depth + 1))
    }

    /// One type, or a list of them.
    pub(super) fn types(&mut self, value: &Value) -> Vec<TypePattern> {
        if value.as_array().is_some_and(Vec::is_empty) {
            self.fault(SchemaFaultKind::Empty { right: "write at least one type" });
        }
        self.items(value, |it, item| {
            it.count();
            let pattern = TypePattern::parse(&it.text(item)?);
            it.types.push((it.at.clone(), pattern.clone()));
            Some(pattern)
        })
    }

    /// The test of one place.
    fn path_test(&mut self, map: &Map<String, Value>) -> Option<Condition> {
        let paths = self.get(map, "path", |it, value| it.paths(value, Finds::One));
        let mut tests = TESTS.iter().filter(|key| map.contains_key(**key));
        let key = match (tests.next(), &paths) {
            (None, None) => return None,
            (None, Some(_)) => {
                let tests = "`equals`, `in`, `exists` or `matches` next to `path`";
                self.needs(tests);
                return None;
            }
            (Some(_), None) => {
                self.needs("`path`: the place that is tested");
                return None;
            }
            (Some(key), Some(_)) => *key,
        };
        if let Some(second) = tests.next() {
            self.at(name(second), |it| it.fault(SchemaFaultKind::Excludes(key)));
        }
        let test = self.at(name(key), |it| it.test(key, &map[key]))?;
        Some(Condition::Test { paths: paths.unwrap_or_default(), test })
    }

    fn test(&mut self, key: &str, value: &Value) -> Option<Test> {
        match key {
            "equals" => Some(Test::Equals(value.clone())),
            "in" => match value {
                Value::Array(values) if !values.is_empty() => Some(Test::In(values.clone())),
                Value::Array(_) => {
                    self.fault(SchemaFaultKind::Empty { right: "write at least one value" });
                    None
                }
                _ => {
                    self.fault(wrong_shape("a list of values", value));
                    None
                }
            },
            "exists" => self.bool(value).map(Test::Exists),
            _ => {
                let text = self.text(value)?;
                let mut regex = RegexBuilder::new(&text);
                match regex.size_limit(MAX_REGEX_BYTES).dfa_size_limit(MAX_REGEX_BYTES).build() {
                    Ok(regex) => Some(Test::Matches(regex)),
                    Err(error) => {
                        self.fault(SchemaFaultKind::Regex { why: regex_fault(&error) });
                        None
                    }
                }
            }
        }
    }
}

/// What is wrong with a key that conditions do not have: next to `path`, it is probably a test.
fn unknown_key(key: &str, map: &Map<String, Value>) -> SchemaFaultKind {
    let nearest = nearest(key, KEYS.iter().copied());
    if !map.contains_key("path") || nearest.is_some_and(|name| !TESTS.contains(&name)) {
        return SchemaFaultKind::UnknownKey { nearest };
    }
    let folded: String =
        key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let is_meant = |test: &str| {
        OTHER_NAMES.iter().any(|(name, others)| *name == test && others.contains(&&*folded))
    };
    let mut tests = TESTS.to_vec();
    tests.sort_by_key(|test| (!is_meant(test), strsim::damerau_levenshtein(&folded, test)));
    SchemaFaultKind::UnknownTest { tests }
}

impl TypePattern {
    /// A type as it is written: `*` at its end stands for any ending.
    pub fn parse(text: &str) -> Self {
        let beginning = text.strip_suffix('*');
        Self { text: beginning.unwrap_or(text).to_owned(), is_prefix: beginning.is_some() }
    }

    /// Whether it stands for every type for which the other one stands.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if self.is_prefix {
            other.text.starts_with(&self.text)
        } else {
            !other.is_prefix && self.text == other.text
        }
    }
}

/// What is wrong with a regular expression, in one line and without the expression.
pub fn regex_fault(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        error => {
            let words = error.to_string();
            let last = words.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or("it cannot be parsed").to_owned()
        }
    }
}
