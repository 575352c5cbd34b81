//! The pages of the presets: every stream on them gives what the page says, however it is cut.

use std::time::Duration;

use fluxloop_aggregate::{
    Answer, AnswerFault, AnswerLimits, AnswerReader, AnswerResult, AnswerRules, BodyEnd,
    ChannelContent, Content, ContentFault, Head, Proof, Step, Verdict, WarningKind,
};
use fluxloop_schema::{EndsAs, Fence, PRESETS, Page, PageCase, Schema, StreamKind};
use serde_json::{Map, Value, json};

/// Reads a body that arrives in pieces of so many bytes.
fn read(page: &Page, case: &PageCase, schema: &Schema, pieces: &[usize]) -> AnswerResult {
    let stream = match case.fence {
        Fence::Stream => schema.framing.unwrap_or(StreamKind::Sse),
        Fence::Body => StreamKind::None,
    };
    let media_type = match case.fence {
        Fence::Stream => page.media_type.clone(),
        Fence::Body => "application/json".to_owned(),
    };
    let status = 200;
    // Answers without a text are answers, where the page says so.
    let require_text = case.expect["text"] != "";
    let has_own_path = true;
    let rules = AnswerRules::new(stream, schema.clone());
    let rules = AnswerRules { has_own_path, require_text, ..rules };
    let limits =
        AnswerLimits { output_char_limit: None, max_frame_bytes: 1 << 20, max_body_bytes: 1 << 20 };
    let head = Head { status, media_type: Some(media_type), ..Head::default() };
    let mut answer = Answer::new(&AnswerReader::new(&rules), head, limits);
    let (mut rest, mut at) = (case.bytes.as_bytes(), Duration::ZERO);
    for piece in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at((*piece).clamp(1, rest.len()));
        rest = after;
        at += Duration::from_millis(1);
        if answer.feed(chunk, at) == Step::Enough {
            return answer.end(BodyEnd::Enough, at);
        }
    }
    let is_cut = case.options.iter().any(|option| option == "cut");
    let end = if is_cut { BodyEnd::Broken } else { BodyEnd::Clean { proved: true } };
    answer.end(end, at)
}

/// Everything that a page may expect of an answer.
fn found(result: &AnswerResult) -> Value {
    let mut found = Map::new();
    let empty = Content::default();
    let content = result.content.as_ref().unwrap_or(&empty);
    let mut add = |name: &str, value: Value| found.insert(name.to_owned(), value);
    add("text", content.text.text.clone().into());
    add("reasoning", content.reasoning.text.clone().into());
    add("refusal", content.refusal.text.clone().into());
    let channel = |channel: &ChannelContent| -> Value {
        if channel.items.is_empty() { channel.text.clone().into() } else { json!(channel.items) }
    };
    let channels = content.channels.iter();
    add("channels", channels.map(|(name, it)| (name.clone(), channel(it))).collect());
    let calls = content.tool_calls.iter().map(|call| {
        let mut members = Map::new();
        let parts = [("id", &call.id), ("name", &call.name)];
        let after = [("result", &call.result), ("error", &call.error)];
        for (name, part) in parts.into_iter().chain(after) {
            if let Some(part) = part {
                members.insert(name.to_owned(), part.clone().into());
            }
        }
        members.insert("arguments".to_owned(), call.arguments.clone().into());
        Value::Object(members)
    });
    add("tool_calls", calls.collect());
    if let Some(usage) = &content.usage {
        let mut counts = Map::new();
        counts.insert("input".to_owned(), usage.input.into());
        counts.insert("output".to_owned(), usage.output.into());
        counts.insert("total".to_owned(), usage.total.into());
        for (name, count) in [("reasoning", usage.reasoning), ("cached", usage.cached)] {
            if let Some(count) = count {
                counts.insert(name.to_owned(), count.into());
            }
        }
        add("usage", counts.into());
    }
    for (name, value) in [("finish_reason", &content.finish_reason), ("model", &content.model)] {
        if let Some(value) = value {
            add(name, value.clone().into());
        }
    }
    let captures = content.captures.iter();
    add("captures", captures.map(|(name, value)| (name.clone(), value.clone())).collect());
    let timings = content.server_timings.iter();
    let millis = |time: &Duration| json!(time.as_secs_f64() * 1e3);
    add("server_timings", timings.map(|(name, time)| (name.clone(), millis(time))).collect());
    let (outcome, error) = outcome(result, content);
    add("outcome", outcome.into());
    if let Some(error) = error {
        add("error", error);
    }
    let proof = match result.proof {
        Proof::Done => "done",
        Proof::Framed => "framed",
        Proof::Nothing => "nothing",
    };
    add("proof", proof.into());
    let warnings = content.warnings.iter().map(|warning| code(&warning.kind));
    add("warnings", warnings.collect());
    Value::Object(found)
}

