//! What is wrong at one place.

use std::io;
use std::path::PathBuf;

use fluxloop_jsonpath::PathFault;
use fluxloop_plan::FaultKind;
use thiserror::Error;

use crate::variables::is_secret_name;

/// What is wrong at one place.
///
/// No message holds a value: what was written there may be a secret, or be next to one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum Fault {
    /// A file cannot be read.
    #[error("cannot be read: {}", io_message(*.0))]
    Unreadable(io::ErrorKind),
    /// A file is larger than is sensible for its purpose.
    #[error("is larger than {mebibytes} MiB")]
    FileTooLarge {
        /// The limit.
        mebibytes: u64,
    },
    /// A file is not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// A file is not YAML.
    #[error("is not valid YAML: {0}")]
    Yaml(String),
    /// Lists and mappings inside of each other, over and over.
    #[error("is nested too deeply")]
    TooDeep,
    /// More than one YAML document.
    #[error("holds more than one YAML document")]
    SeveralDocuments,
    /// The root is no mapping.
    #[error("the file must be a mapping of keys to values, not {0}")]
    RootNotMapping(&'static str),
    /// A tag that YAML itself does not define.
    #[error("has a tag of its own (`!…`), which means nothing here")]
    CustomTag,
    /// `<<: *base`.
    #[error("merge keys (`<<`) are not supported")]
    MergeKey,
    /// A key that is a list or a mapping.
    #[error("a key must be text")]
    KeyNotText,
    /// The same key twice.
    #[error("is written twice, first in line {first_line}")]
    DuplicateKey {
        /// Where it stands first.
        first_line: usize,
    },
    /// The two readings of the YAML differ.
    #[error("can be read in more than one way")]
    Ambiguous,
    /// No key of this name.
    #[error("unknown key")]
    UnknownKey {
        /// The nearest valid names, the best first.
        nearest: Vec<String>,
    },
    /// A runner of another kind.
    #[error("this tool runs agents over HTTP and needs `runner.http`")]
    NoHttpRunner,
    /// A value that must be there is missing.
    #[error("is required")]
    Missing {
        /// What to write.
        example: &'static str,
    },
    /// A value of the wrong shape.
    #[error("must be {expected}, not {found}")]
    WrongType {
        /// The right shape.
        expected: String,
        /// The shape that it has.
        found: &'static str,
    },
    /// Text that does not mean what it has to.
    #[error("is not {expected}")]
    NotA {
        /// What it has to be.
        expected: String,
        /// How to write one.
        right: Option<String>,
    },
    /// A number outside of its range.
    #[error("must be {}", range(*min, *max))]
    OutOfRange {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A number below its range, which has no other end.
    #[error("must be at least {min}")]
    TooSmall {
        /// The smallest.
        min: u64,
    },
    /// A duration that no timer should have.
    #[error("must not be longer than a year")]
    LongDuration,
    /// A duration that has to be longer than nothing.
    #[error("must be longer than zero")]
    ZeroDuration,
    /// A rate that no run should have.
    #[error("must be from 1/h to 100000/s")]
    RateRange,
    /// A key that cannot stand beside another.
    #[error("cannot be used together with `{0}`")]
    Excludes(&'static str),
    /// One of a few names was expected.
    #[error("is none of {}", list(.names))]
    NotOneOf {
        /// The valid names.
        names: &'static [&'static str],
        /// The nearest of them.
        nearest: Option<&'static str>,
    },
    /// `stream: websocket`.
    #[error("`websocket` is not there yet")]
    WebsocketNotYet,
    /// A list without any entry.
    #[error("is empty")]
    Empty {
        /// What to do instead.
        right: &'static str,
    },
    /// A `${…}` that cannot be read.
    #[error("has {problem}")]
    Placeholder {
        /// What it has.
        problem: &'static str,
    },
    /// A variable whose value is not UTF-8.
    #[error("variable `{0}` is not UTF-8 text")]
    VariableNotUtf8(String),
    /// The value of a `FLUXLOOP__…` variable is not UTF-8.
    #[error("its value is not UTF-8 text")]
    NotUtf8Value,
    /// A variable that is not defined.
    #[error("variable `{name}` is not defined")]
    Undefined {
        /// The variable.
        name: String,
        /// A defined one with a similar name.
        nearest: Option<String>,
        /// Where `.env` was looked for, beside the environment.
        looked: Vec<PathBuf>,
    },
    /// A variable without a value, with the message that `${NAME:?message}` asks for.
    #[error("variable `{name}` is {}: {message}", if *.is_empty { "empty" } else { "not defined" })]
    Demanded {
        /// The variable.
        name: String,
        /// What the configuration says about it.
        message: String,
        /// Whether it is defined, with nothing in it.
        is_empty: bool,
    },
    /// A JSONPath that does not parse.
    #[error("is not a valid path: {0}")]
    Path(PathFault),
    /// A URL that does not parse.
    #[error("is not a valid URL: {0}")]
    Url(String),
    /// A URL with another scheme than http and https.
    #[error("must be an http or https URL")]
    UrlScheme,
    /// A space or control character in a URL, which parsers would drop in silence.
    #[error("has a {what} in the URL{}", from_variable(.variable.as_deref()))]
    UrlCharacter {
        /// The character.
        what: &'static str,
        /// The variable that it comes from.
        variable: Option<String>,
    },
    /// A header's name that HTTP does not allow.
    #[error("is not a valid header name")]
    HeaderName,
    /// A header's value that HTTP does not allow.
    #[error("has a {what} in its value{}", from_variable(.variable.as_deref()))]
    HeaderValue {
        /// The character.
        what: &'static str,
        /// The variable that it comes from.
        variable: Option<String>,
    },
    /// The same header in two spellings.
    #[error("is the same header as `{first}`{}", in_line(*line))]
    HeaderTwice {
        /// The first spelling.
        first: String,
        /// Its line, where it stands in a file.
        line: Option<usize>,
    },
    /// A header that follows from the body.
    #[error("cannot be set: it follows from the body")]
    HeaderComputed,
    /// A sensitive header without anything in it.
    #[error("carries a secret, and is empty")]
    EmptySensitive,
    /// A mask, where a secret was before the file was written.
    #[error("`***` stands where a secret was")]
    Masked,
    /// A body with GET.
    #[error("a GET request has no body")]
    BodyWithGet,
    /// A key that contradicts `stream: none`.
    #[error("has a meaning only with `stream: sse`")]
    OnlyWithStream,
    /// A persona that is neither a name nor a mapping.
    #[error("must be a name, or a map with `name`")]
    NotAPersona,
    /// A key that needs another.
    #[error("needs `{0}` beside it")]
    Needs(&'static str),
    /// A file that should hold PEM.
    #[error("`{}` holds no {what} in PEM form", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// A file that a key names cannot be read.
    #[error("`{}` cannot be read: {}", path.display(), io_message(*kind))]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        kind: io::ErrorKind,
    },
    /// A fault of a template.
    #[error("{0}")]
    Template(FaultKind),
    /// `--set` without `=`, or with a key that cannot be read.
    #[error("must be `key=value`")]
    SetSyntax,
    /// `--set` with two dots in a row, or one at an end.
    #[error("has an empty part in its key")]
    SetEmptyPart,
    /// Variables of `.env` that use others, over and over.
    #[error("leads through more than {0} other variables")]
    LongChain(usize),
    /// Variables of `.env` whose values grow and grow.
    #[error("with this, the values of all variables are longer than {mebibytes} MiB")]
    LargeVariables {
        /// The limit.
        mebibytes: usize,
    },
    /// A variable that stands in the configuration over and over.
    #[error("with this, variables bring more than {mebibytes} MiB into the configuration")]
    LargeExpansion {
        /// The limit.
        mebibytes: usize,
    },
    /// A line of `.env` that cannot be read.
    #[error("the line is no `NAME=value`")]
    DotenvLine,
    /// A fault of the inputs.
    #[error(transparent)]
    Input(#[from] crate::InputFault),
}

impl Fault {
    /// What would be right.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownKey { nearest } => return did_you_mean(nearest),
            Self::NotA { right, .. } => return right.clone(),
            Self::NotOneOf { nearest, .. } => {
                return nearest.map(|name| format!("did you mean `{name}`?"));
            }
            Self::Missing { example } => return Some(format!("write for example `{example}`")),
            Self::Undefined { name, nearest, looked } => {
                return Some(undefined_hint(name, nearest.as_deref(), looked));
            }
            Self::Demanded { .. } => return None,
            Self::Path(fault) => return fault.hint(),
            Self::Template(fault) => return Some(fault.hint()),
            Self::Empty { right } => right,
            Self::Input(fault) => return fault.hint(),
            other => other.fixed_hint()?,
        };
        Some(hint.to_owned())
    }

    /// The hint of a fault that has always the same one.
    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::FileTooLarge { .. } => {
                "a long list of inputs belongs into JSON Lines or CSV, which are read as a stream"
            }
            Self::VariableNotUtf8(_) | Self::NotUtf8Value => "set it again, in UTF-8",
            Self::NotUtf8 => "save it as UTF-8",
            Self::TooDeep => "120 lists and mappings inside of each other are the most",
            Self::SeveralDocuments => "keep one, without `---` after it",
            Self::CustomTag => "leave it out; variables are written `${NAME}`",
            Self::MergeKey => "repeat the keys, or use an alias for a whole value",
            Self::KeyNotText => "put it in quotes",
            Self::DuplicateKey { .. } | Self::HeaderTwice { .. } | Self::Excludes(_) => {
                "keep one of them"
            }
            Self::Ambiguous => "put the value in quotes, or write it in block style",
            Self::NoHttpRunner => {
                "add `runner: {http: {url: …}}`; Python and subprocess runners belong to FluxLoop \
                 itself"
            }
            Self::WebsocketNotYet => "use `sse` or `none`",
            Self::Placeholder { .. } => {
                "write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a \
                 literal `${`"
            }
            Self::Url(_) => "write for example `http://localhost:8000/chat`",
            Self::UrlScheme => "begin it with `http://` or `https://`",
            Self::UrlCharacter { .. } => "remove it, or write it percent-encoded",
            Self::HeaderName => "a name has letters, digits and `-`, and a blank follows its colon",
            Self::HeaderValue { .. } => {
                "a value has visible ASCII characters and inner spaces only"
            }
            Self::HeaderComputed => "leave it out",
            Self::EmptySensitive => "define the variable, or leave the header out",
            Self::Masked => "put the secret into `.env` and write `${NAME}` here",
            Self::BodyWithGet => "use `query` to carry the input, or another `method`",
            Self::OnlyWithStream => "add `stream: sse`, or use `output_path` for a plain answer",
            Self::SetEmptyPart => "put one dot between two keys, and a key with a dot in quotes",
            Self::SetSyntax => "for example `--set runner.http.timeout=30s`",
            Self::LongChain(_) => "write the value out",
            Self::LargeVariables { .. } => "shorten them",
            Self::LargeExpansion { .. } => "shorten them, or use them less often",
            Self::DotenvLine => "put values with spaces, quotes or `#` in quotes",
            _ => return None,
        })
    }
}

fn did_you_mean(nearest: &[String]) -> Option<String> {
    let quoted: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    (!quoted.is_empty()).then(|| format!("did you mean {}?", quoted.join(" or ")))
}

fn undefined_hint(name: &str, nearest: Option<&str>, looked: &[PathBuf]) -> String {
    let similar = nearest.map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default();
    let looked: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
    // A default for a key would be a key in a file.
    let remedy = if is_secret_name(name) {
        "set it in one of them".to_owned()
    } else {
        format!("set it, or write `${{{name}:-default}}`")
    };
    format!("{similar}it is neither in the environment nor in {}; {remedy}", looked.join(" or "))
}

fn from_variable(name: Option<&str>) -> String {
    name.map(|name| format!(", from variable `{name}`")).unwrap_or_default()
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!(" in line {line}")).unwrap_or_default()
}

fn range(min: u64, max: u64) -> String {
    if max == u64::MAX { format!("at least {min}") } else { format!("from {min} to {max}") }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// What the operating system's reason is called, without the path and the error's number.
pub(crate) fn io_message(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::InvalidInput => "it is no regular file",
        io::ErrorKind::InvalidData => "it is not UTF-8 text",
        _ => "the operating system refuses",
    }
}
