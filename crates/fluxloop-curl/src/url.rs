//! The URL as curl reads it.

use crate::{CurlError, Text};

/// The URL without patterns of curl and without its fragment, with a scheme.
pub(crate) fn url(value: &Text, globs: bool) -> Result<Text, CurlError> {
    let mut text = value.marked().to_owned();
    if globs {
        check_glob(&text)?;
        text = ["{", "}", "[", "]"].iter().fold(text, |it, c| it.replace(&format!("\\{c}"), c));
    }
    if let Some((before, _)) = text.split_once('#') {
        text.truncate(before.len());
    }
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let has_scheme =
        text.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(is_scheme));
    let begins_with_variable = Text::from_marked(&*text)
        .parts()
        .first()
        .is_some_and(|part| matches!(part, crate::Part::Variable(_)));
    // curl guesses http. What a variable brings has its own scheme.
    if !has_scheme && !begins_with_variable {
        text.insert_str(0, "http://");
    }
    Ok(Text::from_marked(text))
}

/// Refuses what stands for several URLs: `{a,b}`, `[1-3]`.
fn check_glob(text: &str) -> Result<(), CurlError> {
    let is_plain = |at: usize| at == 0 || !text[..at].ends_with('\\');
    let list = text.match_indices('{').any(|(at, _)| is_plain(at) && text[at..].contains('}'));
    let range = text.match_indices('[').any(|(at, _)| {
        let inside = text[at + 1..].split(']').next().unwrap_or_default();
        is_plain(at) && inside.contains('-') && !inside.contains(':')
    });
    if list || range {
        let why = "it stands for several URLs; one is sent";
        return Err(CurlError::Unsupported { what: "{…} or […]".to_owned(), why });
    }
    Ok(())
}

/// Appends to the query.
pub(crate) fn append_query(url: &mut Text, query: &Text) {
    if query.is_empty() {
        return;
    }
    let text = url.marked();
    let separator = match text.split_once('?') {
        None if text.matches('/').count() < 3 => "/?",
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    url.push_str(separator);
    url.append(query);
}
