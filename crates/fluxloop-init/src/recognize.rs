//! Chooses the schema that reads the answers to a request.

use fluxloop_schema::{PRESETS, Preset};
use serde_json::Value;

/// The schema of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Choice {
    /// The preset; `auto` where no protocol was recognized.
    pub(crate) schema: &'static str,
    /// Why.
    pub(crate) reason: String,
    /// Whether the answer is a stream; `None` where the request does not show it.
    pub(crate) streams: Option<bool>,
}

/// A member, and its value where that counts.
type Sign = (&'static str, Option<&'static str>);

/// Members that together occur in the requests of one protocol alone: names joined by dots, and a
/// value where one is needed.
const SIGNS: &[(&str, &[Sign])] = &[
    ("ag-ui", &[("threadId", None), ("runId", None), ("messages", None)]),
    ("a2a", &[("jsonrpc", None), ("method", Some("message/stream"))]),
    ("a2a", &[("jsonrpc", None), ("method", Some("message/send"))]),
    ("a2a", &[("jsonrpc", None), ("method", Some("SendStreamingMessage"))]),
    ("a2a", &[("jsonrpc", None), ("method", Some("SendMessage"))]),
    ("a2a", &[("message.messageId", None), ("message.parts", None)]),
    ("mcp", &[("jsonrpc", None), ("method", Some("tools/call"))]),
    ("mcp", &[("jsonrpc", None), ("method", Some("tools/list"))]),
    ("mcp", &[("jsonrpc", None), ("method", Some("initialize"))]),
    ("dify", &[("query", None), ("response_mode", None)]),
    ("dify", &[("inputs", None), ("response_mode", None)]),
    ("coze", &[("bot_id", None), ("additional_messages", None)]),
    ("langgraph", &[("assistant_id", None), ("input", None)]),
    ("gemini", &[("contents", None)]),
    ("vercel-ui", &[("messages.0.parts", None)]),
    ("dashscope", &[("model", None), ("input.messages", None)]),
    ("dashscope", &[("model", None), ("input.prompt", None)]),
];

/// Chooses by the path of the URL, if the body fits, or else by the members of the body.
pub(crate) fn choose(url: &str, body: Option<&Value>) -> Choice {
    let path = path_of(url);
    let mut at_path: Vec<(&Preset, String)> = PRESETS
        .iter()
        .filter(|preset| !contradicts(preset, body))
        .filter_map(|preset| Some((preset, paths(preset).into_iter().find(|it| fits(it, path))?)))
        .collect();
    // `/api/chat` is a path of two protocols: the one that requires more members fits better. Signs
    // of another protocol count more than a path.
    at_path.sort_by_key(|(preset, _)| std::cmp::Reverse(required(preset)));
    let sign = body.and_then(by_signs);
    let named = match sign {
        Some((preset, names)) => {
            let by_path = at_path.into_iter().find(|(it, _)| it.name == preset.name);
            Some(by_path.map_or_else(
                || (preset, format!("the body has {names}")),
                |(_, known)| (preset, format!("the URL has the path `{known}`")),
            ))
        }
        None => at_path
            .into_iter()
            .next()
            .map(|(it, known)| (it, format!("the URL has the path `{known}`"))),
    };
    let Some((preset, reason)) = named else {
        let reason = "neither the URL nor the body is that of a known protocol".to_owned();
        return Choice { schema: "auto", reason, streams: None };
    };
    Choice { schema: preset.name, reason, streams: streams(preset, path, body) }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

/// The paths of a preset, those of answers without a stream included.
fn paths(preset: &Preset) -> Vec<String> {
    let Some(page) = preset.page() else { return Vec::new() };
    let whole = page.play.as_ref().map(|play| whole_paths(&play.settings));
    page.paths.iter().cloned().chain(whole.unwrap_or_default()).collect()
}

fn whole_paths(settings: &Value) -> Vec<String> {
    let paths = settings["whole_paths"].as_array();
    paths.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a path ends as a known one, which may have a `*` for any characters of a step.
fn fits(known: &str, path: &str) -> bool {
    let (known, path): (Vec<_>, Vec<_>) = (known.split('/').collect(), path.split('/').collect());
    let (Some(known), true) = (known.get(1..), path.len() >= known.len()) else { return false };
    let end = &path[path.len() - known.len()..];
    known.iter().zip(end).all(|(known, step)| match known.split_once('*') {
        Some((before, after)) => {
            step.len() > before.len() + after.len()
                && step.starts_with(before)
                && step.ends_with(after)
        }
        None => known == step,
    })
}

/// Whether a body lacks what the protocol requires.
fn contradicts(preset: &Preset, body: Option<&Value>) -> bool {
    let settings = preset.page().and_then(|page| page.play).map(|play| play.settings);
    let Some((settings, body)) = settings.zip(body) else { return false };
    let required = settings["requires"].as_object();
    let has = |name: &String| !body[name].is_null();
    required.is_some_and(|required| !required.keys().all(has))
        || settings["input"].as_array().is_some_and(|places| {
            let mut places = places.iter().filter_map(Value::as_str);
            !places.any(|place| find(body, place).is_some())
        })
}

/// How many members the protocol requires.
fn required(preset: &Preset) -> usize {
    let settings = preset.page().and_then(|page| page.play).map(|play| play.settings);
    settings.and_then(|it| Some(it["requires"].as_object()?.len())).unwrap_or_default()
}

fn by_signs(body: &Value) -> Option<(&'static Preset, String)> {
    let (name, members) = SIGNS.iter().find(|(_, members)| {
        members.iter().all(|(place, value)| {
            let found = find(body, place);
            found.is_some_and(|found| value.is_none_or(|value| found == value))
        })
    })?;
    let names: Vec<_> = members.iter().map(|(place, _)| format!("`{place}`")).collect();
    Some((fluxloop_schema::preset(name)?, names.join(" and ").replace(".0.", "[0].")))
}

/// What stands at names or numbers that are separated by dots.
fn find<'v>(value: &'v Value, place: &str) -> Option<&'v Value> {
    let found = place.split('.').try_fold(value, |value, step| match step.parse::<usize>() {
        Ok(index) => value.get(index),
        Err(_) => value.get(step),
    })?;
    (!found.is_null()).then_some(found)
}

