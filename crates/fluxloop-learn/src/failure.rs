//! The frame with which an answer reports that it failed.

use std::time::Duration;

use fluxloop_aggregate::{Aggregator, ContentFault};
use fluxloop_frames::{Frame, FrameKind};
use serde_json::Value;

use crate::proposal::Failure;
use crate::reads::{AUTO, push};
use crate::recording::Recording;
use crate::table::Table;
use crate::types::{Types, is_type};

/// The first frame that reports a failure, by what is known of all protocols (the name of its type,
/// a member `error`, a state); or else the last frame, where its type, wherever that is, or a value
/// that no frame before it had is the name of a failure.
pub(crate) fn find(recording: &Recording) -> Option<Failure> {
    by_protocols(recording).or_else(|| by_last_frame(recording))
}

fn by_protocols(recording: &Recording) -> Option<Failure> {
    let mut aggregator = Aggregator::new(&AUTO, None).explaining();
    // An error may only be noted when its frame comes, and count when nothing follows it.
    let mut noted = None;
    for (frame, recorded) in recording.frames.iter().enumerate() {
        let pushed = push(recording, recorded, &mut aggregator);
        if aggregator.took().iter().any(|took| took.what == "error") {
            noted = Some(frame);
        }
        if let Err(fault) = pushed {
            return reported(fault).map(|message| Failure { frame, message });
        }
    }
    let (_, fault) = aggregator.finish(None, Duration::ZERO);
    let (frame, message) = noted.zip(fault.and_then(reported))?;
    Some(Failure { frame, message })
}

/// What an answer says about its failure. Data that is not JSON does not say anything.
fn reported(fault: ContentFault) -> Option<String> {
    match fault {
        ContentFault::Reported(error)
        | ContentFault::Ruled(error)
        | ContentFault::Withheld(error) => Some(error.message),
        ContentFault::Malformed(_) => None,
    }
}

fn by_last_frame(recording: &Recording) -> Option<Failure> {
    let frame = recording.frames.iter().rposition(|frame| frame.kind != FrameKind::Line)?;
    let table = Table::new(recording);
    let (last, before) = table.rows.split_last()?;
    let of_type = Types::of(&table).of_row(last).map(str::to_owned);
    let of_type = of_type.filter(|name| is_failure(name));
    let by_value = || {
        last.leaves.iter().find_map(|leaf| {
            let name = match &leaf.value {
                Value::String(name) if is_type(name) => name,
                Value::Bool(true) => leaf.place.name(),
                _ => return None,
            };
            let was_there = before.iter().any(|row| row.at(&leaf.place) == Some(&leaf.value));
            (!was_there && is_failure(name)).then(|| name.to_owned())
        })
    };
    // In a single frame any word may be any value.
    let name = of_type.or_else(|| by_value().filter(|_| !before.is_empty()))?;
    Some(Failure { frame, message: format!("it says `{name}`") })
}

/// Whether frames of a type with this name report the failure of an answer.
fn is_failure(name: &str) -> bool {
    let frame = Frame { event_type: name, data: "{}", kind: FrameKind::Data };
    let pushed = Aggregator::new(&AUTO, None).push(&frame, Duration::ZERO);
    matches!(pushed, Err(ContentFault::Reported(_)))
}
