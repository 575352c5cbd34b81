//! Reads the replies of a judge: each is a vote, and the votes are a judgement.

use std::fmt;

use fluxloop_jsonpath::{JsonPath, Step};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_schema::nearest;
use fluxloop_trace::{Judgement, Milliseconds, TokenUsage, Trace, Verdict, Votes};
use serde_json::{Map, Value};

use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::item::below;
use crate::words::names;

/// How many characters of a reason stand in a record.
const REASON_CHARS: usize = 1_000;
/// How many keys a message lists.
const LISTED: usize = 12;
/// The tests of `pass_when`, and its path.
const PARTS: &[&str] = &["path", "equals", "in", "at_least", "at_most"];
/// What `pass_when` looks like.
const FORM: &str = "a map such as `{path: verdict, equals: pass}`";

/// How the reply of a judge is read.
#[derive(Clone, PartialEq)]
pub struct ReplyRules {
    /// Where the vote is.
    path: JsonPath,
    /// Which values pass the answer.
    test: Test,
    /// Where the reason is.
    reason: JsonPath,
}

/// Which values pass an answer.
#[derive(Clone, PartialEq)]
enum Test {
    /// One of these values.
    In(Vec<Value>),
    /// A number within these bounds.
    Within { at_least: Option<f64>, at_most: Option<f64> },
}

/// What one reply says of an answer.
#[derive(Clone, Debug)]
pub struct Vote {
    side: Side,
    /// The judge's words, or why the reply is no vote.
    reason: Option<Masked>,
    attempts: u64,
    duration: Milliseconds,
    usage: Option<TokenUsage>,
    model: Option<Masked>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    Pass,
    Fail,
    Unjudged,
}

impl ReplyRules {
    /// Reads `pass_when`: `{path: verdict, equals: pass}`, with `equals`, `in`, or `at_least` and
    /// `at_most`. `reason` is where the judge says why.
    ///
    /// # Errors
    ///
    /// With the first thing that is wrong, and where.
    pub fn read(pass_when: &Value, reason: JsonPath) -> Result<Self, ExpectFault> {
        let Value::Object(members) = pass_when else {
            return Err(ExpectFault::new(&[], Kind::shape(FORM, pass_when)));
        };
        if let Some(name) = members.keys().find(|name| !PARTS.contains(&name.as_str())) {
            let nearest = nearest(name, PARTS.iter().copied()).map(str::to_owned);
            let kind = Kind::UnknownKey { nearest, options: PARTS };
            return Err(ExpectFault::new(&below(&[], name), kind));
        }
        Ok(Self { path: path(members)?, test: Test::read(members)?, reason })
    }

    /// What the reply says, given the record of the exchange with the judge. `asked` are the texts
    /// that the judge was given: a reply that only repeats one of them is no vote.
    ///
    /// The reply has to be a JSON object as a whole: the text, or a text in one fenced block, or, where
    /// the reply has no text, the arguments of its only tool call. Free text is never searched.
    ///
    /// `redactor` masks what is said of it.
    pub fn vote(&self, reply: &Trace, asked: &[&str], redactor: &Redactor) -> Vote {
        let of = |side, reason| Vote {
            side,
            reason,
            attempts: reply.attempts().count() as u64,
            duration: reply.duration_ms,
            usage: reply.token_usage,
            model: reply.model.clone(),
        };
        if !reply.success {
            let why =
                reply.error.as_ref().map_or("the judge was stopped", |it| it.message.as_str());
            return of(Side::Unjudged, Some(redactor.mask(why).excerpt(REASON_CHARS)));
        }
        let document = match document(reply, asked) {
            Ok(document) => document,
            Err(why) => return of(Side::Unjudged, Some(Masked::from_static(why))),
        };
        let found = self.path.select(&document).ok().and_then(|found| found.first().copied());
        let Some(value) = found else {
            let keys: Vec<&String> =
                document.as_object().into_iter().flat_map(Map::keys).take(LISTED).collect();
            let why = format!(
                "`{}` finds nothing in the reply, which has {}",
                self.path.as_str(),
                if keys.is_empty() { "no keys".to_owned() } else { names(&keys) },
            );
            return of(Side::Unjudged, Some(redactor.mask(&why).excerpt(REASON_CHARS)));
        };
        let Some(passes) = self.test.passes(value) else {
            let why = format!("`{}` is not {}", self.path.as_str(), self.test.expected());
            return of(Side::Unjudged, Some(redactor.mask(&why).excerpt(REASON_CHARS)));
        };
        let reason = self.reason.select(&document).ok();
        let reason = reason.and_then(|found| match found.first()? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        });
        let reason = reason.map(|text| redactor.mask(&text).excerpt(REASON_CHARS));
        of(if passes { Side::Pass } else { Side::Fail }, reason)
    }

    /// Where the reason is.
    pub(crate) fn reason(&self) -> &str {
        self.reason.as_str()
    }

    /// A reply that passes any answer, as a mock judge gives it.
    pub fn sample(&self) -> Value {
        let value = match &self.test {
            Test::In(values) => values.first().cloned().unwrap_or_default(),
            Test::Within { at_least, at_most } => at_least.or(*at_most).into(),
        };
        let mut sample = Value::Null;
        put(&mut sample, &self.path, value);
        put(&mut sample, &self.reason, "the mock judge passes every answer".into());
        sample
    }
}

