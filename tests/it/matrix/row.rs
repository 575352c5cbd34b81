//! The form of a row.

/// Which API the mock plays; all answer with the input, `one two three four`, in four pieces.
#[derive(Clone, Copy)]
pub(super) enum Api {
    Custom,
    OpenAi,
    Anthropic,
    Responses,
}

impl Api {
    /// The path, and the keys of `runner.http` that read it.
    pub(super) fn route(self) -> (&'static str, &'static str) {
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

/// What goes wrong, and what the user gets.
///
/// Of several inputs the last one counts, of several attempts the last one's phase.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The mock's rule.
    pub(super) fault: &'static str,
    pub(super) api: Api,
    /// Keys below `runner.http`; `{address}` is the mock's.
    pub(super) set: &'static [&'static str],
    pub(super) inputs: usize,
    /// The least wait before the last attempt.
    pub(super) waits_ms: f64,
    /// What must stand on the terminal.
    pub(super) says: &'static [&'static str],
    outcome: &'static str,
    kind: &'static str,
    phase: &'static str,
    attempts: usize,
    resends: usize,
    output: &'static str,
    completeness: &'static str,
}

/// All that the mock has to say.
pub(super) const WHOLE: &str = "one two three four";

impl Row {
    const NEW: Self = Self {
        fault: "",
        api: Api::Custom,
        set: &[],
        inputs: 1,
        waits_ms: 0.0,
        says: &[],
        outcome: "succeeded",
        kind: "-",
        phase: "complete",
        attempts: 1,
        resends: 0,
        output: WHOLE,
        completeness: "done",
    };

    /// The whole text comes, in this many attempts.
    pub(super) const fn succeeds(fault: &'static str, attempts: usize) -> Self {
        Self { fault, attempts, ..Self::NEW }
    }

    /// No attempt succeeds, and no text is kept.
    pub(super) const fn fails(
        fault: &'static str,
        kind: &'static str,
        phase: &'static str,
        attempts: usize,
        says: &'static [&'static str],
    ) -> Self {
        // Nothing is known of a stream that broke, and where none began there is nothing to know.
        let completeness = if matches!(phase.as_bytes(), b"before_text" | b"after_text") {
            "unverified"
        } else {
            "-"
        };
        let (outcome, output) = ("failed", "");
        Self { fault, says, outcome, kind, phase, attempts, output, completeness, ..Self::NEW }
    }

    pub(super) const fn of(self, api: Api) -> Self {
        Self { api, ..self }
    }

    pub(super) const fn set(self, set: &'static [&'static str]) -> Self {
        Self { set, ..self }
    }

    /// The text that is kept.
    pub(super) const fn keeps(self, output: &'static str) -> Self {
        Self { output, ..self }
    }

    pub(super) const fn resends(self, resends: usize) -> Self {
        Self { resends, ..self }
    }

    /// How sure it is that the answer is whole.
    pub(super) const fn known(self, completeness: &'static str) -> Self {
        Self { completeness, ..self }
    }

    pub(super) const fn waits(self, waits_ms: f64) -> Self {
        Self { waits_ms, ..self }
    }

    pub(super) const fn inputs(self, inputs: usize) -> Self {
        Self { inputs, ..self }
    }

    pub(super) const fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    /// The expectation, in one line.
    pub(super) fn expected(&self) -> String {
        told(
            if self.outcome == "succeeded" { 0 } else { 10 },
            self.outcome,
            self.kind,
            self.phase,
            self.attempts,
            self.resends,
            self.output,
            self.completeness,
        )
    }
}

/// What a user gets, in one line that can be compared.
#[expect(clippy::too_many_arguments, reason = "each is one column of the table")]
pub(super) fn told(
    code: i32,
    outcome: &str,
    kind: &str,
    phase: &str,
    attempts: usize,
    resends: usize,
    output: &str,
    completeness: &str,
) -> String {
    format!(
        "exit {code}, {outcome}, {kind} at {phase}, {attempts} attempts, {resends} resends, \
         {output:?}, {completeness}"
    )
}
