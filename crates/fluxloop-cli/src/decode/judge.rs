//! Whether the input is what the arguments say, and what would read it.

use fluxloop_aggregate::{NoText, error_in_json};
use fluxloop_frames::{Recognized, recognized};
use fluxloop_schema::StreamKind;

use crate::errors::Ended;
use crate::exit::Exit;

/// What is wrong with input in which no frame of its framing came; `None` where it only broke off.
pub(super) fn other_framing(stream: StreamKind, beginning: &[u8]) -> Option<Ended> {
    let looks = recognized(beginning);
    let is_its_own = match stream {
        StreamKind::Sse | StreamKind::Auto => looks == Some(Recognized::EventStream),
        StreamKind::JsonLines => looks == Some(Recognized::JsonLines),
        StreamKind::Json => matches!(looks, Some(Recognized::Json | Recognized::JsonArray)),
        StreamKind::Text | StreamKind::None => false,
    };
    if is_its_own {
        return None;
    }
    let wanted = match stream {
        StreamKind::Sse => "no event came",
        StreamKind::JsonLines => "no line is a JSON document",
        StreamKind::Json | StreamKind::None => "no JSON document came",
        StreamKind::Text | StreamKind::Auto => "nothing came",
    };
    let (what, hint) = of_looks(looks, beginning);
    Some(Ended::message(Exit::Failure, format!("{wanted}: {what}")).hint(Some(hint)))
}

/// Whether input that is to be JSON is surely something else.
pub(super) fn is_no_json(stream: StreamKind, beginning: &[u8]) -> bool {
    use Recognized::{BedrockEventStream, EventStream, Html, VercelDataStream};
    matches!(stream, StreamKind::JsonLines | StreamKind::Json)
        && matches!(
            recognized(beginning),
            Some(BedrockEventStream | EventStream | Html | VercelDataStream)
        )
}

fn of_looks(looks: Option<Recognized>, beginning: &[u8]) -> (String, &'static str) {
    let (what, hint) = match looks {
        Some(Recognized::Json) if let Some(error) = reported(beginning) => {
            let hint = "the server refused the request: check its status, the key and the body";
            return (format!("the input is JSON, and reports an error: {error}"), hint);
        }
        Some(Recognized::EventStream) => ("an event stream", "read it with `--stream sse`"),
        Some(Recognized::JsonLines) => ("JSON line by line", "read it with `--stream jsonl`"),
        Some(Recognized::JsonArray | Recognized::Json) => {
            ("JSON", "read it with `--stream json`, or `--stream none` if it is one answer")
        }
        Some(Recognized::Html) => ("an HTML page", "check the URL that it came from"),
        Some(Recognized::VercelDataStream) => (
            "version 1 of Vercel's data stream",
            "no framing reads it; `--stream text` prints its lines as they are",
        ),
        Some(Recognized::BedrockEventStream) => (
            "the binary event stream of AWS (Bedrock)",
            "no framing reads it; call a gateway that answers with `text/event-stream`",
        ),
        None if beginning.trim_ascii().is_empty() => {
            return ("the input is empty".to_owned(), "check the command that writes it");
        }
        None => ("neither text nor JSON", "check whether it is compressed"),
        Some(_) => ("text", "read it with `--stream text`, or check where it came from"),
    };
    (format!("the input looks like {what}"), hint)
}

/// The error that a JSON body reports.
fn reported(beginning: &[u8]) -> Option<String> {
    let error = error_in_json(&String::from_utf8_lossy(beginning))?;
    Some(match error.error_type {
        Some(name) => format!("{} (`{name}`)", error.message),
        None => error.message,
    })
}

/// Rules that found nothing in any frame, and where they would find text.
pub(super) fn no_match(has_path: bool, seen: &NoText) -> Ended {
    let subject = if has_path { "`--path` finds nothing" } else { "the schema finds no text" };
    let types = seen.by_type.iter().chain(&seen.by_data_type);
    let types: Vec<String> = types.map(|(name, count)| format!("{count} × `{name}`")).collect();
    let came = if types.is_empty() { String::new() } else { format!("; {}", types.join(", ")) };
    let message = match seen.passed {
        0 => format!("no frame has a type that carries text{came}"),
        _ => format!("{subject} in any frame{came}"),
    };
    let hint = seen.text_at.as_ref().filter(|at| !at.is_encoded_twice).map(|at| {
        let path = match &at.path {
            Some(path) if has_path => format!("set `--path` to `{path}`"),
            Some(path) => format!("set `path` in the rule of `text` of the schema to `{path}`"),
            None if !has_path => {
                "leave `path` out of the rule of `text`: the data itself is the text".to_owned()
            }
            None => "leave `--path` out, because the data itself is the text".to_owned(),
        };
        let filter = if has_path { "--event" } else { "when" };
        if at.passes { path } else { format!("{path}, and `{filter}` to `{}`", at.event_type) }
    });
    let hint =
        hint.unwrap_or_else(|| "`--explain` prints what is taken from each frame".to_owned());
    Ended::message(Exit::Failure, message).hint(Some(hint))
}
