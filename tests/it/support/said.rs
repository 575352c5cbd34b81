//! What a process says while it runs.

use std::io::{BufRead, BufReader, Read};

/// The lines that a process says, as they come.
pub(crate) struct Said<R>(BufReader<R>);

impl<R: Read> Said<R> {
    pub(crate) fn by(source: R) -> Self {
        Self(BufReader::new(source))
    }

    /// Reads on until a line holds this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            let read = self.0.read_line(&mut line).expect("text");
            assert!(read > 0, "`{wanted}` never came");
        }
    }

    /// Reads to the end.
    pub(crate) fn rest(mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).expect("text");
        rest
    }
}
