//! A project for a protocol.

use fluxloop_redact::Redactor;

use crate::proposal::{Options, Proposal};
use crate::vault::Vault;
use crate::{InitError, files};

/// The preset of agents that answer with one body.
const REST: &str = "rest";
/// What is proposed without a preset: an agent with events of its own.
const CUSTOM: &str = "custom";

/// The names that [`from_preset`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    let presets = fluxloop_schema::PRESETS.iter().map(|preset| preset.name);
    presets.chain([REST, CUSTOM])
}

/// Proposes a project for a protocol: a preset of schemas, `rest` or `custom`.
///
/// # Errors
///
/// If there is no such preset.
pub fn from_preset(name: &str, options: &Options) -> Result<Proposal, InitError> {
    let (http, schema, reason) = match name {
        REST => (shipped(include_str!("../../../configs/rest.yaml")), "auto", "no stream"),
        CUSTOM => (shipped(include_str!("../../../configs/custom-server.yaml")), "auto", "events"),
        name => {
            let preset = fluxloop_schema::preset(name);
            let page = preset.and_then(|preset| preset.page().map(|page| (preset.name, page)));
            let known = page.and_then(|(name, page)| Some((name, page.request?)));
            let (schema, request) = known.ok_or_else(|| InitError::NoPreset(name.to_owned()))?;
            (format!("{request}stream_schema: {schema}\n"), schema, "named")
        }
    };
    let source = format!("the preset `{name}`");
    let inputs = files::inputs_lines();
    let configuration = files::configuration(options, &source, &inputs, &http);
    let proposal = Proposal {
        files: vec![configuration, files::inputs(None)],
        schema: schema.to_owned(),
        reason: reason.to_owned(),
        ..Proposal::default()
    };
    proposal.sealed(Vault::default(), &Redactor::none())
}

/// The lines below `runner.http` of a configuration that comes with the program.
fn shipped(configuration: &str) -> String {
    let (_, http) = configuration.split_once("\nrunner:\n  http:\n").expect("it has a request");
    let lines = http.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}
