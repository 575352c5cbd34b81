//! What judges the answers: `expect`, `thresholds` and `slo`.

use fluxloop_expect::{
    ExpectFault, ExpectFaultKind, Item, Judging, Values, read, read_objectives, read_thresholds,
};
use fluxloop_jsonpath::Step;
use fluxloop_plan::{TemplateScope, ValueTemplate};
use fluxloop_redact::Redactor;
use fluxloop_schema::key;
use fluxloop_trace::Targets;
use serde_json::Value;

use super::Reader;
use crate::error::Fault;
use crate::yaml::{Node, Shape};

/// The key of the expectations.
const EXPECT: &str = "expect";

/// What judges the answers, as it was written.
#[derive(Debug, Default)]
pub(crate) struct WrittenJudging {
    items: Vec<Item>,
    targets: Targets,
    channels: Vec<String>,
}

impl WrittenJudging {
    /// Makes it ready. What was expected is masked.
    pub(crate) fn ready(&self, redactor: &Redactor) -> Judging {
        Judging::new(self.items.clone(), self.targets.clone(), &self.channels, redactor)
    }
}

/// Reads the values of expectations where they were written.
struct Written<'r, 'a> {
    reader: &'r mut Reader<'a>,
    root: &'r Node,
}

impl Values for Written<'_, '_> {
    fn value(&mut self, at: &[Step], _: &Value) -> Option<ValueTemplate> {
        let (node, _) = self.root.find(at);
        self.reader.template_for(TemplateScope::Record, node, &below(EXPECT, at))
    }
}

impl Reader<'_> {
    /// What judges the answers. `channels` are those that the schema names; without a sound schema,
    /// the names of channels are not checked.
    pub(super) fn judging(&mut self, channels: Option<Vec<String>>) -> WrittenJudging {
        let are_known = channels.is_some();
        let channels = channels.unwrap_or_default();
        let items = match self.node(EXPECT) {
            None => Vec::new(),
            Some(node) => {
                let value = self.expand_tree(node, EXPECT);
                let mut values = Written { reader: self, root: node };
                let read = read(&value, &channels, &mut values);
                let is_reported = |fault: &ExpectFault| {
                    are_known || !matches!(fault.kind, ExpectFaultKind::UnknownChannel { .. })
                };
                let read = read.map_err(|faults| faults.into_iter().filter(is_reported).collect());
                self.or_faults(read, EXPECT, node)
            }
        };
        let thresholds = self.targets("thresholds", read_thresholds);
        let objectives = self.targets("slo", read_objectives);
        WrittenJudging { items, targets: Targets { thresholds, objectives }, channels }
    }

    fn targets<T>(
        &mut self,
        path: &'static str,
        read: fn(&Value) -> Result<Vec<T>, Vec<ExpectFault>>,
    ) -> Vec<T> {
        let Some(node) = self.node(path) else { return Vec::new() };
        let value = self.expand_tree(node, path);
        self.or_faults(read(&value), path, node)
    }

    /// What was read, or nothing after its faults are reported.
    pub(super) fn or_faults<T: Default>(
        &mut self,
        read: Result<T, Vec<ExpectFault>>,
        path: &str,
        root: &Node,
    ) -> T {
        read.unwrap_or_else(|faults| {
            for fault in faults {
                let (node, of_key) = root.find(&fault.at);
                let key = below(path, &fault.at);
                let (origin, fault) = match fault.kind {
                    ExpectFaultKind::UnknownKind { nearest: Some(near) }
                    | ExpectFaultKind::UnknownKey { nearest: Some(near), .. } => {
                        (of_key.clone(), Fault::UnknownKey { nearest: vec![near] })
                    }
                    kind if kind.is_of_key() => (of_key.clone(), Box::new(kind).into()),
                    ExpectFaultKind::Path { fault, character } => {
                        let at = match &node.shape {
                            Shape::Text(text) => text.position(character),
                            _ => None,
                        };
                        (node.origin.moved(at), Fault::Path(fault))
                    }
                    kind => (node.origin.clone(), Box::new(kind).into()),
                };
                self.report.fault(&origin, key, fault);
            }
            T::default()
        })
    }
}

/// The key of a place below another one.
fn below(path: &str, at: &[Step]) -> String {
    match key(at) {
        below if below.is_empty() => path.to_owned(),
        below if below.starts_with('[') => format!("{path}{below}"),
        below => format!("{path}.{below}"),
    }
}
