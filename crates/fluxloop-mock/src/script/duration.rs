//! Durations as people write them.

use std::time::Duration;

use serde_json::Value;

use super::ScriptFault;
use crate::fault;

/// Reads `250ms`, `1.5s`, `2m` or a number of seconds.
pub(super) fn parse(value: &Value) -> Result<Duration, ScriptFault> {
    let duration = match value {
        Value::Number(seconds) => seconds.as_f64().and_then(seconds_to_duration),
        Value::String(text) => fault::duration(text.trim()),
        _ => None,
    };
    duration.ok_or_else(|| {
        ScriptFault::new(
            "expected a duration such as `250ms`, `1.5s`, `2m`, or seconds as a number",
        )
    })
}

fn seconds_to_duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, milliseconds: Option<u64>) {
        assert_eq!(parse(value).ok(), milliseconds.map(Duration::from_millis));
    }

    #[test]
    fn units_and_numbers_of_seconds_are_read() {
        check(&json!("250ms"), Some(250));
        check(&json!("1.5s"), Some(1_500));
        check(&json!("2 m"), Some(120_000));
        check(&json!(0.25), Some(250));
    }

    #[test]
    fn anything_else_is_refused() {
        for value in [json!("250"), json!("2h"), json!("-1s"), json!(-1), json!(null), json!("")] {
            check(&value, None);
        }
    }
}
