//! Media types, as far as they decide how a body is read.

/// Whether a media type is JSON: `application/json`, `text/json`, or a type that ends in `+json`
/// (RFC 6839, section 3.1).
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Whether a media type is that of a page.
pub(crate) fn is_page(media_type: &str) -> bool {
    essence(media_type) == "text/html"
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_suffix_too() {
        for (value, expected) in [
            ("application/json; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("application/x-ndjson", false),
            ("text/html", false),
        ] {
            assert_eq!(is_json(value), expected, "{value}");
        }
    }
}
