//! Decides how each string of a template is to be read.

use std::ops::Range;

use fluxloop_jsonpath::{JsonPath, Step};
use serde_json::Value;

use super::error::{FaultKind, TemplateFault, TemplateWarning, TextPosition};
use super::source::{EXPECTED, KeyStep, LiteralText, NAMES, TemplateScope, TemplateSource};
use super::value::{InputPath, Node, Piece, ValueTemplate};

impl ValueTemplate {
    /// Reads a template of a request, as [`compile_for`](Self::compile_for) does.
    pub fn compile(
        source: &TemplateSource,
        literal: &mut dyn FnMut(LiteralText<'_>) -> String,
    ) -> Result<(Self, Vec<TemplateWarning>), Vec<TemplateFault>> {
        Self::compile_for(TemplateScope::Request, source, literal)
    }

    /// Reads a template.
    ///
    /// `literal` gets every stretch of literal text, never a path, and returns what stands in its
    /// place. It is called after it was decided how the string is
    /// to be read: what it returns is text, whatever it looks like.
    ///
    /// All faults are found, not only the first one.
    pub fn compile_for(
        scope: TemplateScope,
        source: &TemplateSource,
        literal: &mut dyn FnMut(LiteralText<'_>) -> String,
    ) -> Result<(Self, Vec<TemplateWarning>), Vec<TemplateFault>> {
        let mut compiler = Compiler::new(scope, literal);
        let root = compiler.node(source);
        compiler.finish().map(|warnings| (Self { root }, warnings))
    }

    /// What is probably meant to be a value of the case in a text that takes none.
    pub fn unreplaced(text: &str) -> Vec<TemplateWarning> {
        let mut literal = |literal: LiteralText<'_>| literal.text.to_owned();
        let mut compiler = Compiler::new(TemplateScope::Request, &mut literal);
        compiler.warn_bare_path(text);
        compiler.warnings
    }
}

/// Walks a template and collects what is wrong with it.
struct Compiler<'l> {
    scope: TemplateScope,
    literal: &'l mut dyn FnMut(LiteralText<'_>) -> String,
    keys: Vec<KeyStep>,
    /// Whether the strings are those of a block scalar that is JSON.
    in_json: bool,
    faults: Vec<TemplateFault>,
    warnings: Vec<TemplateWarning>,
}

