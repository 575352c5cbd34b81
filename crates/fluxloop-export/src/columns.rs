//! The table of cases, for every form that has rows and columns.

use std::borrow::Cow;

use fluxloop_redact::Masked;
use fluxloop_trace::{Quantity, Trace};
use jiff::Timestamp;

use crate::problem::Problem;
use crate::time::due;

/// A column of the table of cases.
#[derive(Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
    /// What it means.
    pub meaning: &'static str,
    of: for<'t> fn(&'t Trace) -> Cell<'t>,
}

impl Column {
    /// The cell of a case.
    pub fn of<'t>(&self, trace: &'t Trace) -> Cell<'t> {
        (self.of)(trace)
    }
}

impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Column").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number from 0.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A time in UTC, to the microsecond.
    Time,
}

impl ColumnType {
    /// Its name in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Bool => "boolean",
            Self::Time => "time",
        }
    }
}

/// A value of the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'t> {
    /// Nothing was measured, counted or said.
    Empty,
    /// Text.
    Text(Cow<'t, str>),
    /// A whole number.
    Integer(u64),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A time.
    Time(Timestamp),
}

fn text<'t>(text: impl Into<Cow<'t, str>>) -> Cell<'t> {
    Cell::Text(text.into())
}

fn or_empty<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell<'static>) -> Cell<'static> {
    value.map_or(Cell::Empty, cell)
}

fn text_or_empty(value: Option<&Masked>) -> Cell<'_> {
    value.map_or(Cell::Empty, |value| text(value.as_str()))
}

fn measured(quantity: Quantity, trace: &Trace) -> Cell<'static> {
    or_empty(quantity.of(trace), |amount| Cell::Number(amount.as_f64()))
}

/// A row of this macro: the name, what the column holds, the cell of a case, and the meaning.
macro_rules! columns {
    ($($name:literal $holds:ident |$trace:ident| $cell:expr, $meaning:literal;)*) => {
        &[$(Column {
            name: $name,
            holds: ColumnType::$holds,
            meaning: $meaning,
            of: |$trace| $cell,
        },)*]
    };
}

/// The columns, in their order. Further columns are added at the end.
pub const COLUMNS: &[Column] = columns! {
    "case_id" Text |trace| text(trace.case_id.to_string()), "`<input id>/<iteration>`.";
    "input_id" Text |trace| text(trace.case_id.input_id.as_str()), "The id of the input.";
    "iteration" Integer |trace| Cell::Integer(trace.iteration.into()), "The iteration, from 0.";
    "persona" Text |trace| text_or_empty(trace.persona.as_ref()),
        "The persona of the input.";
    "outcome" Text |trace| text(trace.outcome.name()),
        "`succeeded`, `failed` or `stopped`.";
    "verdict" Text |trace| text(trace.verdict.name()),
        "`met`, `unmet`, `unjudged` or `none`.";
    "passed" Bool |trace| Cell::Bool(trace.passed()),
        "Whether the case succeeded and every expectation is met.";
    "problem_kind" Text |trace| Problem::of(trace).map_or(Cell::Empty, |it| text(it.kind)),
        "Why the case did not pass: the kind of the failure, the guard, or the kind of the first expectation that is not met.";
    "problem" Text |trace| Problem::of(trace).map_or(Cell::Empty, |it| text(it.message)),
        "The same in words.";
    "status" Integer |trace| or_empty(
            trace.attempts().next_back().and_then(|it| it.status),
            |status| Cell::Integer(status.into()),
        ),
        "The HTTP status of the last request.";
    "model" Text |trace| text_or_empty(trace.model.as_ref()),
        "The model, as the provider names it.";
    "finish_reason" Text |trace| text_or_empty(trace.finish_reason.as_ref()),
        "Why the model stopped, as the provider says it.";
    "scheduled_at" Time |trace| or_empty(due(trace), Cell::Time),
        "When the case was due (UTC).";
    "duration_ms" Number |trace| measured(Quantity::Duration, trace),
        "The whole case, attempts and waits together.";
    "first_byte_ms" Number |trace| measured(Quantity::FirstByte, trace),
        "Until the first byte of the body. Of several turns the worst, here and below.";
    "first_output_ms" Number |trace| measured(Quantity::FirstOutput, trace),
        "Until the first output of any channel, or the first call of a tool.";
    "first_token_ms" Number |trace| measured(Quantity::FirstToken, trace),
        "Until the first text (time to first token).";
    "chunk_gap_p50_ms" Number |trace| measured(Quantity::ChunkGapP50, trace),
        "The median gap between pieces of the text.";
    "chunk_gap_p95_ms" Number |trace| measured(Quantity::ChunkGapP95, trace),
        "The 95th percentile of these gaps.";
    "chunk_gap_max_ms" Number |trace| measured(Quantity::ChunkGapMax, trace),
        "The longest of these gaps.";
    "tpot_ms" Number |trace| measured(Quantity::Tpot, trace),
        "The time for each output token after the first one.";
    "tokens_per_second" Number |trace| measured(Quantity::TokensPerSecond, trace),
        "Output tokens in each second, from the first output to the last.";
    "input_tokens" Integer |trace| or_empty(trace.token_usage, |it| Cell::Integer(it.prompt_tokens)),
        "Tokens of the requests, as the provider counted them.";
    "output_tokens" Integer |trace| or_empty(trace.token_usage, |it| Cell::Integer(it.completion_tokens)),
        "Tokens of the answers.";
    "total_tokens" Integer |trace| or_empty(trace.token_usage, |it| Cell::Integer(it.total_tokens)),
        "Both together, or what the provider says.";
    "turns" Integer |trace| Cell::Integer(trace.turns.len() as u64), "Questions that were asked.";
    "attempts" Integer |trace| Cell::Integer(trace.attempts().count() as u64),
        "Requests that were sent, retries included.";
    "tool_calls" Integer |trace| Cell::Integer(
            trace.turns.iter().map(|turn| turn.tool_calls.len() as u64).sum(),
        ),
        "Calls of tools.";
    "warnings" Text |trace| text(
            trace.warnings.iter().map(|it| it.code.name()).collect::<Vec<_>>().join(" "),
        ),
        "The codes of the warnings, with blanks between them.";
    "input" Text |trace| text(trace.input.as_str()), "The text of the input.";
    "output" Text |trace| text(trace.output.as_str()),
        "The text that was collected; of a failed case, what its last attempt had so far.";
};
