//! Whether the pieces of a text repeat what came before them.

/// From this length on, in bytes, a text does not repeat another one by chance.
const SURELY_REPEATED: usize = 16;

/// A text shorter than this, in bytes, may repeat another one by chance even at the end.
const PERHAPS_REPEATED: usize = 4;

/// How much white space around a text is looked past to see that it is repeated, in bytes.
const MAX_TRIMMED: usize = 8;

/// Whether pieces repeat what came before them.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    pieces: u64,
    /// The pieces in a row, from the first on, that begin with the piece before them.
    chain: Chain,
    /// Whether the last piece begins with everything before it, which is not short.
    last_repeats_all: bool,
}

/// Which pieces of a text repeat the text before them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Repeated {
    /// All of them.
    ByAll,
    /// Only the last one.
    ByLast,
}

/// Pieces of which each begins with the piece before it.
#[derive(Debug, Default)]
struct Chain {
    /// How many pieces follow another piece, and how many of them are longer than it.
    follow: u32,
    grow: u32,
    /// Where the last piece begins, and how long it is.
    start: usize,
    length: usize,
    /// Whether a piece came that does not begin with the piece before it.
    is_broken: bool,
}

impl Repeats {
    /// Which pieces of a text with this number of bytes repeat the text before them; `None` if it is
    /// neither all of them nor the last one.
    pub(crate) fn repeated(&self, bytes: usize) -> Option<Repeated> {
        let Self { pieces, chain, last_repeats_all } = self;
        let is_chain = if chain.is_broken {
            chain.grow >= 2 && chain.length >= SURELY_REPEATED
        } else {
            chain.grow >= 1 && chain.follow >= 2 && chain.length >= PERHAPS_REPEATED
        };
        let last = *last_repeats_all && (*pieces >= 3 || bytes >= 2 * SURELY_REPEATED);
        if is_chain { Some(Repeated::ByAll) } else { last.then_some(Repeated::ByLast) }
    }

    /// The same, as if the last piece repeated nothing.
    pub(crate) fn without_last(self) -> Self {
        Self { last_repeats_all: false, ..self }
    }

    #[inline]
    pub(crate) fn note(&mut self, text: &str, piece: &str) {
        self.pieces += 1;
        if !self.chain.is_broken {
            self.chain.note(self.pieces == 1, text, piece);
        }
        // Most pieces are shorter than what came before them, and compare nothing.
        self.last_repeats_all = piece.len() + MAX_TRIMMED >= text.len() && repeats(text, piece);
    }
}

/// Whether a piece begins with a text, which is not short. Servers trim what they repeat.
#[cold]
fn repeats(text: &str, piece: &str) -> bool {
    let text = text.trim();
    text.len() >= PERHAPS_REPEATED && piece.trim_start().starts_with(text)
}

impl Chain {
    fn note(&mut self, is_first: bool, text: &str, piece: &str) {
        // The last piece may be one of another group.
        let last = text.as_bytes().get(self.start..).unwrap_or_default();
        if !is_first && (last.len() != self.length || !piece.as_bytes().starts_with(last)) {
            self.is_broken = true;
            return;
        }
        self.follow += u32::from(!is_first);
        self.grow += u32::from(!is_first && piece.len() > self.length);
        (self.start, self.length) = (text.len(), piece.len());
    }
}
