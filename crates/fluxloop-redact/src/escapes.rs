//! Reads one escape: percent-encoding, what follows a backslash, a character reference.
//!
//! More than any one decoder reads, because nobody knows whose encoder wrote a text.

use std::ops::Range;

use memchr::memchr;

/// A way to write characters by other ones.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Syntax {
    /// Strings of JSON (RFC 8259, section 7) and of programming languages.
    Backslash,
    /// Percent-encoding (RFC 3986, section 2.1).
    Percent,
    /// The same with `+` for a blank (URL standard, section 5.1).
    Form,
    /// Character references (HTML standard, section 13.2.5.72).
    Reference,
}

/// Those whose escapes are told apart by what they begin with: [`Syntax::Form`] has those of
/// [`Syntax::Percent`].
pub(crate) const SYNTAXES: [Syntax; 3] = [Syntax::Backslash, Syntax::Percent, Syntax::Reference];

/// What the escapes of [`SYNTAXES`] begin with.
pub(crate) const MARKS: [u8; 3] = [b'\\', b'%', b'&'];

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Escape {
    /// So many bytes write this character.
    Char(char, usize),
    /// So many bytes write this byte.
    Byte(u8, usize),
    /// The text ends before it can be told.
    Open,
    /// No escape.
    None,
}

/// Names of characters that a key may have: those of XML, and of punctuation in ASCII.
const NAMES: [(&str, char); 35] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("sol", '/'),
    ("plus", '+'),
    ("equals", '='),
    ("bsol", '\\'),
    ("lowbar", '_'),
    ("period", '.'),
    ("comma", ','),
    ("colon", ':'),
    ("semi", ';'),
    ("excl", '!'),
    ("quest", '?'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("verbar", '|'),
    ("vert", '|'),
    ("hat", '^'),
    ("grave", '`'),
];

/// Digits of a numeric reference, at most: more are no character, or zeros that nobody writes.
const REFERENCE_DIGITS: usize = 8;

impl Syntax {
    /// The escapes of a text and where they stand, in their order; one that is open goes as far as
    /// the text.
    pub(crate) fn escapes(self, text: &str) -> impl Iterator<Item = (Range<usize>, Escape)> {
        let mut next = 0;
        std::iter::from_fn(move || {
            loop {
                let start = next + memchr(self.mark(), &text.as_bytes()[next..])?;
                let escape = self.read(&text[start..]);
                next = start + escape.length().unwrap_or(1);
                match escape {
                    Escape::None => {}
                    // What begins within it is open, too.
                    Escape::Open => return Some((start..text.len(), escape)),
                    _ => return Some((start..next, escape)),
                }
            }
        })
    }

    /// Appends what stands between two escapes.
    pub(crate) fn copy(self, text: &str, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(text.as_bytes());
        if self == Self::Form {
            let pluses = into[start..].iter_mut().filter(|byte| **byte == b'+');
            pluses.for_each(|plus| *plus = b' ');
        }
    }

    /// What every escape begins with. None holds that of another syntax, so that escapes of two
    /// syntaxes never overlap.
    fn mark(self) -> u8 {
        match self {
            Self::Backslash => b'\\',
            Self::Percent | Self::Form => b'%',
            Self::Reference => b'&',
        }
    }

    /// Reads the escape at the beginning of `text`, which begins with the mark.
    fn read(self, text: &str) -> Escape {
        let read = match self {
            Self::Backslash => backslash(text),
            Self::Percent | Self::Form => byte(text, 1),
            Self::Reference => reference(text),
        };
        read.unwrap_or(Escape::None)
    }
}

impl Escape {
    /// Bytes that it takes, if it is whole.
    fn length(self) -> Option<usize> {
        match self {
            Self::Char(_, length) | Self::Byte(_, length) => Some(length),
            Self::Open | Self::None => None,
        }
    }

    /// Bytes that it writes.
    pub(crate) fn written(self) -> usize {
        match self {
            Self::Char(written, _) => written.len_utf8(),
            Self::Byte(..) => 1,
            Self::Open | Self::None => 0,
        }
    }

    /// Appends what it writes.
    pub(crate) fn write(self, into: &mut Vec<u8>) {
        match self {
            Self::Char(c, _) => into.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Self::Byte(byte, _) => into.push(byte),
            Self::Open | Self::None => {}
        }
    }
}

fn backslash(text: &str) -> Option<Escape> {
    let Some(kind) = text[1..].chars().next() else { return Some(Escape::Open) };
    let written = match kind {
        'u' if text.as_bytes().get(2) == Some(&b'{') => return number(text, 3, 16, 6, '}'),
        'u' => return unit(text),
        'x' => return byte(text, 2),
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        // Quotes, `\\`, `\/`, and what shells and Markdown write. Not the marks of other
        // syntaxes, and not what a mask is made of.
        '%' | '&' | '*' => return None,
        other if other.is_ascii_punctuation() => other,
        _ => return None,
    };
    Some(Escape::Char(written, 2))
}

