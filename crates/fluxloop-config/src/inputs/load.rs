//! Finds, reads and checks the inputs of a configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluxloop_expect::Judging;
use fluxloop_plan::{Fingerprint, Plan};
use serde_json::Value;

use super::census::{self, Census};
use super::document::{Items, of_nodes};
use super::entry::Rules;
use super::foreign::Preset;
use super::format::Format;
use super::members::{Entry, INPUT, MESSAGES, PARTS};
use super::open::{Opened, open};
use super::section::Section;
use super::source::{Kind, Part, Source};
use super::{InputFault, Inputs, NotFound, line};
use crate::error::{Fault, Oddity};
use crate::resolve::Reader;
use crate::yaml::{Node, Shape};
use crate::{LoadOptions, Origin};

/// What became of the inputs.
pub(crate) enum Found {
    /// They are sound.
    Inputs(Inputs),
    /// The configuration names none.
    None,
    /// They are wrong; the report says how.
    Faulty,
}

/// The inputs of a configuration.
pub(crate) fn load(
    reader: &mut Reader<'_>,
    options: &LoadOptions,
    plan: Option<&Plan>,
    judging: Option<&Arc<Judging>>,
) -> Found {
    let section = Section::read(reader, options, plan);
    let template = reader.input_template();
    let listed = reader.persona_names();
    let keys = ["inputs.file", "inputs_file", "base_inputs"].map(|key| (key, reader.node(key)));
    let is_section = reader.root.get("inputs").is_some_and(|node| !node.entries().is_empty());
    let before = reader.report.faults();
    let opened = match keys {
        _ if !options.inputs.is_empty() => Some(of_flags(&options.inputs)),
        [_, (short, Some(node)), (_, base)] if is_section => {
            reader.two_places(short, node, base.is_some());
            None
        }
        [_, (_, None), (short, Some(node))] if is_section => {
            reader.two_places(short, node, true);
            None
        }
        [(key, Some(_)), ..] => open(reader, key, &section, options),
        _ if is_section => {
            let line = line::line(reader.root, None);
            let origin = reader.root.get("inputs").map(|node| node.origin.clone());
            let origin = origin.unwrap_or_else(|| reader.main.clone());
            reader.report.fault(&origin, "inputs.file", InputFault::NoFile { line });
            None
        }
        [_, (key, Some(node)), _] if matches!(node.shape, Shape::Map(_)) => {
            let right = format!("write `{}` in its place", line::of_section(node));
            let (expected, found) = ("a path or a pattern", node.shape.name());
            reader.fault(node, key, InputFault::OtherShape { expected, found, right }.into());
            None
        }
        [_, (key, Some(_)), (base, second)] => {
            if let Some(second) = second {
                reader.warn(second, base, Oddity::InputsTwice);
            }
            open(reader, key, &section, options)
        }
        [_, _, (key, Some(node))] => of_configuration(reader, node, key),
        [_, _, (_, None)] => return Found::None,
    };
    let Some(opened) = opened.filter(|_| reader.report.faults() == before) else {
        return Found::Faulty;
    };
    let is_listed = !listed.is_empty();
    let Section { members, choice, written, .. } = section;
    let judging = judging.cloned();
    let rules = if options.inputs.is_empty() {
        Rules { members, template, choice, judging }
    } else {
        Rules { template, judging, ..Rules::default() }
    };
    let source = Source::new(opened.parts);
    let is_elsewhere = |entry: &Entry| is_elsewhere(entry, &rules, plan);
    let census =
        census::take(&source, &rules, opened.is_standard_input, &is_elsewhere, &mut reader.report);
    reader.check(&census, &source, &rules);
    if is_listed {
        reader.warn_unlisted(&census.personas, &listed);
    }
    if reader.report.faults() > before {
        return Found::Faulty;
    }
    let (total, order) = census.picker.finish(&rules.choice);
    let mut hash =
        if opened.is_standard_input { census.lines } else { census::fingerprint(&source) };
    // Lengths keep neighbors apart: template `ab` and persona `c` is not `a` and `bc`.
    let written = (!written.is_null()).then(|| written.to_string());
    for part in rules.template.iter().chain(&rules.choice.personas).chain(&written) {
        hash.add(format!("\n{}:{part}", part.len()).as_bytes());
    }
    Found::Inputs(Inputs {
        source,
        rules: Arc::new(rules),
        order,
        total,
        hash: hash.to_string(),
        is_standard_input: opened.is_standard_input,
        with_expected: census.with_expected.min(total),
        with_expectations: census.with_expectations.min(total),
    })
}

/// The texts of `--input`.
fn of_flags(texts: &[String]) -> Opened {
    let item = |text: &String| (Origin::Flag("--input"), Value::from(text.as_str()));
    in_memory(texts.iter().map(item).collect())
}

fn in_memory(items: Items) -> Opened {
    let values: Value = items.iter().map(|(_, value)| value.clone()).collect();
    let fingerprint = Fingerprint::of(values.to_string().as_bytes());
    let part = Part { shown: None, kind: Kind::List(items, fingerprint), format: Format::Yaml };
    Opened { parts: vec![part], is_standard_input: false }
}

fn of_configuration(reader: &mut Reader<'_>, base: &Node, key: &'static str) -> Option<Opened> {
    let Shape::List(items) = &base.shape else {
        if line::is_file(base) {
            let right = format!("write `{}` in its place", line::of_short(base));
            let (expected, found) = ("a list", base.shape.name());
            reader.fault(base, key, InputFault::OtherShape { expected, found, right }.into());
        } else {
            reader.wrong_type(base, key, "a list");
        }
        return None;
    };
    if items.is_empty() {
        let right = "the smallest thing to write is `[\"Hello\"]`";
        reader.fault(base, key, Fault::Empty { right });
        return None;
    }
    Some(in_memory(of_nodes(items)))
}

