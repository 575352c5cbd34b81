//! What is wrong at one place.

use std::io;
use std::path::PathBuf;

use fluxloop_expect::ExpectFaultKind;
use fluxloop_jsonpath::PathFault;
use fluxloop_plan::FaultKind;
use fluxloop_redact::naming::is_secret_name;
use fluxloop_schema::SchemaFaultKind;
use thiserror::Error;

use super::{ConfigError, YamlFault, quoted};

/// What is wrong at one place, and after a semicolon what would be right.
///
/// No message holds a value: what was written there may be a secret, or be next to one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum Fault {
    #[error("cannot be read: {}", io_message(*.0))]
    Unreadable(io::ErrorKind),
    #[error(
        "is larger than {mebibytes} MiB; a long list of inputs belongs into JSON Lines or CSV, \
         which are read as a stream"
    )]
    FileTooLarge { mebibytes: u64 },
    #[error("is not UTF-8 text; save it as UTF-8")]
    NotUtf8,
    #[error("is not valid YAML: {0}")]
    Yaml(String),
    #[error(transparent)]
    Syntax(#[from] YamlFault),
    #[error(
        "looks like {0}, and a configuration is YAML; write it as YAML, in a file that ends in `.yaml`"
    )]
    NotYaml(&'static str),
    #[error("is nested too deeply; 120 lists and mappings inside of each other are the most")]
    TooDeep,
    #[error("holds more than one YAML document; keep one, without `---` after it")]
    SeveralDocuments,
    #[error("the file must be a mapping of keys to values, not {0}")]
    RootNotMapping(&'static str),
    /// A tag that YAML itself does not define.
    #[error(
        "has a tag of its own (`!…`), which means nothing here; leave it out; variables are \
         written `${{NAME}}`"
    )]
    CustomTag,
    #[error(
        "merge keys (`<<`) are not supported; repeat the keys, or use an alias for a whole value"
    )]
    MergeKey,
    #[error("a key must be text; put it in quotes")]
    KeyNotText,
    #[error("is written twice, first in line {first_line}; keep one of them")]
    DuplicateKey { first_line: usize },
    /// The two readings of the YAML differ.
    #[error(
        "can be read in more than one way; put the value in quotes, or write it in block style"
    )]
    Ambiguous,
    /// No key of this name; the nearest valid names, the best first.
    #[error("unknown key{}", did_you_mean(nearest))]
    UnknownKey { nearest: Vec<String> },
    /// A key that other programs have, and how the same is said here.
    #[error("unknown key; {0}")]
    ForeignKey(String),
    /// A runner of another kind.
    #[error(
        "this tool runs agents over HTTP and needs `runner.http`; add `runner: {{http: {{url: \
         …}}}}`; Python and subprocess runners belong to FluxLoop itself"
    )]
    NoHttpRunner,
    #[error("is required; write for example `{example}`")]
    Missing { example: &'static str },
    /// A value of the wrong shape.
    #[error("must be {expected}, not {found}")]
    WrongType { expected: String, found: &'static str },
    /// Text that does not mean what it has to, and how to write what does.
    #[error("is not {expected}{}", hint(right.as_deref()))]
    NotA { expected: String, right: Option<String> },
    #[error("must be {}", range(*min, *max))]
    OutOfRange { min: u64, max: u64 },
    #[error("must be at least {min}")]
    TooSmall { min: u64 },
    #[error("must not be longer than a year")]
    LongDuration,
    #[error("must be longer than zero")]
    ZeroDuration,
    #[error("must be from 1/h to 100000/s")]
    RateRange,
    #[error("cannot be used together with `{0}`; keep one of them")]
    Excludes(&'static str),
    #[error("is none of {}{}", quoted(names, ", "), did_you_mean(nearest.as_slice()))]
    NotOneOf { names: &'static [&'static str], nearest: Option<&'static str> },
    #[error(
        "`websocket` is not supported yet; use `sse`, `jsonl`, `json`, `text`, `auto` or `none`"
    )]
    WebsocketNotYet,
    #[error("is empty; {right}")]
    Empty { right: &'static str },
    /// A `${…}` that cannot be read.
    #[error(
        "has {problem}; write `${{NAME}}`, `${{NAME:-default}}` or `${{NAME:?message}}`, and `$${{` \
         for a literal `${{`"
    )]
    Placeholder { problem: &'static str },
    #[error("variable `{0}` is not UTF-8 text; set it again, in UTF-8")]
    VariableNotUtf8(String),
    /// The value of a `FLUXLOOP__…` variable is not UTF-8.
    #[error("its value is not UTF-8 text; set it again, in UTF-8")]
    NotUtf8Value,
    /// A placeholder that other programs replace.
    #[error("`{written}` is not replaced here; {right}")]
    ForeignPlaceholder { written: String, right: String },
    /// A home folder that only a shell knows.
    #[error("`~` is not expanded here; write the whole path, or `${{HOME}}/…`")]
    Tilde,
    /// A variable that is not defined, a defined one with a similar name, and where `.env` was
    /// looked for.
    #[error("variable `{name}` is not defined; {}", undefined_hint(name, nearest.as_deref(), looked))]
    Undefined { name: String, nearest: Option<String>, looked: Vec<PathBuf> },
    /// A variable without a value, with the message that `${NAME:?message}` asks for, and whether an
    /// empty variable of the process hides a value of `.env`.
    #[error(
        "variable `{name}` is {}: {message}{}",
        if *.is_empty { "empty" } else { "not defined" },
        if *.hides { "; the environment has it empty, which hides the value in `.env`" } else { "" }
    )]
    Demanded { name: String, message: String, is_empty: bool, hides: bool },
    #[error("is not a valid path: {}{}", .0, hint(.0.hint().as_deref()))]
    Path(PathFault),
    #[error("is not a valid URL: {0}; write for example `http://localhost:8000/chat`")]
    Url(String),
    #[error("must be an http or https URL; begin it with `http://` or `https://`")]
    UrlScheme,
    #[error(
        "must be the URL of an HTTP or SOCKS proxy; begin it with `http://`, `https://`, \
         `socks5h://`, `socks5://`, `socks4a://` or `socks4://`, or set `runner.http.proxy` to `none`"
    )]
    ProxyScheme,
    /// A space or control character in a URL, which parsers would drop in silence.
    #[error(
        "has a {what} in the URL{}; remove it, or write it percent-encoded",
        from_variable(.variable.as_deref())
    )]
    UrlCharacter { what: &'static str, variable: Option<String> },
    #[error(
        "is not a valid header name; write letters, digits and `-`, and a space after the colon"
    )]
    HeaderName,
    #[error(
        "has a {what} in its value{}; use visible ASCII characters and inner spaces only, in one line",
        from_variable(.variable.as_deref())
    )]
    HeaderValue { what: &'static str, variable: Option<String> },
    /// The same header in two spellings.
    #[error("is the same header as `{first}`{}; keep one of them", in_line(*line))]
    HeaderTwice { first: String, line: Option<usize> },
    #[error("cannot be set: it follows from the body; leave it out")]
    HeaderComputed,
    #[error("carries a secret, and is empty; define the variable, or leave the header out")]
    EmptySensitive,
    /// A mask, where a secret was before the file was written.
    #[error(
        "`***` stands where a secret was; put the secret into `.env` and write `${{NAME}}` here"
    )]
    Masked,
    /// A value of the case where only the configuration decides.
    #[error(
        "takes a value of the case in its {place}; values of the case belong into the path or the \
         query"
    )]
    ValuePlace { place: &'static str },
    #[error(
        "takes no `$.output`, so that the judge would not see the answer; add it to the body, for example `mapping: {{question: $.input, answer: $.output}}`"
    )]
    WithoutAnswer,
    #[error("a GET request has no body; use `query` to carry the input, or another `method`")]
    BodyWithGet,
    #[error(
        "has a meaning only with a `stream` such as `sse`; add `stream: sse`, or use `output_path` \
         for an answer in one piece"
    )]
    OnlyWithStream,
    #[error(
        "needs to know where the text of a JSON document is; add `stream_output_path`, for example \
         `stream_output_path: message.content`, or a `stream_schema` with `text`"
    )]
    JsonWithoutText,
    /// What is wrong with a schema.
    #[error(transparent)]
    Schema(#[from] SchemaFaultKind),
    /// What is wrong with expectations, thresholds or objectives.
    #[error(transparent)]
    Expect(#[from] Box<ExpectFaultKind>),
    /// `[` inside a text without quotes, which ends the text in flow style.
    #[error(
        "has a bracket inside `{{ }}` or `[ ]`, where YAML reads it as its own; put the path in \
         quotes, for example `path: \"choices[0].delta\"`"
    )]
    BracketInFlow,
    #[error("must be a name, or a map with `name`")]
    NotAPersona,
    #[error("needs `{0}` beside it")]
    Needs(&'static str),
    #[error("`{}` holds no {what} in PEM form", path.display())]
    NotPem { path: PathBuf, what: &'static str },
    #[error("`{}` cannot be read: {}", path.display(), io_message(*kind))]
    FileUnreadable { path: PathBuf, kind: io::ErrorKind },
    #[error(
        "`{}` cannot be read: {}{}",
        path.display(), io_message(*kind), hint(right.as_deref())
    )]
    InputsUnreadable { path: PathBuf, kind: io::ErrorKind, right: Option<String> },
    #[error("{}; {}", .0, .0.hint())]
    Template(FaultKind),
    /// `--set` without `=`, or with a key that cannot be read.
    #[error("must be `key=value`; for example `--set runner.http.timeout=30s`")]
    SetSyntax,
    /// `--set` with two dots in a row, or one at an end.
    #[error(
        "has an empty part in its key; put one dot between two keys, and a key with a dot in quotes"
    )]
    SetEmptyPart,
    #[error("leads through more than {0} other variables; write the value out")]
    LongChain(usize),
    #[error("with this, the values of all variables are longer than {mebibytes} MiB; shorten them")]
    LargeVariables { mebibytes: usize },
    #[error(
        "with this, variables bring more than {mebibytes} MiB into the configuration; shorten \
         them, or use them less often"
    )]
    LargeExpansion { mebibytes: usize },
    #[error("has more than {most} variables; keep those that this project needs")]
    ManyVariables { most: usize },
    /// A variable whose line in `.env` is at fault.
    #[error("variable `{name}` cannot be used: {why}")]
    BrokenVariable { name: String, why: Box<ConfigError> },
    /// A line of `.env` that cannot be read.
    #[error("{0}")]
    DotenvLine(&'static str),
    /// A variable of `.env` whose value leads back to it.
    #[error("variable `{0}` leads back to itself; write its value")]
    Cycle(String),
    #[error(transparent)]
    Input(#[from] crate::InputFault),
}

impl Fault {
    /// Whether it is about a limit, after which nothing more is looked at.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::LargeVariables { .. } | Self::LargeExpansion { .. })
    }
}

/// What would be right, after what is wrong.
fn hint(right: Option<&str>) -> String {
    right.map(|right| format!("; {right}")).unwrap_or_default()
}

fn did_you_mean(nearest: &[impl AsRef<str>]) -> String {
    let names = quoted(nearest, " or ");
    if names.is_empty() { names } else { format!("; did you mean {names}?") }
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
