//! Follows `extends`, and lays the schemas of the chain upon each other.

use std::collections::BTreeMap;

use fluxloop_jsonpath::Step;
use serde_json::{Map, Value};

use crate::fault::{SchemaFault, SchemaFaultKind};
use crate::nearest::nearest;
use crate::presets;

/// How many schemas may extend each other, `auto` included.
const MAX_LINKS: usize = 8;

/// Keys that are merged member by member; every other key replaces the parent's whole.
const BY_MEMBER: [&str; 4] = ["channels", "usage", "captures", "server_timings"];

/// Keys whose layer decides which of two rules wins a place of a frame.
const LAYERED: [&str; 6] = ["text", "reasoning", "refusal", "channels", "tool_calls", "error"];

/// The keys of a schema, in the order in which they are shown.
pub(crate) const KEYS: &[&str] = &[
    "extends",
    "framing",
    "type",
    "text",
    "final_text",
    "reasoning",
    "refusal",
    "channels",
    "tool_calls",
    "usage",
    "finish_reason",
    "failed_finish_reasons",
    "model",
    "reset",
    "error",
    "fail_by_name",
    "needs_input",
    "end",
    "expects_end",
    "sequence",
    "captures",
    "server_timings",
    "select",
    "layers",
];

/// One schema of the chain.
struct Link {
    name: String,
    members: Map<String, Value>,
}

/// A key of the merged schema: its name, and the member where it is merged by member.
type Key = (String, Option<String>);

/// The schemas of a chain, laid upon each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merged {
    /// The names of the chain's schemas, the first of them at the bottom.
    pub(crate) names: Vec<String>,
    /// The chain without its topmost schema, where it has several.
    pub(crate) parent: Option<Box<Self>>,
    /// The members of the schema, without `extends` and `layers`.
    pub(crate) members: Map<String, Value>,
    /// Keys that no schema has, and layers that are not numbers.
    pub(crate) unsound: Vec<SchemaFault>,
    /// The layer of a schema that extends this one.
    next_layer: u8,
    /// Which schema of the chain wrote each key, and the layer that it counts as.
    written: BTreeMap<Key, (usize, u8)>,
}

impl Merged {
    /// The name of the topmost schema.
    pub(crate) fn top(&self) -> &str {
        self.names.last().map(String::as_str).unwrap_or_default()
    }

    /// The name of the schema that wrote what is at this place.
    pub(crate) fn schema_at(&self, at: &[Step]) -> &str {
        self.find(at).map_or(self.top(), |(depth, _)| &self.names[depth])
    }

    /// The layer of what is at this place.
    pub(crate) fn layer_at(&self, at: &[Step]) -> u8 {
        self.find(at).map(|(_, layer)| layer).unwrap_or_default()
    }

    fn find(&self, at: &[Step]) -> Option<(usize, u8)> {
        let name = |place: usize| match at.get(place) {
            Some(Step::Name(name)) => Some(name.clone()),
            _ => None,
        };
        let key = name(0)?;
        let whole = self.written.get(&(key.clone(), None));
        whole.or_else(|| self.written.get(&(key, name(1)))).copied()
    }

    /// The schema as one that extends nothing, which loads to the same rules.
    pub(crate) fn into_value(self) -> Value {
        let mut shown = Map::from_iter([("extends".to_owned(), Value::from("none"))]);
        let layered = self
            .written
            .iter()
            .filter(|((key, _), (_, layer))| *layer > 0 && LAYERED.contains(&key.as_str()));
        let layers: Map<String, Value> = layered
            .map(|((key, member), (_, layer))| (layer_key(key, member.as_deref()), (*layer).into()))
            .collect();
        let mut members = self.members;
        if !layers.is_empty() {
            members.insert("layers".to_owned(), Value::Object(layers));
        }
        for key in KEYS {
            if let Some(value) = members.get_mut(*key) {
                shown.insert((*key).to_owned(), value.take());
            }
        }
        Value::Object(shown)
    }

    fn lay(&mut self, link: Link) {
        let (depth, above) = (self.names.len(), self.next_layer);
        let layers = link.members.get("layers").cloned().unwrap_or_default();
        let mut next_layer = above.saturating_add(1);
        let mut layer = |key: &str, member: Option<&str>| {
            let written = layers.get(layer_key(key, member)).and_then(Value::as_u64);
            let layer = written.and_then(|layer| u8::try_from(layer).ok()).unwrap_or(above);
            next_layer = next_layer.max(layer.saturating_add(1));
            (depth, layer)
        };
        self.names.push(link.name);
        for (key, value) in link.members {
            match value {
                _ if key == "extends" || key == "layers" => {}
                Value::Object(changes) if BY_MEMBER.contains(&key.as_str()) => {
                    let old = self.members.entry(key.clone()).or_insert(Value::Null);
                    if !old.is_object() {
                        *old = Value::Object(Map::new());
                    }
                    let Some(members) = old.as_object_mut() else { continue };
                    for (member, value) in changes {
                        self.written.insert(
                            (key.clone(), Some(member.clone())),
                            layer(&key, Some(&member)),
                        );
                        if value.is_null() {
                            members.retain(|name, _| *name != member);
                        } else {
                            members.insert(member, value);
                        }
                    }
                }
                Value::Null => self.members.retain(|name, _| *name != key),
                value => {
                    self.written.insert((key.clone(), None), layer(&key, None));
                    self.members.insert(key, value);
                }
            }
        }
        self.next_layer = next_layer;
        let members = &self.members;
        self.written.retain(|(key, member), _| match (members.get(key), member) {
            (Some(value), Some(member)) => value.get(member).is_some(),
            (value, _) => value.is_some(),
        });
    }
}

