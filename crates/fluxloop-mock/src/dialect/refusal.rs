//! A request that is not answered.

use http::StatusCode;

/// Why a request is not answered, in the words of all providers.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The provider's name of the kind of error.
    pub(crate) error_type: &'static str,
    /// OpenAI's `code`.
    pub(crate) code: Option<&'static str>,
    /// OpenAI's `param`: the key that is at fault.
    pub(crate) param: Option<&'static str>,
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal that says nothing yet.
    pub(crate) fn new(status: StatusCode, error_type: &'static str) -> Self {
        Self { status, error_type, code: None, param: None, message: String::new() }
    }

    /// 400: something is wrong with the request.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error").says(message)
    }

    /// With this message.
    pub(crate) fn says(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// With OpenAI's code.
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// About this key.
    pub(crate) fn about(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }
}
