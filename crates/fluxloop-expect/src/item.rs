//! Expectations as they are written.

use std::borrow::Cow;

use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_plan::ValueTemplate;
use fluxloop_schema::nearest;
use fluxloop_trace::ExpectationKind;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use crate::check::Check;
use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::promptfoo;

/// The options of an expectation, next to its kind.
pub(crate) const OPTIONS: &[&str] = &["channel", "path", "ignore_case", "trim", "normalize"];

/// The channels that every answer may have.
const CHANNELS: [&str; 3] = ["text", "reasoning", "refusal"];

/// Gives the values of expectations: what follows the name of a kind, which may take values of the
/// record.
pub trait Values {
    /// The value at this place; `None` where it is at fault, which was reported then.
    fn value(&mut self, at: &[Step], value: &Value) -> Option<ValueTemplate>;
}

/// Values that are what they are.
#[derive(Clone, Copy, Debug)]
pub struct Literal;

impl Values for Literal {
    fn value(&mut self, _: &[Step], value: &Value) -> Option<ValueTemplate> {
        Some(ValueTemplate::literal(value.clone()))
    }
}

/// One expectation as it is written.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it stands in what was read.
    pub(crate) at: Vec<Step>,
    pub(crate) kind: ExpectationKind,
    /// The channel that it is about; `None` is the text of the answer.
    pub(crate) channel: Option<String>,
    pub(crate) path: Option<JsonPath>,
    pub(crate) options: TextOptions,
    pub(crate) value: ValueTemplate,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct TextOptions {
    pub(crate) ignore_case: bool,
    pub(crate) trim: bool,
    pub(crate) nfc: bool,
}

impl TextOptions {
    /// A text as it is compared. Regular expressions ignore the case themselves, so that what is said
    /// of the text shows it as it is.
    pub(crate) fn apply(self, text: &str) -> String {
        let text: Cow<'_, str> = if self.nfc { text.nfc().collect() } else { text.into() };
        let text = if self.trim { text.trim() } else { &*text };
        if self.ignore_case { text.to_lowercase() } else { text.to_owned() }
    }
}

/// Reads a list of expectations, or one alone. `channels` are the channels that the schema of the
/// answers names.
///
/// # Errors
///
/// With everything that is wrong, and where. The list is empty where `values` reported a fault.
pub fn read(
    value: &Value,
    channels: &[String],
    values: &mut dyn Values,
) -> Result<Vec<Item>, Vec<ExpectFault>> {
    let mut reader = Reader { channels, values, faults: Vec::new() };
    let mut items = Vec::new();
    match value {
        Value::Array(entries) => {
            if entries.is_empty() {
                let right = "write at least one expectation, or take the key out";
                reader.faults.push(ExpectFault::new(&[], Kind::Empty { right }));
            }
            for (index, entry) in (0..).zip(entries) {
                items.extend(reader.item(&[Step::Index(index)], entry));
            }
        }
        Value::Object(_) => items.extend(reader.item(&[], value)),
        other => {
            let expected = "a list of expectations such as `contains: \"42\"`";
            reader.faults.push(ExpectFault::new(&[], Kind::shape(expected, other)));
        }
    }
    if reader.faults.is_empty() { Ok(items) } else { Err(reader.faults) }
}

struct Reader<'r> {
    channels: &'r [String],
    values: &'r mut dyn Values,
    faults: Vec<ExpectFault>,
}

