//! Entries that were written for other programs.

use serde_json::{Map, Value, json};

use super::InputFault;
use super::members::{
    EXPECT, EXPECTED, FILE, ID, INPUT, MESSAGES, PARTS, Unfit, last_user_text, only_text, some,
    text_of, why_not,
};

/// What a file was written for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Preset {
    /// `{conversations: [{from, value}]}`.
    ShareGpt,
    /// `{custom_id, method, url, body}` of OpenAI's Batch API.
    OpenAiBatch,
    /// The tests of promptfoo: `{vars, assert}`, or CSV with a column for each variable.
    Promptfoo,
    /// `{instruction, input, output}`.
    Alpaca,
    /// `{messages: [{role, content}]}`, as for fine-tuning at OpenAI.
    OpenAiMessages,
}

/// The names of the presets, as [`Preset::ALL`] has them.
pub(crate) const PRESETS: [&str; 5] =
    ["sharegpt", "openai-batch", "promptfoo", "alpaca", "openai-messages"];

/// Who speaks in `ShareGPT`, and the role in a request.
const SPEAKERS: [(&str, &[&str]); 3] = [
    ("user", &["human", "user"]),
    ("assistant", &["gpt", "assistant", "chatgpt", "model", "bot"]),
    ("system", &["system"]),
];

/// Members of a promptfoo test that change what promptfoo sends or checks.
const PROMPTFOO_ONLY: [&str; 6] =
    ["options", "provider", "providers", "prompts", "threshold", "assertScoringFunction"];

/// The parts of an entry that are known so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// By their places in [`PARTS`].
    pub(super) parts: [Option<Value>; PARTS.len()],
    /// The other members.
    pub(super) rest: Map<String, Value>,
    /// The whole body of the request.
    pub(super) body: Option<Value>,
    /// Members that have a meaning elsewhere, and none here.
    pub(super) unapplied: Vec<&'static str>,
    /// Values at places that the user named, which do not count.
    pub(super) unfit: Vec<Unfit>,
    /// Names of a text or of messages whose value does not count, and why.
    pub(super) unusable: Vec<(&'static str, &'static str)>,
}

impl Draft {
    /// Fills a part in, unless the user said where it is.
    fn put(&mut self, part: usize, value: Option<Value>) {
        if self.parts[part].is_none() {
            self.parts[part] = value;
        }
    }
}

