//! The text of an answer, counted and limited.

/// The text of an answer, joined in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Text {
    joined: String,
    characters: u64,
    limit: Option<u64>,
}

/// Whether a piece of text found its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Appended {
    /// All of it.
    Whole,
    /// It was cut at the limit.
    Cut,
}

impl Text {
    /// An empty text that may grow to so many Unicode scalar values.
    pub(crate) fn with_limit(limit: Option<u64>) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Appends a piece, as far as the limit allows.
    pub(crate) fn append(&mut self, piece: &str) -> Appended {
        let count = piece.chars().count() as u64;
        let room = self.limit.map_or(u64::MAX, |limit| limit - self.characters);
        if count <= room {
            self.joined.push_str(piece);
            self.characters += count;
            return Appended::Whole;
        }
        // `room` is less than the number of characters of a piece in memory.
        let end = usize::try_from(room)
            .ok()
            .and_then(|room| piece.char_indices().nth(room));
        self.joined
            .push_str(&piece[..end.map_or(piece.len(), |(end, _)| end)]);
        self.characters += room;
        Appended::Cut
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.joined
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    pub(crate) fn characters(&self) -> u64 {
        self.characters
    }

    pub(crate) fn into_string(self) -> String {
        self.joined
    }
}
