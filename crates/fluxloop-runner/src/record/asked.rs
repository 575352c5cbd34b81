//! What is known of a case before it is sent.

use std::collections::BTreeMap;

use fluxloop_plan::{Case, Input};
use fluxloop_redact::Masked;
use fluxloop_redact::naming::without_secrets;
use fluxloop_trace::{CaseId, MaskedJson, Quoted, Trace};
use serde_json::Value;
use uuid::{Builder, Uuid};

use super::content::Keeping;
use super::masker::Masker;
use crate::shared::Shared;

/// Where a case comes from.
pub(crate) enum Asked<'a> {
    /// From the inputs.
    Case(&'a Case, &'a CaseId),
    /// From its record.
    Record(&'a Trace),
}

/// What a record says of a case before it is sent.
pub(super) struct Facts {
    pub(super) trace_id: String,
    pub(super) case_id: CaseId,
    pub(super) case_index: u64,
    pub(super) iteration: u32,
    pub(super) persona: Option<Masked>,
    pub(super) input: Quoted,
    pub(super) metadata: BTreeMap<Masked, MaskedJson>,
    pub(super) expected: Option<MaskedJson>,
    pub(super) expect: Option<MaskedJson>,
    pub(super) input_hash: String,
    /// How many places its record had masked.
    pub(super) redactions: u64,
}

impl Asked<'_> {
    /// What the record keeps of the answer.
    pub(super) fn keeping(&self, shared: &Shared) -> Keeping {
        match self {
            Self::Case(case, _) => Keeping::of(shared, case.input.expect.as_ref()),
            Self::Record(trace) => {
                let expect = trace.expect.as_ref().and_then(|it| serde_json::to_value(it).ok());
                Keeping::of(shared, expect.as_ref())
            }
        }
    }

    pub(super) fn facts(&self, shared: &Shared, masker: &mut Masker<'_>) -> Facts {
        match self {
            Self::Case(case, case_id) => Facts {
                trace_id: trace_id(shared.trace_ids, case.index).to_string(),
                case_id: (*case_id).clone(),
                case_index: case.index,
                iteration: case.iteration,
                input: Quoted::from(masker.mask(&case.input.input)),
                persona: case.input.persona.as_ref().map(|persona| masker.mask(persona)),
                metadata: metadata(masker, &case.input),
                expected: json(masker, case.input.expected.as_ref()),
                expect: json(masker, case.input.expect.as_ref()),
                input_hash: case.input.fingerprint(masker.redactor).to_string(),
                redactions: 0,
            },
            Self::Record(trace) => Facts {
                trace_id: trace.trace_id.clone(),
                case_id: trace.case_id.clone(),
                case_index: trace.case_index,
                iteration: trace.iteration,
                persona: trace.persona.clone(),
                input: trace.input.clone(),
                metadata: trace.metadata.clone(),
                expected: trace.expected.clone(),
                expect: trace.expect.clone(),
                input_hash: trace.input_hash.clone(),
                redactions: trace.redactions,
            },
        }
    }
}

fn metadata(masker: &mut Masker<'_>, input: &Input) -> BTreeMap<Masked, MaskedJson> {
    let mut mask = |text: &str| masker.field(text);
    let members = input.metadata.iter();
    let member = |(name, value): (&String, &Value)| {
        (mask(name), MaskedJson::of(&without_secrets(name, value), &mut mask))
    };
    members.map(member).collect()
}

fn json(masker: &mut Masker<'_>, value: Option<&Value>) -> Option<MaskedJson> {
    value.map(|value| MaskedJson::of(value, &mut |text| masker.mask(text)))
}

/// The id of a case's trace: random for the run (RFC 9562, section 5.4), and another one for each
/// case, without asking the system each time.
pub(crate) fn trace_id(run: u128, case_index: u64) -> Uuid {
    // A bijection (the end of `SplitMix64`), so that no two cases have the same. It stands in both
    // halves, because a version 4 overwrites some bits of each.
    let mixed = (case_index ^ (case_index >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let mixed = u128::from(mixed ^ (mixed >> 31));
    Builder::from_random_bytes((run ^ mixed ^ (mixed << 64)).to_be_bytes()).into_uuid()
}
