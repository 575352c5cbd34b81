//! The pages of the presets, played with their own names and with meaningless ones: what is learned
//! reads the same answer.

mod meaningless;

use std::time::Duration;

use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Content};
use fluxloop_frames::Framing;
use fluxloop_learn::{Confidence, Line, Outcome, Proposal, Recorder, Recording, learn, yaml};
use fluxloop_mock::{Dialect, MockOptions, MockRequest, Transcript, transcript};
use fluxloop_schema::{PRESETS, PlayWhen, Preset, Schema, StreamKind, load};
use serde_json::{Value, json};

/// What is asked, and answered.
const QUESTION: &str = "How long is the river Loire from its spring at the foot of a hill down to \
                        the ocean, and which towns lie on its banks?";

/// A request that any preset understands.
fn request(preset: &Preset) -> MockRequest {
    let messages = json!([{"role": "user", "content": QUESTION}]);
    let message = json!({"role": "user", "parts": [{"text": QUESTION}]});
    let mut body = json!({
        "model": "m", "max_tokens": 9, "messages": messages, "input": messages,
        "inputs": messages, "contents": [message], "additional_messages": messages,
        "query": QUESTION, "question": QUESTION, "message": message,
        "params": {"arguments": {"text": QUESTION}}, "id": 7,
        "stream": true, "streaming": true, "response_mode": "streaming",
        "stream_options": {"include_usage": true},
    });
    if ["langgraph", "dashscope"].contains(&preset.name) {
        body["input"] = json!({ "messages": messages });
    }
    let page = preset.page().expect("a preset has a page");
    MockRequest::post(page.paths[0].replace('*', "it"), body.to_string())
}

fn play(preset: &'static Preset, reasoning: bool, tool_calls: usize) -> Transcript {
    let page = preset.page().expect("a preset has a page");
    let blocks = page.play.expect("a page says how it is played").blocks;
    let can = |when| blocks.iter().any(|block| block.when == when);
    let options = MockOptions {
        dialect: Dialect::Preset(preset),
        seed: 7,
        reasoning: reasoning && can(PlayWhen::Reasoning),
        tool_calls: if can(PlayWhen::ToolCall) { tool_calls } else { 0 },
        ..MockOptions::default()
    };
    transcript(&options, 0, &request(preset)).expect("an answer")
}

/// What came, cut as the media type of the preset's page says.
fn record(preset: &Preset, body: &[u8]) -> Recording {
    let page = preset.page().expect("a preset has a page");
    let framing = Framing::of_media_type(&page.media_type).expect("a framing");
    let stream = StreamKind::of_name(framing.name()).expect("a stream");
    let mut recorder = Recorder::new(stream, 1 << 20);
    for chunk in body.chunks(700) {
        recorder.feed(chunk, Duration::ZERO);
    }
    recorder.finish(Duration::ZERO)
}

fn read(recording: &Recording, schema: Schema) -> Content {
    let framing = recording.framing.expect("a framing");
    let stream = StreamKind::of_name(framing.name()).expect("a stream");
    let rules = AnswerRules { has_own_path: true, ..AnswerRules::new(stream, schema) };
    let mut aggregator = Aggregator::new(&AnswerReader::new(&rules), None);
    for frame in &recording.frames {
        let pushed = aggregator.push(&frame.frame(), Duration::ZERO);
        if pushed.is_err() {
            break;
        }
    }
    aggregator.finish(None, Duration::ZERO).0
}

fn own(proposal: &Proposal) -> Option<Schema> {
    let schema = proposal.schema()?;
    Some(load(&schema, "inline", &mut |_, _| None).expect("a proposal loads").schema)
}

fn shown(proposal: &Proposal) -> String {
    let lines = proposal.lines.iter();
    let lines = lines.map(|it| {
        format!("  {}: {}  # {}: {}\n", it.key, yaml(&it.value), it.confidence, it.reason)
    });
    let others = proposal.others.iter();
    let others = others.map(|it| {
        format!("  - {} {:?} ({} frames, {})\n", yaml(&it.rule), it.sample, it.frames, it.note)
    });
    format!(
        "{:?} {:?}\n{}{}",
        proposal.outcome,
        proposal.preset,
        lines.collect::<String>(),
        others.collect::<String>()
    )
}

fn add(report: &mut String, what: &str) {
    report.push_str(what);
}

fn confidence(proposal: &Proposal, key: &str) -> Option<Confidence> {
    let line: Option<&Line> = proposal.lines.iter().find(|line| line.key == key);
    line.map(|line| line.confidence)
}

/// What of an answer is compared: its text, its reasoning, whether it has ended by its own words, and
/// its counts. Two protocols have no end but the reason why the model stopped.
fn facts(content: &Content) -> Value {
    let usage = content.usage.as_ref();
    json!({
        "text": content.text.text,
        "reasoning": content.reasoning.text,
        "end": content.done || content.finish_reason.is_some(),
        "usage": usage.map(|usage| [usage.input, usage.output]),
    })
}

#[test]
fn meaningless_names_are_learned() {
    let (mut same, mut report) = (Vec::new(), String::new());
    for preset in PRESETS {
        let played = play(preset, true, 1);
        let recording = record(preset, &played.body);
        let wanted = read(&recording, preset.schema());
        let renamed = meaningless::rename(&recording, QUESTION);
        let proposal = learn(&renamed);
        let found = own(&proposal).map(|schema| read(&renamed, schema));
        let has_end = wanted.done;
        let wanted = facts(&wanted);
        let is_ended = found.as_ref().is_some_and(|found| found.done || !has_end);
        let found = found.map(|found| facts(&found));
        if found.as_ref() == Some(&wanted) && is_ended {
            same.push(preset.name);
        }
        let is_wrong = found.as_ref().is_some_and(|found| found["text"] != wanted["text"]);
        let is_sure = confidence(&proposal, "text") > Some(Confidence::Likely);
        add(
            &mut report,
            &format!(
                "{}: {}\n  wanted {wanted}\n  found  {found:?}\n",
                preset.name,
                shown(&proposal)
            ),
        );
        assert!(!(is_wrong && is_sure), "{report}");
        assert!(proposal.preset.is_none(), "{report}");
    }

    assert!(same.len() >= 18, "{} of {}: {same:?}\n{report}", same.len(), PRESETS.len());
}

#[test]
fn real_names_give_the_preset() {
    let mut wrong = String::new();
    for preset in PRESETS {
        for (reasoning, calls) in [(false, 0), (true, 0), (true, 1)] {
            let recording = record(preset, &play(preset, reasoning, calls).body);
            let proposal = learn(&recording);
            let name = proposal.preset.as_ref().map(|it| it.value);
            if name != Some(preset.name) {
                add(
                    &mut wrong,
                    &format!("{} {reasoning} {calls}: {}", preset.name, shown(&proposal)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_text_is_called_certain_that_is_not_the_text() {
    let mut report = String::new();
    for preset in PRESETS {
        let page = preset.page().expect("a page");
        for case in &page.cases {
            let recording = record(preset, case.bytes.as_bytes());
            for recording in [&recording, &meaningless::rename(&recording, QUESTION)] {
                let proposal = learn(recording);
                let Some(schema) = own(&proposal) else { continue };
                let found = read(recording, schema).text.text;
                if found != case.expect["text"]
                    && confidence(&proposal, "text") > Some(Confidence::Likely)
                {
                    add(
                        &mut report,
                        &format!("{} / {}: {found:?} {}", preset.name, case.name, shown(&proposal)),
                    );
                }
                if proposal.outcome == Outcome::Undecided {
                    assert!(!proposal.others.is_empty());
                }
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}
