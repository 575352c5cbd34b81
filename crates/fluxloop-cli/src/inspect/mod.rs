//! `fluxloop inspect`: one answer, how it came, and how it is to be read.

mod answer;
mod proposed;
mod send;
mod shown;
mod write;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fluxloop_aggregate::AnswerRules;
use fluxloop_config::{LoadOptions, Loaded, Origin};
use fluxloop_learn::{Delivery, Proposal, Recorder, learn, remarks, texts};
use fluxloop_redact::Redactor;
use fluxloop_schema::{Schema, StreamKind};

use self::answer::Answer;
use self::shown::{Findings, Masking};
use crate::args::InspectArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, loading, logging, output};

/// The largest frame, in bytes: the default of `limits.max_event_bytes`.
const MAX_FRAME_BYTES: usize = 16 << 20;

/// How much of a body is read: more teaches nothing.
const MAX_BODY_BYTES: u64 = 16 << 20;

pub(crate) fn run(args: &InspectArgs) -> Result<Exit, Ended> {
    let needs_config = args.from.is_none() || args.load.config.is_some() || args.write;
    let loaded = needs_config.then(|| load(args)).transpose()?;
    let redactor = match &loaded {
        Some(loaded) => loaded.plan.redactor.clone(),
        None => Redactor::none().into(),
    };
    logging::install(&redactor);
    inspect(args, loaded, &redactor).map_err(|ended| ended.masked(&redactor))
}

fn inspect(args: &InspectArgs, loaded: Option<Loaded>, redactor: &Redactor) -> Result<Exit, Ended> {
    if let Some(loaded) = &loaded {
        findings::show(&loaded.findings);
    }
    let current = loaded.as_ref().map(|loaded| loaded.plan.response.clone());
    let file = loaded.as_ref().and_then(config_file);
    let answer = match (&args.from, loaded) {
        (Some(path), _) => from_file(path, args.stream.unwrap_or(StreamKind::Auto))?,
        (None, Some(loaded)) => send::one(args, loaded)?,
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
        let file = file.ok_or_else(|| {
            Ended::message(Exit::Configuration, "there is no configuration file to write to")
        })?;
        return write::write(args, &file, &proposal, redactor);
    }
    let is_empty = answer.recording.frames.is_empty() || !answer.is_success();
    Ok(if is_empty { Exit::Failure } else { Exit::Success })
}

/// How the answer is read where no configuration says it: as it is proposed.
fn proposed_rules(proposal: &Proposal) -> AnswerRules {
    let setting = proposed::setting(proposal).map(|setting| setting.value());
    let loaded =
        setting.and_then(|value| fluxloop_schema::load(&value, "inline", &mut |_, _| None).ok());
    let schema = loaded.map_or_else(Schema::auto, |loaded| loaded.schema);
    AnswerRules::new(StreamKind::Auto, schema)
}

/// The file that says how answers are read, or else where they come from.
fn config_file(loaded: &Loaded) -> Option<PathBuf> {
    let replaced = [proposed::KEY].into_iter().chain(write::SUPERSEDED);
    replaced.chain(["url"]).find_map(|key| {
        match loaded.settings.origin(&format!("runner.http.{key}"))? {
            Origin::File { path, .. } => Some(path.to_path_buf()),
            _ => None,
        }
    })
}

fn load(args: &InspectArgs) -> Result<Loaded, Ended> {
    load_with(args, args.load.set.clone())
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
    let loaded = fluxloop_config::load(&options).map_err(|errors| findings::ended(&errors))?;
    Ok(loading::for_first_case(loaded))
}

/// Reads a captured body.
fn from_file(path: &Path, stream: StreamKind) -> Result<Answer, Ended> {
    let failed = |error: io::Error| {
        let message = format!("`{}` cannot be read: {error}", path.display());
        Ended::message(Exit::Failure, message)
    };
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut body = Vec::new();
    input.take(MAX_BODY_BYTES).read_to_end(&mut body).map_err(failed)?;
    let mut recorder = Recorder::new(stream, MAX_FRAME_BYTES);
    recorder.feed(&body, Duration::ZERO);
    let mut recording = recorder.finish(Duration::ZERO);
    // Lines that are no fields may come before the first field of an event stream.
    let text = String::from_utf8_lossy(&body);
    let has_fields = text.lines().any(|line| line.starts_with("data:"));
    if stream == StreamKind::Auto && has_fields {
        let mut recorder = Recorder::new(StreamKind::Sse, MAX_FRAME_BYTES);
        recorder.feed(&body, Duration::ZERO);
        recording = recorder.finish(Duration::ZERO);
    }
    let delivery = Delivery { is_clean: true, ..Delivery::default() };
    Ok(Answer { head: None, recording, delivery, took: Duration::ZERO, broke: None })
}
