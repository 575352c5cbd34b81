//! All frames of an answer with the values in them.

use std::collections::BTreeMap;

use fluxloop_frames::{Frame, FrameKind};
use serde_json::Value;

use crate::place::{Leaf, Place, leaves};
use crate::recording::{Recorded, Recording};

/// All frames of an answer with the values in them.
#[derive(Debug)]
pub(crate) struct Table<'r> {
    pub(crate) rows: Vec<Row<'r>>,
}

/// A frame with its values.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    pub(crate) frame: &'r Recorded,
    /// The data, where it is JSON; in no framing but text is any other text worth looking at.
    pub(crate) value: Option<Value>,
    pub(crate) leaves: Vec<Leaf>,
}

impl<'r> Table<'r> {
    pub(crate) fn new(recording: &'r Recording) -> Self {
        let is_content = |frame: &&Recorded| frame.kind != FrameKind::Line;
        Self { rows: recording.frames.iter().filter(is_content).map(Row::new).collect() }
    }

    /// The values at each place by the number of their row.
    pub(crate) fn places(&self) -> BTreeMap<&Place, Vec<(usize, &Leaf)>> {
        let mut places: BTreeMap<&Place, Vec<(usize, &Leaf)>> = BTreeMap::new();
        for (number, row) in self.rows.iter().enumerate() {
            for leaf in &row.leaves {
                places.entry(&leaf.place).or_default().push((number, leaf));
            }
        }
        places
    }

    /// How many rows are JSON objects or lists.
    pub(crate) fn documents(&self) -> usize {
        self.rows.iter().filter(|row| row.is_document()).count()
    }

    /// Whether the lists on the way to a place never have more than one element.
    pub(crate) fn is_single(&self, place: &Place) -> bool {
        let mut of_place = self.rows.iter().flat_map(|row| &row.leaves);
        place.lists() == 0
            || of_place.all(|leaf| {
                leaf.place != *place || leaf.items.iter().skip(place.roots()).all(|item| *item == 0)
            })
    }

    /// The path to a place: with `[0]` where its lists never have a second element.
    pub(crate) fn path(&self, place: &Place) -> String {
        place.path(if self.is_single(place) { "[0]" } else { "[*]" })
    }
}

impl Place {
    /// How many of the lists on the way are the whole data.
    fn roots(&self) -> usize {
        usize::from(matches!(self.0.first(), Some(crate::place::Step::Index(_))))
    }
}

impl<'r> Row<'r> {
    fn new(frame: &'r Recorded) -> Self {
        let value: Option<Value> = serde_json::from_str(&frame.data).ok();
        let leaves = value.as_ref().map(leaves).unwrap_or_default();
        Self { frame, value, leaves }
    }

    pub(crate) fn is_document(&self) -> bool {
        matches!(self.value, Some(Value::Object(_) | Value::Array(_)))
    }

    /// The first value at a place.
    pub(crate) fn at(&self, place: &Place) -> Option<&Value> {
        self.leaves.iter().find(|leaf| leaf.place == *place).map(|leaf| &leaf.value)
    }

    /// The type that the framing names, if it names one.
    pub(crate) fn event(&self) -> Option<&str> {
        Some(self.frame.event_type.as_str()).filter(|name| *name != Frame::MESSAGE)
    }
}
