//! `fluxloop inspect`: one answer, how it came, and how it is to be read.

mod answer;
mod captured;
mod proposed;
mod send;
mod shown;
mod write;

use std::path::PathBuf;

use fluxloop_aggregate::AnswerRules;
use fluxloop_config::{LoadOptions, Loaded, Origin};
use fluxloop_learn::{Proposal, learn, remarks, texts};
use fluxloop_redact::Redactor;
use fluxloop_schema::{Schema, StreamKind};

use self::answer::Answer;
use self::shown::{Findings, Masking};
use crate::args::InspectArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::loading::FirstCase;
use crate::{findings, loading, logging, output};

/// The largest frame, in bytes: the default of `limits.max_event_bytes`.
const MAX_FRAME_BYTES: usize = 16 << 20;

/// How much of a body is read: more teaches nothing.
const MAX_BODY_BYTES: u64 = 16 << 20;

pub(crate) fn run(args: &InspectArgs) -> Result<Exit, Ended> {
    let needs_config = args.from.is_none() || args.load.config.is_some() || args.write;
    let first = needs_config.then(|| load(args)).transpose()?;
    let captured = args.from.as_ref().map(|path| captured::read(path, args.stream)).transpose()?;
    let redactor = match (&first, &captured) {
        (Some(first), _) => first.loaded.plan.redactor.clone(),
        (None, Some(captured)) => captured::redactor(captured).into(),
        (None, None) => Redactor::none().into(),
    };
    logging::install(&redactor);
    inspect(args, first, captured, &redactor).map_err(|ended| ended.masked(&redactor))
}

fn inspect(
    args: &InspectArgs,
    first: Option<FirstCase>,
    captured: Option<Answer>,
    redactor: &Redactor,
) -> Result<Exit, Ended> {
    let loaded = first.as_ref().map(|first| &first.loaded);
    match loaded {
        Some(loaded) => findings::show(&loaded.findings),
        None => output::note(
            "no configuration is read, so no secret is known: only what looks like a key is masked",
        ),
    }
    let current = loaded.map(|loaded| loaded.plan.response.clone());
    let file = loaded.and_then(config_file);
    let answer = match (captured, first) {
        (Some(captured), _) => captured,
        (None, Some(first)) => send::one(args, first)?,
        (None, None) => unreachable!("without a file, the configuration is loaded"),
    };
    let proposal = learn(&answer.recording);
    let remarks = match &answer.head {
        Some(_) => remarks(&answer.recording, &proposal, &answer.delivery),
        // Of a file nobody knows how it came.
        None => Vec::new(),
    };
    let has_settings = current.is_some();
    let rules = current.unwrap_or_else(|| proposed_rules(&proposal));
    let masking = Masking::new(redactor, &texts(&answer.recording));
    let is_empty = answer.recording.frames.is_empty() || !answer.is_success();
    let findings = Findings {
        answer: &answer,
        rules: &rules,
        has_settings,
        proposal: &proposal,
        remarks: &remarks,
    };
    if args.json {
        output::result(findings.json(&masking));
    } else {
        for line in findings.lines(&masking) {
            output::result(fluxloop_report::visible(&line));
        }
    }
    if args.write {
        if !answer.is_success() {
            let why = "nothing was written: an answer that is refused shows nothing";
            return Err(Ended::message(Exit::Failure, why));
        }
        let file = file.ok_or_else(|| {
            Ended::message(Exit::Configuration, "there is no configuration file to write to")
        })?;
        return write::write(args, &file, &proposal, redactor);
    }
    Ok(if is_empty { Exit::Failure } else { Exit::Success })
}

/// How the answer is read where no configuration says it: as it is proposed.
fn proposed_rules(proposal: &Proposal) -> AnswerRules {
    let schema = proposed::setting(proposal).map(|setting| setting.schema);
    let loaded =
        schema.and_then(|value| fluxloop_schema::load(&value, "inline", &mut |_, _| None).ok());
    let schema = loaded.map_or_else(Schema::auto, |loaded| loaded.schema);
    AnswerRules::new(StreamKind::Auto, schema)
}

/// The file that says how answers are read, or else where they come from.
fn config_file(loaded: &Loaded) -> Option<PathBuf> {
    proposed::KEYS.into_iter().chain(["url"]).find_map(|key| {
        match loaded.settings.origin(&format!("runner.http.{key}"))? {
            Origin::File { path, .. } => Some(path.to_path_buf()),
            _ => None,
        }
    })
}

fn load(args: &InspectArgs) -> Result<FirstCase, Ended> {
    load_with(args, args.load.set.clone()).map(FirstCase::of)
}

/// Loads the configuration with these keys set.
fn load_with(args: &InspectArgs, set: Vec<String>) -> Result<Loaded, Ended> {
    // Nothing is sent of a file's answer, so an input is there only to be complete.
    let input = args.input.clone().or_else(|| args.from.is_some().then(|| "Hello".to_owned()));
    let options = LoadOptions {
        set,
        inputs: input.into_iter().collect(),
        mock: args.mock.is_some(),
        dry_run: args.from.is_some(),
        ..loading::options(&args.load)?
    };
    fluxloop_config::load(&options).map_err(|errors| findings::ended(&errors))
}