impl Reader<'_> {
    fn fault(&mut self, at: &[Step], kind: Kind) {
        self.faults.push(ExpectFault::new(at, kind));
    }

    fn item(&mut self, at: &[Step], entry: &Value) -> Option<Item> {
        let Value::Object(members) = entry else {
            self.fault(at, Kind::shape("a map such as `contains: \"42\"`", entry));
            return None;
        };
        if let Some(Value::String(_)) = members.get("type") {
            self.fault(&below(at, "type"), Kind::Promptfoo(promptfoo::remedy(members)));
            return None;
        }
        let before = self.faults.len();
        let kind = self.kind(at, members);
        let path = self.path(at, members);
        let channel = self.channel(at, members);
        let options = TextOptions {
            ignore_case: self.flag(at, members, "ignore_case"),
            trim: self.flag(at, members, "trim"),
            nfc: self.normalize(at, members),
        };
        let kind = kind.filter(|_| self.faults.len() == before)?;
        self.check_meaning(at, kind, members);
        let place = below(at, kind.name());
        let written = &members[kind.name()];
        if written.is_null() {
            self.fault(&place, Kind::Empty { right: "write what is expected" });
            return None;
        }
        let value = self.values.value(&place, written)?;
        let item = Item { at: at.to_vec(), kind, channel, path, options, value };
        if let Some(Err(fault)) = item.fixed(&|value| value) {
            self.faults.push(fault);
        }
        Some(item)
    }

    /// The kind that the entry names; every other member has to be an option.
    fn kind(&mut self, at: &[Step], members: &Map<String, Value>) -> Option<ExpectationKind> {
        let mut found = None;
        let mut is_wrong = false;
        for name in members.keys() {
            let kind = kinds().find(|kind| kind.name() == name);
            match (kind, found) {
                (Some(kind), None) => found = Some(kind),
                (Some(kind), Some(first)) => {
                    self.fault(&below(at, name), Kind::SeveralKinds(first, kind));
                    is_wrong = true;
                }
                (None, _) if OPTIONS.contains(&name.as_str()) => {}
                (None, _) => {
                    let fault = unknown(name, members);
                    self.fault(&below(at, name), fault);
                    is_wrong = true;
                }
            }
        }
        if found.is_none() && !is_wrong {
            self.fault(at, Kind::NoKind);
        }
        found.filter(|_| !is_wrong)
    }

    fn path(&mut self, at: &[Step], members: &Map<String, Value>) -> Option<JsonPath> {
        let value = members.get("path").filter(|value| !value.is_null())?;
        let place = below(at, "path");
        let Value::String(text) = value else {
            self.fault(&place, Kind::shape("a JSONPath", value));
            return None;
        };
        match JsonPath::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                let (fault, character) = (error.fault().clone(), error.position());
                self.fault(&place, Kind::Path { fault, character });
                None
            }
        }
    }

    fn channel(&mut self, at: &[Step], members: &Map<String, Value>) -> Option<String> {
        let value = members.get("channel").filter(|value| !value.is_null())?;
        let place = below(at, "channel");
        let Value::String(name) = value else {
            self.fault(&place, Kind::shape("the name of a channel", value));
            return None;
        };
        let own = self.channels;
        let all = || CHANNELS.into_iter().chain(own.iter().map(String::as_str));
        if all().any(|known| known == name) {
            return Some(name.clone()).filter(|name| name != "text");
        }
        let nearest = nearest(name, all()).map(str::to_owned);
        let channels = all().map(str::to_owned).collect();
        self.fault(&place, Kind::UnknownChannel { nearest, channels });
        None
    }

    fn flag(&mut self, at: &[Step], members: &Map<String, Value>, name: &str) -> bool {
        match members.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            // A variable gives a text.
            Some(Value::String(text)) if text == "true" || text == "false" => text == "true",
            Some(other) => {
                self.fault(&below(at, name), Kind::shape("`true` or `false`", other));
                false
            }
        }
    }

    fn normalize(&mut self, at: &[Step], members: &Map<String, Value>) -> bool {
        match members.get("normalize") {
            None | Some(Value::Null) => false,
            Some(Value::String(form)) if form.eq_ignore_ascii_case("nfc") => true,
            Some(other) => {
                self.fault(&below(at, "normalize"), Kind::shape("`nfc`", other));
                false
            }
        }
    }

    /// Reports options that the kind gives no meaning.
    fn check_meaning(&mut self, at: &[Step], kind: ExpectationKind, members: &Map<String, Value>) {
        use ExpectationKind::{
            Characters, Contains, Equals, JsonSchema, Matches, NotContains, Prefix, Similar,
        };
        let known: &[&str] = match kind {
            Contains | NotContains | Equals | Matches | Similar => OPTIONS,
            JsonSchema | Characters => &["channel", "path"],
            Prefix => &["ignore_case", "trim", "normalize"],
            _ => &[],
        };
        for option in OPTIONS {
            let is_written = members.get(*option).is_some_and(|value| !value.is_null());
            if is_written && !known.contains(option) {
                self.fault(&below(at, option), Kind::NoMeaning(kind));
            }
        }
    }
}

/// What is said of a member that is neither a kind nor an option.
fn unknown(name: &str, members: &Map<String, Value>) -> Kind {
    let has_kind = |(name, _): (&String, &Value)| kinds().any(|kind| kind.name() == name);
    if members.iter().any(has_kind) {
        let options = OPTIONS;
        let nearest = nearest(name, options.iter().copied()).map(str::to_owned);
        return Kind::UnknownKey { nearest, options };
    }
    let kinds = kinds().map(ExpectationKind::name);
    Kind::UnknownKind { nearest: nearest(name, kinds).map(str::to_owned) }
}

/// The kinds that an entry can have. The judge is a key of its own.
pub(crate) fn kinds() -> impl Iterator<Item = ExpectationKind> {
    ExpectationKind::ALL.iter().copied().filter(|kind| *kind != ExpectationKind::Judge)
}

pub(crate) fn below(at: &[Step], name: &str) -> Vec<Step> {
    let step = Step::Name(name.to_owned());
    at.iter().cloned().chain([step]).collect()
}

