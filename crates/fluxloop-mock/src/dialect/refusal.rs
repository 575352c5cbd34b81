//! A request that is not answered.

use http::StatusCode;

/// Why a request is not answered. Each dialect writes it in its own way.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// What names the reason for programs.
    pub(crate) code: Option<&'static str>,
    pub(crate) param: Option<String>,
    /// The methods that the path has, if the request had another one.
    pub(crate) allow: Option<&'static str>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: None, param: None, allow: None, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn about(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }
}
