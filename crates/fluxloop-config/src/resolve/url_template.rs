//! Reads a URL that takes values of the case.

use std::borrow::Cow;

use fluxloop_plan::{TextPiece, UrlTemplate, ValueTemplate};
use url::{Position, Url};

use super::reader::Scalar;
use super::template::source;
use super::{Reader, url_places};
use crate::error::Fault;
use crate::yaml::{Node, Shape, Text};

/// The key of the URL.
const URL: &str = "runner.http.url";

impl Reader<'_> {
    /// A URL whose path or query takes values of the case. While it is read, a name that a URL may
    /// have anywhere stands in place of each value.
    pub(super) fn url_template(&mut self, node: &Node) -> Option<(Url, UrlTemplate)> {
        let pieces = self.url_pieces(node)?;
        let stand_in = stand_in(&pieces);
        let text: String = pieces.iter().map(|piece| literal(piece).unwrap_or(&stand_in)).collect();
        let node = Node { origin: node.origin.clone(), shape: Shape::Text(Text::new(text)) };
        let expanded = self.expand_node(&node, URL, "a URL")?;
        for (at, _) in expanded.text.match_indices(&stand_in) {
            if let Some(place) = url_places::fixed_part(&expanded, at) {
                self.fault(&node, URL, Fault::ValuePlace { place });
                return None;
            }
        }
        let scalar = Scalar { node: Cow::Borrowed(&node), expanded };
        let url = self.url(&scalar, URL, &["http", "https"])?;
        let values = pieces.into_iter().filter(|piece| literal(piece).is_none());
        let made = filled(&url[Position::BeforePath..Position::AfterQuery], &stand_in, values);
        if made.is_none() {
            // `/{{ $.id }}/../x` has no such part.
            self.fault(&node, URL, Fault::ValuePlace { place: "part that `..` takes away" });
        }
        Some((url, UrlTemplate::new(made?)))
    }

    /// The text of a URL in pieces; variables are not replaced yet.
    fn url_pieces(&mut self, node: &Node) -> Option<Vec<TextPiece>> {
        let compiled =
            ValueTemplate::compile(&source(node), &mut |literal| literal.text.to_owned());
        match compiled {
            Ok((template, warnings)) => {
                for warning in warnings {
                    self.template_warning(node, URL, &warning);
                }
                Some(template.into_pieces())
            }
            Err(faults) => {
                for fault in faults {
                    self.template_fault(node, URL, fault);
                }
                None
            }
        }
    }
}

fn literal(piece: &TextPiece) -> Option<&str> {
    if let TextPiece::Literal(text) = piece { Some(text) } else { None }
}

/// A name that no piece has.
fn stand_in(pieces: &[TextPiece]) -> String {
    let mut name = "value-of-the-case".to_owned();
    while pieces.iter().filter_map(literal).any(|text| text.contains(&name)) {
        name.push_str("-x");
    }
    name
}

/// Path and query with the values in place of their stand-ins, if each is there still.
fn filled(
    text: &str,
    stand_in: &str,
    values: impl Iterator<Item = TextPiece>,
) -> Option<Vec<TextPiece>> {
    let values: Vec<_> = values.collect();
    let literals: Vec<_> = text.split(stand_in).collect();
    if literals.len() != values.len() + 1 {
        return None;
    }
    let mut values = values.into_iter();
    let pieces = literals.into_iter().flat_map(|literal| {
        let literal = (!literal.is_empty()).then(|| TextPiece::Literal(literal.to_owned()));
        literal.into_iter().chain(values.next())
    });
    Some(pieces.collect())
}
