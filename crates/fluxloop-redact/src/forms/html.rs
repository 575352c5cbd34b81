//! Character references of HTML and XML (HTML standard, section 13.2.5.72).

use super::{Form, rewritten};

/// How encoders write the quotation mark and the apostrophe.
const QUOTES: [(&str, &str); 7] = [
    // Text between tags needs no quotes escaped.
    ("\"", "'"),
    // Attributes in quotation marks, and PHP without ENT_QUOTES.
    ("&quot;", "'"),
    // JavaScript's libraries, Python's `html.escape`, PHP, XML.
    ("&quot;", "&#39;"),
    ("&quot;", "&#x27;"),
    ("&quot;", "&#039;"),
    ("&quot;", "&apos;"),
    // Go's `html/template`.
    ("&#34;", "&#39;"),
];

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    for (quotation_mark, apostrophe) in QUOTES {
        forms.push(rewritten(value, |c, into| match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str(quotation_mark),
            '\'' => into.push_str(apostrophe),
            _ => into.push(c),
        }));
    }
}
