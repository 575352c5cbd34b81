//! What to do about errors and warnings whose own words do not say it.

use std::io;

use fluxloop_schema::SchemaFaultKind;

use super::{Fault, Oddity};
use crate::Origin;
use crate::keys::{Key, KeyKind, keys};
use crate::quote::Extent;

/// What helps where nothing more is known.
const MEND: &str = "check what is written there";

impl Fault {
    /// What to do, where the message does not say it: what the key takes, or what the kind of fault
    /// needs.
    pub(crate) fn advice(&self, key: &str, origin: &Origin) -> String {
        let fixed = match self {
            Self::Unreadable(kind)
            | Self::FileUnreadable { kind, .. }
            | Self::InputsUnreadable { kind, .. }
            | Self::Input(crate::InputFault::Unreadable(kind)) => of_io(*kind),
            Self::Yaml(_) => "check the quotes, the brackets and the indentation of this line",
            Self::TooDeep => "nest fewer lists and mappings",
            Self::RootNotMapping(_) => "begin with `runner:` and `base_inputs:` at the left margin",
            Self::LongDuration => "write a year or less, for example `60s`",
            Self::ZeroDuration => "write for example `60s`, or take the key out",
            Self::RateRange => "write for example `50/s`",
            Self::Demanded { .. } => "set the variable in the environment or in `.env`",
            Self::BrokenVariable { .. } => "mend the line of `.env`, as `NAME=value`",
            Self::NotAPersona => "write for example `personas: [expert, novice]`",
            Self::Needs(_) => "add it, or take this key out",
            Self::NotPem { .. } => "name a file that begins with `-----BEGIN`",
            Self::Path(_) => "write a path such as `choices[0].delta.content`",
            Self::Schema(_) if key.starts_with("inputs.where") => {
                "write for example `where: {path: lang, equals: en}`"
            }
            Self::Schema(_) => "see `fluxloop schema show auto` for an example",
            Self::SetSyntax => "write `--set runner.http.timeout=30s`",
            Self::UnknownKey { .. } if matches!(origin, Origin::Variable(_)) => {
                "write for example `FLUXLOOP__RUNNER__HTTP__TIMEOUT`"
            }
            Self::UnknownKey { .. } => {
                "take it out, or move it below `metadata`, where any key may stand"
            }
            Self::Expect(_) => "see `docs/expectations.md` for examples",
            Self::Input(fault) => of_inputs(fault),
            _ => "",
        };
        if !fixed.is_empty() {
            return fixed.to_owned();
        }
        let path = key.split('[').next().unwrap_or(key);
        let of_section =
            |key: &&Key| key.path.strip_prefix(path).is_some_and(|it| it.starts_with('.'));
        let known = keys().iter().find(|known| known.path == path).and_then(example);
        let example = known.or_else(|| {
            let inner = example(keys().iter().find(of_section).filter(|_| !path.is_empty())?)?;
            Some(format!("{}: {{{inner}}}", path.rsplit('.').next()?))
        });
        match example {
            Some(example) if *origin != Origin::Default => format!("write for example `{example}`"),
            _ => MEND.to_owned(),
        }
    }

    /// What of the line is meant.
    pub(crate) fn extent(&self) -> Extent {
        match self {
            Self::UnknownKey { .. }
            | Self::ForeignKey(_)
            | Self::DuplicateKey { .. }
            | Self::HeaderName
            | Self::HeaderTwice { .. }
            | Self::HeaderComputed
            | Self::MergeKey
            | Self::Missing { .. }
            | Self::Schema(
                SchemaFaultKind::UnknownKey { .. } | SchemaFaultKind::UnknownTest { .. },
            )
            | Self::Input(crate::InputFault::NoFile { .. }) => Extent::Key,
            Self::Expect(kind) if kind.is_of_key() => Extent::Key,
            Self::Yaml(_)
            | Self::Path(_)
            | Self::Template(_)
            | Self::BracketInFlow
            | Self::Undefined { .. }
            | Self::Demanded { .. }
            | Self::Placeholder { .. }
            | Self::BrokenVariable { .. }
            | Self::Syntax(_) => Extent::Point,
            _ => Extent::Value,
        }
    }
}

fn of_io(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "check the path; it is relative to the project's folder",
        io::ErrorKind::PermissionDenied => "make it readable, for example with `chmod u+r`",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::InvalidData => "save it as UTF-8",
        _ => "check that it is a file that can be read",
    }
}