/// Whether a request asks for a stream.
fn streams(preset: &Preset, path: &str, body: Option<&Value>) -> Option<bool> {
    let settings = preset.page()?.play?.settings;
    if whole_paths(&settings).iter().any(|known| fits(known, path)) {
        return Some(false);
    }
    let asked = settings["stream_when"].as_object()?;
    let body = body?;
    Some(asked.iter().all(|(name, value)| body.get(name) == Some(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(url: &str, body: &Value, schema: &str, streams: Option<bool>) {
        let choice = choose(url, Some(body));
        assert_eq!((choice.schema, choice.streams), (schema, streams), "{url}: {}", choice.reason);
    }

    #[test]
    fn each_preset_is_recognized_by_its_own_request() {
        for preset in PRESETS {
            let request = preset.page().and_then(|page| page.request).expect("a request");
            let request: Value = serde_yaml::from_str(&request).expect("YAML");
            let url = request["url"].as_str().expect("a URL");
            let choice = choose(url, Some(&request["body_template"]["mapping"]));
            assert_eq!(choice.schema, preset.name, "{}", choice.reason);
            assert_ne!(choice.streams, Some(false), "{}", preset.name);
        }
    }

    #[test]
    fn a_path_behind_a_gateway_counts() {
        let chat = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
        check("https://h/openai/v1/chat/completions?x=1", &chat, "openai-chat", Some(false));
        check("http://localhost:11434/api/chat", &chat, "ollama", None);
        check("http://localhost:8000/chat", &chat, "auto", None);
        check("http://localhost:8000/chat", &json!({"input": "x"}), "auto", None);
        let parts =
            json!({"messages": [{"role": "user", "parts": [{"type": "text", "text": "x"}]}]});
        check("http://localhost:3000/api/chat", &parts, "vercel-ui", None);
        check("http://localhost:3000/api/ask", &parts, "vercel-ui", None);
        let rpc = json!({"jsonrpc": "2.0", "method": "message/stream", "params": {"message": {}}});
        check("http://localhost:9999/", &rpc, "a2a", None);
    }
}