impl<'l> Compiler<'l> {
    fn new(scope: TemplateScope, literal: &'l mut dyn FnMut(LiteralText<'_>) -> String) -> Self {
        let (faults, warnings) = (Vec::new(), Vec::new());
        Self { scope, literal, keys: Vec::new(), in_json: false, faults, warnings }
    }

    /// The warnings, or else the faults.
    fn finish(self) -> Result<Vec<TemplateWarning>, Vec<TemplateFault>> {
        if self.faults.is_empty() { Ok(self.warnings) } else { Err(self.faults) }
    }

    /// Compiles a value; of a faulty one the result is of no use.
    fn node(&mut self, source: &TemplateSource) -> Node {
        match source {
            TemplateSource::Null => Node::Literal(Value::Null),
            TemplateSource::Bool(value) => Node::Literal((*value).into()),
            TemplateSource::Number(number) => Node::Literal(number.clone().into()),
            TemplateSource::String { text, block } => self.string(text, *block),
            TemplateSource::List(items) => Node::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.inside(KeyStep::Index(index), item))
                    .collect(),
            ),
            TemplateSource::Map(members) => Node::Map(
                members
                    .iter()
                    .map(|(key, member)| {
                        (key.clone(), self.inside(KeyStep::Key(key.clone()), member))
                    })
                    .collect(),
            ),
        }
    }

    fn inside(&mut self, step: KeyStep, source: &TemplateSource) -> Node {
        self.keys.push(step);
        let node = self.node(source);
        self.keys.pop();
        node
    }

    fn string(&mut self, text: &str, block: bool) -> Node {
        // A block scalar ends with a newline that nobody means.
        let path = if block { text.trim_end() } else { text };
        if begins_as_path(path) {
            return self.path(path, 0).map_or(Node::Literal(Value::Null), Node::Path);
        }
        if block && begins_as_json(text) {
            return self.json(text);
        }
        // `$$.` is how a literal `$.` is written at the start.
        let escaped = text.strip_prefix('$').is_some_and(begins_as_path);
        self.text(text, usize::from(escaped))
    }

    fn json(&mut self, text: &str) -> Node {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                self.in_json = true;
                let node = self.node(&value.into());
                self.in_json = false;
                node
            }
            Err(error) => {
                let position = TextPosition::Line { line: error.line(), column: error.column() };
                self.fault(position, FaultKind::Json(without_position(&error)));
                Node::Literal(Value::Null)
            }
        }
    }

    /// A text from the byte `start` on, with values in `{{ }}`.
    fn text(&mut self, text: &str, start: usize) -> Node {
        let mut pieces = Vec::new();
        let mut rest = start;
        for Braced { whole, path } in braced(text, start) {
            self.push_literal(text, rest..whole.start, &mut pieces);
            let at = text[..path.start].chars().count();
            pieces.extend(self.path(text[path].trim_end(), at).map(Piece::Path));
            rest = whole.end;
        }
        if pieces.is_empty() {
            return Node::Literal(self.literal(text, rest..text.len()).into());
        }
        self.push_literal(text, rest..text.len(), &mut pieces);
        Node::Text(pieces)
    }

    fn push_literal(&mut self, text: &str, range: Range<usize>, pieces: &mut Vec<Piece>) {
        if !range.is_empty() {
            pieces.push(Piece::Literal(self.literal(text, range)));
        }
    }

    /// What stands in the place of a stretch of a string.
    fn literal(&mut self, text: &str, range: Range<usize>) -> String {
        let start = (!self.in_json).then(|| text[..range.start].chars().count());
        let text = &text[range];
        self.warn_bare_path(text);
        (self.literal)(LiteralText { keys: &self.keys, text, start })
    }

    /// Parses a path that begins `at` so many characters into its string.
    fn path(&mut self, path: &str, at: usize) -> Option<InputPath> {
        match JsonPath::parse(path) {
            Ok(path) => {
                if let Some(problem) = self.refused(&path) {
                    self.fault(TextPosition::Character(at), problem);
                    return None;
                }
                self.warn_unknown_name(&path);
                Some(InputPath::new(path))
            }
            Err(error) => {
                let position = TextPosition::Character(at + error.position());
                self.fault(position, FaultKind::Path(error));
                None
            }
        }
    }

    /// Why a path is out of reach here, if it is.
    fn refused(&self, path: &JsonPath) -> Option<FaultKind> {
        if self.scope == TemplateScope::Request {
            return starts_with_name(path, EXPECTED).then_some(FaultKind::Expected);
        }
        let first = match path.split().0.steps() {
            Some([Step::Name(first), ..]) => first.clone(),
            _ => return None,
        };
        let is_known = self.scope.names().contains(&first.as_str());
        (!is_known).then_some(FaultKind::NotRecorded(first, self.scope))
    }

    fn fault(&mut self, position: TextPosition, problem: FaultKind) {
        let keys = self.keys.clone();
        let position = Some(position).filter(|_| !self.in_json);
        self.faults.push(TemplateFault { keys, position, problem });
    }

    fn warn_unknown_name(&mut self, path: &JsonPath) {
        if let Some([Step::Name(name), ..]) = path.steps()
            && !self.scope.names().contains(&name.as_str())
        {
            self.warnings.push(TemplateWarning::UnknownName {
                keys: self.keys.clone(),
                path: path.as_str().to_owned(),
                name: name.clone(),
            });
        }
    }

    fn warn_bare_path(&mut self, text: &str) {
        if let Some(path) = bare_path(text) {
            let path = path.to_owned();
            self.warnings.push(TemplateWarning::BarePath { keys: self.keys.clone(), path });
        }
        if let Some(name) = bare_name(text) {
            let name = name.to_owned();
            self.warnings.push(TemplateWarning::BareName { keys: self.keys.clone(), name });
        }
    }
}

