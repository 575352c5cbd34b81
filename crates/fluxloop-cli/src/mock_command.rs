//! `fluxloop mock`: serves the mock agent until stopped.

use std::fs;

use fluxloop_explain::counted;
use fluxloop_mock::{Dialect, Faults, MockAgent, MockError, MockOptions, Script};
use fluxloop_redact::Redactor;

use crate::args::MockArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{logging, mock_log, mock_replay, output, signals};

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

async fn serve(options: MockOptions) -> Result<Exit, Ended> {
    if !options.listen.ip().is_loopback() {
        output::warning("the mock listens beyond loopback: others in the network can reach it");
    }
    let paths = options.dialect.paths(&options.paths).join(", ");
    let agent = MockAgent::start(options).await.map_err(|error| {
        let is_usage = matches!(error, MockError::Lacking { .. });
        let exit = if is_usage { Exit::Usage } else { Exit::Failure };
        Ended::new(exit, &error).hint(error.hint())
    })?;
    output::result(format_args!("mock agent: {}", agent.url()));
    if !paths.is_empty() {
        output::note(format_args!("paths: {paths}"));
    }
    let ended = signals::first().await.map_err(|error| Ended::new(Exit::Failure, &error))?;
    let requests = counted(agent.served().requests, "request", "requests");
    output::note(format_args!("served: {requests}"));
    Ok(ended)
}

/// Says which options do not hold for the answers that a script writes out.
fn warn_of_ignored(args: &MockArgs, script: &Script) {
    let given = [
        ("--fault", !args.fault.is_empty()),
        ("--reasoning", args.reasoning),
        ("--tool-calls", args.tool_calls > 0),
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
    let dialect = match (&args.script, &args.dialect) {
        _ if let Some(run) = &args.replay => {
            Dialect::Script(mock_replay::script(&run.folder_here()?, args.speed)?)
        }
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
        (None, dialect) => dialect.clone(),
    };
    let faults = Faults::new(args.fault.iter().cloned())
        .map_err(|error| Ended::new(Exit::Usage, &error).hint(error.hint()))?;
    let on_served = args.log.as_deref().map(mock_log::open).transpose()?;
    Ok(MockOptions {
        listen: args.listen,
        dialect,
        paths: args.path.clone(),
        faults,
        on_served,
        delay: args.delay,
        chunk_gap: args.chunk_gap,
        jitter: if args.seed.is_some() { JITTER } else { 0.0 },
        seed: args.seed.unwrap_or_default(),
        reasoning: args.reasoning,
        tool_calls: usize::from(args.tool_calls),
        api_key: args.require_key.clone(),
        ..MockOptions::default()
    })
}
