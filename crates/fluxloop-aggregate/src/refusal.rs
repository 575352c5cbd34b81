//! What a refusal says: the error in its body, and what it says about limits.

use fluxloop_frames::{Frame, Frames, Framing, Recognized, Rest, recognized};
use serde_json::Value;

use crate::ApiError;
use crate::api_error::{failure_in_json, letters};
use crate::known::{ApiErrorClass, NAMES_A_WAIT, OF_A_DAY, QUOTA_NAMES, WAIT_IN_MS, WAITS};
use crate::types::NameSays;

/// The error in the body of a refusal: in JSON, or in the data of an event stream, whose first data
/// is the message if nothing else is.
pub(crate) fn error_in_body(body: &str) -> Option<ApiError> {
    if recognized(body.as_bytes()) != Some(Recognized::EventStream) {
        return failure_in_json(body);
    }
    let (mut error, mut first) = (None, None);
    let mut note = |frame: &Frame<'_>| {
        let is_failure = NameSays::of(frame.event_type) == NameSays::Failed;
        let said = || is_failure.then(|| ApiError::of_failure(frame.data, frame.event_type));
        error = error.take().or_else(|| failure_in_json(frame.data)).or_else(said);
        if !frame.data.trim().is_empty() {
            first.get_or_insert_with(|| ApiError::of_text(frame.data));
        }
    };
    let mut frames = Frames::new(Framing::EventStream, body.len().max(1));
    let mut fed = frames.feed(body.as_bytes());
    while let Some(Ok(frame)) = fed.next() {
        note(&frame);
    }
    if let Rest::Last(frame) | Rest::Unfinished { frame, .. } = frames.finish() {
        note(&frame);
    }
    error.or(first)
}

impl ApiError {
    /// The error of a request that was refused with status 429, whatever its names are.
    pub(crate) fn of_too_many_requests(body: &str, error: Option<Self>) -> Option<Self> {
        let is_text = !body.trim().is_empty() && !body.trim_start().starts_with('<');
        let mut error = error.or_else(|| is_text.then(|| Self::of_text(body.trim())))?;
        if error.class != ApiErrorClass::Quota {
            error.class = ApiErrorClass::RateLimited;
        }
        Some(error.with_limits(body))
    }

    /// The same error, with what its JSON says anywhere about limits: how long to wait, and whether
    /// a quota of a day is used up. A message alone says that only where it names no wait.
    pub(crate) fn with_limits(mut self, json: &str) -> Self {
        if let Ok(value) = serde_json::from_str(json) {
            self.note_limits(&value);
        }
        let is_limited = self.class == ApiErrorClass::RateLimited && self.retry_after.is_none();
        let message = self.message.to_ascii_lowercase();
        let names_a_wait = || NAMES_A_WAIT.iter().any(|words| message.contains(words));
        if is_limited && is_of_a_day(&message) && !names_a_wait() {
            self.class = ApiErrorClass::Quota;
        }
        self
    }

    fn note_limits(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.note_limits(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    let name = letters(name);
                    // protobuf's duration may be an object of its parts.
                    let text = match value.get("seconds").unwrap_or(value) {
                        Value::String(text) => text.clone(),
                        Value::Number(number) => number.to_string(),
                        _ => String::new(),
                    };
                    if text.is_empty() {
                        self.note_limits(value);
                    } else if WAITS.contains(&&*name) {
                        self.retry_after.get_or_insert(text);
                    } else if name == WAIT_IN_MS {
                        self.retry_after.get_or_insert(text + "ms");
                    } else if QUOTA_NAMES.contains(&&*name) && is_of_a_day(&text) {
                        self.class = ApiErrorClass::Quota;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a text speaks of a quota for a day.
fn is_of_a_day(text: &str) -> bool {
    let text = letters(text);
    OF_A_DAY.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use ApiErrorClass::{Quota, RateLimited};

    use super::*;

    /// The class of a refusal with status 429, and how long it asks to wait.
    #[track_caller]
    fn check_limit(body: &str, class: ApiErrorClass, retry_after: Option<&str>) {
        let error = ApiError::of_too_many_requests(body, error_in_body(body)).expect("an error");
        assert_eq!((error.class, error.retry_after.as_deref()), (class, retry_after), "{body}");
    }

    #[test]
    fn an_error_names_a_wait_anywhere_in_it() {
        check_limit(r#"{"error": {"details": [{"retryDelay": "34s"}]}}"#, RateLimited, Some("34s"));
        check_limit(r#"[{"error": {"retryDelay": {"seconds": 7}}}]"#, RateLimited, Some("7"));
        check_limit(r#"{"error": "slow down", "retry_after": 1.5}"#, RateLimited, Some("1.5"));
        check_limit(
            r#"{"message": "no", "code": 1, "retryAfterMs": 20}"#,
            RateLimited,
            Some("20ms"),
        );
        check_limit("event: error\ndata: {\"retry-after\": \"3\"}\n\n", RateLimited, Some("3"));
        check_limit("Slow down.", RateLimited, None);
    }

    #[test]
    fn a_quota_of_a_day_is_used_up() {
        let quota = |id: &str| {
            format!(
                r#"{{"error": {{"status": "RESOURCE_EXHAUSTED", "details": [{{"violations": [{{"quotaId": "{id}"}}]}}, {{"retryDelay": "8s"}}]}}}}"#
            )
        };
        check_limit(&quota("GenerateRequestsPerDayPerProject"), Quota, Some("8s"));
        check_limit(&quota("GenerateRequestsPerMinutePerProject"), RateLimited, Some("8s"));
        check_limit("Rate limit exceeded: free-models-per-day", Quota, None);
        check_limit(r#"{"error": "Daily limit reached"}"#, Quota, None);
        let message = "Limit 200 requests per day. Please try again in 7.2s.";
        check_limit(&format!(r#"{{"error": {{"message": "{message}"}}}}"#), RateLimited, None);
    }

    #[track_caller]
    fn check_body(body: &str, message: Option<&str>) {
        assert_eq!(error_in_body(body).map(|error| error.message).as_deref(), message, "{body}");
    }

    #[test]
    fn a_refusal_may_be_an_event_stream() {
        check_body(
            "id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"Bad\",\"message\":\"no input\"}\n\n",
            Some("no input"),
        );
        check_body("data: {\"error\": {\"message\": \"busy\"}}\n\n", Some("busy"));
        check_body("data: {}\n\ndata: {\"error\": {\"message\": \"busy\"}}\n\n", Some("busy"));
        check_body("data: {\"code\": 7,\ndata: \"msg\": \"busy\"}\n\n", Some("busy"));
        check_body("event: error\ndata: busy\n\n", Some("busy"));
        check_body("data: busy", Some("busy"));
        check_body("busy", None);
    }
}