/// How `layers` calls a key.
fn layer_key(key: &str, member: Option<&str>) -> String {
    member.map_or_else(|| key.to_owned(), |member| format!("{key}.{member}"))
}

/// Whether a schema's name is the path of a file.
pub fn is_file(name: &str) -> bool {
    ["./", "../", "/"].iter().any(|start| name.starts_with(start))
        || [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

/// Reads the file of a schema: given the path as written and the name of the schema that names it,
/// the name of the file and what it says.
pub type Open<'f> = dyn FnMut(&str, &str) -> Option<(String, Value)> + 'f;

/// Follows `extends` from the schema that was written down to `auto` or `none`.
pub(crate) fn merge(
    value: &Value,
    name: &str,
    open: &mut Open<'_>,
) -> Result<Merged, Vec<SchemaFault>> {
    let mut links: Vec<Link> = Vec::new();
    let fault = |schema: &str, key: Option<&str>, kind| {
        let at = key.map(|key| Step::Name(key.to_owned())).into_iter().collect();
        vec![SchemaFault { schema: schema.to_owned(), at, kind }]
    };
    let mut next = value.clone();
    let mut name = name.to_owned();
    loop {
        let (child, key) = match links.last() {
            Some(link) => (link.name.clone(), Some("extends")),
            None => (name.clone(), None),
        };
        if let Value::String(reference) = next {
            let opened = resolve(&reference, &child, open);
            (name, next) = opened.map_err(|kind| fault(&child, key, kind))?;
            if links.iter().any(|link| link.name == name) {
                return Err(fault(&child, key, SchemaFaultKind::Cycle));
            }
        }
        let Value::Object(members) = next else {
            let expected = "the name of a preset, the path of a file, or a map";
            return Err(fault(&name, None, wrong_shape(expected, &next)));
        };
        let parent = match members.get("extends") {
            Some(Value::String(parent)) => parent.clone(),
            None | Some(Value::Null) if name == presets::AUTO.name => "none".to_owned(),
            None | Some(Value::Null) => presets::AUTO.name.to_owned(),
            Some(other) => {
                let kind =
                    wrong_shape("the name of a preset, the path of a file, or `none`", other);
                return Err(fault(&name, Some("extends"), kind));
            }
        };
        links.push(Link { name: name.clone(), members });
        if parent == "none" {
            break;
        }
        if links.len() == MAX_LINKS {
            return Err(fault(&name, Some("extends"), SchemaFaultKind::LongChain(MAX_LINKS)));
        }
        next = Value::String(parent);
    }
    let mut merged = Merged::default();
    for link in &links {
        merged.unsound.extend(unknown_keys(link).chain(unsound_layers(link)));
    }
    while let Some(link) = links.pop() {
        if links.is_empty() && !merged.names.is_empty() {
            merged.parent = Some(Box::new(merged.clone()));
        }
        merged.lay(link);
    }
    Ok(merged)
}

/// The name of a preset or file, and what it says.
fn resolve(
    reference: &str,
    child: &str,
    open: &mut Open<'_>,
) -> Result<(String, Value), SchemaFaultKind> {
    if is_file(reference) {
        return open(reference, child).ok_or(SchemaFaultKind::Unreadable);
    }
    let known = || presets::PRESETS.iter().map(|preset| preset.name);
    presets::preset(reference)
        .map(|preset| (reference.to_owned(), preset.value()))
        .ok_or_else(|| SchemaFaultKind::UnknownPreset { nearest: nearest(reference, known()) })
}

fn unknown_keys(link: &Link) -> impl Iterator<Item = SchemaFault> {
    let unknown = link.members.keys().filter(|key| !KEYS.contains(&key.as_str()));
    unknown.map(|key| SchemaFault {
        schema: link.name.clone(),
        at: vec![Step::Name(key.clone())],
        kind: SchemaFaultKind::UnknownKey { nearest: nearest(key, KEYS.iter().copied()) },
    })
}

fn unsound_layers(link: &Link) -> Option<SchemaFault> {
    let layers = link.members.get("layers").filter(|layers| !layers.is_null())?;
    let is_layer = |layer: &Value| layer.as_u64().is_some_and(|layer| layer <= u8::MAX.into());
    let is_sound = layers.as_object().is_some_and(|layers| layers.values().all(is_layer));
    (!is_sound).then(|| SchemaFault {
        schema: link.name.clone(),
        at: vec![Step::Name("layers".to_owned())],
        kind: wrong_shape("a map of keys to numbers from 0 to 255", layers),
    })
}

pub(crate) fn wrong_shape(expected: &'static str, found: &Value) -> SchemaFaultKind {
    SchemaFaultKind::WrongShape { expected, found: shape_of(found) }
}

/// What a value is, as messages about configurations name it.
pub fn shape_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
