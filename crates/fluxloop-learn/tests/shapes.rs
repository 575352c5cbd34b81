//! Shapes of streams as people build them: the right text is found, or none is.

use std::time::Duration;

use fluxloop_learn::{Confidence, Outcome, Proposal, Recorder, learn, yaml};
use fluxloop_schema::StreamKind;
use serde_json::{Value, json};

const WORDS: [&str; 9] =
    ["The ", "ferry ", "to the ", "island ", "leaves ", "at ten ", "in the ", "morn", "ing."];

const THOUGHTS: [&str; 7] = ["They ", "ask ", "for ", "a time", "table", ", I ", "think."];

/// Events, each with a type (or without one) and its data.
#[derive(Default)]
struct Stream(String);

impl Stream {
    fn event(mut self, name: &str, data: &Value) -> Self {
        if !name.is_empty() {
            self.0.extend(["event: ", name, "\n"]);
        }
        self.0.extend(["data: ", &data.to_string(), "\n\n"]);
        self
    }

    fn raw(mut self, line: &str) -> Self {
        self.0 += line;
        self
    }

    /// An event for each piece.
    fn pieces(self, name: &str, pieces: &[&str], data: impl Fn(usize, &str) -> Value) -> Self {
        let all = pieces.iter().enumerate();
        all.fold(self, |stream, (at, piece)| stream.event(name, &data(at, piece)))
    }

    fn learn(&self) -> Proposal {
        let mut recorder = Recorder::new(StreamKind::Auto, 1 << 20);
        recorder.feed(self.0.as_bytes(), Duration::ZERO);
        learn(&recorder.finish(Duration::ZERO))
    }
}

/// What a line of the proposal says, with its confidence.
fn line(proposal: &Proposal, key: &str) -> String {
    let line = proposal.lines.iter().find(|line| line.key == key);
    line.map(|line| format!("{} ({})", yaml(&line.value), line.confidence)).unwrap_or_default()
}

#[track_caller]
fn check(stream: &Stream, text: &str, reasoning: &str, end: &str) {
    let proposal = stream.learn();
    let found = ["text", "reasoning", "end"].map(|key| line(&proposal, key));
    assert_eq!(found, [text, reasoning, end], "{proposal:#?}");
    assert_eq!(proposal.outcome, Outcome::Learned);
}

/// Nothing is proposed, and these rules are named instead.
#[track_caller]
fn check_nothing(stream: &Stream, outcome: Outcome, rules: &[&str]) {
    let proposal = stream.learn();
    assert_eq!(proposal.outcome, outcome, "{proposal:#?}");
    assert_eq!(proposal.schema(), None);
    let others: Vec<String> = proposal.others.iter().map(|it| yaml(&it.rule)).collect();
    assert_eq!(others, rules, "{proposal:#?}");
}

#[test]
fn a_member_called_answer_is_not_the_answer() {
    let tokens = Stream::default().pieces("token", &WORDS, |_, t| json!({ "t": t }));
    let stream = tokens.event("final", &json!({"answer": "ok"}));
    let end = "[{ when: final, as: succeeded }] (likely)";
    check(&stream, "{ when: token, path: t } (certain)", "", end);
}

#[test]
fn two_pieces_are_too_little() {
    let stream = Stream::default()
        .event("token", &json!({"t": "Hello "}))
        .event("token", &json!({"t": "world"}))
        .event("final", &json!({"answer": "ok"}));
    check_nothing(&stream, Outcome::TooLittle, &["{ when: token, path: t }"]);
    let stream = Stream::default()
        .event("tool", &json!({"name": "lookup", "text": "x"}))
        .event("token", &json!({"v": "Hello "}))
        .event("token", &json!({"v": "world"}));
    check_nothing(&stream, Outcome::TooLittle, &["{ when: token, path: v }"]);
    check_nothing(&Stream::default(), Outcome::TooLittle, &[]);
}

#[test]
fn one_piece_of_reasoning_is_not_the_text() {
    let stream = Stream::default().event("reasoning", &json!({"content": "hm, a ferry"}));
    let stream = stream.pieces("answer", &WORDS, |_, t| json!({ "chunk": t }));
    check(&stream, "{ when: answer, path: chunk } (certain)", "", "");
}