impl Preset {
    pub(super) const ALL: [Self; 5] =
        [Self::ShareGpt, Self::OpenAiBatch, Self::Promptfoo, Self::Alpaca, Self::OpenAiMessages];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        PRESETS[self as usize]
    }

    /// Members by which an entry of this form is known.
    pub(super) fn signs(self) -> &'static [&'static str] {
        match self {
            Self::ShareGpt => &["conversations"],
            Self::OpenAiBatch => &["custom_id", "body"],
            Self::Promptfoo => &["vars"],
            Self::Alpaca => &["instruction", "output"],
            Self::OpenAiMessages => &["messages"],
        }
    }

    /// Finds the parts that the user named no place for.
    pub(super) fn convert(self, draft: &mut Draft) -> Result<(), InputFault> {
        match self {
            Self::ShareGpt => {
                let turns = draft.parts[MESSAGES]
                    .take()
                    .or_else(|| draft.rest.shift_remove("conversations"));
                let system = draft.rest.shift_remove("system").filter(|it| *it != json!(""));
                self.conversation(draft, spoken(turns, system)?)
            }
            Self::OpenAiMessages => {
                let messages =
                    draft.parts[MESSAGES].take().or_else(|| draft.rest.shift_remove("messages"));
                let Some(Value::Array(messages)) = read(messages) else {
                    return Err(self.fault("has no list `messages`"));
                };
                self.conversation(draft, messages)
            }
            Self::OpenAiBatch => self.batch(draft),
            Self::Promptfoo => self.test(draft),
            Self::Alpaca => self.instruction(draft),
        }
    }

    fn fault(self, what: &'static str) -> InputFault {
        InputFault::Foreign { preset: self.name(), what, right: None }
    }

    fn fault_with(self, what: &'static str, right: &'static str) -> InputFault {
        InputFault::Foreign { preset: self.name(), what, right: Some(right) }
    }

    /// Takes messages up to the last one of the user. What the model answered then is what is
    /// expected, and is not sent.
    fn conversation(self, draft: &mut Draft, mut messages: Vec<Value>) -> Result<(), InputFault> {
        let is_user = |message: &Value| message["role"] == "user";
        let last = messages.iter().rposition(is_user);
        let last = last.ok_or_else(|| self.fault("has no turn of the user"))?;
        let answers = messages.split_off(last + 1);
        let is_answer = |message: &&Value| message["role"] == "assistant";
        let mut answers = answers.iter().rev().filter(is_answer);
        draft.put(
            EXPECTED,
            answers.find_map(|message| text_of(&message["content"])).map(Value::from),
        );
        let text = text_of(&messages[last]["content"]).unwrap_or_default();
        draft.put(INPUT, Some(text.into()));
        draft.parts[MESSAGES] = Some(messages.into());
        Ok(())
    }

    /// The body is sent as it is; what the record needs is looked for in it.
    fn batch(self, draft: &mut Draft) -> Result<(), InputFault> {
        let body = read(draft.rest.shift_remove("body"));
        let body = body.filter(Value::is_object);
        let body = body.ok_or_else(|| self.fault("has no mapping `body`"))?;
        let messages = ["messages", "input"].map(|name| &body[name]);
        let messages = messages.into_iter().find(|it| last_user_text(it).is_some());
        let text = messages.and_then(last_user_text);
        let plain = ["input", "prompt"].into_iter().find_map(|name| body[name].as_str());
        let text = text.or_else(|| plain.map(str::to_owned)).unwrap_or_else(|| body.to_string());
        draft.put(MESSAGES, messages.cloned());
        draft.put(INPUT, Some(text.into()));
        let id = draft.rest.shift_remove("custom_id");
        draft.put(ID, id);
        draft.body = Some(body);
        Ok(())
    }

    /// A test has variables and assertions; a line of its CSV has a column for each variable.
    fn test(self, draft: &mut Draft) -> Result<(), InputFault> {
        let is_file = |it: &Value| it.as_str().is_some_and(|text| text.starts_with(FILE));
        let vars = match draft.rest.shift_remove("vars") {
            Some(Value::Object(vars)) => vars,
            Some(vars) if is_file(&vars) => {
                return Err(self.fault_with(
                    "has `vars` that are read from a file (`file://`), which this program does not do",
                    "write the variables of that file below `vars`",
                ));
            }
            Some(_) => return Err(self.fault("has `vars` that are not a mapping")),
            None => {
                let columns: Vec<String> =
                    draft.rest.keys().filter(|name| !name.starts_with("__")).cloned().collect();
                let column = |name: String| draft.rest.shift_remove(&name).map(|cell| (name, cell));
                columns.into_iter().filter_map(column).collect()
            }
        };
        if vars.values().any(Value::is_array) {
            return Err(self.fault_with(
                "has a list as the value of a variable, which stands for several tests",
                "write one test for each of its items",
            ));
        }
        if vars.values().any(is_file) {
            return Err(self.fault_with(
                "has a variable that is read from a file (`file://`), which this program does not do",
                "write the text of that file in its place",
            ));
        }
        let asserts = draft.rest.shift_remove("assert").or_else(|| {
            let columns = draft.rest.iter().filter(|(name, _)| name.starts_with("__expected"));
            let cells: Vec<Value> = columns.filter_map(|(_, cell)| asserted(cell)).collect();
            (!cells.is_empty()).then_some(cells.into())
        });
        draft.rest.retain(|name, _| !name.starts_with("__expected"));
        draft.put(EXPECT, asserts);
        if draft.parts[INPUT].is_none() && draft.parts[MESSAGES].is_none() {
            let name = only_text(&vars)?.or_else(|| match vars.keys().collect::<Vec<_>>()[..] {
                [name] => Some(name.as_str()),
                _ => None,
            });
            let text = name.and_then(|name| text_of(&vars[name]));
            draft.parts[INPUT] = Some(Value::from(text.ok_or_else(|| {
                let unfit = name.and_then(|name| Some((name, why_not(INPUT, &vars[name])?)));
                let unfit = unfit.iter().map(|(name, why)| format!("`{name}` {why}")).collect();
                InputFault::NoVariable { has: some(vars.keys()), unfit }
            })?));
        }
        draft.rest.insert("vars".to_owned(), vars.into());
        let known = PROMPTFOO_ONLY.into_iter().filter(|name| draft.rest.contains_key(*name));
        draft.unapplied = known.collect();
        Ok(())
    }

    /// The instruction, and after an empty line what it is about.
    fn instruction(self, draft: &mut Draft) -> Result<(), InputFault> {
        let mut take = |name: &str| match draft.rest.shift_remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let (about, answer, system) = (take("input"), take("output"), take("system"));
        let text = take("instruction").ok_or_else(|| self.fault("has no text `instruction`"))?;
        let text = about.map_or_else(|| text.clone(), |about| format!("{text}\n\n{about}"));
        let message = |role: &str, text: &Value| json!({ "role": role, "content": text });
        let history = draft.rest.shift_remove("history").unwrap_or_default();
        let mut messages: Vec<Value> =
            system.iter().map(|it| message("system", &json!(it))).collect();
        for pair in history.as_array().into_iter().flatten() {
            messages.extend([message("user", &pair[0]), message("assistant", &pair[1])]);
        }
        if !messages.is_empty() {
            messages.push(message("user", &json!(text)));
            draft.put(MESSAGES, Some(messages.into()));
        }
        draft.put(INPUT, Some(text.into()));
        draft.put(EXPECTED, answer.map(Value::from));
        Ok(())
    }
}

