//! The providers that the mock plays.

mod anthropic;
mod custom;
mod openai;
mod openai_chat;
mod openai_responses;
mod place;
mod prompt;
mod refusal;
mod voice;

pub use custom::{CustomAnswer, CustomDialect, CustomEnd, InputAt};
use http::{HeaderMap, StatusCode};
pub use place::{PathStep, Place};
pub(crate) use refusal::Refusal;
pub(crate) use voice::{Voice, compose};

use crate::Script;
use crate::identity::Identity;
use crate::request::MockRequest;

/// Which provider the mock plays.
///
/// A provider is played at its own route: any path that ends in `/chat/completions`, `/responses`
/// or `/messages`, and what [`MockOptions::also_at`](crate::MockOptions::also_at) names.
#[derive(Clone, Debug)]
pub enum Dialect {
    /// Each provider at its own route, and this one everywhere else.
    Auto(CustomDialect),
    /// OpenAI's chat completions.
    OpenAiChat,
    /// OpenAI's responses.
    OpenAiResponses,
    /// Anthropic's messages.
    Anthropic,
    /// An agent of one's own, at any path.
    Custom(CustomDialect),
    /// Answers as written, at any path.
    Script(Script),
}

impl Default for Dialect {
    fn default() -> Self {
        Self::Auto(CustomDialect::default())
    }
}

impl Dialect {
    /// The names that [`named`](Self::named) knows.
    pub const NAMES: &[&str] = &["auto", "openai-chat", "openai-responses", "anthropic", "custom"];

    /// The dialect of this name; the custom one as its default is.
    pub fn named(name: &str) -> Option<Self> {
        let custom = Self::Custom(CustomDialect::default());
        [Self::default(), Self::OpenAiChat, Self::OpenAiResponses, Self::Anthropic, custom]
            .into_iter()
            .find(|dialect| dialect.name() == name)
    }

    /// The provider whose route a URL's path is, if it is one.
    ///
    /// ```
    /// use fluxloop_mock::Dialect;
    ///
    /// let dialect = Dialect::for_path("/openai/v1/chat/completions");
    /// assert!(matches!(dialect, Some(Dialect::OpenAiChat)));
    /// assert!(Dialect::for_path("/chat").is_none());
    /// ```
    pub fn for_path(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        [
            ("/chat/completions", Self::OpenAiChat),
            ("/responses", Self::OpenAiResponses),
            ("/messages", Self::Anthropic),
        ]
        .into_iter()
        .find_map(|(route, dialect)| path.ends_with(route).then_some(dialect))
    }

    /// Its name; `script` for a script.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Auto(_) => "auto",
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Custom(_) => "custom",
            Self::Script(_) => "script",
        }
    }
}

/// One dialect at a route where it answers.
#[derive(Clone, Copy)]
pub(crate) enum Provider<'a> {
    OpenAiChat,
    OpenAiResponses,
    Anthropic,
    Custom(&'a CustomDialect),
}

impl<'a> Provider<'a> {
    /// Who answers at this path, and whether the path is a route of theirs; nobody for a script.
    pub(crate) fn at(
        dialect: &'a Dialect,
        path: &str,
        also_at: Option<&str>,
    ) -> Option<(Self, bool)> {
        let routed = Dialect::for_path(path);
        let is_own = |own: &Dialect| {
            also_at == Some(path) || routed.as_ref().is_some_and(|it| it.name() == own.name())
        };
        Some(match dialect {
            Dialect::Auto(custom) => match routed {
                Some(Dialect::OpenAiChat) => (Self::OpenAiChat, true),
                Some(Dialect::OpenAiResponses) => (Self::OpenAiResponses, true),
                Some(Dialect::Anthropic) => (Self::Anthropic, true),
                _ => (Self::Custom(custom), true),
            },
            Dialect::OpenAiChat => (Self::OpenAiChat, is_own(dialect)),
            Dialect::OpenAiResponses => (Self::OpenAiResponses, is_own(dialect)),
            Dialect::Anthropic => (Self::Anthropic, is_own(dialect)),
            Dialect::Custom(custom) => (Self::Custom(custom), true),
            Dialect::Script(_) => return None,
        })
    }

    /// Reads a request: what was said, and the voice that answers it.
    pub(crate) fn read(
        self,
        request: &MockRequest,
        identity: Identity,
    ) -> Result<Heard<'a>, Refusal> {
        match self {
            Self::OpenAiChat => openai_chat::read(request, identity),
            Self::OpenAiResponses => openai_responses::read(request, identity),
            Self::Anthropic => anthropic::read(request, identity),
            Self::Custom(dialect) => custom::read(dialect, request),
        }
    }

    /// The body of an answer that is an error.
    pub(crate) fn error_body(self, refusal: &Refusal, identity: Identity) -> String {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => openai::error_body(refusal),
            Self::Anthropic => anthropic::error_body(refusal, identity),
            Self::Custom(_) => custom::error_body(refusal),
        }
    }

    /// What a fault says of a status.
    pub(crate) fn refusal_of(self, status: StatusCode) -> Refusal {
        match self {
            Self::Anthropic => Refusal::new(status, anthropic::error_type(status)),
            _ => Refusal::new(status, openai::error_type(status)),
        }
        .says(format!("the mock answers with {}", status.as_u16()))
    }

    /// The headers of every answer, beside its media type.
    pub(crate) fn headers(self, mut identity: Identity) -> HeaderMap {
        let (name, id) = match self {
            Self::OpenAiChat | Self::OpenAiResponses => ("x-request-id", identity.hex("req_", 32)),
            Self::Anthropic => ("request-id", identity.alphanumeric("req_01", 22)),
            Self::Custom(_) => return HeaderMap::new(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(name, id.parse().expect("letters, digits and `_` are a header value"));
        headers
    }
}

/// What a request said.
pub(crate) struct Heard<'a> {
    /// What an echo says.
    pub(crate) input: String,
    /// Whether to answer with a stream.
    pub(crate) stream: bool,
    /// Who answers.
    pub(crate) voice: Box<dyn Voice + 'a>,
}
