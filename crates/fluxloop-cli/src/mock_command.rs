//! `fluxloop mock`: serves the mock agent until stopped.

use std::fs;

use fluxloop_mock::{Dialect, FaultDoc, Faults, MockAgent, MockOptions, Script, Served};
use fluxloop_redact::Redactor;

use crate::args::MockArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{logging, mock_agent, mock_log, output, signals};

/// How much pauses vary when a seed asks for it: half of each, either way.
const JITTER: f64 = 0.5;

pub(crate) fn run(args: &MockArgs) -> Result<Exit, Ended> {
    logging::start(&Redactor::none().into());
    let options = options(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Ended::new(Exit::Failure, &error))?;
    runtime.block_on(serve(options))
}

/// What `--fault` takes.
pub(crate) fn faults_help() -> String {
    format!(
        "Faults:\n{}\n\
         POS is where an answer breaks; without one, before its first byte (`bad_chunk`: behind the \
         head; `end`: behind the last delta; `limit_data`: at a byte that the seed chooses):\n{}\n\
         Arguments follow a colon, or the value of the fault and a comma; text with blanks, `,`, \
         `+`, `@` or `\"` stands in double quotes. Faults joined by `+` strike together. A duration is \
         at most `525600m`, what the mock has to make in memory `64MiB`.\n\n\
         WHEN is `30%`, the number of a request, or `2-4`; without it the fault strikes always. The \
         first rule that is for a request holds. Chances add up, and depend on the seed and the \
         number of the request alone.\n\n\
         A client may choose for its own request with the header `{}: FAULT` or `none` (or with \
         `?{}=…`), and name its case for the log with `{}: NAME`.\n\n\
         Answers that a script writes out step by step are given as written: no fault strikes \
         them, whoever asks for it, and `--delay`, `--chunk-gap` and `--require-key` do not hold \
         for them. Those that it leaves to a dialect are like any other, but for a fault of \
         their own, which comes before `--fault`.",
        FaultDoc::table(),
        FaultDoc::positions(),
        Faults::HEADER,
        Faults::HEADER.replace('-', "_"),
        Served::CASE_HEADER,
    )
}

async fn serve(options: MockOptions) -> Result<Exit, Ended> {
    let agent = MockAgent::start(options)
        .await
        .map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))?;
    output::result(format_args!("mock agent: {}", agent.url()));
    output::note(
        "routes: /v1/chat/completions, /v1/responses, /v1/messages; any other path is a custom agent",
    );
    let ended = signals::first().await.map_err(|error| Ended::new(Exit::Failure, &error))?;
    output::note(format_args!("served: {} requests", agent.served().requests));
    Ok(ended)
}

/// Says which options do not hold for the answers that a script writes out.
fn warn_of_ignored(args: &MockArgs, script: &Script) {
    let given = [
        ("--fault", !args.fault.is_empty()),
        ("--delay", !args.delay.is_zero()),
        ("--chunk-gap", !args.chunk_gap.is_zero()),
        ("--require-key", args.require_key.is_some()),
    ];
    let ignored: Vec<_> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if script.has_steps() && !ignored.is_empty() {
        output::warning(format_args!(
            "the script writes answers out step by step, for which these do not hold: {}",
            ignored.join(", ")
        ));
    }
}

fn options(args: &MockArgs) -> Result<MockOptions, Ended> {
    let dialect = match (&args.script, args.dialect) {
        (Some(path), _) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Ended::message(
                    Exit::Configuration,
                    format!("`{}` cannot be read: {error}", path.display()),
                )
            })?;
            let script = Script::from_json(&text).map_err(|error| {
                Ended::message(Exit::Configuration, format!("`{}`: {error}", path.display()))
                    .hint(error.hint())
            })?;
            warn_of_ignored(args, &script);
            Dialect::Script(script)
        }
        (None, dialect) => mock_agent::named(dialect),
    };
    let faults = Faults::new(args.fault.iter().cloned())
        .map_err(|error| Ended::new(Exit::Usage, &error).hint(error.hint()))?;
    let on_served = args.log.as_deref().map(mock_log::open).transpose()?;
    Ok(MockOptions {
        listen: args.listen,
        dialect,
        faults,
        on_served,
        delay: args.delay,
        chunk_gap: args.chunk_gap,
        jitter: if args.seed.is_some() { JITTER } else { 0.0 },
        seed: args.seed.unwrap_or_default(),
        api_key: args.require_key.clone(),
        ..MockOptions::default()
    })
}
