//! What can be wrong with inputs.

use std::path::PathBuf;
use std::{fmt, io};

use fluxloop_expect::ExpectFaultKind;
use thiserror::Error;

use super::members::TEXTS;
use crate::Origin;
use crate::error::{counted, quoted, without_keys};

/// An input that cannot be had. Shows as `file:line:column: what is wrong`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InputError {
    /// Where it is.
    pub origin: Origin,
    /// What is wrong.
    pub fault: InputFault,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_keys(format!("{}: {}", self.origin, self.fault)))
    }
}

impl std::error::Error for InputError {}

/// What is wrong with an input, and after a semicolon what would be right. No message holds its text.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum InputFault {
    /// The file cannot be read.
    #[error("the inputs cannot be read: {}", crate::error::io_message(*.0))]
    Unreadable(io::ErrorKind),
    /// Neither extension nor content say what the file is.
    #[error(
        "neither the extension nor the content of `{}` says what kind of file it is; set `format` \
         below `inputs` to `csv`, `tsv`, `jsonl`, `json` or `yaml`",
        .0.display()
    )]
    Extension(PathBuf),
    /// The file is not text in UTF-8.
    #[error("is {what}; {right}")]
    NotText {
        /// What it is.
        what: &'static str,
        /// What to do about it.
        right: &'static str,
    },
    /// A JSON Lines file with something else than one value in each line.
    #[error("is not JSON Lines: {what}; {right}")]
    NotLines {
        /// What it has.
        what: &'static str,
        /// What to do about it.
        right: &'static str,
    },
    /// A JSON file with more than one value.
    #[error(
        "is not valid JSON: something follows the value; if each line has a value of its own, set \
         `format: jsonl` below `inputs`, or name the file `.jsonl`"
    )]
    LinesInJson,
    /// A line or record is too long.
    #[error("is longer than {mebibytes} MiB")]
    RecordTooLong {
        /// The limit.
        mebibytes: u64,
    },
    /// The text is not UTF-8.
    #[error(
        "is not UTF-8 text; save it as UTF-8 (in Excel as \"CSV UTF-8\"), or convert it, for example \
         with `iconv -f WINDOWS-1252 -t UTF-8`"
    )]
    NotUtf8,
    /// Bad JSON.
    #[error("is not valid JSON: {0}")]
    Json(&'static str),
    /// A record with another number of fields.
    #[error(
        "has {}, and the first line has {expected}; put texts that have `{separator}` or a line \
         break in them in double quotes",
        fields(*.found)
    )]
    CsvFields {
        /// How many it has.
        found: u64,
        /// How many there are columns.
        expected: u64,
        /// What separates them.
        separator: char,
    },
    /// A quote that takes in the rest of the file.
    #[error(
        "a quote that is opened here is never closed; close it, or double every quote that \
         belongs to the text"
    )]
    CsvQuote,
    /// Text between the closing quote of a field and its end.
    #[error(
        "text follows a closing quote; double every quote that belongs to the text (`\"\"`), and \
         leave no blank between a quote and the separator"
    )]
    CsvTextAfterQuote,
    /// Two columns of one name.
    #[error("names the column `{0}` twice; give each column a name of its own")]
    ColumnTwice(String),
    /// Two members of one name.
    #[error("names the member `{0}` twice; keep one of them")]
    MemberTwice(String),
    /// A file without a list in it.
    #[error("is neither a list nor a mapping with `inputs:`")]
    NoList,
    /// An entry that is neither text nor a mapping.
    #[error(
        "an input must be text or a mapping with `input`, not {0}; put it in quotes, or write \
         `{{input: …}}`"
    )]
    NotAnEntry(&'static str),
    /// An entry that is a list of messages.
    #[error(
        "is a list of messages; set `messages: \"$\"` below `inputs`, or write \
         `{{\"messages\": […]}}`"
    )]
    BareMessages,
    /// An entry without its text.
    #[error(
        "`input` is missing: no text is at {}{}{}; {}",
        listed(&.0.looked), because(&.0.unfit), has_instead(&.0.has), .0.right
    )]
    NoInput(Box<NotFound>),
    /// Several members are called as texts are called.
    #[error(
        "has {}; name the text that is sent below `inputs`, for example `input: {}`",
        quoted(.0, " and "),
        .0.first().map_or("prompt", String::as_str)
    )]
    SeveralTexts(Vec<String>),
    /// Messages without one of the user.
    #[error(
        "`messages` has no message of the role `user`{}; name the text with `input` below `inputs`",
        roles_instead(roles)
    )]
    NoUserMessage {
        /// The roles that there are.
        roles: Vec<String>,
    },
    /// A promptfoo test with several variables.
    #[error(
        "`input` is missing: `vars` has no text at {}, nor as the only variable{}{}; name the text \
         below `inputs`, for example `input: $.vars.{}`",
        listed(&TEXTS),
        because(unfit),
        has_instead(has),
        has.first().map_or("question", String::as_str)
    )]
    NoVariable {
        /// The variables.
        has: Vec<String>,
        /// Why a variable does not count.
        unfit: Vec<String>,
    },
    /// An entry of another form than its preset says.
    #[error(
        "does not fit `preset: {preset}`: the entry {what}{}",
        right.map(|right| format!("; {right}")).unwrap_or_default()
    )]
    Foreign {
        /// The preset.
        preset: &'static str,
        /// What is wrong.
        what: &'static str,
        /// What to do about it, where another preset does not help.
        right: Option<&'static str>,
    },
    /// The name of a file in the place of an entry or a list, as promptfoo has it.
    #[error(
        "is read from a file (`file://`), which this program does not do; name the file itself: \
         `{line}`"
    )]
    FileReference {
        /// The section that names it.
        line: String,
    },
    /// A place that the user named and no entry has.
    #[error(
        "no entry has a value at {}{}{}; {}",
        listed(&.0.looked), because(&.0.unfit), has_instead(&.0.has), .0.right
    )]
    FoundNowhere(Box<NotFound>),
    /// A path of `where` that no entry has.
    #[error("no entry has `{path}`{}", has_instead(has))]
    PathNowhere {
        /// The path.
        path: String,
        /// What an entry has.
        has: Vec<String>,
    },
    /// An id that `--only` names and no input has.
    #[error("no input has an id like `{}`{}", .0, case_hint(.0))]
    NoSuchId(String),
    /// Nothing passes what was asked.
    #[error("none of the {} is left; check {}", crate::error::inputs(*.of), quoted(used, " and "))]
    NothingLeft {
        /// How many there are.
        of: u64,
        /// What chose among them.
        used: Vec<&'static str>,
    },
    /// `inputs` is something else than a mapping.
    #[error("must be a mapping of keys to values, not {found}; {right}")]
    NotASection {
        /// What it is.
        found: &'static str,
        /// What to write.
        right: String,
    },
    /// `base_inputs` or `inputs_file` is of another shape.
    #[error("must be {expected}, not {found}; {right}")]
    OtherShape {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
        /// What to write.
        right: String,
    },
    /// Inputs at two places that exclude each other.
    #[error("cannot be used together with `inputs`; {right}")]
    TwoPlaces {
        /// What to write in the place of both.
        right: String,
    },
    /// `inputs` names no file.
    #[error("is required; write for example `{line}`")]
    NoFile {
        /// The section with a file.
        line: String,
    },
    /// Standard input next to files.
    #[error("`-` (standard input) must be the only file")]
    StandardInputAlone,
    /// A resumed run has no copy of its standard input.
    #[error("the run that is resumed read its inputs from elsewhere than standard input")]
    NoSavedInput,
    /// A pattern that no file fits.
    #[error("no file fits `{pattern}`; {}", files_hint(pattern))]
    NoFileFits {
        /// The pattern.
        pattern: String,
    },
    /// The system allows no more open files.
    #[error(
        "the process has too many open files; allow more with `ulimit -n 4096`, or join the files \
         (`cat data/*.jsonl > all.jsonl`)"
    )]
    TooManyOpen,
    /// A pattern that cannot be read.
    #[error("is not a valid pattern; write `*`, `?` or `[abc]`, and `[[]` for a bracket")]
    Pattern,
    /// A file that this program was built without a reader for.
    #[error("Parquet is not read by this program; convert the file to JSON Lines")]
    Parquet,
    /// The separator of columns.
    #[error("must be `auto`, or one character such as `;` or `\\t`")]
    Delimiter,
    /// A part of an entry has the wrong shape.
    #[error("`{key}` must be {expected}, not {found}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// What an input expects, or what the configuration expects of it, cannot be meant.
    #[error("`{key}` {fault}")]
    Expectation {
        /// Where it stands, in `expect` of the input or of the configuration.
        key: String,
        /// What is wrong.
        fault: Box<ExpectFaultKind>,
    },
    /// Two inputs with the same id.
    #[error("has the same id as the input {first}; give it another `id`, or leave `id` out")]
    DuplicateId {
        /// Where the first one is.
        first: String,
    },
    /// A persona that no input has.
    #[error("no input has the persona `{name}`; {}", known_personas(known))]
    NoSuchPersona {
        /// The persona.
        name: String,
        /// The personas that inputs have.
        known: Vec<String>,
    },
    /// There is nothing in the file.
    #[error("holds no inputs; the smallest thing to write is {smallest}")]
    Empty {
        /// The smallest file of its kind that does.
        smallest: &'static str,
    },
    /// More inputs have the fault of the one before.
    #[error("and {} like this one", counted(*.more, "more input", "more inputs"))]
    Alike {
        /// How many.
        more: u64,
    },
    /// There is more wrong than is worth telling.
    #[error("and more inputs are wrong")]
    More,
    /// What the file holds changed after it was checked.
    #[error("the inputs changed while the run was under way")]
    Changed,
}