/// A cell of a column `__expected` as an assertion: `contains: Paris`, `not-icontains: sorry`,
/// `latency(2000)`; a text alone is what the answer equals.
fn asserted(cell: &Value) -> Option<Value> {
    let Some(text) = cell.as_str().map(str::trim) else { return Some(cell.clone()) };
    let (head, value) = text.split_once(':').map_or((text, None), |it| (it.0, Some(it.1.trim())));
    let (kind, threshold) = match head.trim().split_once('(') {
        Some((kind, rest)) => (kind, rest.strip_suffix(')').and_then(|it| it.parse::<f64>().ok())),
        None => (head.trim(), None),
    };
    let is_kind = |c: char| c.is_ascii_lowercase() || c == '-';
    let is_alone = ["is-json", "is-valid-openai-tools-call"].contains(&kind);
    let is_assertion = kind.starts_with(char::is_alphabetic)
        && kind.chars().all(is_kind)
        && (value.is_some() || threshold.is_some() || is_alone);
    if text.is_empty() {
        return None;
    }
    Some(match (is_assertion, value) {
        (false, _) => json!({ "type": "equals", "value": text }),
        (true, value) => {
            let mut entry = json!({ "type": kind });
            for (name, value) in
                [("value", value.map(Value::from)), ("threshold", threshold.map(Value::from))]
            {
                if let Some(value) = value {
                    entry[name] = value;
                }
            }
            entry
        }
    })
}

/// The turns of a `ShareGPT` conversation as messages.
fn spoken(turns: Option<Value>, system: Option<Value>) -> Result<Vec<Value>, InputFault> {
    let fault = |what| Err(Preset::ShareGpt.fault(what));
    let Some(Value::Array(turns)) = read(turns) else {
        return fault("has no list `conversations`");
    };
    let mut messages = Vec::with_capacity(turns.len() + 1);
    for turn in turns {
        let speaker = turn.get("from").or_else(|| turn.get("role")).and_then(Value::as_str);
        let role = SPEAKERS.iter().find(|(_, names)| speaker.is_some_and(|it| names.contains(&it)));
        let Some((role, _)) = role else {
            return fault("has a turn of somebody else than `human`, `gpt` and `system`");
        };
        let Some(text) = turn.get("value").or_else(|| turn.get("content")) else {
            return fault("has a turn without its text (`value`)");
        };
        messages.push(json!({ "role": role, "content": text }));
    }
    if let Some(system) = system
        && messages.first().is_some_and(|first| first["role"] != "system")
    {
        messages.insert(0, json!({ "role": "system", "content": system }));
    }
    Ok(messages)
}

/// A value, or the JSON that a text holds.
fn read(value: Option<Value>) -> Option<Value> {
    match value {
        Some(Value::String(text)) => serde_json::from_str(&text).ok(),
        value => value,
    }
}
