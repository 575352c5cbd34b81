//! What must hold for all texts and secrets.

use std::collections::HashSet;
use std::sync::Arc;

use fluxloop_redact::{MASK, MIN_ANYWHERE_CHARS, Redactor, RedactorBuilder, Secret};

use super::encoders::{ENCODERS, own_digits};

/// What has a meaning in a text or a secret, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "\n",
    "$",
    "$p0",
    "$j0",
    "$s0",
    "$u0",
    "$a0",
    "$f0",
    "$%0",
    "$e0",
    "$b0",
    "$w0",
    "$x0",
    "$h0",
    "$H0",
    "$p1",
    "$b1",
    "$e1",
    "\\",
    "\"",
    "/",
    "+",
    "%",
    "%2",
    "=",
    "&",
    "<",
    ">",
    "'",
    "\\u00",
    "\\n",
    "\t",
    "\u{b}",
    " ",
    "&amp;",
    "&quot;",
    "é",
    "中",
    "😀",
    "Bearer ",
    "sk-live-",
    "0123456789",
    "abcdefgh",
    "AAAAAAAA",
    "Zm9v",
];

/// Bytes of a part of a form that tell something.
const PART: usize = 8;

/// At most so many places at which a text is cut.
const CUTS: usize = 32;

/// Nothing of a secret is shown, in any form that an encoder gives it, and of text that ends early
/// no long beginning of one; nor of text that is shown while it comes, which is the same then.
///
/// # Panics
///
/// If the input breaks the property.
pub fn redact(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    // Masks could make a secret that has their characters.
    let input = input.replace(MASK.chars().next().expect("it is not empty"), "");
    let mut lines = input.split('\n');
    let template = lines.next().unwrap_or_default();
    let secrets: Vec<&str> = lines.take(4).collect();
    let add = |all: RedactorBuilder, secret: &&str| all.secret("S", &Secret::new(*secret));
    let redactor = Arc::new(secrets.iter().fold(Redactor::builder(), add).build());
    let text = fill_in(template, &secrets);
    let forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();

    let (shown, places) = redactor.mask_counted(&text);
    for form in &forms {
        assert!(!shown.as_str().contains(form), "{form:?} is shown in {shown:?}");
    }
    assert_eq!(places == 0, shown.as_str() == text, "{places} places of {text:?} in {shown:?}");
    assert_eq!(redactor.mask(shown.as_str()), shown, "what is masked has nothing to mask");
    // Not at every place: that would be most of the time.
    for (end, _) in text.char_indices().step_by(text.len() / CUTS + 1) {
        check_cut(&redactor, &forms, &text[..end]);
    }
    check_cut(&redactor, &forms, &text);
    check_stream(&redactor, &text);
    check_pieces(&redactor, &forms, &text);
}

/// The text, with forms of secrets in place of `$`, a letter and a digit.
fn fill_in(template: &str, secrets: &[&str]) -> String {
    let mut parts = template.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let form = match part.as_bytes() {
            [letter, digit @ b'0'..=b'3', ..] => {
                let encoder = ENCODERS.iter().find(|(known, _)| known == letter);
                encoder.zip(secrets.get(usize::from(digit - b'0')))
            }
            _ => None,
        };
        match form {
            Some(((_, encode), secret)) => {
                text.push_str(&encode(secret));
                text.push_str(&part[2..]);
            }
            None => text.push_str(part),
        }
    }
    text
}

/// Every form of a secret that is long enough to be masked anywhere.
fn forms(secret: &str) -> Vec<String> {
    if secret.chars().count() < MIN_ANYWHERE_CHARS {
        return Vec::new();
    }
    let encoded = ENCODERS.iter().map(|(_, encode)| encode(secret));
    let within = (0..3).flat_map(|before| own_digits(secret, before));
    encoded.chain(within).filter(|form| form.chars().count() >= MIN_ANYWHERE_CHARS).collect()
}

/// Text that ended early does not end with the beginning of a form.
fn check_cut(redactor: &Redactor, forms: &[String], text: &str) {
    let (shown, _) = redactor.mask_cut(text);
    for form in forms {
        assert!(!shown.as_str().contains(form.as_str()), "{form:?} is shown in {shown:?}");
        let beginnings = form.char_indices().skip(MIN_ANYWHERE_CHARS).map(|(end, _)| &form[..end]);
        for beginning in beginnings {
            let ends = shown.as_str().ends_with(beginning);
            assert!(!ends, "{beginning:?} ends {shown:?}, a form is {form:?}");
        }
    }
}

/// Of each piece of a text no part of a form is shown that is long enough to tell something.
fn check_pieces(redactor: &Redactor, forms: &[String], text: &str) {
    let parts: HashSet<&[u8; PART]> =
        forms.iter().flat_map(|form| form.as_bytes().array_windows()).collect();
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 3));
    for piece in [first, second, text] {
        let (shown, _) = redactor.mask_piece(piece);
        let part = shown.as_str().as_bytes().array_windows().find(|part| parts.contains(part));
        let part = part.map(|part| String::from_utf8_lossy(part));
        assert_eq!(part, None, "a part of a form is shown in {shown:?}");
        assert_eq!(redactor.mask_piece(shown.as_str()).0, shown, "there is nothing to mask in it");
    }
}

/// Text that comes in pieces is shown as it is shown whole.
fn check_stream(redactor: &Arc<Redactor>, text: &str) {
    let mut stream = redactor.stream();
    let mut shown = String::new();
    let mut start = 0;
    for (end, _) in text.char_indices().step_by(text.len() / CUTS + 1) {
        shown.push_str(stream.push(&text[start..end]).as_str());
        start = end;
    }
    shown.push_str(stream.push(&text[start..]).as_str());
    shown.push_str(stream.finish().as_str());
    assert_eq!(shown, redactor.mask_piece(text).0.as_str(), "pieces of {text:?}");
}