/// Where the vote is. A path that may find several values would let one of them decide.
fn path(members: &Map<String, Value>) -> Result<JsonPath, ExpectFault> {
    let at = below(&[], "path");
    let Some(Value::String(text)) = members.get("path") else {
        let found = members.get("path").unwrap_or(&Value::Null);
        return Err(ExpectFault::new(&at, Kind::shape("a JSONPath", found)));
    };
    let parsed = JsonPath::parse(text).map_err(|error| {
        let (fault, character) = (error.fault().clone(), error.position());
        ExpectFault::new(&at, Kind::Path { fault, character })
    })?;
    match parsed.steps() {
        Some([Step::Name(_), ..]) => Ok(parsed),
        _ => Err(ExpectFault::new(&at, Kind::Number("a path to one member, such as `verdict`"))),
    }
}

impl Test {
    fn read(members: &Map<String, Value>) -> Result<Self, ExpectFault> {
        let given = |name: &str| members.get(name).filter(|value| !value.is_null());
        let fault = |name: &str, kind| Err(ExpectFault::new(&below(&[], name), kind));
        let (equals, among) = (given("equals"), given("in"));
        let (at_least, at_most) = (number(members, "at_least")?, number(members, "at_most")?);
        let is_bound = at_least.is_some() || at_most.is_some();
        match (equals, among) {
            (Some(_), Some(_)) => fault("equals", Kind::Excludes("in")),
            (Some(_), None) if is_bound => fault("equals", Kind::Excludes("at_least")),
            (None, Some(_)) if is_bound => fault("in", Kind::Excludes("at_least")),
            (Some(value), None) => Ok(Self::In(vec![value.clone()])),
            (None, Some(Value::Array(values))) if !values.is_empty() => {
                Ok(Self::In(values.clone()))
            }
            (None, Some(other)) => fault("in", Kind::shape("a list of values", other)),
            (None, None) if is_bound => {
                if at_least.zip(at_most).is_some_and(|(least, most)| most < least) {
                    return fault("at_most", Kind::Bounds);
                }
                Ok(Self::Within { at_least, at_most })
            }
            (None, None) => {
                let right = "write `equals`, `in`, `at_least` or `at_most`";
                Err(ExpectFault::new(&[], Kind::Empty { right }))
            }
        }
    }

    /// Whether a value passes the answer; `None` where it is of another type than the values are that
    /// do.
    fn passes(&self, value: &Value) -> Option<bool> {
        match self {
            Self::In(values) => {
                let is_alike =
                    |it: &Value| std::mem::discriminant(it) == std::mem::discriminant(value);
                values.iter().any(is_alike).then(|| values.iter().any(|it| is_equal(it, value)))
            }
            Self::Within { at_least, at_most } => {
                let number = value.as_f64().filter(|_| value.is_number())?;
                let above = at_least.is_none_or(|least| number >= least);
                Some(above && at_most.is_none_or(|most| number <= most))
            }
        }
    }

