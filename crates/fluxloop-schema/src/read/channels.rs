//! Reads the rules of channels.

use serde_json::{Map, Value};

use super::{Finds, Reader};
use crate::fault::SchemaFaultKind;
use crate::{Channel, Join, Schema, TextRule};

/// How many channels a schema may name.
const MAX_CHANNELS: usize = 60;
/// The keys of a text rule.
pub(crate) const RULE: &[&str] = &["when", "path", "join", "append_when", "group"];
/// The keys of a rule of `final_text`.
pub(crate) const FINAL: &[&str] = &["when", "path", "group"];
/// The ways of joining.
pub(crate) const JOINS: &[&str] = &["append", "replace", "list"];

/// Which channel is read.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// The text: a rule may take the data of every frame.
    Text,
    /// Reasoning or refusal.
    Known,
    /// A channel that the schema names.
    Named,
}

impl Reader {
    pub(super) fn channels(&mut self, root: &Map<String, Value>, schema: &mut Schema) {
        let known = |it: &mut Self, key: &str, kind| {
            it.get(root, key, |it, value| it.channel(value, kind)).unwrap_or_default()
        };
        schema.text = known(self, "text", Kind::Text);
        schema.reasoning = known(self, "reasoning", Kind::Known);
        schema.refusal = known(self, "refusal", Kind::Known);
        let named = self.get(root, "channels", |it, value| {
            if value.as_object().is_some_and(|map| map.len() > MAX_CHANNELS) {
                it.fault(SchemaFaultKind::TooManyChannels(MAX_CHANNELS));
            }
            for name in ["text", "reasoning", "refusal"] {
                if let Some(map) = value.as_object().filter(|map| map.contains_key(name)) {
                    it.get(map, name, |it, _| it.fault(SchemaFaultKind::KnownChannel(name)));
                }
            }
            it.named(value, |it, channel| Some(it.channel(channel, Kind::Named)))
        });
        schema.channels = named.into_iter().flatten().collect();
        let is_inside = !schema.text.final_text.is_empty();
        let final_text = self.get(root, "final_text", |it, value| {
            if is_inside {
                it.fault(SchemaFaultKind::Excludes("text.final_text"));
            }
            it.final_text(value)
        });
        schema.text.final_text.extend(final_text.into_iter().flatten());
    }

    fn channel(&mut self, value: &Value, kind: Kind) -> Channel {
        match value {
            Value::Object(map) if map.contains_key("rules") || map.contains_key("final_text") => {
                self.map(value, &["rules", "final_text"], "a map");
                let rules = self.get(map, "rules", |it, rules| it.text_rules(rules, kind));
                let final_text = self.get(map, "final_text", Self::final_text);
                Channel {
                    rules: rules.unwrap_or_default(),
                    final_text: final_text.unwrap_or_default(),
                    ..Channel::default()
                }
            }
            rules => Channel { rules: self.text_rules(rules, kind), ..Channel::default() },
        }
    }

    fn text_rules(&mut self, value: &Value, kind: Kind) -> Vec<TextRule> {
        let rules = self.items(value, |it, rule| it.text_rule(rule, kind));
        let rules: Vec<TextRule> = rules.into_iter().flatten().collect();
        let lists = rules.iter().filter(|rule| rule.join == Join::List).count();
        if lists > 0 && lists < rules.len() {
            self.fault(SchemaFaultKind::SomeAreLists);
        }
        rules
    }

    /// A rule, or several that differ in their path only.
    fn text_rule(&mut self, value: &Value, kind: Kind) -> Option<Vec<TextRule>> {
        self.count();
        if value.is_string() {
            let path = self.path(value, Finds::Any)?;
            return Some(vec![TextRule { path: Some(path), ..TextRule::default() }]);
        }
        let map = self.map(value, RULE, "a path, or a map with `when` and `path`")?;
        let mut rule = self.placed_rule(map);
        rule.join =
            self.get(map, "join", |it, value| it.join(value, kind)).flatten().unwrap_or_default();
        rule.append_when = self
            .get(map, "append_when", |it, value| {
                if rule.join != Join::Replace {
                    it.fault(SchemaFaultKind::OnlyWith("`join: replace`"));
                }
                it.condition(value)
            })
            .flatten();
        if rule.when.is_none() && !map.contains_key("path") && kind != Kind::Text {
            self.needs("`path` or `when`");
        }
        Some(self.each_path(map, rule))
    }

    fn final_text(&mut self, value: &Value) -> Vec<TextRule> {
        let rules = self.items(value, |it, rule| {
            it.count();
            let map = it.map(rule, FINAL, "a map with `when` and `path`")?;
            if !map.contains_key("path") {
                it.needs("`path`: the place of the whole text");
            }
            let rule = it.placed_rule(map);
            Some(it.each_path(map, rule))
        });
        rules.into_iter().flatten().collect()
    }

    /// A rule without its path.
    fn placed_rule(&mut self, map: &Map<String, Value>) -> TextRule {
        TextRule {
            when: self.get(map, "when", Self::condition).flatten(),
            group: self
                .get(map, "group", |it, value| it.paths(value, Finds::One))
                .unwrap_or_default(),
            ..TextRule::default()
        }
    }

    /// The rule once for each of its paths.
    fn each_path(&mut self, map: &Map<String, Value>, rule: TextRule) -> Vec<TextRule> {
        match self.get(map, "path", |it, value| it.paths(value, Finds::Any)) {
            None => vec![rule],
            Some(paths) => {
                let with = |path| TextRule { path: Some(path), ..rule.clone() };
                paths.into_iter().map(with).collect()
            }
        }
    }

    /// How pieces of one text are joined.
    pub(super) fn text_join(&mut self, value: &Value) -> Option<Join> {
        self.join(value, Kind::Text)
    }

    fn join(&mut self, value: &Value, kind: Kind) -> Option<Join> {
        let join = [Join::Append, Join::Replace, Join::List][self.one_of(value, JOINS)?];
        if join == Join::List && kind != Kind::Named {
            self.fault(SchemaFaultKind::ListOutsideChannels);
        }
        Some(join)
    }
}
