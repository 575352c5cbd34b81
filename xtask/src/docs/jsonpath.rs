//! `jsonpath.md`: which paths are accepted, and which are refused and why.

use fluxloop_jsonpath::{
    ACCEPTED_FORMS, Form, JsonPath, MAX_DEPTH, MAX_PARENTHESES, MAX_VISITS, REFUSED_FORMS,
};

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("JSONPath");
    page.block(
        "A path means what RFC 9535 says, or it is refused when the configuration is loaded, with \
         the place of the fault and what to write instead.\n\
         A leading `$.` may be left out: `choices[0].delta.content` is a path.",
    );
    page.heading("What is accepted");
    page.table(
        ["form", "example", "what the example finds"],
        ACCEPTED_FORMS.iter().map(|form| [form.name.to_owned(), code(form.example), note(form)]),
    );
    page.block(
        "The forms can be put together: `$..choices[*].delta['content', 'refusal']`.\n\
         Blank space may stand between segments, and around everything in brackets and filters.",
    );
    page.heading("What is refused");
    page.table(
        ["form", "example", "the message", "instead"],
        REFUSED_FORMS
            .iter()
            .map(|form| [form.name.to_owned(), code(form.example), message(form), note(form)]),
    );
    page.block(
        "Where the standard allows a form and it is refused all the same, it is because values \
         would be compared by rules that few expect, or because a few characters could make a path \
         find more values than any memory holds.",
    );
    page.heading("What a path is held against");
    page.block(&documents());
    page
}

/// The rules for documents, with the limits that are in force.
fn documents() -> String {
    format!(
        "- The document has to be valid JSON to its end; of members with the same name the last \
         counts.\n\
         - Text comes out without its quotes and escapes, a number as the server wrote it: `1.50` \
         stays `1.50`.\n\
         - `null`, arrays and objects are found like everything else, and are no text.\n\
         - A document may be nested {MAX_DEPTH} levels deep, the parentheses of a filter \
         {MAX_PARENTHESES}.\n\
         - An index lies within ±(2^53 - 1).\n\
         - A path with several `..` may visit {MAX_VISITS} values for the second one and all \
         further ones; the document is an error beyond that."
    )
}

/// The note, where code stands in backticks already.
fn note(form: &Form) -> String {
    form.note.to_owned()
}

/// What is said about the example when it is refused.
fn message(form: &Form) -> String {
    match JsonPath::parse(form.example) {
        Ok(_) => unreachable!("`{}` is listed as refused", form.example),
        Err(error) => error.to_string(),
    }
}
