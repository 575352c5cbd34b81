//! Checks every entry once, before anything is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use fluxloop_expect::InputCheck;
use fluxloop_plan::Fingerprint;
use serde_json::Value;

use super::choice::{Picker, is_named};
use super::entry::Rules;
use super::foreign::Preset;
use super::ids::Ids;
use super::list::json_line;
use super::members::{EXPECTED, Entry, PARTS, Pick, Unfit, some};
use super::source::{At, Kind, Record, Source};
use super::{InputError, InputFault};
use crate::Origin;
use crate::report::Report;

/// How many faults are worth reporting.
const MAX_FAULTS: usize = 20;

/// How many personas are remembered for messages, beside those that `-p` names.
const MAX_PERSONAS: usize = 10_000;

/// What the entries are.
pub(super) struct Census {
    pub(super) picker: Picker,
    /// How many entries there are.
    pub(super) entries: u64,
    pub(super) personas: BTreeSet<String>,
    /// The names that were taken for the text, and how often.
    pub(super) guessed: BTreeMap<&'static str, u64>,
    /// How many of the chosen inputs have an empty text.
    pub(super) empty: u64,
    /// Where the first of them is.
    pub(super) first_empty: Option<Origin>,
    /// How many of the chosen inputs say what is expected.
    pub(super) with_expected: u64,
    /// How many of the chosen inputs have expectations of their own.
    pub(super) with_expectations: u64,
    /// Assertions of promptfoo that have no counterpart here.
    pub(super) not_asserted: BTreeSet<String>,
    /// Members that have no effect here.
    pub(super) unapplied: BTreeSet<&'static str>,
    /// How many entries were written for another address.
    pub(super) elsewhere: u64,
    /// Whether an entry has what Alpaca's have.
    pub(super) like_alpaca: bool,
    /// How many entries end with a message of the assistant, which is sent.
    pub(super) with_answer: u64,
    /// For each of [`PARTS`], whether a place that the user named was found.
    pub(super) found: [bool; PARTS.len()],
    /// For each of [`PARTS`], the first value at a place that the user named which does not count.
    pub(super) unfit: [Option<Unfit>; PARTS.len()],
    /// The paths of `where`, and whether an entry has them.
    pub(super) paths: BTreeMap<String, bool>,
    /// Members of the first entry.
    pub(super) names: Vec<String>,
    /// For each pattern of `--only`, whether an id fits it.
    pub(super) fits: Vec<bool>,
    /// How many inputs `--failed-of` asks for.
    pub(super) failed: u64,
    /// The hash of the records as they are kept of standard input.
    pub(super) lines: Fingerprint,
    ids: Ids,
    part_is_empty: Vec<bool>,
    faults: usize,
    /// The first fault of each kind that whole files have, and how many more there are.
    alike: Vec<(Likeness, Origin, u64)>,
}

/// Reads all entries. `address` tells whether an entry fits the configured address.
pub(super) fn take(
    source: &Arc<Source>,
    rules: &Rules,
    keeps_lines: bool,
    is_elsewhere: &dyn Fn(&Entry) -> bool,
    report: &mut Report,
) -> Census {
    let mut census = Census {
        picker: rules.choice.picker(),
        entries: 0,
        personas: BTreeSet::new(),
        guessed: BTreeMap::new(),
        empty: 0,
        first_empty: None,
        with_expected: 0,
        with_expectations: 0,
        not_asserted: BTreeSet::new(),
        unapplied: BTreeSet::new(),
        elsewhere: 0,
        like_alpaca: false,
        with_answer: 0,
        found: [false; PARTS.len()],
        unfit: [None; PARTS.len()],
        paths: BTreeMap::new(),
        names: Vec::new(),
        fits: vec![false; rules.choice.only.len()],
        failed: 0,
        lines: Fingerprint::default(),
        ids: Ids::default(),
        part_is_empty: vec![true; source.parts().len()],
        faults: 0,
        alike: Vec::new(),
    };
    for record in source.records() {
        if let Ok(record) = &record
            && keeps_lines
        {
            census.lines.add(json_line(&record.value).as_bytes());
        }
        if !census.see(record, source, rules, is_elsewhere, report) {
            break;
        }
    }
    for (_, origin, more) in census.alike.iter().filter(|(.., more)| *more > 0) {
        report.fault(origin, "", InputFault::Alike { more: *more });
    }
    if census.faults > MAX_FAULTS {
        return census;
    }
    census.report_empty(source, report);
    if census.faults == 0 {
        report_duplicates(source, rules, std::mem::take(&mut census.ids), report);
    }
    census
}

impl Census {
    /// Whether it is worth going on.
    fn see(
        &mut self,
        record: Result<Record, InputError>,
        source: &Source,
        rules: &Rules,
        is_elsewhere: &dyn Fn(&Entry) -> bool,
        report: &mut Report,
    ) -> bool {
        self.entries += 1;
        let fault = match record {
            Ok(Record { part, origin, at, value }) => {
                self.part_is_empty[part] = false;
                if self.entries == 1 {
                    self.names = value.as_object().map(|it| some(it.keys())).unwrap_or_default();
                }
                let holds = rules.choice.holds(&value);
                rules.choice.note_paths(&value, &mut self.paths);
                let entry = rules.members.entry(value, source.parts()[part].format);
                let entry = entry.and_then(|mut entry| {
                    let check = rules.check_expectations(&mut entry, at.number)?;
                    Ok((entry, check))
                });
                match entry {
                    Ok((entry, check)) => {
                        self.count(&entry, rules);
                        self.elsewhere += u64::from(is_elsewhere(&entry));
                        if holds {
                            self.choose((&entry, check), at, &origin, rules);
                        }
                        return true;
                    }
                    Err(fault) => InputError { origin, fault },
                }
            }
            Err(error) => {
                // A fault says more than that nothing is there.
                self.part_is_empty.fill(false);
                error
            }
        };
        if fault.fault.is_of_form() {
            let likeness = likeness(&fault.fault);
            if let Some((.., more)) = self.alike.iter_mut().find(|(it, ..)| *it == likeness) {
                *more += 1;
                return true;
            }
            self.alike.push((likeness, fault.origin.clone(), 0));
        }
        self.faults += 1;
        let is_last = self.faults > MAX_FAULTS;
        report.fault(&fault.origin, "", if is_last { InputFault::More } else { fault.fault });
        !is_last
    }

