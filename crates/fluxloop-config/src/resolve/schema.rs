//! Loads what the frames of an answer mean (`stream_schema`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_jsonpath::Step;
use fluxloop_schema::{SchemaFault, SchemaFaultKind, SchemaWarning, load};
use serde_json::Value;

use super::Reader;
use crate::error::{Fault, Oddity};
use crate::variables::{Piece, pieces};
use crate::yaml::{self, Node, Shape};
use crate::{Origin, layers};

/// The key of the schema.
pub(crate) const SCHEMA: &str = "runner.http.stream_schema";
/// What a map of the configuration is called.
const INLINE: &str = "inline";

/// A schema, and what the user wrote of it.
pub(crate) struct WrittenSchema {
    pub(crate) loaded: fluxloop_schema::Loaded,
    /// What the user wrote: the map of the configuration, and the files.
    own: Vec<(String, Node)>,
}

impl WrittenSchema {
    /// Whether a map that the user wrote has this key.
    pub(super) fn has_own(&self, key: &str) -> bool {
        self.own.iter().any(|(_, node)| node.get(key).is_some_and(|node| !node.is_null()))
    }

    /// Whether some of it is in files.
    pub(crate) fn has_files(&self) -> bool {
        self.own.iter().any(|(name, _)| name != INLINE)
    }
}

/// Reads the files of a chain of schemas.
struct Files<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// What was read: by the path, relative to the project.
    read: Vec<(String, Node)>,
    /// The file that cannot be opened, and why.
    closed: Option<(PathBuf, io::ErrorKind)>,
}

impl Files<'_, '_> {
    /// The path of the file, and what it says. Another file names it relative to itself.
    fn open(&mut self, path: &str, child: &str) -> Option<(String, Value)> {
        let is_file = self.read.iter().any(|(name, _)| name == child);
        let folder = Path::new(child).parent().filter(|_| is_file).unwrap_or(Path::new(""));
        let name: PathBuf = folder.join(path).components().collect();
        let absolute = self.reader.project.join(&name);
        let shown: Arc<Path> = layers::shown(&absolute, self.reader.current_dir).into();
        if let Err(error) = absolute.metadata() {
            self.closed = Some((shown.to_path_buf(), error.kind()));
            return None;
        }
        let report = &mut self.reader.report;
        let node = yaml::parse(&yaml::read_text(&absolute, &shown, report)?, &shown, report)?;
        let value = self.reader.expand_tree(&node, "");
        self.reader.collector().tree(&node, &[], "");
        let name = name.to_string_lossy().into_owned();
        self.read.push((name.clone(), node));
        Some((name, value))
    }
}

impl Reader<'_> {
    /// The schema; `auto` where the user wrote no other.
    pub(crate) fn schema(&mut self) -> Option<WrittenSchema> {
        let before = self.report.faults();
        let (root, value) = match self.node(SCHEMA) {
            None => (Node::null(Origin::Default), Value::from(fluxloop_schema::AUTO.name)),
            Some(node) if matches!(node.shape, Shape::Text(_) | Shape::Map(_)) => {
                (node.clone(), self.expand_tree(node, SCHEMA))
            }
            Some(node) => {
                self.wrong_type(node, SCHEMA, crate::keys::KeyKind::Schema.in_sentence());
                return None;
            }
        };
        let mut files = Files { reader: self, read: Vec::new(), closed: None };
        let loaded = load(&value, INLINE, &mut |path, child| files.open(path, child));
        let Files { read, closed, .. } = files;
        // A placeholder without a value leaves a schema that nobody wrote.
        if self.report.faults() > before {
            return None;
        }
        let mut own = read;
        own.push((INLINE.to_owned(), root));
        match loaded {
            Ok(loaded) => {
                for warning in &loaded.warnings {
                    self.schema_warning(warning, &own);
                }
                Some(WrittenSchema { loaded, own })
            }
            Err(faults) => {
                for fault in faults {
                    self.schema_fault(fault, &own, closed.as_ref());
                }
                None
            }
        }
    }

    fn schema_fault(
        &mut self,
        fault: SchemaFault,
        own: &[(String, Node)],
        closed: Option<&(PathBuf, io::ErrorKind)>,
    ) {
        let (key, node, key_origin) = find(own, &fault.schema, &fault.at);
        let has_variable = match &node.shape {
            Shape::Text(text) => {
                pieces(&text.text).iter().any(|piece| !matches!(piece, Piece::Literal(_)))
            }
            _ => false,
        };
        let (origin, fault) = match (fault.kind, closed) {
            (SchemaFaultKind::UnknownKey { nearest }, _) => {
                let nearest = nearest.into_iter().map(str::to_owned).collect();
                (key_origin.clone(), Fault::UnknownKey { nearest })
            }
            (kind @ SchemaFaultKind::UnknownTest { .. }, _) => {
                (key_origin.clone(), Fault::Schema(kind))
            }
            // A path that a variable holds may be anything: nothing of it is shown.
            (SchemaFaultKind::Path { .. }, _) if has_variable => {
                let fault = Fault::NotA { expected: "a JSONPath".to_owned(), right: None };
                (node.origin.clone(), fault)
            }
            (SchemaFaultKind::Path { fault, character }, _) => {
                let at = match &node.shape {
                    Shape::Text(text) => text.position(character),
                    _ => None,
                };
                (node.origin.moved(at), Fault::Path(fault))
            }
            (SchemaFaultKind::Unreadable, Some((path, kind))) => {
                let fault = Fault::FileUnreadable { path: path.clone(), kind: *kind };
                (node.origin.clone(), fault)
            }
            (kind, _) => (node.origin.clone(), Fault::Schema(kind)),
        };
        self.report.fault(&origin, key, fault);
    }

    fn schema_warning(&mut self, warning: &SchemaWarning, own: &[(String, Node)]) {
        let (key, node, _) = find(own, &warning.schema, &warning.at);
        self.warn_almost_known_type(node, &key, &warning.nearest);
    }

    /// Warns about a type. The known type may have come from a variable.
    pub(super) fn warn_almost_known_type(&mut self, node: &Node, key: &str, known: &str) {
        let known = self.redactor().mask(known).as_str().to_owned();
        self.warn(node, key, Oddity::AlmostKnownType(known));
    }
}

/// The key of a place in a schema, the value there, and where its key was written.
fn find<'n>(
    own: &'n [(String, Node)],
    schema: &str,
    at: &[Step],
) -> (String, &'n Node, &'n Origin) {
    let key = fluxloop_schema::key(at);
    let (inline, files) = own.split_last().expect("the configuration stands last");
    let file = files.iter().find(|(name, _)| name == schema);
    let (_, root) = file.unwrap_or(inline);
    let key = match file {
        Some(_) => key,
        None if key.is_empty() => SCHEMA.to_owned(),
        None => format!("{SCHEMA}.{key}"),
    };
    let (node, origin) = root.find(at);
    (key, node, origin)
}