impl Item {
    /// Whether it reads the arguments of tool calls.
    pub(crate) fn reads_arguments(&self) -> bool {
        match self.fixed(&|value| value) {
            Some(Ok(Check::ToolCalls(calls))) => calls.reads_arguments(),
            // What it asks depends on the case.
            None => self.kind == ExpectationKind::ToolCalls,
            _ => false,
        }
    }

    /// What is to be checked, where it is the same for every case; `mask` is applied to what was
    /// written.
    pub(crate) fn fixed(
        &self,
        mask: &dyn Fn(Value) -> Value,
    ) -> Option<Result<Check, ExpectFault>> {
        (!self.value.takes_values()).then(|| self.filled(&Value::Null, mask))
    }

    /// What is to be checked in the case with this document.
    pub(crate) fn filled(
        &self,
        document: &Value,
        mask: &dyn Fn(Value) -> Value,
    ) -> Result<Check, ExpectFault> {
        let is_regex = self.kind == ExpectationKind::Matches;
        let within = |text: &str| if is_regex { regex::escape(text) } else { text.to_owned() };
        let at = below(&self.at, self.kind.name());
        let value = self.value.fill(document, &within);
        let value = value.map_err(|missing| ExpectFault::new(&at, Kind::NotFilled(missing)))?;
        Check::read(self.kind, &mask(value), self.options).map_err(|fault| fault.within(&at))
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_schema::key;
    use serde_json::json;

    use super::*;

    /// What is wrong, one fault in each line, with its place.
    #[track_caller]
    fn check(value: &Value, expected: &[&str]) {
        let channels = ["citations".to_owned()];
        let faults = read(value, &channels, &mut Literal).map(|_| ()).expect_err("it is wrong");
        let shown = faults.iter().map(|fault| format!("{}: {fault}", key(&fault.at)));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_misspelt_or_empty_is_a_fault() {
        check(&json!([]), &[": is empty; write at least one expectation, or take the key out"]);
        check(
            &json!([{"contians": "a"}, {"contains": "a", "ignorecase": true}, {}, "Paris"]),
            &[
                "[0].contians: unknown expectation; did you mean `contains`?",
                "[1].ignorecase: unknown key; did you mean `ignore_case`?",
                "[2]: names no expectation; write for example `contains: \"42\"`",
                "[3]: must be a map such as `contains: \"42\"`, not text",
            ],
        );
        check(
            &json!([{"contains": ""}, {"contains": []}, {"equals": null}, {"tool_calls": {}}]),
            &[
                "[0].contains: is empty; write a text that is looked for",
                "[1].contains: is empty; write a text that is looked for",
                "[2].equals: is empty; write what is expected",
                "[3].tool_calls: is empty; write `names`, `arguments`, or a list of names",
            ],
        );
        check(
            &json!([{"contains": "a", "equals": "b"}]),
            &[
                "[0].equals: names two expectations, `contains` and `equals`; write each as an entry \
               of its own",
            ],
        );
        check(
            &json!("Paris"),
            &[": must be a list of expectations such as `contains: \"42\"`, not text"],
        );
    }

    #[test]
    fn options_have_to_be_known_and_to_mean_something() {
        check(
            &json!([{"contains": "a", "channel": "citation"}, {"contains": "a", "channel": "notes"}]),
            &[
                "[0].channel: no channel has this name; did you mean `citations`?",
                "[1].channel: no channel has this name; there are `text`, `reasoning`, `refusal`, \
                 `citations`",
            ],
        );
        check(
            &json!([{"duration": "2s", "trim": true}, {"contains": "a", "path": "a["}]),
            &[
                "[0].trim: has no meaning with `duration`; take it out",
                "[1].path: is not a valid path: the path ends where a quoted name, an index, a slice, \
                 `*` or `?` should stand",
            ],
        );
        check(
            &json!([{"contains": "a", "normalize": "nfd"}, {"contains": "a", "trim": "yes"}]),
            &[
                "[0].normalize: must be `nfc`, not text",
                "[1].trim: must be `true` or `false`, not text",
            ],
        );
    }

    #[test]
    fn the_form_of_promptfoo_is_named_with_its_counterpart() {
        check(
            &json!([{"type": "icontains", "value": "Paris"}, {"type": "llm-rubric", "value": "ok"}]),
            &[
                "[0].type: is an assertion of promptfoo; write `contains` with `ignore_case: true`",
                "[1].type: is an assertion of promptfoo; it has no counterpart here",
            ],
        );
    }

    #[test]
    fn one_expectation_needs_no_list() {
        let items = read(&json!({"contains": 42, "trim": true}), &[], &mut Literal);
        assert_eq!(items.expect("it is sound").len(), 1);
    }
}
