//! Reads what ends, fails and resets an answer.

use serde_json::{Map, Value};

use super::{Finds, Reader, name};
use crate::fault::SchemaFaultKind;
use crate::{Condition, EndRule, EndsAs, ErrorKind, ErrorParts, ErrorRule, ExpectedEnd, ResetRule};

/// What an end can make of an answer.
pub(crate) const ENDS_AS: &[&str] = &["succeeded", "needs_input", "cancelled", "failed"];
/// The kinds of an error.
pub(crate) const KINDS: &[&str] = &["api_error", "withheld", "noted"];
/// The keys of a rule of `end`.
pub(crate) const END: &[&str] = &["when", "as", "message", "code", "retry_after"];
/// The keys of a rule of `error`.
pub(crate) const ERROR: &[&str] = &["when", "kind", "message", "code", "retry_after"];
/// The keys of a rule of `expects_end`.
pub(crate) const EXPECTED_END: &[&str] = &["when", "name", "or_finish_reason"];
/// The parts of an error.
const PARTS: [&str; 3] = ["message", "code", "retry_after"];

impl Reader {
    pub(super) fn ends(&mut self, value: &Value) -> Vec<EndRule> {
        self.rules(value, END, |it, when, map| {
            let ends_as =
                [EndsAs::Succeeded, EndsAs::NeedsInput, EndsAs::Cancelled, EndsAs::Failed];
            let index = it.get(map, "as", |it, value| it.one_of(value, ENDS_AS)).flatten();
            let ends_as = index.map(|index| ends_as[index]).unwrap_or_default();
            let part = PARTS.into_iter().find(|part| map.contains_key(*part));
            if let Some(part) = part.filter(|_| ends_as != EndsAs::Failed) {
                it.at(name(part), |it| it.fault(SchemaFaultKind::OnlyWith("`as: failed`")));
            }
            EndRule { when, ends_as, parts: it.error_parts(map) }
        })
    }

    pub(super) fn errors(&mut self, value: &Value) -> Vec<ErrorRule> {
        self.rules(value, ERROR, |it, when, map| {
            let kind = it.get(map, "kind", |it, value| it.one_of(value, KINDS)).flatten();
            let parts = it.error_parts(map);
            let kinds = [ErrorKind::Failed, ErrorKind::Withheld, ErrorKind::Noted];
            let kind = kind.and_then(|kind| kinds.get(kind)).copied().unwrap_or_default();
            ErrorRule { when, kind, layer: 0, parts }
        })
    }

    pub(super) fn marks(&mut self, value: &Value) -> Vec<Condition> {
        self.rules(value, &["when"], |_, when, _| when)
    }

    pub(super) fn resets(&mut self, value: &Value) -> Vec<ResetRule> {
        self.rules(value, &["when", "since"], |it, when, map| {
            let since = it.get(map, "since", Self::condition).flatten();
            ResetRule { when, since }
        })
    }

    pub(super) fn expected_ends(&mut self, value: &Value) -> Vec<ExpectedEnd> {
        self.items(value, |it, rule| {
            it.count();
            let map =
                it.map(rule, EXPECTED_END, "a map with `name`, and `when` where not always")?;
            let end = it.get(map, "name", Self::text);
            if end.is_none() {
                it.needs("`name`: the name of the end in messages");
            }
            let or_finish_reason = it.get(map, "or_finish_reason", Self::bool).flatten();
            Some(ExpectedEnd {
                when: it.get(map, "when", Self::condition).flatten(),
                name: end.flatten()?,
                or_finish_reason: or_finish_reason.unwrap_or_default(),
            })
        })
    }

    /// Rules with a condition; a text is short for `{when: TEXT}`.
    fn rules<T>(
        &mut self,
        value: &Value,
        keys: &'static [&'static str],
        mut read: impl FnMut(&mut Self, Condition, &Map<String, Value>) -> T,
    ) -> Vec<T> {
        self.items(value, |it, rule| {
            it.count();
            if rule.is_string() {
                let when = it.condition(rule)?;
                return Some(read(it, when, &Map::new()));
            }
            let map = it.map(rule, keys, "a type, or a map with `when`")?;
            let when = it.get(map, "when", Self::condition);
            if when.is_none() {
                it.needs("`when`: the frames that it is about");
            }
            Some(read(it, when.flatten()?, map))
        })
    }

    fn error_parts(&mut self, map: &Map<String, Value>) -> ErrorParts {
        let mut paths = |key: &str, finds| {
            self.get(map, key, |it, value| it.paths(value, finds)).unwrap_or_default()
        };
        ErrorParts {
            message: paths("message", Finds::Any),
            code: paths("code", Finds::One),
            retry_after: paths("retry_after", Finds::One),
        }
    }
}
