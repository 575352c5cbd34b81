//! Writes a page of many cases that no server answered, and prints what that took.
//!
//! `cargo run --release -p fluxloop-html --example large -- FILE [CASES]`

#![expect(clippy::print_stdout, reason = "what it measured is its output")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fluxloop_html::{Page, RunCases, RunPage};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{RunStatus, Tally, Trace};
use serde_json::json;

/// How many cases are under way at once.
const AT_ONCE: u64 = 100;

/// How much the time of a case differs from that of others, in milliseconds: a number that jumps.
fn jump(number: u64, most: u64) -> u64 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % most
}

/// A line of a journal.
fn line(number: u64) -> String {
    let text = "Your order was sent on Monday and arrives on Wednesday before noon. ".repeat(4);
    let question = format!("Where is order {number}?");
    let (first, gap) = (80 + jump(number, 512), 300 + jump(number * 3 + 1, 1024));
    let (last, is_good) = (first + gap, !number.is_multiple_of(97));
    let start = number / AT_ONCE * 900 + jump(number, 256);
    let at = jiff::Timestamp::from_millisecond(
        1_767_323_045_000 + i64::try_from(start).unwrap_or_default(),
    );
    let at = format!("{:.6}", at.expect("a time of this century"));
    let times = json!({"connect_ms": 1.25, "headers_ms": 60.5, "first_byte_ms": 61.0,
        "first_event_ms": 61.0, "first_output_ms": first / 2, "first_token_ms": first,
        "last_token_ms": last, "total_ms": last + 1});
    let mut timings = times.clone();
    timings["scheduled_at"] = at.clone().into();
    timings["chunk_gap_ms"] = json!({"p50": 12.5, "p95": 20.1, "max": 41.0});
    timings["tokens_per_second"] = 61.25.into();
    timings["tpot_ms"] = 16.5.into();
    let outcome = if is_good { "succeeded" } else { "failed" };
    let error = json!({"kind": "status", "message": "the server answered 503", "hint": "try again",
        "phase": "status", "status": 503});
    let mut record = json!({
        "version": 2, "trace_id": format!("00000000-0000-4000-8000-{number:012}"),
        "case_id": format!("q-{}/{}", number / 2, number % 2), "case_index": number,
        "iteration": number % 2, "persona": null, "input": question, "metadata": {"topic": "orders"},
        "output": text, "success": is_good, "outcome": outcome, "verdict": "none",
        "duration_ms": last + 2, "model": "small-1", "finish_reason": "stop", "warnings": [],
        "token_usage": {"prompt_tokens": 40, "completion_tokens": 56, "total_tokens": 96},
        "conversation": [
            {"turn_index": 1, "role": "user", "content": question, "source": "input", "metadata": {}},
            {"turn_index": 1, "role": "assistant", "content": text, "source": "agent", "metadata": {}},
        ],
        "conversation_state": {"turns": [{"role": "user", "content": question},
            {"role": "assistant", "content": text}]},
        "observation_count": 1, "input_hash": "fnv1a64:0", "redactions": 0,
    });
    record["turns"] = json!([{
            "number": 1, "input": question, "outcome": outcome,
            "channels": {"text": {"characters": text.len(), "first_ms": first, "last_ms": last},
                "reasoning": {"characters": 40, "first_ms": first / 2, "last_ms": first - 10,
                    "text": "The customer asks about an order."}},
            "usage": {"input": 40, "output": 56, "total": 96}, "timings": timings,
            "stream": {"framing": "sse", "schema": "openai-chat", "events": 60,
                "by_type": {"message": 60}, "passed": 60, "matched": 56, "skipped": 0,
                "completeness": "done"},
            "attempts": [{"number": 1, "phase": "complete", "outcome": outcome, "status": 200,
                "wait_before_ms": 0, "started_at": at, "timings": times, "bytes": 4096,
                "events": 60, "characters": text.len()}],
    }]);
    if !is_good {
        record["error"] = error;
    }
    record.to_string()
}

fn read(redactor: &Arc<Redactor>, line: &str) -> Result<Trace, serde_json::Error> {
    redactor.reading(|| serde_json::from_str(line))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("name a file")?;
    let count: u64 = args.next().map_or(Ok(100_000), |it| it.parse())?;
    let redactor = Arc::new(Redactor::none());
    let (mut cases, mut tally) = (RunCases::new(), Tally::new());
    let mut took = Duration::ZERO;
    let timed = |took: &mut Duration, started: SystemTime| {
        *took += started.elapsed().unwrap_or_default();
    };
    for number in 0..count {
        let line = line(number);
        let started = SystemTime::now();
        let trace = read(&redactor, &line)?;
        cases.add(&trace, number);
        timed(&mut took, started);
        tally.add(&trace);
    }
    for place in cases.choose(&[]) {
        let line = line(place);
        let started = SystemTime::now();
        cases.add_texts(&read(&redactor, &line)?, None);
        timed(&mut took, started);
    }
    let seconds = Duration::from_millis(count / AT_ONCE * 900);
    let date = "2026-01-02T03:04:05Z".to_owned();
    let name = Masked::from_static("many cases");
    let summary = tally.summary(name, date, RunStatus::Complete, seconds);
    let started = SystemTime::now();
    let mut out = BufWriter::new(File::create(&file)?);
    Page::of(RunPage::new("experiments/many", &summary, cases)).write(&mut out)?;
    out.flush()?;
    timed(&mut took, started);
    let bytes = fs::metadata(&file)?.len();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    println!("{count} cases: {took:.2?}, {bytes} bytes, at most {} of memory", peak.trim());
    Ok(())
}