    /// Counts an entry, whether it is sent or not.
    fn count(&mut self, entry: &Entry, rules: &Rules) {
        self.ids.add(entry.id.as_deref());
        for (all, found) in self.found.iter_mut().zip(entry.found) {
            *all |= found;
        }
        for unfit in &entry.unfit {
            self.unfit[unfit.part].get_or_insert(*unfit);
        }
        self.unapplied.extend(&entry.unapplied);
        if let Some(name) = entry.guessed {
            *self.guessed.entry(name).or_default() += 1;
        }
        if let Some(persona) = &entry.input.persona
            && (self.personas.len() < MAX_PERSONAS || rules.choice.personas.contains(persona))
            && !self.personas.contains(persona)
        {
            self.personas.insert(persona.clone());
        }
        if rules.members.preset.is_none() {
            self.with_answer += u64::from(ends_with_answer(entry));
            self.like_alpaca |= Preset::Alpaca.signs().iter().all(|name| {
                let expected = &rules.members.picks[EXPECTED];
                let is_expected = expected.contains(&Pick::Member((*name).to_owned()));
                entry.input.metadata.get(*name).map_or(is_expected, Value::is_string)
            });
        }
    }

    /// Offers an entry of which the condition holds.
    fn choose(
        &mut self,
        (entry, check): (&Entry, InputCheck),
        at: At,
        origin: &Origin,
        rules: &Rules,
    ) {
        let id = entry.id.clone().unwrap_or_else(|| at.number.to_string());
        for (fits, only) in self.fits.iter_mut().zip(&rules.choice.only) {
            *fits |= is_named(only, &id);
        }
        self.failed += u64::from(rules.choice.has_failed(&id));
        if rules.choice.passes(&id, entry) {
            self.picker.pass(at, &rules.choice);
            if rules.choice.limit.is_none_or(|limit| self.picker.passed <= limit) {
                if entry.input.input.trim().is_empty() {
                    self.empty += 1;
                    self.first_empty.get_or_insert_with(|| origin.clone());
                }
                let input = &entry.input;
                let says = input.expect.is_some() || input.expected.is_some();
                self.with_expected += u64::from(says);
                self.with_expectations += u64::from(check.expectations > 0);
                if self.not_asserted.len() < MAX_FAULTS {
                    self.not_asserted.extend(check.without_counterpart);
                }
            }
        }
    }

    fn report_empty(&self, source: &Source, report: &mut Report) {
        for (part, _) in source.parts().iter().zip(&self.part_is_empty).filter(|(_, it)| **it) {
            let origin = part.origin(None);
            report.fault(&origin, "", InputFault::Empty { smallest: part.format.smallest() });
        }
    }
}

/// What faults have in common that one message stands for: their kind, and why values do not count.
type Likeness = (Discriminant<InputFault>, Vec<String>);

fn likeness(fault: &InputFault) -> Likeness {
    let unfit = match fault {
        InputFault::NoInput(not_found) => not_found.unfit.clone(),
        InputFault::NoVariable { unfit, .. } => unfit.clone(),
        _ => Vec::new(),
    };
    (discriminant(fault), unfit)
}

/// Whether the last message is one of the assistant, as in files for fine-tuning.
fn ends_with_answer(entry: &Entry) -> bool {
    let messages = entry.input.messages.as_ref().and_then(Value::as_array);
    messages.and_then(|messages| messages.last()).is_some_and(|last| last["role"] == "assistant")
}

/// A second look at the ids, if hashes say that some may be equal.
fn report_duplicates(source: &Arc<Source>, rules: &Rules, ids: Ids, report: &mut Report) {
    let Some(mut second_look) = ids.second_look() else { return };
    let mut faults = 0;
    for Record { part, origin, at, value } in source.records().filter_map(Result::ok) {
        let Ok(entry) = rules.members.entry(value, source.parts()[part].format) else { continue };
        let id = entry.id.unwrap_or_else(|| at.number.to_string());
        if let Some(first) = second_look.look(&id, || format!("at {origin}")) {
            faults += 1;
            let fault = InputFault::DuplicateId { first: first.to_owned() };
            report.fault(&origin, "", fault);
            if faults == MAX_FAULTS {
                return;
            }
        }
    }
}

/// The hash of what the parts hold.
pub(super) fn fingerprint(source: &Source) -> Fingerprint {
    let mut parts = source.parts().iter().map(|part| match &part.kind {
        Kind::List(_, fingerprint) => fingerprint.clone(),
        Kind::Lines(bytes, _) | Kind::Cells(bytes, _) => bytes.fingerprint(),
    });
    let mut whole = parts.next().unwrap_or_default();
    for part in parts {
        whole.add(part.to_string().as_bytes());
    }
    whole
}
