//! The text of two attempts is never joined, wherever an answer breaks: the output is exact and
//! whole, or it is marked, and the beginning of one answer.
//!
//! The mock puts its own number of a request before each word of its answer, so that a word of
//! another attempt is seen wherever it stands.

use std::collections::HashMap;
use std::thread;

use fastrand::Rng;
use fluxloop_mock::{Break, Fault, FaultKind, Faults, MockOptions, Reply, Rule, Served};
use serde_json::Value;

use crate::support::{Project, Server};

/// What one seed draws once: the faults of one run.
const SEEDS: [u64; 2] = [1, 2];

/// Cases of one run.
const CASES: usize = 60;

/// Each word is a delta, and the answer is about as long as [`LONGEST`].
const INPUT: &str = "once upon a time there was a stream that broke at any byte and was never \
                     joined with another one as long as it lived the end";

/// Beyond the last byte of most answers.
const LONGEST: usize = 2_400;

/// How many faults one run draws, and with how many percent of the requests each goes wrong: the
/// rest is as it should be.
const FAULTS: usize = 40;
const PERCENT: f64 = 2.1;

/// What is seen in a run, so that no property holds for want of cases.
#[derive(Debug, Default)]
struct Seen {
    whole_after_text: usize,
    partial: usize,
    unproven: usize,
}

/// Runs many cases against random faults, with these keys below `runner.http`, and holds every
/// record, with the answer that its output is of, against `property` as well.
#[track_caller]
fn check(keys: &[&str], property: fn(&Value, Option<&Served>) -> bool) -> Seen {
    let mut seen = Seen::default();
    for seed in SEEDS {
        let server = Server::start(MockOptions {
            faults: Faults::new(rules(&mut Rng::with_seed(seed))).expect("less than 100 %"),
            reply: Reply::Numbered,
            // Each of three attempts may be sent twice.
            record: CASES * 6,
            seed,
            ..MockOptions::default()
        });
        let project = Project::new(&format!(
            "base_inputs: [{INPUT}]\niterations: {CASES}\nsimulation: {{ parallelism: 8 }}\n\
             runner:\n  http:\n    url: {}\n    idle_timeout: 500ms\n    \
             retry: {{ backoff: 1ms }}\n",
            server.url("/chat")
        ));
        let set: Vec<_> = keys.iter().map(|key| format!("--set=runner.http.{key}")).collect();
        let set: Vec<_> = set.iter().map(String::as_str).collect();
        project.run(&[&set[..], &["--no-display", "--exit-zero"]].concat()).exits(0);
        let traces = project.traces();
        assert_eq!(traces.len(), CASES, "seed {seed}");
        let answers = answers(&server);
        for trace in &traces {
            let answer = of_one_answer(trace, &answers)
                .unwrap_or_else(|why| panic!("seed {seed}, {keys:?}: {why} in\n{trace:#}"));
            assert!(
                is_whole_or_marked(trace, answer) && property(trace, answer),
                "seed {seed}, {keys:?}: {answer:#?}\nbecame\n{trace:#}"
            );
            seen.count(trace);
        }
    }
    seen
}

/// Faults that each strike a few requests.
fn rules(chance: &mut Rng) -> Vec<Rule> {
    (0..FAULTS)
        .map(|_| {
            let rule = format!("{}@{PERCENT}%", fault(chance));
            rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"))
        })
        .collect()
}

/// A fault, most often a break at a random byte of an answer that is written in some way.
fn fault(chance: &mut Rng) -> String {
    let (byte, deltas) = (chance.usize(..LONGEST), chance.usize(..30));
    let place = match chance.u8(..6) {
        0 => "at=anywhere".to_owned(),
        1 => format!("inside={deltas}"),
        2 => format!("deltas={deltas}"),
        _ => format!("bytes={byte}"),
    };
    let mut choose = |from: &[&str]| chance.choice(from).copied().unwrap_or_default().to_owned();
    let written = choose(&[
        "",
        "",
        "slicer=7+",
        "slicer=1+",
        "gzip+",
        "gzip=whole+",
        "deflate+",
        "br+",
        "zstd+",
        "until_close+",
        "short_length=9+",
        "one_chunk+",
        "line_ends=crlf+",
        "line_ends=cr+",
        "bom+",
        "invalid_utf8:deltas=3+",
    ]);
    let broken = choose(&[
        "close",
        "reset_peer",
        "end",
        "end",
        "bad_chunk",
        "timeout",
        "timeout=20ms",
        "goaway=INTERNAL_ERROR",
        "rst_stream=CANCEL",
        "rst_stream=NO_ERROR",
        "limit_data",
        "gzip=truncated",
        "malformed",
        "error",
    ]);
    match broken.as_str() {
        "limit_data" => format!("{written}limit_data={byte}"),
        "gzip=truncated" => broken,
        "malformed" | "error" => format!("{written}{broken},deltas={deltas}"),
        _ if broken.contains('=') => format!("{written}{broken},{place}"),
        _ => format!("{written}{broken}:{place}"),
    }
}

