//! Runs that panic, with keys in the message.
//!
//! The program does not panic on request. So these tests start themselves once more, and there they
//! are the program, with a log of ours that panics at the message that it is told: in whatever task
//! or thread that was written.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use fluxloop_config::LoadOptions;
use fluxloop_plan::cases;
use fluxloop_runner::{CaseList, Runner, Sink, SinkError, stop_signal};
use fluxloop_trace::TimedEvent;
use tracing::field::{Field, Visit};
use tracing::span;

use super::sinks::without_masks;
use super::{Canary, LOG, Needles, SSE, answers, forms, keys, lines};
use crate::support::Finished;

/// The variable that holds what the second process is to do: where it panics, and the command line.
const ASKED: &str = "CANARY_PANICS";

/// A place where no message is written.
const IN_A_SINK: &str = "in a sink";

/// What panics say: all keys, each time in another form and in another order.
fn message(number: usize) -> String {
    let names = forms::names();
    let mut keys: Vec<_> = keys::all().collect();
    let turn = number % keys.len();
    keys.rotate_left(turn);
    let forms = keys.iter().flat_map(|key| forms::sent(key.value));
    let texts = forms.filter(|form| form.name == names[number % names.len()]);
    texts.map(|form| form.sent).collect::<Vec<_>>().join(" ")
}

/// A log that panics wherever this message is written.
struct Trap {
    at: String,
    sprung: AtomicUsize,
}

impl tracing::Subscriber for Trap {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("fluxloop_")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut written = Message(String::new());
        event.record(&mut written);
        let number = || self.sprung.fetch_add(1, Ordering::Relaxed);
        assert!(written.0 != self.at, "{}", message(number()));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct BrokenSink;

impl Sink for BrokenSink {
    fn events(&mut self, _: &[TimedEvent]) -> Result<(), SinkError> {
        panic!("{}", message(0))
    }
}

/// Without the variable there is nothing to do.
#[test]
fn second_process() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the test's own variable")]
    let Ok(asked) = std::env::var(ASKED) else { return ExitCode::SUCCESS };
    let asked: Vec<String> = serde_json::from_str(&asked).expect("a list");
    let (at, args) = asked.split_first().expect("a place");
    if at == IN_A_SINK {
        return run_with_a_broken_sink(args);
    }
    let trap = Trap { at: at.clone(), sprung: AtomicUsize::new(0) };
    tracing::subscriber::set_global_default(trap).expect("there is no other log");
    fluxloop_cli::main(args)
}

/// No sink of the program can be made to panic. So the program shows its requests, which leaves its
/// hook behind, and the same run is made with a sink of ours.
fn run_with_a_broken_sink(args: &[String]) -> ExitCode {
    let shown = fluxloop_cli::main(args.iter().cloned().chain(["--dry-run".to_owned()]));
    let options = LoadOptions::from_process().expect("there is a folder");
    let loaded = fluxloop_config::load(&options).expect("it was loaded before");
    let (total, iterations) = (loaded.inputs.total(), loaded.plan.iterations);
    let (_handle, stop) = stop_signal();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime.expect("a runtime").block_on(async {
        let runner = Runner::new(loaded.plan).expect("the plan can be run");
        runner
            .run(
                CaseList::new(total, cases(loaded.inputs.iter(), iterations)),
                vec![Box::new(BrokenSink)],
                stop,
            )
            .await
    });
    let error = ended.expect_err("the sink panicked");
    writeln!(io::stderr(), "{error} {error:?}").expect("standard error can be written");
    shown
}

impl Canary {
    /// The program in a second process that panics there.
    fn panics(&self, at: &str, args: &[&str]) -> Finished {
        let command_line = ["fluxloop", "run", "experiment", "--yes", "--exit-zero", "--verbose"];
        let asked = [&[at], command_line.as_slice(), args].concat();
        let asked = serde_json::to_string(&asked).expect("a list");
        let mut command = self.project.program(&std::env::current_exe().expect("a path"));
        command
            .args(["--exact", "--nocapture", "canary::panics::second_process"])
            .env(ASKED, asked)
            .env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value)
            .env("RUST_LOG", LOG);
        Finished::of(&mut command).says(&["internal fault at"])
    }
}

/// Where cases panic: between attempts, while one is under way, and behind it.
const IN_A_CASE: &[&str] = &["attempt begins", "chunk", "attempt ended"];

#[test]
fn cases_that_panic_show_no_key() {
    for at in IN_A_CASE {
        let answers = answers::in_short();
        let count = answers.len();
        let canary = Canary::new(answers, SSE);
        let said = canary.panics(at, &[]).exits(0).says(&["the case ended in a panic", "***"]);
        assert_eq!(lines(canary.artifact("traces.jsonl")), count, "{at}");
        canary.is_silent(&said);
    }
}

/// In the hook, and in the record.
#[test]
fn cases_that_panic_would_be_heard() {
    let canary = Canary::new(answers::in_short(), SSE);
    let unmasked = without_masks();
    let args: Vec<_> = unmasked.iter().map(String::as_str).collect();
    let said = canary.panics("attempt begins", &args).exits(0);
    let needles = Needles::all();
    let hook: String = said.stderr.lines().filter(|it| it.starts_with("internal fault")).collect();
    assert!(!needles.find(hook.as_bytes()).is_empty(), "{hook}");
    let traces = canary.project.traces();
    let failure = traces[0]["error"].to_string();
    assert!(!needles.find(failure.as_bytes()).is_empty(), "{failure}");
}

/// It does so when it has read the configuration, on the main thread.
#[test]
fn a_command_that_panics_shows_no_key() {
    let canary = Canary::new(answers::in_short(), SSE);
    // The exit code is the one of the test that failed there.
    let said = canary.panics("read", &[]).exits(101).says(&["a fault of this program", "***"]);
    assert_eq!(canary.project.experiments(), Vec::<PathBuf>::new());
    canary.is_silent(&said);
}

#[test]
fn a_sink_that_panics_shows_no_key() {
    let canary = Canary::new(answers::in_short(), SSE);
    let said = canary.panics(IN_A_SINK, &[]).exits(0).says(&["SinkPanicked", "***"]);
    canary.is_silent(&said);
}
