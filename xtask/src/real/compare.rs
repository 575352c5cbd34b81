//! What a third-party client read, held against our record of the same answer.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How often each member was compared.
pub(super) type Counts = BTreeMap<&'static str, u32>;

/// Compares every member that the client gives; gives the differences in words.
pub(super) fn differences(client: &Value, trace: &Value, counts: &mut Counts) -> Vec<String> {
    let turn = trace["turns"].as_array().and_then(|turns| turns.last()).unwrap_or(&Value::Null);
    let ours = [
        ("text", trace["output"].clone()),
        ("reasoning", turn["channels"]["reasoning"]["text"].clone()),
        ("tool_calls", tool_calls(&turn["tool_calls"])),
        ("usage", turn["usage"].clone()),
        ("finish_reason", turn["finish_reason"].clone()),
        ("model", turn["model"].clone()),
        ("outcome", outcome(trace, turn).into()),
    ];
    let mut found = Vec::new();
    for (member, ours) in ours {
        let theirs = &client[member];
        if theirs.is_null() {
            continue;
        }
        *counts.entry(member).or_default() += 1;
        let equal = match member {
            "tool_calls" => has_calls(&ours, &tool_calls(theirs)),
            "usage" => has_members(&ours, theirs),
            _ => ours == *theirs,
        };
        if !equal {
            found.push(format!("{member}: the client has {theirs}, and we have {ours}"));
        }
    }
    if let Some(warnings) = trace["warnings"].as_array().filter(|list| !list.is_empty())
        && client["outcome"] == "succeeded"
    {
        found.push(format!("warnings about a good stream: {}", json!(warnings)));
    }
    found
}

/// How an answer ended, in the words of the clients' scripts. `cut` is an answer without its end.
fn outcome(trace: &Value, turn: &Value) -> &'static str {
    let kind = trace["error"]["kind"].as_str();
    match (trace["success"].as_bool(), kind) {
        (Some(true), _) if !turn["needs_input"].is_null() => "needs_input",
        (Some(true), _) => "succeeded",
        (_, Some("incomplete" | "truncated")) => "cut",
        (_, Some("api_error" | "withheld" | "cancelled" | "status")) => "failed",
        _ => "failed for another reason",
    }
}

/// The calls with arguments as values, so that spaces in JSON do not count.
fn tool_calls(calls: &Value) -> Value {
    let value = |call: &Value| {
        let mut call = call.clone();
        let parsed = call["arguments"].as_str().and_then(|text| serde_json::from_str(text).ok());
        if let Some(parsed) = parsed {
            call["arguments"] = parsed;
        }
        call
    };
    calls.as_array().into_iter().flatten().map(value).collect()
}

/// Whether these are the same calls, as far as the client names their members.
fn has_calls(ours: &Value, theirs: &Value) -> bool {
    let (Some(ours), Some(theirs)) = (ours.as_array(), theirs.as_array()) else { return false };
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| has_members(ours, theirs))
}

/// Whether each member of one object is the same in the other.
fn has_members(ours: &Value, theirs: &Value) -> bool {
    let theirs = theirs.as_object().into_iter().flatten();
    theirs.filter(|(_, value)| !value.is_null()).all(|(name, value)| ours[name] == *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Value {
        json!({
            "output": "The Loire.", "success": true, "warnings": [],
            "turns": [{
                "outcome": "succeeded",
                "channels": {"text": {"characters": 10}, "reasoning": {"text": "Hm."}},
                "tool_calls": [{"id": "c1", "name": "length_of", "arguments": "{\"a\":1}"}],
                "usage": {"input": 14, "output": 9, "total": 23},
            }],
        })
    }

    #[track_caller]
    fn check(client: &Value, trace: &Value, expected: &[&str]) {
        let found = differences(client, trace, &mut Counts::new());
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, member) in found.iter().zip(expected) {
            assert!(found.starts_with(member), "{found}");
        }
    }

    #[test]
    fn members_that_the_client_does_not_give_are_not_compared() {
        let client = json!({"text": "The Loire.", "usage": {"input": 14}});
        let mut counts = Counts::new();
        assert!(differences(&client, &record(), &mut counts).is_empty());
        assert_eq!(counts, Counts::from([("text", 1), ("usage", 1)]));
    }

    #[test]
    fn every_member_can_differ() {
        let client = json!({
            "text": "The Rhine.", "reasoning": "Hm?", "usage": {"output": 8},
            "tool_calls": [{"id": "c1", "name": "length_of", "arguments": {"a": 2}}],
            "outcome": "needs_input",
        });
        let members = ["text: ", "reasoning: ", "tool_calls: ", "usage: ", "outcome: "];
        check(&client, &record(), &members);
    }

    #[test]
    fn arguments_are_compared_as_values() {
        let call = |arguments: Value| json!({"tool_calls": [{"arguments": arguments}]});
        check(&call(json!("{ \"a\": 1 }")), &record(), &[]);
        check(&call(json!({"a": 1})), &record(), &[]);
        check(&json!({"tool_calls": []}), &record(), &["tool_calls: "]);
    }

    #[test]
    fn an_answer_without_its_end_is_cut() {
        for (kind, outcome) in
            [("incomplete", "cut"), ("truncated", "cut"), ("api_error", "failed")]
        {
            let trace = json!({"success": false, "error": {"kind": kind}, "turns": [{}]});
            check(&json!({ "outcome": outcome }), &trace, &[]);
            check(&json!({"outcome": "succeeded"}), &trace, &["outcome: "]);
        }
    }

    #[test]
    fn a_success_may_need_input() {
        let mut trace = record();
        trace["turns"][0]["needs_input"] = "tool-approval-request".into();
        check(&json!({"outcome": "needs_input"}), &trace, &[]);
        check(&json!({"outcome": "succeeded"}), &trace, &["outcome: "]);
    }

    #[test]
    fn a_warning_about_a_good_stream_is_a_difference() {
        let mut trace = record();
        trace["warnings"] = json!([{"code": "kept_apart"}]);
        check(&json!({"outcome": "succeeded"}), &trace, &["warnings"]);
    }
}