#[test]
fn a_phase_in_the_data_tells_reasoning_apart() {
    let phase = |name: &'static str| move |_: usize, t: &str| json!({ "phase": name, "t": t });
    let stream = |think, answer| {
        let stream = Stream::default().pieces("", &THOUGHTS, phase(think));
        stream.pieces("", &WORDS, phase(answer)).raw("data: [DONE]\n\n")
    };
    let end = "[{ when: { data: \"[DONE]\" }, as: succeeded }] (certain)";
    check(
        &stream("thinking", "answer"),
        "{ when: answer, path: t } (certain)",
        "{ when: thinking, path: t } (certain)",
        end,
    );
    check(
        &stream("zup", "wex"),
        "{ when: wex, path: t } (likely)",
        "{ when: zup, path: t } (guess)",
        end,
    );
    // Names that speak against the order decide nothing.
    let against = stream("answer", "thinking");
    check_nothing(
        &against,
        Outcome::Undecided,
        &["{ when: answer, path: t }", "{ when: thinking, path: t }"],
    );
}

#[test]
fn a_flag_beside_the_text_tells_reasoning_apart() {
    let stream = Stream::default()
        .pieces("", &THOUGHTS, |_, t| json!({"zup": {"v": t, "hidden": true}}))
        .pieces("", &WORDS, |_, t| json!({"zup": {"v": t}}))
        .event("", &json!({"over": true}));
    check(
        &stream,
        "{ when: { not: { path: zup.hidden, equals: true } }, path: zup.v } (likely)",
        "{ when: { path: zup.hidden, equals: true }, path: zup.v } (guess)",
        "[{ when: { path: over, exists: true }, as: succeeded }] (guess)",
    );
}

#[test]
fn texts_that_take_turns_are_undecided() {
    let both = |_: usize, t: &str| json!({ "a": t, "b": t.to_uppercase() });
    let stream = Stream::default().pieces("", &WORDS, both);
    check_nothing(&stream, Outcome::Undecided, &["{ path: a }", "{ path: b }"]);
    let mut stream = Stream::default();
    for (a, b) in WORDS.iter().zip(THOUGHTS) {
        stream =
            stream.event("", &json!({"lane": 0, "t": a})).event("", &json!({"lane": 1, "t": b}));
    }
    let first = "{ when: { path: lane, equals: 0 }, path: t }";
    check_nothing(
        &stream,
        Outcome::Undecided,
        &[first, "{ when: { not: { path: lane, equals: 0 } }, path: t }"],
    );
}

#[test]
fn the_same_text_in_two_members_is_one() {
    let mut so_far = String::new();
    let mut stream = Stream::default();
    for word in WORDS {
        so_far += word;
        stream = stream.event("", &json!({"all": so_far, "new": word}));
    }
    check(&stream, "{ path: new } (likely)", "", "");
}

#[test]
fn cumulative_texts_replace_each_other() {
    let mut stream = Stream::default();
    for message in ["m1", "m2"] {
        let mut so_far = String::new();
        for word in WORDS {
            so_far += word;
            stream = stream.event("part", &json!({"id": message, "say": so_far}));
        }
    }
    check(&stream, "{ path: say, join: replace, group: id } (likely)", "", "");
}

#[test]
fn items_and_messages_about_the_work_are_no_text() {
    let work = ["Searching the web", "Reading 3 pages", "Checking the timetable"];
    let stream = Stream::default()
        .pieces("step", &work, |_, t| json!({ "msg": t }))
        .pieces("zup", &WORDS, |at, t| json!({"v": t, "n": at, "at": "2026-05-01T08:00:01Z"}))
        .pieces(
            "more",
            &["When is the last ferry?", "Is there a bus?", "What does it cost?"],
            |_, t| json!({ "q": t }),
        );
    check(&stream, "{ when: zup, path: v } (likely)", "", "");
}

#[test]
fn a_text_that_comes_once_more_at_its_place_is_not_read_twice() {
    let stream = Stream::default().pieces("", &WORDS, |_, t| json!({ "v": t }));
    let stream = stream.event("", &json!({"v": WORDS.concat()}));
    check_nothing(&stream, Outcome::Undecided, &["{ path: v }"]);
}

