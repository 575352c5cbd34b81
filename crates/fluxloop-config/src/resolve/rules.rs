//! How answers are read: the rules that the configuration comes to.

use fluxloop_aggregate::RequireDone;
use fluxloop_schema::{Schema, StreamKind};

/// See `fluxloop_aggregate::AnswerRules`.
#[derive(Clone, Debug)]
pub(crate) struct AnswerRules {
    pub(crate) schema: Schema,
    pub(crate) stream: StreamKind,
    pub(crate) has_own_path: bool,
    pub(crate) has_own_end: bool,
    pub(crate) require_done: RequireDone,
    pub(crate) require_text: bool,
    pub(crate) lenient_content_type: bool,
    pub(crate) error_key: ErrorKey,
    pub(crate) integrity: IntegrityRule,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum ErrorKey {
    #[default]
    Failure,
    Note,
    Ignore,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum IntegrityRule {
    #[default]
    Warn,
    Strict,
    Off,
}