impl TemplateSource {
    /// The same template without block scalars, whose style a writer of YAML may change: one that is
    /// JSON has become the structure that it stands for, one that is a path has lost its line end.
    /// What cannot be read stays as it is.
    #[must_use]
    pub fn without_blocks(self) -> Self {
        match self {
            Self::String { text, block: true } if begins_as_path(text.trim_end()) => {
                Self::String { text: text.trim_end().to_owned(), block: false }
            }
            Self::String { text, block: true } if begins_as_json(&text) => {
                match serde_json::from_str::<Value>(&text) {
                    Ok(value) => value.into(),
                    Err(_) => Self::String { text, block: true },
                }
            }
            Self::String { text, .. } => Self::String { text, block: false },
            Self::List(items) => Self::List(items.into_iter().map(Self::without_blocks).collect()),
            Self::Map(members) => Self::Map(
                members.into_iter().map(|(key, member)| (key, member.without_blocks())).collect(),
            ),
            scalar @ (Self::Null | Self::Bool(_) | Self::Number(_)) => scalar,
        }
    }
}

fn starts_with_name(path: &JsonPath, name: &str) -> bool {
    matches!(path.split().0.steps(), Some([Step::Name(first), ..]) if first == name)
}

/// Whether a string must be a path.
pub(super) fn begins_as_path(text: &str) -> bool {
    text.starts_with("$.") || text.starts_with("$[")
}

/// A value of the case in a text: `{{ $.input }}`, and the path in it.
pub(super) struct Braced {
    pub(super) whole: Range<usize>,
    path: Range<usize>,
}

/// The values in a text from the byte `start` on.
pub(super) fn braced(text: &str, start: usize) -> Vec<Braced> {
    let mut found = Vec::new();
    let mut search = start;
    while let Some(open) = text[search..].find("{{").map(|at| search + at) {
        // The last two of several braces count: `{{{ $.input }}}` is a value in braces.
        let inner = open + 2;
        let skipped = text[inner..].len() - text[inner..].trim_start().len();
        let from = inner + skipped;
        if !begins_as_path(&text[from..]) {
            search = open + 1;
            continue;
        }
        // Where nothing closes this one, nothing closes a later one.
        let Some(length) = text[from..].find("}}") else { break };
        search = from + length + 2;
        found.push(Braced { whole: open..search, path: from..from + length });
    }
    found
}

/// Whether a block scalar must be JSON. No JSON begins with two braces, but many a text does:
/// `{{ $.persona }} asks: …`.
fn begins_as_json(text: &str) -> bool {
    let text = text.trim_start();
    let value = text.strip_prefix("{{").is_some_and(|rest| begins_as_path(rest.trim_start()));
    text.starts_with(['[', '{']) && !value
}

/// The first `$.name` in a text whose name is one of the document's.
fn bare_path(text: &str) -> Option<&str> {
    text.match_indices("$.").find_map(|(at, _)| {
        let name = &text[at + 2..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        NAMES.contains(&&name[..end]).then(|| &text[at..at + 2 + end])
    })
}

/// The first name that stands in `{{ }}` as other languages of templates have it: `id`,
/// `metadata.user`, `.id` as in Go.
fn bare_name(text: &str) -> Option<&str> {
    text.match_indices("{{").find_map(|(at, _)| {
        let inner = text[at + 2..].trim_start();
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let (name, rest) = inner.split_at(inner.find(|c| !is_name(c)).unwrap_or(inner.len()));
        let is_sound = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
        (rest.trim_start().starts_with("}}") && name.split('.').all(is_sound)).then_some(name)
    })
}

/// What the JSON parser says, without the position, which the fault carries itself.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}
