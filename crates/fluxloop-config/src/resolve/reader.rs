//! Reads single values of the merged configuration, as the table of keys says.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fluxloop_expect::JudgePlan;
use fluxloop_jsonpath::JsonPath;
use fluxloop_plan::TemplateScope;
use fluxloop_schema::nearest;

use super::custody::Custody;
use super::judging::WrittenJudging;
use super::scalars;
use crate::error::{Fault, Oddity, YamlFault};
use crate::keys::{KeyKind, key};
use crate::report::Report;
use crate::variables::{Expanded, Variables};
use crate::yaml::{Entry, Node, Shape, Text};
use crate::{LoadOptions, Origin, layers};

/// Reads single values of the merged configuration. What is wrong goes into the report; a value
/// that is absent or wrong is `None`.
pub(crate) struct Reader<'a> {
    /// The merged configuration.
    pub(crate) root: &'a Node,
    /// The main file, for what is missing.
    pub(crate) main: Origin,
    /// The folder that relative paths start from.
    pub(crate) project: &'a Path,
    /// The folder that paths in messages are relative to.
    pub(crate) current_dir: &'a Path,
    /// Whether undefined variables become `<NAME>`.
    pub(crate) fills_undefined: bool,
    /// The variables.
    pub(crate) variables: Variables,
    /// What variables brought into texts, in bytes.
    pub(crate) brought: usize,
    /// The variables that were read for the proxy.
    pub(crate) proxy_variables: Vec<String>,
    /// The secrets of the configuration.
    pub(crate) custody: Custody,
    /// What is wrong and what is odd.
    pub(crate) report: Report,
    /// The schema in full, where some of it is in files.
    pub(crate) schema_of_files: Option<serde_json::Value>,
    /// The same of the schema of the judge.
    pub(crate) schema_of_judge: Option<serde_json::Value>,
    /// What judges the answers.
    pub(crate) written_judging: WrittenJudging,
    /// The judge.
    pub(crate) written_judge: Option<JudgePlan>,
    /// What templates are filled in from.
    pub(super) scope: TemplateScope,
    /// The keys that were asked for.
    pub(crate) asked: BTreeSet<&'static str>,
}

/// A scalar, its placeholders replaced.
pub(crate) struct Scalar<'a> {
    pub(crate) node: Cow<'a, Node>,
    pub(crate) expanded: Expanded,
}

/// A file or folder that the configuration names.
pub(crate) struct NamedFile {
    pub(crate) path: PathBuf,
    /// Its path as it was written, variables replaced.
    pub(crate) written: String,
    /// Its path for messages, without secrets.
    pub(crate) shown: PathBuf,
}

impl NamedFile {
    /// Its path as it was written, unless a variable is in it, whose value may be a secret.
    pub(crate) fn as_written(&self) -> &Path {
        let written = Path::new(&self.written);
        if !self.written.is_empty() && self.shown.ends_with(written) {
            written
        } else {
            &self.shown
        }
    }
}