/// A part of an entry that was looked for and not found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotFound {
    /// Where it was looked for.
    pub looked: Vec<String>,
    /// Why what stands there does not count.
    pub unfit: Vec<String>,
    /// The members that an entry has.
    pub has: Vec<String>,
    /// What to do about it.
    pub right: String,
}

impl InputFault {
    /// Whether it is about the form of an entry, so that most entries of a file have it.
    pub(super) fn is_of_form(&self) -> bool {
        matches!(
            self,
            Self::NoInput(_)
                | Self::SeveralTexts(_)
                | Self::NoUserMessage { .. }
                | Self::NoVariable { .. }
                | Self::BareMessages
                | Self::NotAnEntry(_)
                | Self::WrongType { .. }
                | Self::Foreign { .. }
                | Self::Expectation { .. }
                | Self::FileReference { .. }
        )
    }
}

/// What to do about an id of `--only` that is the id of a case.
fn case_hint(id: &str) -> &'static str {
    let iteration = id.rsplit_once('/').map(|(_, iteration)| iteration);
    let is_case =
        iteration.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
    if is_case { "; leave out `/` and the iteration: it names inputs, not cases" } else { "" }
}

/// What may be wrong with the name or the pattern of a file.
fn files_hint(pattern: &str) -> &'static str {
    if pattern.contains('{') && pattern.contains(',') {
        "`{a,b}` is not supported: write a list of patterns"
    } else {
        "a pattern starts in the project's folder, and `*` and `**` do not match names that begin \
         with a dot"
    }
}

fn fields(count: u64) -> String {
    counted(count, "field", "fields")
}

fn has_instead(has: &[String]) -> String {
    let names = quoted(has, ", ");
    if names.is_empty() { names } else { format!(" (there is {names})") }
}

fn roles_instead(roles: &[String]) -> String {
    match quoted(roles, ", ") {
        names if names.is_empty() => ", and no other message".to_owned(),
        names => format!(" (there is {names})"),
    }
}

/// `a`, `b` or `c`.
fn listed(places: &[impl AsRef<str>]) -> String {
    match places.split_last() {
        None => String::new(),
        Some((last, [])) => format!("`{}`", last.as_ref()),
        Some((last, others)) => format!("{} or `{}`", quoted(others, ", "), last.as_ref()),
    }
}

/// Why values do not count.
fn because(unfit: &[String]) -> String {
    if unfit.is_empty() { String::new() } else { format!(", because {}", unfit.join(" and ")) }
}

fn known_personas(known: &[String]) -> String {
    match quoted(known, ", ") {
        names if names.is_empty() => "no input names a persona".to_owned(),
        names => format!("the inputs have {names}"),
    }
}
