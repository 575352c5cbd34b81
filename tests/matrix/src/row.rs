//! The form of a row.

use std::fmt;

use fluxloop_trace::{Completeness, FailureKind, GuardKind, Phase};

/// Which API the mock plays; all answer with the input, `one two three four`, in four pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Api {
    /// Any other than the following.
    Custom,
    /// OpenAI's chat completions.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// OpenAI's responses.
    Responses,
}

impl Api {
    /// The path, and the keys of `runner.http` that read it.
    pub fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::Custom => ("/chat", "    stream_output_path: delta"),
            Self::OpenAi => (
                "/v1/chat/completions",
                "    stream_output_path: choices[0].delta.content
    body_template: { mapping: { model: m, stream: true, messages: [{ role: user, content: $.input }] } }",
            ),
            Self::Anthropic => (
                "/v1/messages",
                "    stream_event_filter: content_block_delta
    stream_output_path: delta.text
    headers: { anthropic-version: '2023-06-01' }
    body_template: { mapping: { model: m, stream: true, max_tokens: 9, messages: [{ role: user, content: $.input }] } }",
            ),
            Self::Responses => (
                "/v1/responses",
                "    stream_event_filter: response.output_text.delta
    stream_output_path: delta
    body_template: { mapping: { model: m, stream: true, input: $.input } }",
            ),
        }
    }
}

/// Who listens at the address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Peer {
    /// The mock.
    Mock,
    /// Somebody who accepts connections and never says a word.
    Silent,
}

/// How the case ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// An answer came.
    Succeeded,
    /// No attempt gave an answer.
    Failed(FailureKind),
    /// A guard fired.
    Stopped(GuardKind),
}

impl End {
    /// What the process ends with.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Succeeded => 0,
            Self::Stopped(guard) if guard.counts_as_success() => 0,
            Self::Failed(_) | Self::Stopped(_) => 10,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("succeeded"),
            Self::Failed(kind) => write!(f, "failed: {kind}"),
            Self::Stopped(guard) => write!(f, "stopped: {guard}"),
        }
    }
}

/// What goes wrong, and what the user gets.
///
/// Of several inputs the last record counts, of several attempts the last one's phase.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Who listens.
    pub peer: Peer,
    /// The mock's rule; empty when it plays no part in what goes wrong.
    pub fault: &'static str,
    /// What goes wrong, where the rule does not say it.
    pub what: &'static str,
    /// Which API the mock plays.
    pub api: Api,
    /// What `--set` is given; `{address}` is the peer's.
    pub set: &'static [&'static str],
    /// How many inputs there are.
    pub inputs: usize,
    /// How many of them leave a record.
    pub records: usize,
    /// The least wait before the last attempt, in milliseconds.
    pub waits_ms: f64,
    /// How the case ends.
    pub end: End,
    /// How far the last attempt came.
    pub phase: Phase,
    /// How many attempts there are.
    pub attempts: usize,
    /// How many of them were sent twice.
    pub resends: usize,
    /// The text that is kept.
    pub output: &'static str,
    /// How sure it is that the answer is whole; `None` where no stream was read.
    pub completeness: Option<Completeness>,
    /// What the record of a failure says, in full; `{address}` is the peer's.
    pub message: &'static str,
    /// What it says to do about it; the kind's remedy when empty.
    pub hint: &'static str,
    /// What else must stand on the terminal.
    pub says: &'static [&'static str],
}

/// All that the mock has to say.
pub const WHOLE: &str = "one two three four";

impl Row {
    const NEW: Self = Self {
        peer: Peer::Mock,
        fault: "",
        what: "",
        api: Api::Custom,
        set: &[],
        inputs: 1,
        records: 1,
        waits_ms: 0.0,
        end: End::Succeeded,
        phase: Phase::Complete,
        attempts: 1,
        resends: 0,
        output: WHOLE,
        completeness: Some(Completeness::Done),
        message: "",
        hint: "",
        says: &[],
    };

    /// The whole text comes, in this many attempts.
    pub(crate) const fn succeeds(fault: &'static str, attempts: usize) -> Self {
        Self { fault, attempts, ..Self::NEW }
    }

    /// No attempt succeeds, and no text is kept.
    pub(crate) const fn fails(
        fault: &'static str,
        kind: FailureKind,
        phase: Phase,
        attempts: usize,
    ) -> Self {
        // Nothing is known of a stream that broke, and where none began there is nothing to know.
        let completeness = match phase {
            Phase::BeforeText | Phase::AfterText => Some(Completeness::Unverified),
            _ => None,
        };
        let end = End::Failed(kind);
        Self { fault, end, phase, attempts, output: "", completeness, ..Self::NEW }
    }

    /// A guard ends it.
    pub(crate) const fn stops(
        fault: &'static str,
        guard: GuardKind,
        phase: Phase,
        attempts: usize,
    ) -> Self {
        Self {
            end: End::Stopped(guard),
            ..Self::fails(fault, FailureKind::Internal, phase, attempts)
        }
    }

    /// What the record says, and what to do; no hint stands for the kind's remedy.
    pub(crate) const fn told(self, message: &'static str, hint: &'static str) -> Self {
        Self { message, hint, ..self }
    }

    pub(crate) const fn what(self, what: &'static str) -> Self {
        Self { what, ..self }
    }

    pub(crate) const fn by(self, peer: Peer) -> Self {
        Self { peer, ..self }
    }

    pub(crate) const fn of(self, api: Api) -> Self {
        Self { api, ..self }
    }

    pub(crate) const fn set(self, set: &'static [&'static str]) -> Self {
        Self { set, ..self }
    }

    /// The text that is kept.
    pub(crate) const fn keeps(self, output: &'static str) -> Self {
        Self { output, ..self }
    }

    pub(crate) const fn resends(self, resends: usize) -> Self {
        Self { resends, ..self }
    }

    /// How sure it is that the answer is whole.
    pub(crate) const fn known(self, completeness: Completeness) -> Self {
        Self { completeness: Some(completeness), ..self }
    }

    pub(crate) const fn waits(self, waits_ms: f64) -> Self {
        Self { waits_ms, ..self }
    }

    pub(crate) const fn inputs(self, inputs: usize) -> Self {
        Self { inputs, records: inputs, ..self }
    }

    /// How many inputs leave a record, if the run ends before all do.
    pub(crate) const fn records(self, records: usize) -> Self {
        Self { records, ..self }
    }

    pub(crate) const fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    /// What the record says to do about the failure, if it is one.
    pub fn hint(&self) -> &'static str {
        match self.end {
            End::Failed(kind) if self.hint.is_empty() => fluxloop_explain::remedy(kind),
            _ => self.hint,
        }
    }
}
