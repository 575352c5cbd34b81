//! `fluxloop mock`: serves the mock agent until stopped.

use std::fs;

use fluxloop_mock::{Dialect, MockAgent, MockOptions, Script};
use fluxloop_redact::Redactor;

use crate::args::MockArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{logging, mock_agent, output, signals};

/// How much pauses vary when a seed asks for it: half of each, either way.
const JITTER: f64 = 0.5;

pub(crate) fn run(args: &MockArgs) -> Result<Exit, Ended> {
    logging::install(&Redactor::none().into());
    let options = options(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Ended::new(Exit::Failure, &error))?;
    runtime.block_on(serve(options))
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
            Dialect::Script(script)
        }
        (None, dialect) => mock_agent::named(dialect),
    };
    Ok(MockOptions {
        listen: args.listen,
        dialect,
        delay: args.delay,
        chunk_gap: args.chunk_gap,
        jitter: if args.seed.is_some() { JITTER } else { 0.0 },
        seed: args.seed.unwrap_or_default(),
        api_key: args.require_key.clone(),
        ..MockOptions::default()
    })
}
