//! A timeline in the Trace Event Format of Chrome, which Perfetto reads too.
//!
//! A case is a slice, its attempts and waits are slices in it, and what an attempt waited for are
//! slices in that. Slices of one thread have to nest, so cases that overlap stand on different
//! threads.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;

use fluxloop_report::visible_line;
use fluxloop_trace::{Attempt, Trace};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::time::{began, due, nanos_between, started};
use crate::{ExportError, Exporter, Run};

/// The process that all slices belong to.
const PROCESS: u32 = 1;

/// Writes the timeline.
pub(crate) struct Chrome<W> {
    out: W,
    began: Option<Timestamp>,
    threads: Threads,
}

/// The threads of the timeline.
#[derive(Default)]
struct Threads {
    /// When each thread becomes free, the earliest first.
    free: BinaryHeap<Reverse<(u64, u32)>>,
    count: u32,
}

impl Threads {
    /// A thread that is free at `start`, and busy until `end`. Says whether it is a new one.
    fn take(&mut self, start: u64, end: u64) -> (u32, bool) {
        let thread = match self.free.peek() {
            Some(Reverse((free, _))) if *free <= start => self.free.pop().map(|it| it.0.1),
            _ => None,
        };
        let is_new = thread.is_none();
        self.count += u32::from(is_new);
        let thread = thread.unwrap_or(self.count);
        self.free.push(Reverse((end, thread)));
        (thread, is_new)
    }
}

/// A stretch of time in nanoseconds since the run began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Span {
    start: u64,
    end: u64,
}

impl Span {
    fn new(start: u64, took: u64) -> Self {
        Self { start, end: start.saturating_add(took) }
    }

    /// The part of it that lies in another one.
    fn within(self, outer: Self) -> Self {
        let start = self.start.clamp(outer.start, outer.end);
        Self { start, end: self.end.clamp(start, outer.end) }
    }
}

impl<W: Write> Chrome<W> {
    /// Begins the document.
    pub(crate) fn begin(run: &Run, mut out: W) -> Result<Self, ExportError> {
        let name = metadata("process_name", 0, &visible_line(run.name.as_str()));
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{name}")?;
        Ok(Self { out, began: began(run), threads: Threads::default() })
    }

    fn event(&mut self, event: &Value) -> Result<(), ExportError> {
        Ok(write!(self.out, ",\n{event}")?)
    }

    fn slice(
        &mut self,
        name: &str,
        span: Span,
        thread: u32,
        args: Value,
    ) -> Result<(), ExportError> {
        let micros = |nanos: u64| nanos as f64 / 1e3;
        let mut event = json!({
            "ph": "X",
            "name": name,
            "cat": "fluxloop",
            "pid": PROCESS,
            "tid": thread,
            "ts": micros(span.start),
            "dur": micros(span.end - span.start),
        });
        if !args.is_null() {
            event["args"] = args;
        }
        self.event(&event)
    }

    fn since(&self, time: Option<Timestamp>) -> Option<u64> {
        Some(nanos_between(self.began?, time?))
    }

    /// An attempt, and what it waited for; gives when it ended.
    fn attempt(
        &mut self,
        attempt: &Attempt,
        case: Span,
        after: u64,
        thread: u32,
    ) -> Result<u64, ExportError> {
        let start = self.since(started(attempt)).unwrap_or(after).max(after);
        let whole = Span::new(start, attempt.timings.total_ms.as_nanos()).within(case);
        if attempt.wait_before_ms.as_nanos() > 0 {
            let wait = Span { start: after, end: whole.start };
            self.slice("wait before retry", wait, thread, Value::Null)?;
        }
        let name = format!("attempt {}", attempt.number);
        let args = json!({
            "outcome": attempt.outcome,
            "cause": attempt.cause,
            "status": attempt.status,
            "bytes": attempt.bytes,
            "events": attempt.events,
        });
        self.slice(&name, whole, thread, args)?;
        let times = &attempt.timings;
        let mut last = whole.start;
        let steps = [
            ("connect", times.connect_ms),
            ("wait for the first byte", times.first_byte_ms),
            ("wait for the first text", times.first_token_ms),
            ("text", times.last_token_ms),
        ];
        for (step, until) in steps {
            let Some(until) = until else { continue };
            let end = whole.start.saturating_add(until.as_nanos());
            let span = Span { start: last, end: end.max(last) }.within(whole);
            if span.end > span.start {
                self.slice(step, span, thread, Value::Null)?;
            }
            last = span.end;
        }
        Ok(whole.end)
    }
}

