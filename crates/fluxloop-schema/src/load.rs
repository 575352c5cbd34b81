//! Loads a schema: what it extends, what it says, what is wrong with it.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::chain::{self, Merged, Open};
use crate::fault::{SchemaFault, SchemaWarning};
use crate::model::{Condition, EndRule, EndsAs, ErrorParts, Schema, TextRule, TypePattern};
use crate::nearest::nearest;
use crate::presets;
use crate::read::{Fault, NamedType, Reader};

/// A schema that was loaded.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rules.
    pub schema: Schema,
    /// The schema as one that extends nothing, which loads to the same rules.
    pub value: Value,
    /// What is odd about it.
    pub warnings: Vec<SchemaWarning>,
    /// The types that its rules name.
    types: Vec<TypePattern>,
}

/// Loads a schema: the name of a preset, the path of a file, or a map. `name` is what the schema is
/// called where it is a map. Files are read by `open`; where it cannot, it gives `None`.
///
/// # Errors
///
/// With everything that is wrong, also in the schemas that this one extends.
pub fn load(value: &Value, name: &str, open: &mut Open<'_>) -> Result<Loaded, Vec<SchemaFault>> {
    let merged = chain::merge(value, name, open)?;
    let mut reader = Reader::default();
    let mut schema = reader.schema(&merged);
    if !reader.faults.is_empty() || !merged.unsound.is_empty() {
        let fault =
            |(at, kind): Fault| SchemaFault { schema: merged.schema_at(&at).to_owned(), at, kind };
        return Err(merged
            .unsound
            .iter()
            .cloned()
            .chain(reader.faults.into_iter().map(fault))
            .collect());
    }
    merged.top().clone_into(&mut schema.name);
    let warnings = misspelt_types(&merged, &reader.types);
    let types = reader.types.into_iter().map(|(_, pattern)| pattern).collect();
    Ok(Loaded { schema, value: merged.into_value(), warnings, types })
}

impl Loaded {
    /// [`value`](Self::value) as YAML.
    ///
    /// # Panics
    ///
    /// Never: every JSON value can be written as YAML.
    pub fn to_yaml(&self) -> String {
        serde_yaml::to_string(&Plain(&self.value)).expect("JSON values can be written as YAML")
    }

    /// The type among those that the schema names which a type was probably meant to be; `None`
    /// where the schema names the type itself.
    pub fn nearest_type(&self, pattern: &TypePattern) -> Option<&str> {
        nearest_type(pattern, &self.types)
    }
}

/// A JSON value whose numbers are numbers for every format: in `serde_json` they keep their text, in a
/// form that only JSON knows.
struct Plain<'v>(&'v Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => serializer.serialize_u64(number),
                (None, Some(number)) => serializer.serialize_i64(number),
                (None, None) => serializer.serialize_f64(number.as_f64().unwrap_or_default()),
            },
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, Plain(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

/// The types of the topmost schema that are almost types of the schemas that it extends.
fn misspelt_types(merged: &Merged, types: &[NamedType]) -> Vec<SchemaWarning> {
    let Some(parent) = &merged.parent else { return Vec::new() };
    if presets::preset(merged.top()).is_some() {
        return Vec::new();
    }
    let mut reader = Reader::default();
    reader.schema(parent);
    let known: Vec<TypePattern> = reader.types.into_iter().map(|(_, pattern)| pattern).collect();
    let own = types.iter().filter(|(at, _)| merged.schema_at(at) == merged.top());
    let warning = |(at, pattern): &NamedType| {
        let nearest = nearest_type(pattern, &known)?.to_owned();
        Some(SchemaWarning { schema: merged.top().to_owned(), at: at.clone(), nearest })
    };
    own.filter_map(warning).collect()
}

fn nearest_type<'t>(pattern: &TypePattern, known: &'t [TypePattern]) -> Option<&'t str> {
    /// Shorter types differ by a letter or two by chance.
    const SHORTEST: usize = 5;
    let is_known = || known.iter().any(|it| it.covers(pattern) || pattern.covers(it));
    if pattern.text.len() < SHORTEST || pattern.text == "message" || is_known() {
        return None;
    }
    let without_digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let candidates = known.iter().map(|it| it.text.as_str());
    nearest(&pattern.text, candidates.filter(|text| text.len() >= SHORTEST))
        .filter(|near| without_digits(near) != without_digits(&pattern.text))
}

impl Schema {
    /// The schema with the text that `stream_event_filter` and `stream_output_path` name.
    ///
    /// A path replaces the rules of the text; a filter alone replaces their conditions. Where no rule
    /// says where the text is, it is the data itself.
    #[must_use]
    pub fn with_text(
        mut self,
        filter: Option<Vec<TypePattern>>,
        path: Option<fluxloop_jsonpath::JsonPath>,
    ) -> Self {
        let is_replaced = path.is_some() || self.text.rules.is_empty();
        if is_replaced || filter.is_some() {
            self.text.layer = self.next_layer();
        }
        if is_replaced {
            self.text.rules = vec![TextRule { path, ..TextRule::default() }];
            // It repeats what the replaced rules would have found.
            self.text.final_text.clear();
        }
        if let Some(types) = filter {
            for rule in &mut self.text.rules {
                rule.when = Some(Condition::Type(types.clone()));
            }
        }
        self
    }

    /// The schema with the one end that `stream_done` names.
    #[must_use]
    pub fn with_end(mut self, when: Condition) -> Self {
        let parts = ErrorParts::default();
        self.end = vec![EndRule { when, ends_as: EndsAs::Succeeded, parts }];
        self
    }

    /// The layer of what stands upon this schema.
    fn next_layer(&self) -> u8 {
        let channels = [&self.text, &self.reasoning, &self.refusal].into_iter();
        let layers = channels.chain(self.channels.values()).map(|channel| channel.layer);
        let highest = layers.chain(self.error.iter().map(|rule| rule.layer)).max();
        highest.unwrap_or_default().max(self.calls_layer).saturating_add(1)
    }
}