fn outcome(result: &AnswerResult, content: &Content) -> (&'static str, Option<Value>) {
    let error = |kind: &str, error: &fluxloop_aggregate::ApiError| {
        let mut members = json!({ "kind": kind, "message": error.message });
        if let Some(error_type) = &error.error_type {
            members["type"] = error_type.clone().into();
        }
        ("failed", Some(members))
    };
    let kind = |kind: &str| ("failed", Some(json!({ "kind": kind })));
    match &result.verdict {
        Verdict::Succeeded if content.ends_as == EndsAs::NeedsInput => ("needs_input", None),
        Verdict::Succeeded => ("succeeded", None),
        Verdict::LimitReached => ("limit", None),
        Verdict::Cut => kind("truncated"),
        Verdict::Failed(fault) => match fault {
            AnswerFault::Reported { error: reported, .. } => error("api_error", reported),
            AnswerFault::Withheld { error: withheld } => error("withheld", withheld),
            AnswerFault::Cancelled => ("cancelled", Some(json!({ "kind": "cancelled" }))),
            AnswerFault::NoEnd { .. } | AnswerFault::Integrity(_) => kind("incomplete"),
            AnswerFault::Malformed(_) => kind("malformed_event"),
            AnswerFault::NoText { .. } | AnswerFault::NoBody | AnswerFault::NoFrames { .. } => {
                kind("no_text")
            }
            other => ("failed", Some(json!({ "kind": format!("{other:?}") }))),
        },
    }
}

/// The code of a warning, as records spell it.
fn code(kind: &WarningKind) -> Value {
    let debug = format!("{kind:?}");
    let name: String = debug.chars().take_while(|c| c.is_alphanumeric()).collect();
    let mut code = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(character.to_lowercase());
    }
    code.into()
}

/// What a page expects and does not get.
fn differences(page: &Page, case: &PageCase, result: &AnswerResult) -> Vec<String> {
    let found = found(result);
    let mut expected = case.expect.clone();
    let members = expected.as_object_mut().expect("an expectation is an object");
    members.entry("warnings").or_insert_with(|| json!([]));
    members.entry("outcome").or_insert_with(|| json!("succeeded"));
    members.remove("choices");
    members.remove("integrity");
    let mut all = Vec::new();
    for (name, wanted) in members {
        let has = &found[name.as_str()];
        let is_equal = match (name.as_str(), &*wanted, has) {
            // Of an error, and of counts, only what the page names is compared.
            ("error" | "usage", Value::Object(wanted), Value::Object(has)) => {
                wanted.iter().all(|(name, value)| has.get(name) == Some(value))
            }
            ("warnings", Value::Array(wanted), Value::Array(has)) => {
                wanted.len() == has.len() && wanted.iter().all(|code| has.contains(code))
            }
            ("server_timings", Value::Object(wanted), Value::Object(has)) => {
                wanted.iter().all(|(name, time)| has[name].as_f64() == time.as_f64())
            }
            _ => wanted == has,
        };
        if !is_equal {
            let place = format!("{} / {}", page.preset, case.name);
            all.push(format!("{place}: {name} is {has}, and {wanted} was expected"));
        }
    }
    all
}

#[test]
fn every_stream_of_a_page_gives_what_the_page_says() {
    let mut wrong = Vec::new();
    for preset in PRESETS {
        let (page, schema) = (preset.page().expect("a preset has a page"), preset.schema());
        for case in &page.cases {
            let whole = read(&page, case, &schema, &[usize::MAX]);
            wrong.extend(differences(&page, case, &whole));
            for pieces in [&[1][..], &[2], &[7, 1, 3], &[64]] {
                let cut = read(&page, case, &schema, pieces);
                if found(&cut) != found(&whole) {
                    wrong.push(format!(
                        "{} / {}: cut into {pieces:?} it differs",
                        page.preset, case.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_error_of_the_content_names_itself() {
    let fault = ContentFault::Withheld(fluxloop_aggregate::ApiError {
        error_type: None,
        message: "no".to_owned(),
        class: fluxloop_aggregate::ApiErrorClass::Other,
        retry_after: None,
    });
    assert_eq!(fault.to_string(), "the provider withholds the answer: no");
}
