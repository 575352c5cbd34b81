//! What expectations make of records.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluxloop_expect::{Judging, Literal, Values, read};
use fluxloop_jsonpath::Step;
use fluxloop_plan::{Input, TemplateScope, ValueTemplate};
use fluxloop_redact::{Masked, Redactor, Secret};
use fluxloop_trace::{
    AttemptTimings, CaseId, Channel, Channels, ChunkGap, ConversationState, Expectations,
    GuardKind, Integrity, MaskedJson, Milliseconds, Outcome, RecordVersion, Targets, Timings,
    TokensPerSecond, ToolCall, Trace, Turn, UnmetExpectation, Verdict,
};
use serde_json::{Value, json};

fn text(text: &str) -> Masked {
    Redactor::none().mask(text)
}

fn masked(value: &Value) -> MaskedJson {
    MaskedJson::of(value, &mut text)
}

fn ms(millis: f64) -> Milliseconds {
    Milliseconds::from_millis(millis)
}

/// A case that succeeded with this output: its first token after 120 ms, in 45 tokens a second.
fn answer(output: &str) -> Trace {
    let (input, output) = (text("What is it?").into(), text(output).into());
    let (conversation, conversation_state) = ConversationState::of(&input, &output);
    let last_attempt = AttemptTimings {
        first_token_ms: Some(ms(120.0)),
        last_token_ms: Some(ms(900.0)),
        ..AttemptTimings::default()
    };
    let timings = Timings {
        last_attempt,
        chunk_gap_ms: Some(ChunkGap { p50: ms(10.0), p95: ms(20.0), max: ms(90.0) }),
        tokens_per_second: TokensPerSecond::of(45, ms(1_000.0)),
        prefix_ms: [(5, ms(300.0))].into(),
        ..Timings::default()
    };
    let turn = Turn {
        number: 1,
        input: input.clone(),
        outcome: Outcome::Succeeded,
        error: None,
        channels: Channels::default(),
        tool_calls: Vec::new(),
        usage: None,
        captures: BTreeMap::new(),
        needs_input: None,
        integrity: None,
        discarded: 0,
        finish_reason: None,
        model: None,
        timings,
        stream: None,
        gave_up: None,
        attempts: Vec::new(),
    };
    Trace {
        version: RecordVersion,
        trace_id: String::new(),
        case_id: CaseId::new(text("q"), 0),
        case_index: 0,
        iteration: 0,
        persona: None,
        input,
        metadata: BTreeMap::new(),
        expected: None,
        expect: None,
        output,
        success: true,
        outcome: Outcome::Succeeded,
        verdict: Verdict::None,
        expectations: None,
        judge: None,
        error: None,
        duration_ms: ms(1_240.0),
        token_usage: None,
        finish_reason: Some(text("stop")),
        model: None,
        warnings: Vec::new(),
        conversation,
        conversation_state,
        observation_count: 1,
        termination_reason: None,
        input_hash: String::new(),
        redactions: 0,
        turns: vec![turn],
    }
}

/// The same, stopped at the limit of its length.
fn cut(output: &str) -> Trace {
    let outcome = Outcome::Stopped;
    let termination_reason = Some(GuardKind::OutputCharLimit);
    Trace { outcome, termination_reason, ..answer(output) }
}

fn with_turn(output: &str, change: impl FnOnce(&mut Turn)) -> Trace {
    let mut trace = answer(output);
    change(&mut trace.turns[0]);
    trace
}

/// Values that take values of the record.
struct Templates;

impl Values for Templates {
    fn value(&mut self, _: &[Step], value: &Value) -> Option<ValueTemplate> {
        let literal = &mut |literal: fluxloop_plan::LiteralText<'_>| literal.text.to_owned();
        let source = value.clone().into();
        Some(
            ValueTemplate::compile_for(TemplateScope::Record, &source, literal)
                .expect("a template")
                .0,
        )
    }
}

