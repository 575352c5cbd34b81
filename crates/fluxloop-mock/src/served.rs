//! What the mock did.

use crate::Fault;

/// One answer, after it ended: what a test compares a client's story with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Served {
    /// The number of the request, from 1, in the order of arrival.
    pub number: u64,
    /// What the client calls this case: its header [`Served::CASE_HEADER`].
    pub case: Option<String>,
    /// What was asked, if the request was understood.
    pub input: Option<String>,
    /// What went wrong on purpose.
    pub faults: Vec<Fault>,
    /// The status, if the answer had one; it may have broken before that was sent.
    pub status: Option<u16>,
    /// The text of the whole answer; without one, the answer was no text: a refusal, a status,
    /// garbage or a script's own.
    pub text: Option<String>,
    /// How many characters of the text were sent, in whole deltas. A client that left, or a
    /// connection that was reset, got fewer.
    pub characters: usize,
    /// How many bytes were sent: all of them if the answer was written by hand, as faulty ones are
    /// over HTTP/1.1; otherwise those of the body.
    pub bytes: u64,
    /// How far it came.
    pub reached: Reached,
    /// How it ended.
    pub ended: Ended,
}

/// How far an answer came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reached {
    /// Not to the end of its head.
    #[default]
    Nothing,
    /// Its head was sent, and what [`Served::characters`] and [`Served::bytes`] say.
    Head,
    /// The event that says the end of the answer was sent, with what frames it; of an answer that
    /// is one body, all of it.
    End,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Ended {
    /// Everything was sent, whatever the faults made of it.
    Complete,
    /// It was broken off on purpose.
    Broken,
    /// The client left before, or the mock was stopped.
    #[default]
    Abandoned,
}

impl Served {
    /// The header in which a client gives its own name of a case.
    pub const CASE_HEADER: &str = "x-mock-case";
}
