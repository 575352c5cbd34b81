//! A provider as a request.

use fluxloop_curl::{Body, Part, Request, Text};
use fluxloop_schema::Preset;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::wrong;
use crate::curl::{Draft, Http};
use crate::proposal::Remark;
use crate::template::{self, INPUT};
use crate::vault::{Vault, variable};
use crate::{InitError, Options};

/// What a provider makes of the configuration.
pub(super) struct ProviderRequest {
    /// What stands below `runner.http`; its texts are marked.
    pub(super) members: Map<String, Value>,
    pub(super) schema: String,
    pub(super) reason: String,
    pub(super) vault: Vault,
    pub(super) remarks: Vec<Remark>,
}

/// Members of a provider's `config` that are members of the body.
const BODY: [&str; 9] = [
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "top_p",
    "top_k",
    "stop",
    "seed",
    "reasoning_effort",
];

/// The request of the first provider that speaks HTTP.
pub(super) fn request(
    document: &Value,
    have_messages: bool,
    remarks: &mut Vec<Remark>,
) -> Result<ProviderRequest, InitError> {
    let named = [&document["providers"], &document["targets"]].into_iter().find(|it| !it.is_null());
    let providers = match named {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => return Err(wrong("it has no provider")),
    };
    let mut chosen = None;
    for (id, config) in providers.iter().filter_map(id_and_config) {
        let made = match chosen {
            None => make(&id, &config, have_messages)?,
            Some(_) => None,
        };
        if made.is_none() {
            let why = "one provider is carried over: the first that speaks HTTP";
            remarks.push(Remark::new(format!("provider {}", name_of(&id)), why));
        }
        chosen = chosen.or(made);
    }
    chosen.ok_or_else(|| {
        wrong("it has no provider that is read: `https`, `openai:…`, `anthropic:…`, `ollama:…`")
    })
}

/// The name of a provider without what may be a secret in a URL.
fn name_of(id: &str) -> &str {
    id.split(['?', '@']).next().unwrap_or_default()
}

fn id_and_config(provider: &Value) -> Option<(String, Value)> {
    if let Some(id) = provider.as_str() {
        return Some((id.to_owned(), Value::Null));
    }
    if let Some(id) = provider["id"].as_str() {
        return Some((id.to_owned(), provider["config"].clone()));
    }
    let (id, settings) = provider.as_object()?.iter().next()?;
    Some((id.clone(), settings["config"].clone()))
}

fn make(
    id: &str,
    config: &Value,
    have_messages: bool,
) -> Result<Option<ProviderRequest>, InitError> {
    let parts: Vec<&str> = id.splitn(3, ':').collect();
    let preset = |name, model: &str| preset(name, model, config, have_messages).map(Some);
    match parts.as_slice() {
        ["http" | "https", ..] => http(id, config).map(Some),
        ["openai", "responses", model] => preset("openai-responses", model),
        ["openai", "chat", model] | ["openai", model] => preset("openai-chat", model),
        ["anthropic", "messages", model] | ["anthropic", model] => preset("anthropic", model),
        ["ollama", "chat", model] | ["ollama", model] => preset("ollama", model),
        _ => Ok(None),
    }
}

/// The request of a preset, with the model and the settings of the provider.
fn preset(
    name: &str,
    model: &str,
    config: &Value,
    have_messages: bool,
) -> Result<ProviderRequest, InitError> {
    let page = fluxloop_schema::preset(name).and_then(Preset::page);
    let request = page.and_then(|page| page.request).ok_or_else(|| wrong("no such preset"))?;
    let request = serde_yaml::from_str(&request).map_err(|_| wrong("no such preset"))?;
    let mut request = marked(request);
    let (mut vault, mut remarks) = (Vault::default(), Vec::new());
    for (key, value) in config.as_object().into_iter().flatten() {
        match (key.as_str(), value.as_str()) {
            (key, _) if BODY.contains(&key) => {
                request["body_template"]["mapping"][key] = value.clone();
            }
            ("apiBaseUrl", Some(base)) => {
                let url = request["url"].as_str().unwrap_or_default();
                let path = url.split_once("/v1/").map_or("", |(_, path)| path);
                let mut url = with_variables(base.trim_end_matches('/'))?;
                url.append(&Text::new(format!("/{path}")));
                request["url"] = url.marked().into();
            }
            ("apiKeyEnvar", Some(name)) => set_key(&mut request, &variable(name)),
            ("apiKey", Some(key)) if !key.contains("{{") => {
                let variable = vault.variable("api_key", key);
                set_key(&mut request, &variable);
            }
            _ => {
                let why = "this setting of the provider is not carried over";
                remarks.push(Remark::new(format!("config: {key}"), why));
            }
        }
    }
    if have_messages && name == "anthropic" {
        let why = "messages of the role `system` belong in `system` of the body";
        remarks.push(Remark::new("messages", why));
    }
    let mapping = &mut request["body_template"]["mapping"];
    mapping["model"] = model.into();
    if have_messages {
        let place = if mapping["messages"].is_null() { "input" } else { "messages" };
        mapping[place] = template::value("$.messages").marked().into();
    }
    request["stream_schema"] = name.into();
    let Value::Object(members) = request else { return Err(wrong("no such preset")) };
    let reason = format!("the provider is `{}`", name_of(name));
    Ok(ProviderRequest { members, schema: name.to_owned(), reason, vault, remarks })
}