fn of_inputs(fault: &crate::InputFault) -> &'static str {
    use crate::InputFault as Input;
    match fault {
        Input::RecordTooLong { .. } => "check for a missing line end or quote",
        Input::Json(_) => "check the commas, quotes and brackets of this line",
        Input::NoList => "write the inputs as a list, `- …` or `[…]`",
        Input::Foreign { .. } => {
            "take `preset` out, or name the preset that the file was written for"
        }
        Input::WrongType { found: "a number" | "`true` or `false`", .. } => "put it in quotes",
        Input::NoSuchId(_) => {
            "check `--only`; ids are those of the inputs, or their numbers from 0"
        }
        Input::StandardInputAlone => "take the other files out",
        Input::NoSavedInput => "resume it with the inputs that it had",
        Input::NoFileFits { .. } => "check the folder and the extension",
        Input::Delimiter => "write for example `delimiter: \";\"`",
        Input::WrongType { .. } => "write it as the example of the reference shows",
        Input::Alike { .. } => "mend them in the same way",
        Input::More => "mend those above first",
        Input::Changed => "begin a new run",
        Input::Expectation { .. } => "see `docs/expectations.md` for examples",
        _ => MEND,
    }
}

/// How a key is written.
fn example(key: &Key) -> Option<String> {
    let name = key.path.rsplit('.').next().unwrap_or(key.path);
    let value = match key.kind {
        KeyKind::Text | KeyKind::TextOrList => "text",
        KeyKind::Bool | KeyKind::AutoBool => "true",
        KeyKind::Integer { min, .. } if min > 1 => return Some(format!("{name}: {min}")),
        KeyKind::Integer { .. } => key.default.unwrap_or("10"),
        KeyKind::Pause | KeyKind::Duration => key.default.filter(|it| *it != "0").unwrap_or("60s"),
        KeyKind::Size => "1MiB",
        KeyKind::OneOf(names) => key.default.or_else(|| names.first().copied())?,
        KeyKind::Url => "http://localhost:8000/chat",
        KeyKind::Proxy => "http://localhost:3128",
        KeyKind::Path => "choices[0].delta.content",
        KeyKind::File => "path/to/file",
        KeyKind::Files => "inputs/*.jsonl",
        KeyKind::TextList => "[one, two]",
        KeyKind::StatusCodes => "[429, 503]",
        KeyKind::Percent => "20%",
        KeyKind::CountOrOff => key.default.unwrap_or("100"),
        KeyKind::CountOrShare => "5%",
        KeyKind::DurationOrOff => "30m",
        KeyKind::Rate => "50/s",
        KeyKind::Headers => "{X-Name: value}",
        KeyKind::Parameters => "{q: $.input}",
        KeyKind::Template => "{input: $.input}",
        KeyKind::Done => "{event: done}",
        KeyKind::Schema => "openai-chat",
        KeyKind::Condition => "{path: lang, equals: en}",
        KeyKind::Expectations => "[{contains: \"42\"}]",
        KeyKind::Thresholds => "{success: 95%}",
        KeyKind::Objectives => "{first_token: 500ms}",
        KeyKind::Inputs => "[\"Hello\"]",
        KeyKind::Personas => "[expert, novice]",
        KeyKind::PassWhen => "{path: verdict, equals: pass}",
        KeyKind::Like("stop") => "{requests: 1000}",
        KeyKind::Like("runner.guards") => "{max_duration: 60s}",
        KeyKind::Like(_) => "{url: http://localhost:8000/judge}",
        KeyKind::Any => return None,
    };
    Some(format!("{name}: {value}"))
}

impl Oddity {
    /// What to do, where the message does not say it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::NoEffect(_) => "take them out, or leave them for FluxLoop",
            Self::OldName { .. } => "take the older name out",
            Self::FilledIn(_) => "define them in the environment or in `.env` before a real run",
            Self::ShortSecret(_) => "use a longer secret, or keep it out of texts",
            Self::UnknownVariable(_) => "define it, or take its name out",
            Self::Insecure => "take `insecure` out, and name the authority with `ca_file`",
            Self::UnneededLine(_) | Self::UnneededLines(_) => "write `NAME=value`, or take it out",
            Self::NoMeaning { advice, .. } => advice,
            Self::UnknownPersonas(_) => "add them to `personas`",
            Self::EmptyInputs(_) => "fill in a text, or remove the entry",
            Self::ListTaken(_) => "rename it to `inputs` to say so",
            Self::NotApplied(_) => "take them out, or run them with the program that they are for",
            Self::NotAsserted(_) => {
                "check these answers in another way, or with other expectations"
            }
            Self::OtherUrl(_) => "check `runner.http.url` and `method`",
            Self::FailedGone(_) => "add them to the inputs again to send them",
            Self::InputsTwice => "remove `base_inputs` or `inputs_file`",
            _ => MEND,
        }
    }
}
