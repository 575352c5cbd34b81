//! What an HTML page says: its title and its text, without markup.

/// How much of the text is shown, in characters.
const MAX_CHARS: usize = 300;

/// Elements whose content is not text.
const HIDDEN: [&str; 5] = ["style", "script", "head", "title", "svg"];

/// The title and the text of a page; `None` if there is no text in it.
pub(crate) fn text_of(page: &str) -> Option<String> {
    let title = find(page, "<title").and_then(|start| page[start..].split_once('>'));
    let title = title.map(|(_, rest)| &rest[..find(rest, "</title").unwrap_or(rest.len())]);
    let title = title.map(visible).unwrap_or_default();
    let body = visible(page);
    let text = match [title.as_str(), body.as_str()] {
        [title, ""] => title.to_owned(),
        // A heading often repeats the title, or there is none.
        [title, body] if body.starts_with(title) => body.to_owned(),
        [title, body] => format!("{title}: {body}"),
    };
    let cut = text.char_indices().nth(MAX_CHARS).map(|(end, _)| format!("{}…", &text[..end]));
    (!text.is_empty()).then(|| cut.unwrap_or(text))
}

/// Text without tags and with single blanks, the common entities read.
fn visible(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let hidden = HIDDEN.iter().find(|name| is_named(tag, name));
        let end = match hidden {
            _ if tag.starts_with("!--") => tag.find("-->"),
            Some(name) => find(tag, &format!("</{name}")),
            None => Some(0),
        };
        let close = end.and_then(|end| tag[end..].split_once('>'));
        rest = close.map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'")];
    for (entity, character) in entities {
        text = text.replace(entity, character);
    }
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace("&amp;", "&")
}

/// Whether a tag opens an element of this name: `<header>` is not `<head>`.
fn is_named(tag: &str, name: &str) -> bool {
    let (start, rest) = tag.split_at_checked(name.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(name) && !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Where an ASCII text stands, without regard to case.
fn find(text: &str, wanted: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(wanted.len());
    windows.position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: Option<&str>) {
        assert_eq!(text_of(page).as_deref(), expected, "{page}");
    }

    #[test]
    fn title_and_text_are_shown_without_markup() {
        check(
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
             <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body></html>",
            Some("502 Bad Gateway nginx"),
        );
        check("<p>Access <b>denied</b> &amp; logged.</p>", Some("Access denied & logged."));
        check("<!DOCTYPE html><TITLE>ERROR</TITLE><p>x &lt; y", Some("ERROR: x < y"));
    }

    #[test]
    fn style_script_and_comments_are_not_text() {
        check(
            "<html><head><style>body { color: red }</style><title>Title</title></head>\
             <!-- <p>no --><body><header>Top</header><script>if (a < b) {}</script>end</body>",
            Some("Title: Top end"),
        );
        check("<html><head><style>body { color: red", None);
        check("<html></html>", None);
    }

    #[test]
    fn a_long_page_is_cut() {
        let shown = text_of(&format!("<p>{}", "é".repeat(1_000))).expect("there is text");
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
    }
}