/// What the mock did, by the number of the request.
fn answers(server: &Server) -> HashMap<u64, Served> {
    // An answer ends on the mock's side, which may be after the client has gone.
    while server.agent().served().in_flight > 0 {
        thread::yield_now();
    }
    server.agent().answers().into_iter().map(|served| (served.number, served)).collect()
}

/// The answer that an output is of. Every text must be the beginning of one answer.
fn of_one_answer<'a>(
    trace: &Value,
    answers: &'a HashMap<u64, Served>,
) -> Result<Option<&'a Served>, String> {
    let of = |text: &Value| {
        let Some(text) = text.as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
        let number = text.split('.').next().and_then(|number| number.parse().ok());
        let answer = number.and_then(|number| answers.get(&number));
        answer
            .filter(|answer| answer.text.as_ref().is_some_and(|whole| whole.starts_with(text)))
            .ok_or_else(|| format!("`{text}` is not the beginning of an answer"))
            .map(Some)
    };
    for attempt in trace["turns"][0]["attempts"].as_array().expect("a list") {
        of(&attempt["text"])?;
    }
    of(&trace["output"])
}

/// A success is the whole text, or says that nothing proves that it is; a failure says so, and has
/// the text of its last attempt.
fn is_whole_or_marked(trace: &Value, answer: Option<&Served>) -> bool {
    let output = trace["output"].as_str().expect("text");
    if trace["outcome"] == "failed" {
        let last = trace["turns"][0]["attempts"].as_array().and_then(|attempts| attempts.last());
        let kept = last.and_then(|attempt| attempt["text"].as_str()).unwrap_or_default();
        return trace["success"] == false && trace["error"]["kind"].is_string() && kept == output;
    }
    let Some(answer) = answer else { return false };
    let early = answer.faults.iter().any(ends_early);
    let marked = match trace["turns"][0]["stream"]["completeness"].as_str() {
        Some("framed") => early && output.chars().count() == answer.characters,
        Some("unverified") => early || answer.faults.iter().any(looks_like_an_end),
        _ => false,
    };
    trace["outcome"] == "succeeded" && (is_whole(trace, Some(answer)) || marked)
}

/// The body ends in good order before the end of the answer.
fn ends_early(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Break { how: Break::End, .. })
}

/// No client can tell such an end from that of the answer.
fn looks_like_an_end(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::UntilClose | FaultKind::Break { how: Break::RstStream(0), .. })
}

impl Seen {
    fn count(&mut self, trace: &Value) {
        let attempts = trace["turns"][0]["attempts"].as_array().expect("a list");
        let after_text = attempts[..attempts.len() - 1].iter().any(|it| it["text"] != Value::Null);
        let succeeded = trace["outcome"] == "succeeded";
        self.whole_after_text += usize::from(succeeded && after_text);
        self.partial += usize::from(!succeeded && trace["output"] != "");
        self.unproven +=
            usize::from(succeeded && trace["turns"][0]["stream"]["completeness"] != "done");
    }
}

fn is_whole(trace: &Value, answer: Option<&Served>) -> bool {
    answer.is_some_and(|answer| answer.text.as_deref() == trace["output"].as_str())
}

#[test]
fn what_is_begun_anew_is_not_continued() {
    let seen = check(&["stream=sse", "stream_output_path=delta"], |_, _| true);
    assert!(seen.whole_after_text > 5 && seen.partial > 5 && seen.unproven > 5, "{seen:?}");
}

#[test]
fn text_that_is_kept_is_that_of_the_last_attempt() {
    let keys = ["stream=sse", "stream_output_path=delta", "retry.on_partial=fail"];
    let seen = check(&keys, |trace, _| {
        let attempts = trace["turns"][0]["attempts"].as_array().expect("a list");
        attempts[..attempts.len() - 1].iter().all(|attempt| attempt["text"] == Value::Null)
    });
    assert!(seen.whole_after_text == 0 && seen.partial > 5, "{seen:?}");
}

#[test]
fn where_the_end_is_required_a_success_is_whole() {
    let keys = ["stream=sse", "stream_output_path=delta", "require_done=true"];
    let seen =
        check(&keys, |trace, answer| trace["outcome"] == "failed" || is_whole(trace, answer));
    assert!(seen.whole_after_text > 5 && seen.unproven == 0, "{seen:?}");
}

#[test]
fn streams_of_one_connection_stay_apart() {
    let seen =
        check(&["stream=sse", "stream_output_path=delta", "http2=prior-knowledge"], |_, _| true);
    assert!(seen.whole_after_text > 5 && seen.partial > 5, "{seen:?}");
}

#[test]
fn a_plain_answer_is_whole_or_nothing() {
    let seen =
        check(&["stream=none"], |trace, answer| trace["output"] == "" || is_whole(trace, answer));
    assert!(seen.partial == 0, "{seen:?}");
}
