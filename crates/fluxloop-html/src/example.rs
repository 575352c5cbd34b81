//! Records for tests.

use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::Trace;
use serde_json::{Value, json};

/// A record whose turn has these attempts and channels.
pub(crate) fn record(index: u64, attempts: &Value, channels: &Value) -> Trace {
    let attempts: Vec<Value> = attempts.as_array().into_iter().flatten().map(attempt).collect();
    let last = attempts.last().map(|it| it["timings"].clone());
    let mut timings = last.unwrap_or_else(|| json!({"total_ms": 0}));
    timings["scheduled_at"] = "2026-01-02T03:04:05Z".into();
    let record = json!({
        "version": 2, "trace_id": format!("00000000-0000-4000-8000-{index:012}"),
        "case_id": format!("q-{index}/0"), "case_index": index, "iteration": 0, "persona": null,
        "input": "</script><b>question</b>", "metadata": {}, "output": "answer", "success": true,
        "outcome": "succeeded", "duration_ms": 1000, "warnings": [], "conversation": [],
        "conversation_state": {"turns": []}, "observation_count": attempts.len(),
        "input_hash": "fnv1a64:0", "redactions": 0,
        "turns": [{
            "number": 1, "input": "question", "outcome": "succeeded", "channels": channels,
            "timings": timings, "attempts": attempts,
        }],
    });
    let redactor = Arc::new(Redactor::none());
    redactor.reading(|| serde_json::from_value(record)).expect("a record")
}

/// An attempt: when it began, in milliseconds, and its timings.
fn attempt(it: &Value) -> Value {
    let started = it["at"].as_u64().unwrap_or_default();
    json!({
        "number": 1, "phase": "complete", "outcome": "succeeded", "wait_before_ms": 0,
        "started_at": format!("2026-01-02T03:04:05.{started:03}Z"), "timings": it["timings"],
        "bytes": 0, "events": 0, "characters": 0,
    })
}