/// The request of a preset, whose texts are written as in a configuration.
fn marked(value: Value) -> Value {
    match value {
        Value::String(text) => template::read(&text).marked().into(),
        Value::Array(items) => items.into_iter().map(marked).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, member)| (key, marked(member))).collect()
        }
        other => other,
    }
}

/// Puts another variable into the header with the key.
fn set_key(request: &mut Value, key: &Text) {
    for value in request["headers"].as_object_mut().into_iter().flatten().map(|(_, value)| value) {
        let text = Text::from_marked(value.as_str().unwrap_or_default());
        if text.has_variables() {
            let mut with_key = Text::default();
            for part in text.parts() {
                with_key.append(&match part {
                    Part::Literal(literal) => Text::new(literal),
                    Part::Variable(_) => key.clone(),
                });
            }
            *value = with_key.marked().into();
        }
    }
}

/// A provider that is a URL.
fn http(id: &str, config: &Value) -> Result<ProviderRequest, InitError> {
    let url = config["url"].as_str().or_else(|| id.contains("://").then_some(id));
    let url = url.ok_or_else(|| wrong("the provider has no `url`"))?;
    let mut request = Request::default();
    request.url = with_variables(url)?;
    for (name, value) in config["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        request.headers.push((name.clone(), with_variables(&value)?));
    }
    let query: Vec<_> = config["queryParams"].as_object().into_iter().flatten().collect();
    for (name, value) in query {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let separator = if request.url.marked().contains('?') { "&" } else { "?" };
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        request.url.append(&Text::new(format!("{separator}{}=", encoded(name))));
        request.url.append(&with_variables(&value)?.map(encoded));
    }
    request.body = match &config["body"] {
        Value::Null => Body::None,
        Value::String(text) => Body::Text(with_variables(text)?),
        document => Body::Text(with_variables(&document.to_string())?),
    };
    let default = if request.body == Body::None { "GET" } else { "POST" };
    request.method = config["method"].as_str().unwrap_or(default).to_ascii_uppercase();
    let mut draft = Draft::new(&request);
    let known =
        ["url", "headers", "queryParams", "body", "method", "transformResponse", "responseParser"];
    for (key, _) in config.as_object().into_iter().flatten() {
        if !known.contains(&key.as_str()) {
            let why = "this setting of the provider is not carried over";
            draft.remarks.push(Remark::new(format!("config: {key}"), why));
        }
    }
    let path = output_path(config, &mut draft.remarks);
    crate::curl::check_method(&request)?;
    let Http { mut members, choice, .. } = draft.http(&request, &Options::new(""))?;
    if let Some(path) = path.filter(|_| members.contains_key("stream")) {
        members.insert("stream".to_owned(), "none".into());
        members.insert("output_path".to_owned(), path.into());
    }
    if draft.input.is_none() {
        let why = "`{{prompt}}` is not in the request; write `$.input` where it belongs";
        draft.remarks.push(Remark::new("prompt", why));
    }
    let schema = choice.schema.to_owned();
    Ok(ProviderRequest {
        members,
        schema,
        reason: choice.reason,
        vault: draft.vault,
        remarks: draft.remarks,
    })
}

/// A text of promptfoo: `{{prompt}}` is the input, `{{env.NAME}}` a variable.
fn with_variables(text: &str) -> Result<Text, InitError> {
    let mut out = Text::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.append(&Text::new(before));
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let name = name.trim();
        match name.strip_prefix("env.") {
            Some(variable) => out.append_variable(variable),
            None if name == "prompt" => out.append(&template::value(INPUT)),
            None => {
                let why = "of templates, `{{prompt}}` and `{{env.NAME}}` are read";
                return Err(InitError::unsupported("{{…}} in the provider", why));
            }
        }
        rest = after;
    }
    out.append(&Text::new(rest));
    Ok(out)
}

/// Where the text is in the answer: `json.output.text` as a path.
fn output_path(config: &Value, remarks: &mut Vec<Remark>) -> Option<String> {
    let names = ["transformResponse", "responseParser"];
    let written = names.into_iter().find_map(|name| config[name].as_str())?;
    let path = written.trim().strip_prefix("json.");
    let is_path = |it: &&str| it.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
    let path = path.filter(is_path).map(|path| format!("$.{path}"));
    if path.is_none() {
        let why = "only `json.…` with names and places is carried over, as `output_path`";
        remarks.push(Remark::new("transformResponse", why));
    }
    path
}
