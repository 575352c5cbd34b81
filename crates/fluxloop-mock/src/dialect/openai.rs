//! What OpenAI's two dialects have in common.
//!
//! Layout and names follow <https://platform.openai.com/docs/api-reference>.

use http::StatusCode;
use serde_json::{Value, json};

use super::Refusal;

/// The body of an error.
pub(super) fn error_body(refusal: &Refusal) -> String {
    let Refusal { error_type, code, param, message, .. } = refusal;
    error_document(error_type, message, *param, *code).to_string()
}

/// An error, as a body and as an event of a chat stream.
pub(super) fn error_document(
    error_type: &str,
    message: &str,
    param: Option<&str>,
    code: Option<&str>,
) -> Value {
    json!({"error": {"message": message, "type": error_type, "param": param, "code": code}})
}

/// What OpenAI calls the error of a status.
pub(super) fn error_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}