    /// What a value has to be, so that it can be compared.
    fn expected(&self) -> &'static str {
        match self {
            Self::Within { .. } => "a number",
            Self::In(values) => match values.first() {
                Some(Value::String(_)) => "a text",
                Some(Value::Bool(_)) => "`true` or `false`",
                Some(Value::Number(_)) => "a number",
                _ => "of the type of the values that pass",
            },
        }
    }
}

fn number(members: &Map<String, Value>, name: &str) -> Result<Option<f64>, ExpectFault> {
    let Some(value) = members.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    // A variable gives a text.
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let number = number.filter(|number: &f64| number.is_finite());
    let fault = || ExpectFault::new(&below(&[], name), Kind::shape("a number", value));
    number.map(Some).ok_or_else(fault)
}

/// Whether two values are the same; 1 equals 1.0.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

/// The reply as a JSON object, or why it is not one.
fn document(reply: &Trace, asked: &[&str]) -> Result<Value, &'static str> {
    let calls = reply.last_turn().map(|turn| turn.tool_calls.as_slice()).unwrap_or_default();
    let text = match (reply.output.as_str().trim(), calls) {
        ("", [call]) => call.arguments.as_ref().map(Masked::as_str).unwrap_or_default(),
        ("", []) => return Err("the reply is empty"),
        ("", _) => return Err("the reply calls several tools, and has no text"),
        (text, _) => text,
    };
    let text = unfenced(text);
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Err("the reply is not JSON as a whole");
    };
    if !document.is_object() {
        return Err("the reply is JSON, and not an object");
    }
    // Blanks do not matter: who repeats JSON may lay it out anew.
    let said = without_blanks(text);
    if asked.iter().any(|text| without_blanks(text).contains(&said)) {
        return Err("the reply only repeats what stands in the question or the answer");
    }
    Ok(document)
}

/// The text in a fenced block, where the whole text is one.
fn unfenced(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let inner = inner.and_then(|inner| inner.split_once('\n')).map(|(_, inner)| inner.trim());
    inner.unwrap_or(text)
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Puts a value at a path of names; a path of another form has no place.
fn put(document: &mut Value, path: &JsonPath, value: Value) {
    let mut place = document;
    for step in path.steps().unwrap_or_default() {
        let Step::Name(name) = step else { return };
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name.as_str()];
    }
    *place = value;
}

/// Joins the votes on an answer: more than half of them decide.
pub fn judgement(votes: Vec<Vote>, hash: String) -> Judgement {
    let count = |side| votes.iter().filter(|vote| vote.side == side).count() as u64;
    let split =
        Votes { pass: count(Side::Pass), fail: count(Side::Fail), unjudged: count(Side::Unjudged) };
    let has_most = |count: u64| 2 * count > votes.len() as u64;
    let (verdict, side) = match split {
        Votes { pass, .. } if has_most(pass) => (Verdict::Met, Side::Pass),
        Votes { fail, .. } if has_most(fail) => (Verdict::Unmet, Side::Fail),
        _ => (Verdict::Unjudged, Side::Unjudged),
    };
    let usage = votes.iter().filter_map(|vote| vote.usage);
    let usage = usage.reduce(|one, other| TokenUsage {
        prompt_tokens: one.prompt_tokens.saturating_add(other.prompt_tokens),
        completion_tokens: one.completion_tokens.saturating_add(other.completion_tokens),
        total_tokens: one.total_tokens.saturating_add(other.total_tokens),
    });
    let nanos = votes.iter().map(|vote| vote.duration.as_nanos()).fold(0, u64::saturating_add);
    let attempts = votes.iter().map(|vote| vote.attempts).sum();
    let model = votes.iter().find_map(|vote| vote.model.clone());
    let mut deciding = votes.into_iter().filter(|vote| vote.side == side);
    let reason = deciding.find_map(|vote| vote.reason);
    let undecided = || Masked::from_static("no side has more than half of the votes");
    Judgement {
        verdict,
        reason: reason.or_else(|| (side == Side::Unjudged).then(undecided)),
        votes: Some(split),
        attempts,
        duration_ms: Milliseconds::from_nanos(nanos),
        token_usage: usage,
        model,
        hash,
        reused: false,
    }
}

/// Where is looked, and none of the values: a secret can stand in any of them.
impl fmt::Debug for ReplyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyRules").field("path", &self.path.as_str()).finish_non_exhaustive()
    }
}
