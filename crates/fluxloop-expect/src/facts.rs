//! What a record says of an answer.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_redact::Masked;
use fluxloop_trace::{Channel, Outcome, Trace, Turn};
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::words::{excerpt, names};

/// How many keys a message lists.
const LISTED: usize = 12;

/// What a record says of an answer.
pub(crate) struct Facts<'t> {
    pub(crate) trace: &'t Trace,
    /// The channels as JSON, as far as somebody asked.
    json: RefCell<BTreeMap<Option<String>, Json>>,
}

/// A channel as JSON, or why it is none.
type Json = Rc<Result<Value, Problem>>;

/// A text, and whether more of it came than the record keeps.
pub(crate) struct Text<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) is_cut: bool,
}

impl<'t> Facts<'t> {
    pub(crate) fn new(trace: &'t Trace) -> Self {
        Self { trace, json: RefCell::default() }
    }

    pub(crate) fn turn(&self) -> Option<&'t Turn> {
        self.trace.last_turn()
    }

    /// The text of a channel. A channel of which nothing came has an empty text.
    pub(crate) fn channel(&self, name: Option<&str>) -> Result<Text<'t>, Problem> {
        let Some(name) = name else {
            let is_cut = self.trace.outcome == Outcome::Stopped;
            return Ok(Text { text: self.trace.output.as_str().into(), is_cut });
        };
        let Some(channel) = self.find(name) else {
            return Ok(Text { text: "".into(), is_cut: false });
        };
        let text = match &channel.text {
            Some(text) => text.as_str().into(),
            None if !channel.items.is_empty() => {
                let items: Vec<&str> = channel.items.iter().map(Masked::as_str).collect();
                items.join("\n").into()
            }
            None => {
                let what = format!("the text of the channel `{name}` is not in the record");
                return Err(Problem::unjudged(what));
            }
        };
        Ok(Text { text, is_cut: channel.cut })
    }

    /// How many characters of a channel came.
    pub(crate) fn characters(&self, name: Option<&str>) -> u64 {
        match name {
            Some(name) => self.find(name).map_or(0, |channel| channel.characters),
            None => self.trace.output.as_str().chars().count() as u64,
        }
    }

    fn find(&self, name: &str) -> Option<&'t Channel> {
        let channels = &self.turn()?.channels;
        match name {
            "reasoning" => channels.reasoning.as_ref(),
            "refusal" => channels.refusal.as_ref(),
            _ => {
                let mut others = channels.others.iter();
                others.find(|(known, _)| known.as_str() == name).map(|(_, channel)| channel)
            }
        }
    }

    /// A channel as JSON, or what a path finds in it: of a path that may find several values, their
    /// list.
    pub(crate) fn json(
        &self,
        channel: Option<&str>,
        path: Option<&JsonPath>,
    ) -> Result<Value, Problem> {
        let key = channel.map(str::to_owned);
        let known = self.json.borrow().get(&key).cloned();
        let whole = known.unwrap_or_else(|| {
            let read = Rc::new(self.channel(channel).and_then(|text| read(&text)));
            self.json.borrow_mut().insert(key, Rc::clone(&read));
            read
        });
        let whole = whole.as_ref().as_ref().map_err(Clone::clone)?;
        let Some(path) = path else { return Ok(whole.clone()) };
        let found = path
            .select(whole)
            .map_err(|_| Problem::unmet("the path finds more values than are of any use"))?;
        match found.as_slice() {
            [] => Err(missing(whole, path)),
            [one] if path.is_singular() => Ok((*one).clone()),
            several => Ok(several.iter().map(|value| (*value).clone()).collect()),
        }
    }
}

fn read(text: &Text<'_>) -> Result<Value, Problem> {
    serde_json::from_str(&text.text).map_err(|_| {
        let what = match text.text.trim_start() {
            "" => "the text is empty, and not JSON",
            fenced if fenced.starts_with("```") => "the text is a block of code, and not JSON",
            _ if text.is_cut => "the text was cut, and what is left is not JSON",
            _ => "the text is not JSON",
        };
        Problem::unmet(what).actual(excerpt(&text.text, 0))
    })
}

/// What is said where a path finds nothing: how far it came, and the keys that were there.
fn missing(whole: &Value, path: &JsonPath) -> Problem {
    let (mut last, mut pointer) = (whole, String::new());
    for step in path.steps().unwrap_or_default() {
        let (next, name) = match step {
            Step::Name(name) => (last.get(name), name.clone()),
            Step::Index(index) => {
                let at = usize::try_from(*index).ok();
                (at.and_then(|index| last.get(index)), index.to_string())
            }
        };
        let Some(next) = next else { break };
        last = next;
        pointer.extend(["/", &name.replace('~', "~0").replace('/', "~1")]);
    }
    let there = match last {
        Value::Object(members) if members.is_empty() => "an empty object is there".to_owned(),
        Value::Object(members) => {
            let keys: Vec<&String> = members.keys().take(LISTED).collect();
            format!("the keys {} are there", names(&keys))
        }
        Value::Array(items) if items.len() == 1 => "a list of 1 item is there".to_owned(),
        Value::Array(items) => format!("a list of {} items is there", items.len()),
        Value::String(_) => "a text is there".to_owned(),
        Value::Number(_) => "a number is there".to_owned(),
        Value::Bool(_) => "`true` or `false` is there".to_owned(),
        Value::Null => "`null` is there".to_owned(),
    };
    let what = format!("the path `{}` finds nothing; {there}", path.as_str());
    Problem::unmet(what).actual(excerpt(&last.to_string(), 0)).pointer(pointer)
}

/// The document that templates of expectations look into, of what the record has.
pub(crate) fn document(trace: &Trace) -> Value {
    let value = |value: Option<Value>| value.unwrap_or_default();
    let metadata = value(serde_json::to_value(&trace.metadata).ok());
    let expected = trace.expected.as_ref().and_then(|it| serde_json::to_value(it).ok());
    assemble(Parts {
        id: trace.case_id.input_id.as_str(),
        input: trace.input.as_str(),
        persona: trace.persona.as_ref().map(Masked::as_str),
        iteration: trace.iteration,
        metadata,
        expected,
    })
}

/// What a document is made of.
pub(crate) struct Parts<'p> {
    pub(crate) id: &'p str,
    pub(crate) input: &'p str,
    pub(crate) persona: Option<&'p str>,
    pub(crate) iteration: u32,
    pub(crate) metadata: Value,
    pub(crate) expected: Option<Value>,
}

pub(crate) fn assemble(parts: Parts<'_>) -> Value {
    let vars = parts.metadata.get("vars").cloned();
    let mut document = json!({
        "id": parts.id,
        "input": parts.input,
        "persona": parts.persona,
        "iteration": parts.iteration,
        "metadata": parts.metadata,
    });
    for (name, value) in [("vars", vars), ("expected", parts.expected)] {
        if let Some(value) = value {
            document[name] = value;
        }
    }
    document
}
