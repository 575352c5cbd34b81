//! `fluxloop decode`: the bytes of an answer in; its frames, text, channels or explanations out.

mod channels;
mod frames;
mod input;
mod judge;

use std::io::{self, Write};

use fluxloop_aggregate::{AnswerRules, TextBy};
use fluxloop_config::{LoadOptions, show_schema};
use fluxloop_frames::FrameError;
use fluxloop_report::visible;
use fluxloop_schema::{Schema, StreamKind};
use input::Input;

use crate::args::DecodeArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, output};

/// The largest frame, in bytes: the default of `limits.max_event_bytes`.
const MAX_FRAME_BYTES: usize = 16 << 20;

/// The largest body that is read as a whole, in bytes: the default of `limits.max_response_bytes`.
const MAX_BODY_BYTES: u64 = 256 << 20;

/// What ends the reading early.
enum Stop {
    /// The input cannot be read.
    Read(io::Error),
    /// The reader of the output has gone.
    Write,
    /// The input cannot be cut into frames any further.
    Frame(FrameError),
    /// The input is too large to be read as one answer.
    TooLarge,
    /// What was read is not what the arguments say.
    Judged(Ended),
}

pub(crate) fn run(args: &DecodeArgs) -> Result<Exit, Ended> {
    let rules = rules(args)?;
    if args.last_event_id.is_some() && !reads_events(rules.stream) {
        let message = "`--last-event-id` has a meaning for event streams only";
        return Err(Ended::message(Exit::Usage, message));
    }
    let input = Input::open(args)?;
    let mut out = output::results();
    let ended = if args.channels {
        channels::print(args, &rules, input, &mut out)
    } else {
        frames::print(args, &rules, input, &mut out)
    };
    let failure = |message: String| Ended::message(Exit::Failure, message);
    match ended {
        Ok(()) | Err(Stop::Write) => Ok(Exit::Success),
        Err(Stop::Read(error)) => Err(failure(format!("the input cannot be read: {error}"))),
        Err(Stop::TooLarge) => {
            let message = format!("the input is larger than `{MAX_BODY_BYTES}` bytes");
            Err(failure(message).hint(Some("without `--channels`, a stream may be of any length")))
        }
        Err(Stop::Frame(error)) => {
            let end =
                if reads_events(rules.stream) { "event with a blank line" } else { "document" };
            let hint = format!("check the input, and that the server ends each {end}");
            Err(failure(error.to_string()).hint(Some(hint)))
        }
        Err(Stop::Judged(ended)) => Err(ended),
    }
}

/// How the arguments say that the answer is to be read.
fn rules(args: &DecodeArgs) -> Result<AnswerRules, Ended> {
    let schema = match &args.schema {
        Some(name) => schema(name)?,
        None => Schema::auto(),
    };
    let stream = args.stream.or(schema.framing).unwrap_or(StreamKind::Sse);
    let filter = (!args.event.is_empty()).then(|| args.event.clone());
    let schema = schema.with_text(filter, args.path.clone());
    let has_own_path = args.path.is_some() || args.schema.is_some();
    let by_keys = args.path.is_some() || !args.event.is_empty() || args.schema.is_none();
    let text_by = if by_keys { TextBy::Keys } else { TextBy::Schema };
    Ok(AnswerRules { has_own_path, text_by, ..AnswerRules::new(stream, schema) })
}

fn schema(name: &str) -> Result<Schema, Ended> {
    let options = LoadOptions::from_process().map_err(|error| Ended::new(Exit::Failure, &error))?;
    let shown = show_schema(name, &options).map_err(|errors| findings::ended(&errors))?;
    findings::show(&shown.findings);
    Ok(shown.schema)
}

/// Prints a line. What a server sent has no power over a terminal.
fn show(out: &mut dyn Write, line: &str, is_terminal: bool) -> io::Result<()> {
    let shown = if is_terminal { visible(line) } else { line.into() };
    writeln!(out, "{shown}")
}

/// Whether the input may be an event stream.
fn reads_events(stream: StreamKind) -> bool {
    matches!(stream, StreamKind::Sse | StreamKind::Auto)
}