/// `\uXXXX`, or two for a character beyond the first plane.
fn unit(text: &str) -> Option<Escape> {
    let Some(first) = hex(text, 2, 4)? else { return Some(Escape::Open) };
    if let Some(c) = char::from_u32(first) {
        return Some(Escape::Char(c, 6));
    }
    let (more, follows) = (&text[6..], "\\u");
    if first >= 0xDC00 {
        return None;
    }
    if more.len() < follows.len() && follows.starts_with(more) {
        return Some(Escape::Open);
    }
    more.strip_prefix(follows)?;
    let Some(second) = hex(text, 8, 4)? else { return Some(Escape::Open) };
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some(Escape::Char(char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + low)?, 12))
}

/// Two digits behind so many bytes.
fn byte(text: &str, start: usize) -> Option<Escape> {
    Some(match hex(text, start, 2)? {
        Some(value) => Escape::Byte(u8::try_from(value).ok()?, start + 2),
        None => Escape::Open,
    })
}

fn reference(text: &str) -> Option<Escape> {
    match text.as_bytes() {
        [_] | [_, b'#'] => Some(Escape::Open),
        [_, b'#', b'x' | b'X', ..] => number(text, 3, 16, REFERENCE_DIGITS, ';'),
        [_, b'#', ..] => number(text, 2, 10, REFERENCE_DIGITS, ';'),
        _ => {
            let rest = &text.as_bytes()[1..];
            NAMES.iter().find_map(|(name, written)| {
                let shared = rest.len().min(name.len());
                if !rest[..shared].eq_ignore_ascii_case(&name.as_bytes()[..shared]) {
                    return None;
                }
                match rest.get(name.len()) {
                    Some(b';') => Some(Escape::Char(*written, name.len() + 2)),
                    Some(_) => None,
                    None => Some(Escape::Open),
                }
            })
        }
    }
}

/// Up to so many digits from `start` on, and what ends them.
fn number(text: &str, start: usize, radix: u32, most: usize, end: char) -> Option<Escape> {
    let digits = text[start..].find(|c: char| !c.is_digit(radix)).unwrap_or(text.len() - start);
    if digits > most {
        return None;
    }
    let after = start + digits;
    match text[after..].chars().next() {
        None => Some(Escape::Open),
        Some(c) if c == end => {
            let value = u32::from_str_radix(&text[start..after], radix).ok()?;
            Some(Escape::Char(char::from_u32(value)?, after + 1))
        }
        Some(_) => None,
    }
}

/// The value of so many hexadecimal digits from `start` on; `Some(None)` if the text ends among
/// them.
#[expect(clippy::option_option, reason = "no number, no number yet, and a number")]
fn hex(text: &str, start: usize, digits: usize) -> Option<Option<u32>> {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let mut value = 0;
    for digit in rest.iter().take(digits) {
        value = value << 4 | char::from(*digit).to_digit(16)?;
    }
    Some((rest.len() >= digits).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(syntax: Syntax, text: &str, expected: Escape) {
        assert_eq!(syntax.read(text), expected, "{text}");
        // What begins an escape may become one.
        if let Escape::Char(_, len) | Escape::Byte(_, len) = expected {
            for end in 1..len {
                assert_eq!(syntax.read(&text[..end]), Escape::Open, "{}", &text[..end]);
            }
        }
    }

    #[test]
    fn a_backslash_begins_what_json_and_languages_write() {
        let check = |text, expected| check(Syntax::Backslash, text, expected);
        check(r"\/x", Escape::Char('/', 2));
        check(r"\\/", Escape::Char('\\', 2));
        check(r"\nx", Escape::Char('\n', 2));
        check(r"\u002Bx", Escape::Char('+', 6));
        check(r"\ud83d\uDE00x", Escape::Char('😀', 12));
        check(r"\u{1b}x", Escape::Char('\u{1b}', 6));
        check(r"\x2fx", Escape::Byte(b'/', 4));
        for none in [r"\u002gg", r"\ud83dx", r"\ud83d\n", r"\ud83d\u0041", r"\ude00", r"\xzz"] {
            check(none, Escape::None);
        }
        for none in [r"\u{}", r"\u{1111111}", r"\u{d800}", r"\%", r"\&", r"\*", r"\q", r"\é"] {
            check(none, Escape::None);
        }
    }

    #[test]
    fn a_percent_sign_begins_a_byte() {
        check(Syntax::Percent, "%2Fx", Escape::Byte(b'/', 3));
        check(Syntax::Form, "%c3x", Escape::Byte(0xC3, 3));
        check(Syntax::Percent, "%%2F", Escape::None);
        check(Syntax::Percent, "%é", Escape::None);
    }

    #[test]
    fn an_ampersand_begins_a_name_or_a_number() {
        let check = |text, expected| check(Syntax::Reference, text, expected);
        check("&amp;x", Escape::Char('&', 5));
        check("&sol;x", Escape::Char('/', 5));
        check("&#x2F;x", Escape::Char('/', 6));
        check("&#043;x", Escape::Char('+', 6));
        for none in ["&a=1", "&amp x", "&#;", "&#x;", "&#xD800;", "&#000000043;", "&#1a;", "&é"] {
            check(none, Escape::None);
        }
    }
}
