//! The forms of arguments, and how each is read.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderName, HeaderValue, StatusCode};

/// The longest duration, a year: clocks and dates can be so far ahead.
const MAX_DURATION: Duration = Duration::from_hours(365 * 24);

/// The largest size of what is made in memory, for each answer anew.
pub(crate) const MAX_SIZE: usize = 64 << 20;

/// The most headers that a fault adds: a map of headers takes 24,576 names.
const MAX_HEADERS: usize = 20_000;

/// One form of an argument.
pub(super) struct Unit<T> {
    /// What the manual writes for the value; a choice of words has `|`, a flag has no value.
    pub(super) value: &'static str,
    /// What a message says; empty for a choice of words.
    expected: &'static str,
    pub(super) read: fn(&[u8]) -> Option<T>,
    pub(super) default: Option<fn() -> T>,
}

impl<T> Unit<T> {
    pub(super) const fn new(
        value: &'static str,
        expected: &'static str,
        read: fn(&[u8]) -> Option<T>,
    ) -> Self {
        Self { value, expected, read, default: None }
    }

    /// The same, with the value of a fault that is written without this argument.
    pub(super) const fn or(self, default: fn() -> T) -> Self {
        Self { default: Some(default), ..self }
    }

    /// What a message says of a value that cannot be read.
    pub(super) fn expected(&self) -> String {
        match self.value.rsplit_once('|') {
            Some((rest, last)) if self.expected.is_empty() => {
                format!("`{}` or `{last}`", rest.replace('|', "`, `"))
            }
            _ => self.expected.to_owned(),
        }
    }
}

/// Defines a type whose values are words, and its unit. A line has the value, the word, and what
/// the word means.
macro_rules! words {
    ($(#[$about:meta])* $Type:ident $UNIT:ident {
        $First:ident $first:literal $about_first:literal
        $($Other:ident $other:literal $about_other:literal)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $Type {
            #[doc = $about_first]
            $First,
            $(#[doc = $about_other] $Other,)*
        }

        const $UNIT: Unit<$Type> =
            Unit::new(concat!($first $(, "|", $other)*), "", |word| match str::from_utf8(word) {
                Ok($first) => Some($Type::$First),
                $(Ok($other) => Some($Type::$Other),)*
                _ => None,
            });
    };
}
pub(super) use words;

/// Defines units: the type, what the manual writes, what a message says, and the reader.
macro_rules! units {
    ($($(#[$about:meta])* $UNIT:ident: $Type:ty = $value:literal, $expected:expr, $read:expr;)*) => {
        $($(#[$about])* pub(super) const $UNIT: Unit<$Type> = Unit::new($value, $expected, $read);)*
    };
}

units! {
    /// A word that stands alone.
    FLAG: () = "", "", |_| Some(());
    TEXT: String = "TEXT", "text", parse;
    TYPE: String = "TYPE", "text", parse;
    BYTES: Bytes = "TEXT", "bytes", |it| Some(Bytes::copy_from_slice(it));
    COUNT: usize = "N", "a whole number", parse;
    DURATION: Duration = "DURATION", A_DURATION, |it| duration(str::from_utf8(it).ok()?);
    /// Bytes that are made in memory.
    SIZE: usize = "BYTES", A_SIZE, |it| {
        amount(it)?.try_into().ok().filter(|size| *size <= MAX_SIZE)
    };
    /// Bytes that are only announced or counted.
    AMOUNT: u64 = "BYTES", "a number of bytes such as `100`, `64KiB` or `8MiB`", amount;
    RATE: u64 = "BYTES", "a number of bytes per second, 1 or more", |it| {
        amount(it).filter(|rate| *rate > 0)
    };
    STATUS: StatusCode = "CODE", "a status from 200 to 999", |it| {
        parse(it).filter(|status: &StatusCode| !status.is_informational())
    };
    REDIRECT: StatusCode = "CODE", "a status from 300 to 399", |it| {
        parse(it).filter(StatusCode::is_redirection)
    };
    VALUE: HeaderValue = "V", "a header value", parse;
    MEDIA_TYPE: HeaderValue = "TYPE", "a header value", parse;
    URL: HeaderValue = "URL", "a URL", parse;
    HEADER: (HeaderName, HeaderValue) = "\"NAME: VALUE\"", "`name: value`", |it| {
        let (name, value) = str::from_utf8(it).ok()?.split_once(':')?;
        Some((name.parse().ok()?, value.trim().parse().ok()?))
    };
    HEADERS: usize = "N", "a number of headers, at most 20000", |it| {
        parse(it).filter(|count| *count <= MAX_HEADERS)
    };
    STREAM: u32 = "N", "the number of a stream", |it| parse(it).filter(|stream| *stream < 1 << 31);
    CODE: u32 = "CODE", A_CODE, code;
    /// The code of a GOAWAY; a graceful one has no code.
    GO_AWAY: Option<u32> = "graceful|CODE", A_CODE, |it| match it {
        b"graceful" => Some(None),
        _ => code(it).map(Some),
    };
}

const A_DURATION: &str = "a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`";
const A_SIZE: &str = "a number of bytes such as `100`, `64KiB` or `8MiB`, at most `64MiB`";
const A_CODE: &str = "an error code of HTTP/2 such as `INTERNAL_ERROR`, or its number";

fn parse<T: FromStr>(bytes: &[u8]) -> Option<T> {
    str::from_utf8(bytes).ok()?.parse().ok()
}

/// Reads `250ms`, `1.5s` or `2m`, at most a year.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|char: char| char.is_ascii_alphabetic())?);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    let duration = Duration::try_from_secs_f64(number * seconds).ok()?;
    (duration <= MAX_DURATION).then_some(duration)
}

/// Reads `100`, `64KiB`, `8MiB` or `1GiB`.
fn amount(bytes: &[u8]) -> Option<u64> {
    let units: [(&[u8], u64); 4] =
        [(b"KiB", 1 << 10), (b"MiB", 1 << 20), (b"GiB", 1 << 30), (b"", 1)];
    let found = units.iter().find_map(|(name, unit)| Some((bytes.strip_suffix(*name)?, *unit)));
    let (number, unit) = found?;
    parse::<u64>(number)?.checked_mul(unit)
}

/// Reads the name of an error code of HTTP/2 (RFC 9113, section 7), or its number.
fn code(bytes: &[u8]) -> Option<u32> {
    let named = |code: &u32| format!("{:?}", Reason::from(*code)).as_bytes() == bytes;
    (0..=Reason::HTTP_1_1_REQUIRED.into()).find(named).or_else(|| parse(bytes))
}
