//! How answers are read.

use fluxloop_schema::{Schema, StreamKind};

/// How answers are read.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "settings of their own")]
pub struct AnswerRules {
    /// What the frames mean.
    pub schema: Schema,
    /// What separates them.
    pub stream: StreamKind,
    /// Who said where the text is, for hints.
    pub text_by: TextBy,
    /// Whether somebody said where the text is: then, with [`StreamKind::None`], a body that is not
    /// one JSON document is not an answer.
    pub has_own_path: bool,
    /// Whether somebody said what ends the answer (`stream_done`): then it counts as an end that is
    /// known to come.
    pub has_own_end: bool,
    /// Whether a stream has to show its end (`require_done`).
    pub require_done: RequireDone,
    /// Whether an answer in which no text was found fails as `no_text`.
    pub require_text: bool,
    /// Whether other media types are read as the framing says too, with a warning.
    pub lenient_content_type: bool,
    /// What a member `error` of a frame means (`error_key`).
    pub error_key: ErrorKey,
    /// What a difference between the text and what the protocol says about it means.
    pub integrity: IntegrityRule,
}

impl AnswerRules {
    /// Answers of a framing and a schema, read with the defaults of the configuration.
    pub fn new(stream: StreamKind, schema: Schema) -> Self {
        Self {
            schema,
            stream,
            text_by: TextBy::Keys,
            has_own_path: false,
            has_own_end: false,
            require_done: RequireDone::Auto,
            require_text: true,
            lenient_content_type: false,
            error_key: ErrorKey::Failure,
            integrity: IntegrityRule::Warn,
        }
    }
}

/// Who says where the text is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TextBy {
    /// Keys of their own: `stream_event_filter`, `stream_output_path`, `output_path`; or nobody.
    #[default]
    Keys,
    /// A preset, which these keys can amend.
    Preset,
    /// A schema of the user's, which leaves these keys no meaning.
    Schema,
}

/// Whether a stream that ends without showing its end fails as `incomplete`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RequireDone {
    /// Where its frames show a protocol whose streams always end with an end of their own.
    #[default]
    Auto,
    /// Always: the end is that of the schema.
    Always,
    /// Never.
    Never,
}

/// What a member `error` of a frame means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ErrorKey {
    /// The answer failed, unless the frame has a type that the text's conditions leave out.
    #[default]
    Failure,
    /// It is noted, and the answer fails only when neither text nor an end follows.
    Note,
    /// Nothing.
    Ignore,
}

/// What a difference between the text and what the protocol says about it means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum IntegrityRule {
    /// A warning.
    #[default]
    Warn,
    /// The answer fails as `incomplete`.
    Strict,
    /// Nothing is compared.
    Off,
}