#[test]
fn sound_and_ids_are_no_text() {
    let sound =
        "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
    let stream = Stream::default().pieces(
        "",
        &WORDS,
        |at, t| json!({"a": sound[..40 + at].replace(' ', ""), "id": format!("evt_{at}"), "v": t}),
    );
    check(&stream, "{ path: v } (likely)", "", "");
}

#[test]
fn data_that_is_no_json_is_the_text() {
    let mut stream = Stream::default();
    for word in WORDS {
        stream = stream.raw(&format!("data: {}\n\n", word.replace(' ', "  ")));
    }
    let stream = stream.raw("data: [DONE]\n\n");
    check(&stream, "{} (likely)", "", "[{ when: { data: \"[DONE]\" }, as: succeeded }] (certain)");
}

#[test]
fn lines_of_json_are_learned_too() {
    let lines = WORDS.iter().map(|word| format!("{}\n", json!({"r": {"s": word}, "last": false})));
    let stream = Stream(lines.collect::<String>() + "{\"r\": {\"s\": \"\"}, \"last\": true}\n");
    let end = "[{ when: { path: last, equals: true }, as: succeeded }] (certain)";
    check(&stream, "{ path: r.s } (likely)", "", end);
    assert_eq!(line(&stream.learn(), "framing"), "jsonl (certain)");
}

#[test]
fn text_without_spaces_is_text() {
    let stream = Stream::default().pieces(
        "",
        &["今日", "の", "天気", "は", "晴れ"],
        |_, t| json!({ "v": t }),
    );
    check(&stream, "{ path: v } (likely)", "", "");
}

#[test]
fn only_reasoning_is_not_called_the_text() {
    let stream = Stream::default().pieces("", &THOUGHTS, |_, t| json!({ "reasoning": t }));
    assert_eq!(stream.learn().outcome, Outcome::OnlyReasoning);
    let nameless = Stream::default().pieces("", &THOUGHTS, |_, t| json!({ "zup": t }));
    let text = nameless.learn().lines.into_iter().find(|line| line.key == "text");
    assert!(text.is_some_and(|text| text.confidence <= Confidence::Likely));
}

#[test]
fn names_with_odd_characters_are_quoted() {
    let stream =
        Stream::default().pieces("my type", &WORDS, |_, t| json!({"it's a \"key\"": {"x-y": t}}));
    let proposal = stream.event("end", &json!({})).learn();
    assert_eq!(proposal.outcome, Outcome::Learned, "{proposal:#?}");
}

/// Each of these is the last frame, and none is the end of a success.
#[test]
fn a_last_frame_that_reports_a_failure_is_not_an_end() {
    let token = |_: usize, t: &str| json!({"type": "token", "kind": "part", "v": t, "state": "on"});
    let stream = || Stream::default().pieces("", &WORDS, token);
    for last in [
        json!({"type": "failed", "why": "no more"}),
        json!({"type": "run.error", "why": "no more"}),
        json!({"error": {"message": "no more"}}),
        json!({"type": "token", "kind": "run_failed", "state": "on"}),
        json!({"type": "token", "kind": "part", "state": "failed"}),
        json!({"type": "over", "failed": true}),
    ] {
        let proposal = stream().event("", &last).learn();
        let failure = proposal.failure.as_ref().map(|failure| failure.frame);
        assert_eq!(failure, Some(WORDS.len()), "{last}: {proposal:#?}");
        assert_eq!(line(&proposal, "end"), "", "{last}: {proposal:#?}");
        assert!(line(&proposal, "text").contains("path: v"), "{last}: {proposal:#?}");
        assert!(!proposal.has_end, "{last}");
    }
    let named = Stream::default().pieces("token", &WORDS, |_, t| json!({ "t": t }));
    let proposal = named.event("exception", &json!({"t": "no more"})).learn();
    assert!(proposal.failure.is_some(), "{proposal:#?}");
    check_nothing(&Stream::default().event("error", &json!({"t": "no"})), Outcome::Failed, &[]);
}
