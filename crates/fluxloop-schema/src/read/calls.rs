//! Reads the rules of tool calls.

use serde_json::Value;

use super::{Finds, Reader};
use crate::chain::wrong_shape;
use crate::{CallPath, CallRule};

/// The keys of a rule.
pub(crate) const KEYS: &[&str] =
    &["when", "each", "key", "id", "name", "arguments", "join", "result", "error"];

impl Reader {
    pub(super) fn tool_calls(&mut self, value: &Value) -> Vec<CallRule> {
        self.items(value, Self::tool_call)
    }

    fn tool_call(&mut self, value: &Value) -> Option<CallRule> {
        self.count();
        let map = self.map(value, KEYS, "a map with `when`, `id`, `name` and `arguments`")?;
        if !["id", "name", "arguments", "result", "error"].iter().any(|key| map.contains_key(*key))
        {
            let parts = "at least one of `id`, `name`, `arguments`, `result` and `error`";
            self.needs(parts);
        }
        let key = self.get(map, "key", |it, value| it.items(value, Self::call_path));
        let mut part = |key| self.get(map, key, Self::call_path).flatten();
        let [id, tool, arguments, result, error] =
            ["id", "name", "arguments", "result", "error"].map(&mut part);
        Some(CallRule {
            when: self.get(map, "when", Self::condition).flatten(),
            each: self.get(map, "each", |it, value| it.path(value, Finds::Any)).flatten(),
            key: key.unwrap_or_default(),
            id,
            name: tool,
            arguments,
            join: self.get(map, "join", Self::text_join).flatten().unwrap_or_default(),
            result,
            error,
        })
    }

    /// A path that begins at the call, or with `^` at the frame.
    fn call_path(&mut self, value: &Value) -> Option<CallPath> {
        let Value::String(text) = value else {
            self.fault(wrong_shape("a path", value));
            return None;
        };
        let path = match text.strip_prefix('^') {
            // `^` alone is the whole frame.
            Some("") => self.parse_path("$", 0, Finds::One),
            Some(rest) => self.parse_path(rest.strip_prefix('.').unwrap_or(rest), 1, Finds::One),
            None => self.parse_path(text, 0, Finds::One),
        };
        Some(CallPath { from_frame: text.starts_with('^'), path: path? })
    }
}
