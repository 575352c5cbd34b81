//! Everything that shows or keeps a run: whoever is new has to take part.

use std::fs;
use std::path::Path;

use super::search::{Needles, files_below};
use super::{Canary, SSE, answers, keys, silent};
use crate::support::{Finished, content, on_terminal};

/// What a type that takes the events of a run does with them.
enum Sink {
    /// It gives them to another.
    PassesOn,
    /// It writes files of the run; see [`ARTIFACTS`].
    Writes,
    /// With these flags it prints on a stream.
    Prints(&'static [&'static str], Stream),
}

enum Stream {
    Output,
    Error,
    Terminal,
}

/// All implementations of `Sink` and `Reporter`. Whatever is missing here fails a test, and
/// whatever prints has to prove here that a key would be seen if it came that far.
const SINKS: &[(&str, Sink)] = &[
    ("Store", Sink::Writes),
    ("Votes", Sink::Writes),
    ("Show", Sink::PassesOn),
    ("Box", Sink::PassesOn),
    // The trace that `doctor --send` judges.
    ("Keeper", Sink::PassesOn),
    ("&mut R", Sink::PassesOn),
    ("Vec", Sink::PassesOn),
    ("LineReporter", Sink::Prints(&["--no-display"], Stream::Error)),
    ("VerboseReporter", Sink::Prints(&["--verbose"], Stream::Error)),
    ("ProgressReporter", Sink::Prints(&["--display"], Stream::Terminal)),
    ("SummaryReporter", Sink::Prints(&["--no-display"], Stream::Output)),
];

/// All files of a run, and whether anything of a case or of the configuration gets into them.
const ARTIFACTS: &[(&str, bool)] = &[
    ("config.yaml", true),
    ("errors.json", true),
    ("observations.jsonl", true),
    ("recording.idx", false),
    ("recording.zst", true),
    ("report.html", true),
    ("summary.json", true),
    ("trace_summary.jsonl", true),
    ("traces.jsonl", true),
];

/// All commands, and the module of the canary that listens to them.
const COMMANDS: &[(&str, &str)] = &[
    ("run experiment", "runs"),
    // Its own test follows the secrets of a line: `init.rs`.
    ("init project", "commands"),
    ("compare", "commands"),
    ("report", "commands"),
    ("decode", "commands"),
    ("inspect", "commands"),
    ("mock", "commands"),
    ("schema list", "commands"),
    ("schema show", "commands"),
    ("replay", "commands"),
    ("judge", "commands"),
    ("record drop", "commands"),
    ("show", "commands"),
    ("runs list", "commands"),
    ("runs prune", "commands"),
    ("config validate", "commands"),
    ("config show", "commands"),
    ("config explain", "commands"),
    ("config env", "commands"),
    ("config schema", "commands"),
    ("doctor", "commands"),
];

#[test]
fn every_sink_takes_part() {
    let mut found = Vec::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in files_below(&crates) {
        if file.contains("/src/") && file.strip_suffix(".rs").is_some() {
            let text = fs::read_to_string(crates.join(&file)).expect("a source");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(sinks_in(code));
        }
    }
    found.sort();
    let mut listed: Vec<_> = SINKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    listed.sort();
    assert_eq!(found, listed, "left: in the sources; right: in the canary");
}

/// The types for which a source implements `Sink` or `Reporter`.
fn sinks_in(code: &str) -> Vec<String> {
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let heads = code.split("impl").skip(1).filter_map(|rest| rest.split('{').next());
    let implementors = heads.filter_map(|head| {
        let (of, for_type) = head.rsplit_once(" for ")?;
        let name = of.rsplit([' ', ':', '>']).next()?;
        matches!(name, "Sink" | "Reporter").then_some(for_type)
    });
    let named = |implementor: &str| implementor.split(['<', ' ']).next().map(str::to_owned);
    implementors
        .filter_map(|it| if it.starts_with('&') { Some(it.trim().to_owned()) } else { named(it) })
        .collect()
}