fn judging(expect: &Value) -> Judging {
    let channels = ["citations".to_owned()];
    let items = read(expect, &channels, &mut Templates).expect("the expectations are sound");
    Judging::new(items, Targets::default(), &channels, &Redactor::none())
}

/// Judges a record, and once more what is read back of it.
fn judge(expect: &Value, trace: &Trace) -> Expectations {
    let judging = judging(expect);
    let result = judging.judge(trace, &Redactor::none());
    let line = serde_json::to_string(trace).expect("a record is JSON");
    let read = Arc::new(Redactor::none()).reading(|| serde_json::from_str::<Trace>(&line));
    let again = judging.judge(&read.expect("it was written"), &Redactor::none());
    assert_eq!(again, result, "a record that was read back is judged alike");
    result
}

#[track_caller]
fn check_met(expect: &Value, trace: &Trace) {
    let result = judge(expect, trace);
    assert_eq!(result.verdict(), Verdict::Met, "{expect}: {result:?}");
}

#[track_caller]
fn open(expect: &Value, trace: &Trace, verdict: Verdict) -> UnmetExpectation {
    let result = judge(expect, trace);
    assert_eq!(result.verdict(), verdict, "{expect}: {result:?}");
    result.first_open().expect("it is open").clone()
}

/// Expects that an expectation is not met, and what is said of it.
#[track_caller]
fn check_unmet(expect: &Value, trace: &Trace, message: &str) -> UnmetExpectation {
    let unmet = open(expect, trace, Verdict::Unmet);
    assert_eq!(unmet.message.as_str(), message, "{expect}");
    unmet
}

#[test]
fn a_text_contains_all_that_is_asked() {
    let trace = answer("The answer is 42.");
    check_met(&json!({"contains": "42"}), &trace);
    check_met(&json!({"contains": ["answer", 42]}), &trace);
    let unmet = check_unmet(&json!({"contains": ["42", "43"]}), &trace, "`43` is not in the text");
    assert_eq!(unmet.expected.as_ref().map(Masked::as_str), Some("43"));
    assert_eq!(unmet.actual.as_ref().map(Masked::as_str), Some("The answer is 42."));
    check_unmet(&json!({"contains": "43"}), &cut("The"), "`43` is not in the text, which was cut");
}

#[test]
fn an_unwanted_text_is_found_where_it_stands() {
    let trace = answer("Größe: unknown");
    check_met(&json!({"not_contains": "sorry"}), &trace);
    let unmet =
        check_unmet(&json!({"not_contains": "unknown"}), &trace, "`unknown` is in the text");
    assert_eq!(unmet.character, Some(7));
}

#[test]
fn a_cut_text_may_have_gone_on_with_anything() {
    let what = "the text was cut, and the rest of it is not known";
    check_unmet(&json!({"not_contains": "sorry"}), &cut("The"), what);
    check_met(&json!({"contains": "The"}), &cut("The"));
}

#[test]
fn texts_are_equal_by_code_points_unless_options_say_otherwise() {
    let composed = answer(" \u{e9}T\u{c9} ");
    check_met(&json!({"equals": " \u{e9}T\u{c9} "}), &composed);
    let decomposed = "e\u{301}te\u{301}";
    let message = "the text differs from its character 0 on";
    check_unmet(&json!({"equals": decomposed}), &composed, message);
    let options =
        json!({"equals": decomposed, "trim": true, "ignore_case": true, "normalize": "nfc"});
    check_met(&options, &composed);
    let unmet = check_unmet(
        &json!({"equals": "\u{e9}t\u{e8}", "trim": true, "ignore_case": true}),
        &composed,
        "the text differs from its character 2 on",
    );
    assert_eq!(unmet.character, Some(2));
}