impl Scalar<'_> {
    pub(crate) fn text(&self) -> &str {
        &self.expanded.text
    }

    /// Whether it may stand for a value that is no text: it is one, or a placeholder gave it.
    fn is_flexible(&self) -> bool {
        !matches!(self.node.shape, Shape::Text(_)) || !self.expanded.variables.is_empty()
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        root: &'a Node,
        main: Origin,
        project: &'a Path,
        options: &'a LoadOptions,
        variables: Variables,
        report: Report,
    ) -> Self {
        Self {
            root,
            main,
            project,
            current_dir: &options.current_dir,
            fills_undefined: options.fills_undefined(),
            variables,
            brought: 0,
            proxy_variables: Vec::new(),
            custody: Custody::of(options.judge_only && !options.mock),
            report,
            schema_of_files: None,
            schema_of_judge: None,
            written_judging: WrittenJudging::default(),
            written_judge: None,
            scope: TemplateScope::Request,
            asked: BTreeSet::new(),
        }
    }

    /// What was written behind a key of the table.
    pub(crate) fn node(&mut self, path: &'static str) -> Option<&'a Node> {
        self.asked.insert(path);
        self.root.at_key(path).filter(|node| !node.is_null())
    }

    /// Whether the user wrote something behind a key.
    pub(crate) fn is_written(&self, path: &str) -> bool {
        self.root.at_key(path).is_some_and(|node| !node.is_null() && node.origin != Origin::Default)
    }

    /// Reports a key that is missing, where its parent stands.
    pub(crate) fn missing(&mut self, path: &'static str, example: &'static str) {
        let keys: Vec<&str> = path.split('.').collect();
        let origin = (0..keys.len())
            .rev()
            .filter_map(|length| self.root.at(&keys[..length]))
            .map(|node| node.origin.clone())
            .find(|origin| *origin != Origin::Default)
            .unwrap_or_else(|| self.main.clone());
        self.report.fault(&origin, path, Fault::Missing { example });
    }

    /// Reports a fault of the value behind a key.
    pub(crate) fn fault(&mut self, node: &Node, path: &str, fault: Fault) {
        self.report.fault(&node.origin, path, fault);
    }

    /// A value of the wrong shape.
    pub(crate) fn wrong_type(&mut self, node: &Node, path: &str, expected: impl Into<String>) {
        let expected = expected.into();
        let fault = match &node.shape {
            // Without a space after the dash, the whole list is one text.
            Shape::Text(text) if text.text.starts_with('-') && expected.contains("list") => {
                YamlFault::Dash.into()
            }
            shape => Fault::WrongType { expected, found: shape.name() },
        };
        self.fault(node, path, fault);
    }

    /// A scalar, its placeholders replaced.
    pub(crate) fn scalar(&mut self, path: &'static str) -> Option<Scalar<'a>> {
        let node = self.node(path)?;
        let kind = key(path).kind;
        let expanded = self.expand_node(node, path, &kind.in_sentence())?;
        Some(Scalar { node: Cow::Borrowed(node), expanded })
    }

    /// The text of a scalar node, its placeholders replaced.
    pub(crate) fn expand_node(
        &mut self,
        node: &Node,
        path: &str,
        expected: &str,
    ) -> Option<Expanded> {
        match &node.shape {
            Shape::Text(text) => self.expand(text, &node.origin, path),
            Shape::Number(_, raw) => Some(Expanded::literal(raw)),
            Shape::Bool(value) => Some(Expanded::literal(&value.to_string())),
            Shape::Null | Shape::List(_) | Shape::Map(_) => {
                self.wrong_type(node, path, expected);
                None
            }
        }
    }

    /// Text. A number is text too: `name: 2026`.
    pub(crate) fn text(&mut self, path: &'static str) -> Option<String> {
        self.scalar(path).map(|scalar| scalar.expanded.text)
    }

    /// `true` or `false`.
    pub(crate) fn bool(&mut self, path: &'static str) -> Option<bool> {
        let scalar = self.scalar(path)?;
        match scalar.text() {
            "true" | "True" | "TRUE" if scalar.is_flexible() => Some(true),
            "false" | "False" | "FALSE" if scalar.is_flexible() => Some(false),
            _ => {
                self.not_a(&scalar, path, None);
                None
            }
        }
    }

    /// A whole number in the range that the table gives.
    pub(crate) fn integer(&mut self, path: &'static str) -> Option<u64> {
        let KeyKind::Integer { min, max } = key(path).kind else {
            unreachable!("the table says that this key is a whole number")
        };
        let scalar = self.scalar(path)?;
        let number = match &scalar.node.shape {
            Shape::Number(number, _) => number.as_u64().ok_or(number.is_i64()),
            _ if scalar.is_flexible() => {
                let text = scalar.text().trim();
                text.parse::<u64>().map_err(|_| text.parse::<i128>().is_ok())
            }
            _ => Err(false),
        };
        match number {
            Ok(number) if (min..=max).contains(&number) => return Some(number),
            Ok(_) | Err(true) => self.fault(&scalar.node, path, Fault::OutOfRange { min, max }),
            Err(false) => self.not_a(&scalar, path, None),
        }
        None
    }

    /// A duration; one that has to be longer than zero where the table says so.
    pub(crate) fn duration(&mut self, path: &'static str) -> Option<Duration> {
        let scalar = self.scalar(path)?;
        let duration = match &scalar.node.shape {
            Shape::Number(number, _) => number.as_f64().and_then(scalars::seconds),
            Shape::Bool(_) => None,
            _ => scalars::parse_duration(scalar.text()),
        };
        match duration {
            None if scalars::is_long(scalar.text()) => {
                self.fault(&scalar.node, path, Fault::LongDuration);
            }
            None => self.not_a(&scalar, path, None),
            Some(Duration::ZERO) if matches!(key(path).kind, KeyKind::Duration) => {
                self.fault(&scalar.node, path, Fault::ZeroDuration);
            }
            Some(duration) => return Some(duration),
        }
        None
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, path: &'static str) -> Option<u64> {
        let scalar = self.scalar(path)?;
        match scalars::size(scalar.text()) {
            Some(0) => self.fault(&scalar.node, path, Fault::TooSmall { min: 1 }),
            None => self.not_a(&scalar, path, None),
            size => return size,
        }
        None
    }

    /// One of the names that the table gives.
    pub(crate) fn one_of(&mut self, path: &'static str) -> Option<&'static str> {
        let KeyKind::OneOf(names) = key(path).kind else {
            unreachable!("the table says that this key is one of a few names")
        };
        let scalar = self.scalar(path)?;
        let found = names.iter().find(|name| **name == scalar.text()).copied();
        if found.is_none() {
            let nearest = nearest(scalar.text(), names.iter().copied());
            self.fault(&scalar.node, path, Fault::NotOneOf { names, nearest });
        }
        found
    }

    /// A JSONPath.
    pub(crate) fn path(&mut self, path: &'static str) -> Option<JsonPath> {
        let scalar = self.scalar(path)?;
        self.parse_path(&scalar, path)
    }

    /// Parses a JSONPath; a fault points into it.
    pub(crate) fn parse_path(&mut self, scalar: &Scalar<'_>, path: &str) -> Option<JsonPath> {
        match JsonPath::parse(scalar.text()) {
            Ok(parsed) => Some(parsed),
            // A path that a variable holds may be anything: nothing of it is shown.
            Err(_) if !scalar.expanded.variables.is_empty() => {
                let expected = "a JSONPath".to_owned();
                self.fault(&scalar.node, path, Fault::NotA { expected, right: None });
                None
            }
            Err(error) => {
                let at = match &scalar.node.shape {
                    Shape::Text(text) => text.position(error.position()),
                    _ => None,
                };
                let fault = Fault::Path(error.fault().clone());
                self.report.fault(&scalar.node.origin.moved(at), path, fault);
                None
            }
        }
    }

    /// A file or folder, from the project's folder.
    pub(crate) fn file(&mut self, path: &'static str) -> Option<NamedFile> {
        let scalar = self.scalar(path)?;
        if scalar.text().is_empty() {
            self.not_a(&scalar, path, None);
            return None;
        }
        self.warn_bare_variable(&scalar.node, path);
        if scalar.text().starts_with("~/") && !self.project.join(scalar.text()).exists() {
            self.fault(&scalar.node, path, Fault::Tilde);
            return None;
        }
        Some(self.named_file(scalar.expanded))
    }

    /// One file or several, from the project's folder.
    pub(crate) fn files(&mut self, path: &'static str) -> Option<Vec<NamedFile>> {
        match self.node(path)?.shape {
            Shape::List(_) => self.list(path, |reader, item, key| {
                let expanded = reader.expand_node(item, key, "a path")?;
                Some(reader.named_file(expanded))
            }),
            _ => Some(vec![self.file(path)?]),
        }
    }

    fn named_file(&self, expanded: Expanded) -> NamedFile {
        let shown = self.project.join(self.without_secrets(&expanded));
        let shown = layers::shown(&shown, self.current_dir);
        NamedFile { path: self.project.join(&expanded.text), shown, written: expanded.text }
    }

    /// A list of texts; one text alone where `single` allows it.
    pub(crate) fn texts(&mut self, path: &'static str, single: bool) -> Option<Vec<String>> {
        let text = |reader: &mut Self, item: &Node, path: &str| {
            reader.expand_node(item, path, "text").map(|expanded| expanded.text)
        };
        match self.node(path) {
            Some(node) if single && !matches!(node.shape, Shape::List(_) | Shape::Map(_)) => {
                Some(vec![self.text(path)?])
            }
            _ => self.list(path, text),
        }
    }

    /// A list, each item read with its path. Every item is looked at before a wrong one ends it.
    pub(super) fn list<T>(
        &mut self,
        path: &'static str,
        mut read: impl FnMut(&mut Self, &Node, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let node = self.node(path)?;
        let Shape::List(items) = &node.shape else {
            self.wrong_type(node, path, key(path).kind.in_sentence());
            return None;
        };
        let items = items.iter().enumerate();
        let read: Vec<Option<T>> =
            items.map(|(index, item)| read(self, item, &format!("{path}[{index}]"))).collect();
        read.into_iter().collect()
    }

    /// The entries of a mapping.
    pub(super) fn entries(&mut self, path: &'static str) -> &'a [Entry] {
        let Some(node) = self.node(path) else { return &[] };
        if !matches!(node.shape, Shape::Map(_)) {
            self.wrong_type(node, path, key(path).kind.in_sentence());
        }
        node.entries()
    }

    /// Reports a scalar that is not what the table says.
    pub(crate) fn not_a(&mut self, scalar: &Scalar<'_>, path: &'static str, right: Option<String>) {
        let expected = key(path).kind.in_sentence();
        if matches!(scalar.node.shape, Shape::Bool(_)) && right.is_none() {
            self.wrong_type(&scalar.node, path, expected);
        } else {
            self.fault(&scalar.node, path, Fault::NotA { expected, right });
        }
    }

    /// Warns about the value behind a key.
    pub(crate) fn warn(&mut self, node: &Node, path: &str, oddity: Oddity) {
        self.report.warn(&node.origin, path, oddity);
    }

    /// Warns where `$NAME` stands in text that has no placeholder for it.
    pub(crate) fn warn_bare_variable(&mut self, node: &Node, path: &str) {
        if let Shape::Text(Text { text, .. }) = &node.shape
            && let Some(name) = crate::variables::bare_variable(text)
        {
            let oddity = Oddity::BareVariable(name.to_owned());
            self.warn(node, path, oddity);
        }
    }
}