#[test]
fn sinks_are_found_however_they_are_written() {
    let check = |code: &str, expected: &[&str]| assert_eq!(sinks_in(code), expected, "{code}");
    check("impl Sink for Html {", &["Html"]);
    check("impl<W: Write> fluxloop_report::Reporter\n    for Html<W>\nwhere\n{", &["Html"]);
    check("impl<R: Reporter + ?Sized> Reporter for &mut R {", &["&mut R"]);
    check("impl Display for Sink {", &[]);
    check("fn sinks() -> impl Sink { for x in y {} }", &[]);
}

#[test]
fn every_command_takes_part() {
    let mut found = Vec::new();
    for command in fluxloop_cli::command().get_subcommands() {
        let below: Vec<_> = command.get_subcommands().collect();
        match below.as_slice() {
            [] => found.push(command.get_name().to_owned()),
            below => found
                .extend(below.iter().map(|it| format!("{} {}", command.get_name(), it.get_name()))),
        }
    }
    let listed: Vec<_> = COMMANDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, listed, "left: the command line; right: the canary");
}

/// The flags that take the masks away.
pub(super) fn without_masks() -> Vec<String> {
    let names: Vec<_> = keys::all().map(|key| format!("\"{}\"", key.name)).collect();
    ["security.mask=[]".to_owned(), format!("security.unmask=[{}]", names.join(","))]
        .into_iter()
        .flat_map(|setting| ["--set".to_owned(), setting])
        .collect()
}

#[test]
fn no_sink_shows_a_key_and_each_would_be_heard() {
    for (name, sink) in SINKS {
        let Sink::Prints(flags, stream) = sink else { continue };
        silent(&heard(flags, stream).0);
        let unmasked: Vec<_> = without_masks();
        let unmasked: Vec<_> = unmasked.iter().map(String::as_str).collect();
        let (_, own) = heard(&[flags, unmasked.as_slice()].concat(), stream);
        assert!(!own.is_empty(), "{name} would not be heard");
    }
}

/// Runs with these flags: all keys that are found anywhere, and those on this stream.
fn heard(flags: &[&str], stream: &Stream) -> (Vec<String>, Vec<String>) {
    let canary = Canary::new(answers::in_short(), SSE);
    let mut command = canary.command(flags);
    // The log would be heard on the same stream.
    command.env_remove("RUST_LOG");
    let (stdout, stderr, terminal) = if let Stream::Terminal = stream {
        let (code, got) = on_terminal(command);
        assert_eq!(code, Some(0), "{got}");
        // Colors are no gaps.
        let plain = console::strip_ansi_codes(&got).into_owned();
        (String::new(), String::new(), got + &plain)
    } else {
        let said = Finished::of(&mut command).exits(0);
        (said.stdout, said.stderr, String::new())
    };
    let all = canary.leaks(&[("output", &stdout), ("error", &stderr), ("terminal", &terminal)]);
    let own = match stream {
        Stream::Output => stdout,
        Stream::Error => stderr,
        Stream::Terminal => terminal,
    };
    (all, Needles::all().find(own.as_bytes()))
}

#[test]
fn no_artifact_holds_a_key_and_each_would_be_heard() {
    let canary = Canary::new(answers::in_short(), SSE);
    let said = canary.run(&[]).exits(0);
    canary.is_silent(&said);
    let listed: Vec<_> = ARTIFACTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(files_below(&canary.project.experiment()), listed, "right: in the canary");

    let canary = Canary::new(answers::in_short(), SSE);
    let unmasked = without_masks();
    canary.run(&unmasked.iter().map(String::as_str).collect::<Vec<_>>()).exits(0);
    for (name, heard) in ARTIFACTS {
        let content = content(&canary.artifact(name));
        let found = Needles::all().find(&content);
        assert_eq!(!found.is_empty(), *heard, "whether `{name}` would be heard");
    }
}

/// The log takes what everything says, and no sink is asked.
#[test]
fn the_log_would_be_heard() {
    let canary = Canary::new(answers::in_short(), SSE);
    let unmasked = without_masks();
    let said = canary.run(&unmasked.iter().map(String::as_str).collect::<Vec<_>>()).exits(0);
    let log: String = said.stderr.lines().filter(|line| line.contains("fluxloop_runner")).collect();
    assert!(!Needles::all().find(log.as_bytes()).is_empty(), "{log}");
}
