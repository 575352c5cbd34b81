//! Reads where single values are: counts of tokens, captures, times.

use std::collections::BTreeMap;

use fluxloop_jsonpath::JsonPath;
use serde_json::Value;

use super::{Finds, Reader};
use crate::chain::wrong_shape;
use crate::{Count, CountAgain, TimingRule, UsageRules, ValueRule};

/// The keys of `usage`.
pub(crate) const USAGE: &[&str] =
    &["input", "output", "total", "reasoning", "cached", "provider", "count"];
/// The units of a time.
pub(crate) const UNITS: &[&str] = &["ns", "us", "ms", "s"];

impl Reader {
    pub(super) fn usage(&mut self, value: &Value) -> UsageRules {
        let Some(map) = self.map(value, USAGE, "a map with `input` and `output`") else {
            return UsageRules::default();
        };
        let mut counts = |key| {
            self.get(map, key, |it, value| it.items(value, Self::token_count)).unwrap_or_default()
        };
        let [input, output, total, reasoning, cached] =
            ["input", "output", "total", "reasoning", "cached"].map(&mut counts);
        let provider = self.get(map, "provider", |it, value| it.paths(value, Finds::One));
        let again = self.get(map, "count", Self::count_again).flatten().unwrap_or_default();
        let provider = provider.unwrap_or_default();
        UsageRules { input, output, total, reasoning, cached, provider, again }
    }

    /// A path, or the sum of several.
    fn token_count(&mut self, value: &Value) -> Option<Count> {
        if !value.is_object() {
            return self.path(value, Finds::One).map(Count::At);
        }
        let map = self.map(value, &["sum"], "a path, or `{sum: [PATH, …]}`")?;
        let paths = self.get(map, "sum", |it, value| it.paths(value, Finds::One));
        if paths.is_none() {
            self.needs("`sum`: the paths whose numbers are added");
        }
        paths.map(Count::Sum)
    }

    fn count_again(&mut self, value: &Value) -> Option<CountAgain<JsonPath>> {
        match value.as_str() {
            Some("last") => return Some(CountAgain::Last),
            Some("sum") => return Some(CountAgain::Sum),
            _ => {}
        }
        let expected = "`last`, `sum`, or `{sum_of_last_by: PATH}`";
        let map = self.map(value, &["sum_of_last_by"], expected)?;
        let path = self.get(map, "sum_of_last_by", |it, path| it.path(path, Finds::One));
        if path.is_none() {
            self.needs("`sum_of_last_by` with a path");
        }
        path.flatten().map(CountAgain::SumOfLastBy)
    }

    /// A path, `{when, path}`, or a list of both.
    pub(super) fn value_rules(&mut self, value: &Value) -> Vec<ValueRule> {
        let rules = self.items(value, |it, rule| {
            it.count();
            if rule.is_string() {
                return Some(vec![ValueRule { when: None, path: it.path(rule, Finds::One)? }]);
            }
            let map = it.map(rule, &["when", "path"], "a path, or a map with `when` and `path`")?;
            let when = it.get(map, "when", Self::condition).flatten();
            let paths = it.get(map, "path", |it, value| it.paths(value, Finds::One));
            if paths.is_none() {
                it.needs("`path`: the place of the value");
            }
            let paths = paths.into_iter().flatten();
            Some(paths.map(|path| ValueRule { when: when.clone(), path }).collect())
        });
        rules.into_iter().flatten().collect()
    }

    pub(super) fn captures(&mut self, value: &Value) -> BTreeMap<String, Vec<JsonPath>> {
        self.named(value, |it, paths| Some(it.paths(paths, Finds::One))).into_iter().collect()
    }

    pub(super) fn timings(&mut self, value: &Value) -> BTreeMap<String, TimingRule> {
        self.named(value, Self::timing).into_iter().collect()
    }

    fn timing(&mut self, value: &Value) -> Option<TimingRule> {
        let map = self.map(value, &["path", "unit"], "a map with `path` and `unit`")?;
        let path = self.get(map, "path", |it, path| it.path(path, Finds::One));
        let unit = self.get(map, "unit", |it, unit| it.one_of(unit, UNITS));
        if path.is_none() || unit.is_none() {
            self.needs("both `path` and `unit`");
        }
        let nanos = [1, 1_000, 1_000_000, 1_000_000_000][unit.flatten()?];
        Some(TimingRule { path: path.flatten()?, nanos })
    }

    pub(super) fn select(&mut self, value: &Value) -> Option<JsonPath> {
        let Some(by) =
            value.get("by").filter(|_| value.as_object().is_some_and(|map| map.len() == 1))
        else {
            self.fault(wrong_shape("`{by: PATH}`", value));
            return None;
        };
        self.at(super::name("by"), |it| it.path(by, Finds::One))
    }
}