/// Whether a batch entry was written for another address than the configured one.
fn is_elsewhere(entry: &Entry, rules: &Rules, plan: Option<&Plan>) -> bool {
    let Some(request) = plan.map(|plan| &plan.request) else { return false };
    let member = |name: &str| entry.input.metadata.get(name).and_then(Value::as_str);
    let other_url =
        member("url").is_some_and(|url| !request.url.path().ends_with(url.trim_end_matches('/')));
    let other_method =
        member("method").is_some_and(|it| !it.eq_ignore_ascii_case(request.method.as_str()));
    rules.members.preset == Some(Preset::OpenAiBatch) && (other_url || other_method)
}

impl Reader<'_> {
    /// Reports a key that says what `inputs` says, with the line that says both.
    fn two_places(&mut self, key: &'static str, node: &Node, has_list: bool) {
        let line = line::line(self.root, None);
        let right = match key {
            "base_inputs" if self.root.at_key("inputs.file").is_some() => {
                "remove it, or move its list to a file that `inputs.file` names, too".to_owned()
            }
            "base_inputs" => format!("move the list to a file, and write `{line}`"),
            _ if has_list => format!("write `{line}`, and remove `inputs_file` and `base_inputs`"),
            _ => format!("write `{line}`, and remove `{key}`"),
        };
        self.fault(node, key, InputFault::TwoPlaces { right }.into());
    }

    /// Reports what only all entries together show.
    fn check(&mut self, census: &Census, source: &Source, rules: &Rules) {
        let origin = source.parts().first().map_or(Origin::Default, |part| match &part.kind {
            Kind::List(items, _) if part.shown.is_none() => {
                items.first().map_or(Origin::Default, |(origin, _)| origin.clone())
            }
            _ => part.origin(None),
        });
        for (name, count) in &census.guessed {
            let oddity = Oddity::TextGuessed { name, count: *count };
            self.report.warn(&origin, "", oddity);
        }
        let unapplied: Vec<String> = census.unapplied.iter().map(ToString::to_string).collect();
        let not_asserted: Vec<String> = census.not_asserted.iter().cloned().collect();
        if let Some(first) = &census.first_empty {
            self.report.warn(first, "", Oddity::EmptyInputs(census.empty));
        }
        let oddities = [
            census.like_alpaca.then_some(Oddity::LooksLikeAlpaca),
            (census.with_answer > 0).then_some(Oddity::AnswerSent(census.with_answer)),
            (!unapplied.is_empty()).then_some(Oddity::NotApplied(unapplied)),
            (!not_asserted.is_empty()).then_some(Oddity::NotAsserted(not_asserted)),
            rules.choice.ids.as_ref().and_then(|(ids, _)| {
                let gone = (ids.len() as u64).saturating_sub(census.failed);
                (gone > 0).then_some(Oddity::FailedGone(gone))
            }),
            rules.choice.sample.and_then(|sample| {
                let of = census.picker.passed;
                (of > 0 && sample.count > of)
                    .then_some(Oddity::SmallSample { count: sample.count, of })
            }),
            (census.elsewhere > 0).then_some(Oddity::OtherUrl(census.elsewhere)),
        ];
        for oddity in oddities.into_iter().flatten() {
            self.report.warn(&origin, "", oddity);
        }
        if self.report.is_faulty() {
            return;
        }
        for (part, found) in census.found.into_iter().enumerate() {
            let stands_in = part == INPUT && census.found[MESSAGES];
            if !(found || stands_in || rules.members.picks[part].is_empty()) {
                let key = format!("inputs.{}", PARTS[part]);
                let (looked, has) = (rules.members.places(part), census.names.clone());
                let unfit = census.unfit[part].iter().map(|it| rules.members.unfit(*it)).collect();
                let origin = self.root.at_key(&key).map_or(origin.clone(), |it| it.origin.clone());
                let right = "name a member that the entries have".to_owned();
                let not_found = Box::new(NotFound { looked, unfit, has, right });
                self.report.fault(&origin, key, InputFault::FoundNowhere(not_found));
            }
        }
        for (path, _) in census.paths.iter().filter(|(_, is_there)| !**is_there) {
            let key = "inputs.where";
            let origin = self.root.at_key(key).map_or(origin.clone(), |it| it.origin.clone());
            let fault = InputFault::PathNowhere { path: path.clone(), has: census.names.clone() };
            if census.picker.passed == 0 {
                self.report.fault(&origin, key, fault);
            } else {
                self.report.warn(&origin, key, Oddity::Input(fault));
            }
        }
        for name in rules.choice.personas.difference(&census.personas) {
            let known = census.personas.iter().take(20).cloned().collect();
            let fault = InputFault::NoSuchPersona { name: name.clone(), known };
            self.report.fault(&Origin::Flag("--personas"), "", fault);
        }
        for ((name, _), _) in rules.choice.only.iter().zip(&census.fits).filter(|(_, it)| !**it) {
            let fault = InputFault::NoSuchId(name.clone());
            self.report.fault(&Origin::Flag("--only"), "", fault);
        }
        if census.picker.passed == 0 && !self.report.is_faulty() {
            let fault = InputFault::NothingLeft { of: census.entries, used: rules.choice.used() };
            self.report.fault(&origin, "", fault);
        }
    }

    /// Warns about personas that inputs name and nobody listed.
    fn warn_unlisted(&mut self, present: &BTreeSet<String>, listed: &BTreeSet<String>) {
        let unknown: Vec<String> = present.difference(listed).take(20).cloned().collect();
        if !unknown.is_empty()
            && let Some(node) = self.node("personas")
        {
            self.warn(node, "personas", Oddity::UnknownPersonas(unknown));
        }
    }
}