impl<W: Write> Exporter for Chrome<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let start = self.since(due(trace)).unwrap_or(0);
        let whole = Span::new(start, trace.duration_ms.as_nanos());
        let (thread, is_new) = self.threads.take(whole.start, whole.end);
        if is_new {
            self.event(&metadata("thread_name", thread, &format!("cases {thread}")))?;
        }
        let problem = Problem::of(trace);
        let args = json!({
            "outcome": trace.outcome,
            "verdict": trace.verdict,
            "problem": problem.map(|problem| problem.kind),
        });
        self.slice(&visible_line(&trace.case_id.to_string()), whole, thread, args)?;
        let mut after = whole.start;
        for attempt in trace.attempts() {
            after = self.attempt(attempt, whole, after, thread)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.out.write_all(b"\n]}\n")?;
        Ok(self.out.flush()?)
    }
}

/// What a process or a thread is called.
fn metadata(what: &str, thread: u32, name: &str) -> Value {
    json!({"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "ts": 0, "args": {"name": name}})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fluxloop_trace::{ExportKind, Milliseconds};

    use super::*;
    use crate::sample::{self, export};

    /// The rules of the format: what each event has, and that slices of a thread nest.
    fn check_rules(document: &str) {
        let document: Value = serde_json::from_str(document).expect("it is JSON");
        let mut slices: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
        for event in document["traceEvents"].as_array().expect("a list") {
            assert!(event["name"].is_string() && event["pid"].is_u64(), "{event}");
            let thread = event["tid"].as_u64().expect("a thread");
            match event["ph"].as_str() {
                Some("M") => assert!(event["args"]["name"].is_string(), "{event}"),
                Some("X") => {
                    let nanos = |key: &str| {
                        let micros = event[key].as_f64().expect("a number");
                        assert!(micros >= 0.0, "{event}");
                        Milliseconds::from_millis(micros / 1e3).as_nanos()
                    };
                    slices.entry(thread).or_default().push((nanos("ts"), nanos("dur")));
                }
                _ => panic!("{event}"),
            }
        }
        for slices in slices.values_mut() {
            // Outer slices first, as viewers read them.
            slices.sort_by_key(|&(start, took)| (start, Reverse(took)));
            let mut open: Vec<u64> = Vec::new();
            for &(start, took) in &*slices {
                while open.last().is_some_and(|end| *end <= start) {
                    open.pop();
                }
                let end = start + took;
                assert!(open.last().is_none_or(|outer| end <= *outer), "{start} to {end}");
                open.push(end);
            }
        }
    }

    #[test]
    fn slices_of_a_thread_nest() {
        let written = export(ExportKind::Chrome, &sample::cases());
        check_rules(&written);
        insta::assert_snapshot!(written);
        check_rules(&export(ExportKind::Chrome, &[]));
    }

    #[test]
    fn cases_that_overlap_have_threads_of_their_own() {
        let mut threads = Threads::default();
        assert_eq!(threads.take(0, 10), (1, true));
        assert_eq!(threads.take(5, 8), (2, true));
        assert_eq!(threads.take(8, 20), (2, false));
        assert_eq!(threads.take(9, 12), (3, true));
        assert_eq!(threads.take(12, 13), (1, false));
    }
}
