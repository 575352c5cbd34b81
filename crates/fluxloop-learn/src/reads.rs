//! Reads an answer with a schema, to see what comes of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use fluxloop_aggregate::{
    Aggregator, AnswerReader, AnswerRules, Content, ContentFault, Push, Took,
};
use fluxloop_frames::Framing;
use fluxloop_schema::{Schema, StreamKind, load};
use serde_json::Value;

use crate::recording::{Recorded, Recording};

/// What is known of all protocols.
pub(crate) static AUTO: LazyLock<AnswerReader> = LazyLock::new(|| reader(Schema::auto()));

/// What a schema makes of an answer.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) content: Content,
    pub(crate) has_failed: bool,
    /// What rules took, and from where.
    pub(crate) took: BTreeSet<(String, String)>,
}

/// A framing as the configuration names it.
pub(crate) fn kind_of(framing: Framing) -> StreamKind {
    StreamKind::of_name(framing.name()).unwrap_or_default()
}

/// The schema that a value is; `None` if it is not a sound one.
pub(crate) fn schema_of(value: &Value) -> Option<Schema> {
    let loaded = load(value, "inline", &mut |_, _| None).ok()?;
    Some(loaded.schema)
}

/// A reader of the frames of a schema.
pub(crate) fn reader(schema: Schema) -> AnswerReader {
    // What the frames were cut by does not matter once they are cut.
    let rules = AnswerRules { has_own_path: true, ..AnswerRules::new(StreamKind::Sse, schema) };
    AnswerReader::new(&rules)
}

/// Reads an answer.
pub(crate) fn read(recording: &Recording, reader: &AnswerReader) -> Reading {
    let mut aggregator = Aggregator::new(reader, None).explaining();
    let (mut took, mut has_failed) = (BTreeSet::new(), false);
    for frame in &recording.frames {
        let pushed = push(recording, frame, &mut aggregator);
        took.extend(aggregator.took().into_iter().map(named));
        if pushed.is_err() {
            has_failed = true;
            break;
        }
    }
    let (content, fault) = aggregator.finish(None, Duration::ZERO);
    Reading { content, has_failed: has_failed || fault.is_some(), took }
}

/// Gives a frame, or the body that is one, to an aggregator.
pub(crate) fn push(
    recording: &Recording,
    frame: &Recorded,
    aggregator: &mut Aggregator,
) -> Result<Push, ContentFault> {
    if recording.is_document() {
        aggregator.push_document(&frame.data, frame.at)
    } else {
        aggregator.push(&frame.frame(), frame.at)
    }
}

fn named(took: Took) -> (String, String) {
    (took.what, took.from.unwrap_or_default())
}
