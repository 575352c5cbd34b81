//! What is odd about a configuration that can be run all the same.

use std::fmt;
use std::path::PathBuf;

use fluxloop_redact::{MIN_ANYWHERE_CHARS, Masked};
use thiserror::Error;

use super::{message, quoted, without_keys};
use crate::Origin;

/// Something odd. Shows as `file:line:column: key: what is odd`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigWarning {
    /// Where it was written; absent where it is about the whole.
    pub origin: Option<Origin>,
    /// The key, from the root; empty where it is about the whole.
    pub key: String,
    /// What is odd.
    pub oddity: Oddity,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_keys(message(self.origin.as_ref(), &self.key, &self.oddity)))
    }
}

/// What is odd. Like a fault, it never shows a value.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Oddity {
    /// Keys of FluxLoop that do not concern an HTTP run.
    #[error("these keys have no effect on an HTTP run: {}", quoted(.0, ", "))]
    NoEffect(Vec<String>),
    /// An old and a new name of a key are both set.
    #[error("`{old}` is the older name of this key, and loses")]
    OldName {
        /// The old name, which loses.
        old: &'static str,
    },
    /// A variable that names a key with single underscores, so that nothing reads it.
    #[error("is not read; write `{0}`, with two underscores between keys")]
    OneUnderscore(String),
    /// A comment that cuts a text, where the sign was probably meant.
    #[error("the text ends before ` #`, where a comment begins; put the text in quotes")]
    CommentCuts,
    /// A placeholder that other programs replace, and that stays as it is here.
    #[error("`{written}` is literal text here; {right}")]
    ForeignPlaceholder {
        /// How it is written.
        written: String,
        /// What to write.
        right: String,
    },
    /// Variables without a value became `<NAME>`, because nothing real is sent.
    #[error("not defined, so their names in `<>` stand for them: {}", quoted(.0, ", "))]
    FilledIn(Vec<String>),
    /// `$NAME` where `${NAME}` was probably meant.
    #[error("`${0}` is literal text; write `${{{0}}}` for the variable")]
    BareVariable(String),
    /// A secret as it is, in a file.
    #[error("a secret stands here as it is; put it into `.env` and write `${{NAME}}` here")]
    LiteralSecret,
    /// A value that may be a secret.
    #[error(
        "the value looks like a secret, and is not masked; put it into a variable, and name the \
         variable in `security.mask`, or in `security.unmask` if it is not a secret"
    )]
    LooksSecret,
    /// The inputs hold more than is looked for in answers.
    #[error(
        "the inputs hold secrets, and there are more than 10000 inputs or 1000 secrets: further \
         secrets are masked only where they stand in metadata, and not in answers; keep them out of \
         the inputs"
    )]
    ManyInputs,
    /// A secret as it is, on the command line.
    #[error(
        "a secret on the command line stands in the list of processes and in the shell's history; \
         put it into `.env` and write `${{NAME}}` here, in single quotes"
    )]
    SecretArgument,
    /// A secret as it is, in a flag that takes no placeholders.
    #[error(
        "a secret on the command line stands in the list of processes and in the shell's history; \
         use a value without it"
    )]
    SecretInFlag,
    /// A secret, under the name of its variable or key, that is too short to be found in text.
    #[error(
        "`{0}` is a secret of fewer than {MIN_ANYWHERE_CHARS} characters, which is not masked where \
         it occurs in other text"
    )]
    ShortSecret(String),
    /// `security.mask` or `security.unmask` names a variable that is not defined.
    #[error("variable `{0}` is not defined")]
    UnknownVariable(String),
    /// A secret travels unencrypted.
    #[error("a secret goes to `{host}` without encryption; use https")]
    SecretInClear {
        /// The host, of which a variable may be a part.
        host: Masked,
    },
    /// Certificates are not checked.
    #[error("certificates are not checked: anybody in between can read the traffic")]
    Insecure,
    /// Git does not ignore `.env`.
    #[error("git does not ignore `{}`; add it to `.gitignore`", .0.display())]
    DotenvNotIgnored(PathBuf),
    /// A line of `.env` that cannot be read, and whose variable nothing uses.
    #[error("{0}; this run does not need the line")]
    UnneededLine(String),
    /// A line of `.env` that cannot be read, and whose variable a real run uses.
    #[error("{0}; a run that sends something needs the line")]
    NeededLine(String),
    /// More lines of `.env` like those that were reported.
    #[error(
        "{} of environment files cannot be read; this run does not need {}",
        counted(*.0 as u64, "more line", "more lines"),
        if *.0 == 1 { "it" } else { "them" }
    )]
    UnneededLines(usize),
    /// An empty variable of the process hides one of `.env`.
    #[error(
        "variable `{0}` is empty in the environment, which hides its value in `.env`; remove it from \
         the environment (`unset {0}`)"
    )]
    EmptyHides(String),
    /// A variable of `.env` that names a proxy.
    #[error(
        "`{0}` in `.env` has no effect: a proxy comes from the environment of the process, or from \
         `runner.http.proxy`, for example `proxy: ${{{0}}}`"
    )]
    ProxyInDotenv(String),
    /// No part of the request depends on the input.
    #[error(
        "nothing of the input is in the request, so that all requests are the same; use `$.input` \
         in {}",
        if *.has_body { "`body_template.mapping` or in `query`" } else { "`query`" }
    )]
    InputUnused {
        /// Whether there is a body to put it into.
        has_body: bool,
    },
    /// A key to which another key gives no meaning.
    #[error("has a meaning only {only}")]
    NoMeaning {
        /// With which setting it has a meaning.
        only: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A type that is almost a type that the schema names.
    #[error("names a type that is almost the known type `{0}`; check the spelling")]
    AlmostKnownType(String),
    /// A template's warning: what it says, and its hint.
    #[error("{0}; {1}")]
    Template(String, String),
    /// `input_template` leaves the input out.
    #[error("has no `{{input}}` in it, so that all inputs become the same")]
    TemplateWithoutInput,
    /// Personas that inputs name, and that `personas` does not know.
    #[error("inputs name personas that are not listed here: {}", quoted(.0, ", "))]
    UnknownPersonas(Vec<String>),
    /// The text of inputs was found under a name that nobody wrote.
    #[error("took `{name}` as the text of {}; write `input: {name}` below `inputs` to say so", inputs(*.count))]
    TextGuessed {
        /// The member or column.
        name: &'static str,
        /// How many inputs have it.
        count: u64,
    },
    /// Inputs without any text, which are sent all the same.
    #[error("{} sent all the same", counted(*.0, "input has no text, and is", "inputs have no text, and are"))]
    EmptyInputs(u64),
    /// Entries that look like those of a preset.
    #[error(
        "entries have `instruction` and `output` too, as Alpaca's have: only `input` is sent; set \
         `preset: alpaca` below `inputs` to send both"
    )]
    LooksLikeAlpaca,
    /// The messages of entries end with an answer.
    #[error(
        "the messages of {} end with one of the assistant, which is sent; set `preset: \
         openai-messages` below `inputs` to keep it as the expected answer",
        inputs(*.0)
    )]
    AnswerSent(u64),
    /// The only list of a file was taken.
    #[error("took the list `{0}` as the inputs")]
    ListTaken(String),
    /// Parts of a file that another program would act on.
    #[error("these parts of the file have no effect here: {}", quoted(.0, ", "))]
    NotApplied(Vec<String>),
    /// Assertions of promptfoo that have no counterpart here.
    #[error("these assertions have no counterpart here, and are not checked: {}", quoted(.0, ", "))]
    NotAsserted(Vec<String>),
    /// Batch entries that were written for another address.
    #[error(
        "{} written for another `url` or `method` than `runner.http` has, and sent to the configured \
         one",
        counted(*.0, "input is", "inputs are")
    )]
    OtherUrl(u64),
    /// Failed cases of an earlier run whose inputs are not there.
    #[error(
        "{} of that run {} not among the inputs of this run",
        counted(*.0, "failed input", "failed inputs"),
        if *.0 == 1 { "is" } else { "are" }
    )]
    FailedGone(u64),
    /// Files that several names of a list stand for.
    #[error("the same file is named more than once, and sent once: {}", quoted(.0, ", "))]
    FilesTwice(Vec<String>),
    /// A pattern that fits files of several splits of a data set: the first of them, the one that is
    /// probably meant at their head, and how many there are.
    #[error(
        "fits files of several splits of a data set, and all of them are sent: {}{}; name the file \
         that is meant, for example `{}`",
        quoted(.0, ", "),
        and_more(.1 - .0.len()),
        .0.first().map_or("test.jsonl", String::as_str)
    )]
    SeveralSplits(Vec<String>, usize),
    /// A sample of more inputs than there are.
    #[error("`sample` asks for {count} of {}: all are sent", inputs(*.of))]
    SmallSample {
        /// How many it asks for.
        count: u64,
        /// How many there are.
        of: u64,
    },
    /// What would be a fault if it left no input.
    #[error(transparent)]
    Input(#[from] crate::InputFault),
    /// A large file that is read as a whole.
    #[error("is large, and is read as a whole; JSON Lines and CSV are read as a stream")]
    LargeDocument,
    /// Two sources of inputs; the second one loses.
    #[error("is not used, because `inputs_file` is set")]
    InputsTwice,
}

pub(crate) fn inputs(count: u64) -> String {
    counted(count, "input", "inputs")
}

/// A count and its noun: `1 entry`, `3 entries`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn and_more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" and {count} more") }
}