#[test]
fn values_at_a_path_are_compared_as_json() {
    let trace = answer(r#"{"answer": 42, "steps": [{"n": 1.0}, {"n": 2}], "unit": "km"}"#);
    check_met(&json!({"equals": 42, "path": "answer"}), &trace);
    check_met(&json!({"equals": [1, 2], "path": "steps[*].n"}), &trace);
    check_met(&json!({"equals": "KM", "path": "unit", "ignore_case": true}), &trace);
    check_met(&json!({"contains": "\"n\":2", "path": "steps"}), &trace);
    check_met(&json!({"equals": {"n": 2}, "path": "steps[-1]"}), &trace);
    let unmet = check_unmet(
        &json!({"equals": [{"n": 1}, {"n": 3}], "path": "steps"}),
        &trace,
        "the value differs at `/1/n`",
    );
    assert_eq!(unmet.pointer.as_ref().map(Masked::as_str), Some("/1/n"));
    let [expected, actual] = [unmet.expected, unmet.actual].map(|it| it.expect("it is known"));
    assert_eq!((expected.as_str(), actual.as_str()), ("3", "2"));
    check_unmet(&json!({"equals": "42", "path": "answer"}), &trace, "the value differs");
}

#[test]
fn a_path_that_finds_nothing_names_the_keys_that_were_there() {
    let trace = answer(r#"{"a": {"b": 1, "c": 2}, "l": [1]}"#);
    let unmet = check_unmet(
        &json!({"equals": 1, "path": "a.d"}),
        &trace,
        "the path `a.d` finds nothing; the keys `b`, `c` are there",
    );
    assert_eq!(unmet.pointer.as_ref().map(Masked::as_str), Some("/a"));
    check_unmet(
        &json!({"contains": "x", "path": "l[3]"}),
        &trace,
        "the path `l[3]` finds nothing; a list of 1 item is there",
    );
    check_unmet(&json!({"equals": 1}), &answer("so"), "the text is not JSON");
    let fenced = "the text is a block of code, and not JSON";
    check_unmet(&json!({"equals": 1}), &answer("```json\n1\n```"), fenced);
}

#[test]
fn expressions_match_anywhere_in_the_text() {
    let trace = answer("It takes 12 MINUTES.");
    check_met(&json!({"matches": "[0-9]+ minutes", "ignore_case": true}), &trace);
    let message = "`^[0-9]+$` does not match in the text";
    check_unmet(&json!({"matches": "^[0-9]+$"}), &trace, message);
}

#[test]
fn json_fits_a_schema_or_says_where_it_does_not() {
    let schema = json!({
        "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}},
    });
    check_met(&json!({ "json_schema": schema }), &answer(r#"{"n": 1}"#));
    check_met(&json!({"json_schema": {"type": "integer"}, "path": "n"}), &answer(r#"{"n": 1}"#));
    let unmet = check_unmet(
        &json!({ "json_schema": schema }),
        &answer(r#"{"n": "x"}"#),
        "the JSON does not fit the schema at `/n`: \"x\" is not of type \"integer\"",
    );
    assert_eq!(unmet.expected.as_ref().map(Masked::as_str), Some("/properties/n/type"));
    check_unmet(&json!({"json_schema": true}), &answer("x"), "the text is not JSON");
}

#[test]
fn words_are_as_similar_as_they_have_to_be() {
    let trace = answer("the capital of France is Paris");
    check_met(&json!({"similar": "the capital is Paris"}), &trace);
    let expect = json!({"similar": {"to": "the capital is Paris", "at_least": 0.9}});
    check_unmet(&expect, &trace, "the similarity is 0.8, and 0.9 is the least");
}

#[test]
fn characters_are_counted_within_bounds() {
    let trace = answer("Größe");
    check_met(&json!({"characters": {"at_least": 5, "at_most": 5}}), &trace);
    let message = "there are 5 characters, and 4 is the most";
    check_unmet(&json!({"characters": {"at_most": 4}}), &trace, message);
    let message = "there are 5 characters, and 6 is the least";
    check_unmet(&json!({"characters": {"at_least": 6}}), &trace, message);
}

#[test]
fn other_channels_are_judged_like_the_text() {
    let trace = with_turn("x", |turn| {
        let channel = |text: Option<&str>| Channel {
            characters: 8,
            text: text.map(self::text),
            ..Channel::default()
        };
        turn.channels.reasoning = Some(channel(Some("A river.")));
        turn.channels.refusal = Some(channel(None));
        let items = vec![text("https://a"), text("https://b")];
        let citations = Channel { items, ..Channel::default() };
        turn.channels.others = [(text("citations"), citations)].into();
    });
    check_met(&json!({"contains": "river", "channel": "reasoning"}), &trace);
    check_met(&json!({"contains": ["https://a", "https://b"], "channel": "citations"}), &trace);
    check_met(&json!({"characters": {"at_most": 8}, "channel": "refusal"}), &trace);
    let unjudged = open(&json!({"contains": "x", "channel": "refusal"}), &trace, Verdict::Unjudged);
    assert_eq!(unjudged.message.as_str(), "the text of the channel `refusal` is not in the record");
    check_unmet(
        &json!({"contains": "x", "channel": "refusal"}),
        &answer("x"),
        "`x` is not in the text",
    );
}

fn call(name: &str, arguments: Option<&Value>) -> ToolCall {
    let parsed = arguments.map(masked);
    let arguments = arguments.map(|arguments| text(&arguments.to_string()));
    ToolCall { name: Some(text(name)), arguments, parsed, ..ToolCall::default() }
}

#[test]
fn tools_are_called_by_name_and_with_arguments() {
    let search = json!({"q": "Paris", "n": 3});
    let trace = with_turn("x", |turn| {
        turn.tool_calls = vec![call("search", Some(&search)), call("book", Some(&json!({})))];
    });
    check_met(&json!({"tool_calls": ["search", "book"]}), &trace);
    check_met(&json!({"tool_calls": {"names": ["book", "search"], "match": "any_order"}}), &trace);
    check_met(&json!({"tool_calls": {"names": ["book"], "match": "superset"}}), &trace);
    check_met(&json!({"tool_calls": {"arguments": {"search": {"q": "Paris"}}}}), &trace);
    check_met(&json!({"tool_calls": []}), &answer("x"));
    let unmet = check_unmet(
        &json!({"tool_calls": {"arguments": {"search": {"q": "Rome"}}}}),
        &trace,
        "the call of `search` has other arguments",
    );
    assert_eq!(unmet.pointer.as_ref().map(Masked::as_str), Some("/q"));
    let message = "the tool `search` was called, and was not expected";
    let unmet = check_unmet(&json!({"tool_calls": []}), &trace, message);
    assert_eq!(unmet.actual.as_ref().map(Masked::as_str), Some(r#"["search","book"]"#));
    let counted = with_turn("x", |turn| turn.tool_calls = vec![call("search", None)]);
    open(&json!({"tool_calls": {"arguments": {"search": {}}}}), &counted, Verdict::Unjudged);
}

#[test]
fn finish_reasons_and_integrity_are_what_the_provider_says() {
    let trace = answer("x");
    check_met(&json!({"finish_reason": ["length", "stop"]}), &trace);
    check_unmet(&json!({"finish_reason": "length"}), &trace, "the finish reason is `stop`");
    let nothing = "the protocol says nothing about its own answer";
    check_unmet(&json!({"integrity": true}), &trace, nothing);
    let equal = Integrity { final_texts_equal: 1, ..Integrity::default() };
    check_met(&json!({"integrity": true}), &with_turn("x", |turn| turn.integrity = Some(equal)));
    let gaps = Integrity { sequence_gaps: 1, ..equal };
    let message = "sequence numbers are missing, or came in another order";
    check_unmet(
        &json!({"integrity": true}),
        &with_turn("x", |turn| turn.integrity = Some(gaps)),
        message,
    );
}

#[test]
fn times_and_rates_have_limits() {
    let trace = answer("x");
    check_met(
        &json!([{"first_token": "120ms"}, {"duration": "2s"}, {"chunk_gap": "90ms"}]),
        &trace,
    );
    check_met(&json!([{"tokens_per_second": 45}, {"chunk_gap": {"p95": 0.02}}]), &trace);
    check_unmet(
        &json!({"first_token": "100ms"}),
        &trace,
        "the time to the first token is 120 ms, and 100 ms is the most",
    );
    check_unmet(
        &json!({"tokens_per_second": 46}),
        &trace,
        "the rate is 45 tokens/s, and 46 tokens/s is the least",
    );
    check_unmet(
        &json!({"chunk_gap": {"p50": "10ms", "max": "89ms"}}),
        &trace,
        "the longest gap between chunks is 90 ms, and 89 ms is the most",
    );
    check_unmet(
        &json!({"first_output": "1s"}),
        &trace,
        "the time to the first output was not measured: no output came",
    );
}

#[test]
fn the_beginning_of_a_text_comes_in_time_and_is_as_expected() {
    let trace = answer("Hello, world");
    check_met(&json!({"prefix": {"characters": 5, "within": "300ms", "equals": "Hello"}}), &trace);
    check_unmet(
        &json!({"prefix": {"characters": 5, "within": "299ms"}}),
        &trace,
        "the first 5 characters were there after 300 ms",
    );
    check_unmet(
        &json!({"prefix": {"characters": 5, "contains": "world"}}),
        &trace,
        "`world` is not in the text",
    );
    check_met(&json!({"prefix": {"characters": 50, "within": "900ms"}}), &trace);
    let message = "the text was whole after 900 ms";
    check_unmet(&json!({"prefix": {"characters": 50, "within": "800ms"}}), &trace, message);
    let unknown = json!({"prefix": {"characters": 6, "within": "1s"}});
    let unjudged = open(&unknown, &trace, Verdict::Unjudged);
    assert_eq!(
        unjudged.message.as_str(),
        "the time of the first 6 characters is not in the record"
    );
    check_met(&json!({"prefix": {"characters": 5, "not_contains": "x"}}), &cut("Hello, wor"));
    assert_eq!(
        judging(&json!([unknown, {"prefix": {"characters": 9, "contains": "x"}}])).prefixes(),
        [6]
    );
}

#[test]
fn values_are_taken_from_the_record() {
    let expecting = |output: &str, expected: Value| Trace {
        expected: Some(masked(&expected)),
        metadata: [(text("vars"), masked(&json!({"city": "Paris?"})))].into(),
        ..answer(output)
    };
    check_met(&json!({"contains": "$.expected"}), &expecting("It is 42", json!("42")));
    check_met(&json!({"contains": "$.expected"}), &expecting("a b", json!(["a", "b"])));
    check_met(&json!({"equals": "$.expected"}), &expecting(r#"{"a": 1}"#, json!({"a": 1.0})));
    check_met(&json!({"contains": "in {{ $.vars.city }}"}), &expecting("in Paris?", json!("")));
    // What a value brings into an expression means itself.
    check_met(&json!({"matches": "^in {{ $.vars.city }}$"}), &expecting("in Paris?", json!("")));
    let missing = open(&json!({"equals": "$.expected"}), &answer("x"), Verdict::Unjudged);
    assert!(missing.message.as_str().starts_with("`$.expected` finds nothing in this input"));
}

#[test]
fn an_input_adds_its_own_expectations_or_replaces_all() {
    let global = json!([{"contains": "a"}, {"duration": "2s"}]);
    let expecting = |expect: Value| Trace { expect: Some(masked(&expect)), ..answer("a b") };
    let judged = judge(&global, &expecting(json!({"contains": "c"})));
    assert_eq!(judged.unmet[0].number, 3);
    assert_eq!(judged.met.values().sum::<u64>(), 2);
    let judged = judge(&global, &expecting(json!({"only": [{"contains": "b"}]})));
    assert_eq!((judged.verdict(), judged.met.values().sum::<u64>()), (Verdict::Met, 1));
    let judged = judge(&global, &expecting(json!({"only": []})));
    assert_eq!(judged.verdict(), Verdict::None);
    let promptfoo = json!([{"type": "icontains", "value": "A B"}, {"type": "llm-rubric"}]);
    let judged = judge(&global, &expecting(promptfoo));
    assert_eq!((judged.verdict(), judged.met.values().sum::<u64>()), (Verdict::Met, 3));
}

#[test]
fn a_case_that_did_not_succeed_is_not_judged() {
    let failed = Trace { success: false, outcome: Outcome::Failed, ..answer("x") };
    assert_eq!(judge(&json!({"contains": "y"}), &failed), Expectations::default());
}

#[test]
fn inputs_are_checked_before_anything_is_sent() {
    let judging = judging(&json!({"equals": "$.expected"}));
    let check = |expect: Option<Value>, expected: Option<Value>| {
        let checked = judging.check_input(&Input { expect, expected, ..Input::default() });
        checked.map_err(|fault| format!("{}: {fault}", fluxloop_schema::key(&fault.at)))
    };
    assert!(check(None, Some(json!("42"))).is_ok());
    assert_eq!(
        check(None, None).unwrap_err(),
        "expect.equals: `$.expected` finds nothing in this input; add it to the input, or write the \
         expectation in the inputs that have it"
    );
    assert_eq!(
        check(Some(json!([{"contains": "a"}, {"contans": "b"}])), Some(json!(1))).unwrap_err(),
        "expect[1].contans: unknown expectation; did you mean `contains`?"
    );
    assert_eq!(
        check(Some(json!({"only": {"contains": ""}})), None).unwrap_err(),
        "expect.only.contains: is empty; write a text that is looked for"
    );
    assert_eq!(
        check(Some(json!([])), Some(json!(1))).unwrap_err(),
        "expect: is empty; write at least one expectation, or leave `expect` out"
    );
    let own = check(Some(json!({"only": [{"contains": "a"}]})), None).expect("it is sound");
    assert_eq!(own.expectations, 1);
    let own = check(Some(json!([{"type": "llm-rubric", "value": "x"}])), Some(json!(1)));
    assert_eq!(own.expect("it is sound").without_counterpart, ["llm-rubric"]);
}

#[test]
fn a_secret_is_compared_masked_on_both_sides() {
    let key = "sk-live-0123456789";
    let redactor = Redactor::builder().secret("KEY", &Secret::new(key)).build();
    let leaks = Trace { output: redactor.mask(&format!("it is {key}")).into(), ..answer("") };
    for expect in [json!({"not_contains": key}), json!({"matches": format!("^{key}$")})] {
        let items = read(&expect, &[], &mut Literal).expect("they are sound");
        let judging = Judging::new(items, Targets::default(), &[], &redactor);
        let result = judging.judge(&leaks, &redactor);
        assert_eq!(result.verdict(), Verdict::Unmet, "{expect}");
        let recorded = serde_json::to_string(&result).expect("it is JSON");
        assert!(!recorded.contains("0123456789"), "{recorded}");
    }
    let expect = json!({"matches": format!("is {key}$")});
    let items = read(&expect, &[], &mut Literal).expect("they are sound");
    let judging = Judging::new(items, Targets::default(), &[], &redactor);
    assert_eq!(judging.judge(&leaks, &redactor).verdict(), Verdict::Met);
}

#[test]
fn a_record_keeps_the_channels_that_are_read() {
    let judging = judging(&json!([{"contains": "a", "channel": "reasoning"}, {"duration": "1s"}]));
    let kept = judging.kept(Some(&json!({"contains": "x", "channel": "citations"})));
    assert_eq!(kept.channels.into_iter().collect::<Vec<_>>(), ["citations", "reasoning"]);
    assert!(!kept.arguments);
    let only = json!({"only": {"tool_calls": {"arguments": {"a": {}}}}});
    let kept = judging.kept(Some(&only));
    assert!(kept.channels.is_empty() && kept.arguments);
}
