//! What goes wrong in a soak, and what a client must make of it.

use fastrand::Rng;
use fluxloop_mock::Rule;

/// What a client must make of an answer with this fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// The whole text.
    Whole,
    /// The text so far: the end is in good order, and only `completeness` tells.
    Early,
    /// What the mock says it sent before the connection broke.
    Breaks,
    /// A failure of this kind, with the text of so many deltas.
    Fails {
        kind: &'static str,
        deltas: usize,
        /// Whether another attempt follows.
        retried: bool,
    },
}

/// The most deltas that a fault needs before it strikes: texts have more.
pub(super) const MOST_DELTAS: usize = 4;

/// How many percent of the requests go wrong.
pub(super) const PERCENT: f64 = 10.0;

const fn retried(kind: &'static str, deltas: usize) -> Effect {
    Effect::Fails { kind, deltas, retried: true }
}

const fn ends(kind: &'static str, deltas: usize) -> Effect {
    Effect::Fails { kind, deltas, retried: false }
}

/// All of them, each as likely as the other.
const FAULTS: &[(&str, Effect)] = &[
    ("reset_peer", Effect::Breaks),
    ("close", Effect::Breaks),
    ("close:at=head", Effect::Breaks),
    ("close:deltas=3", Effect::Breaks),
    ("reset_peer:deltas=3", Effect::Breaks),
    ("close:inside=4", Effect::Breaks),
    ("limit_data", Effect::Breaks),
    ("reset_peer:at=anywhere", Effect::Breaks),
    ("slicer=9+close:at=anywhere", Effect::Breaks),
    ("close:at=done", Effect::Breaks),
    ("short_length", Effect::Breaks),
    ("slicer=7", Effect::Whole),
    ("gzip", Effect::Whole),
    ("close_idle", Effect::Whole),
    ("end:deltas=3", Effect::Early),
    ("status=503", retried("status", 0)),
    ("status=500", ends("status", 0)),
    ("status=429,retry_after_ms=20", retried("rate_limited", 0)),
    ("redirect", ends("redirect", 0)),
    ("content_type=text/html", ends("content_type", 0)),
    ("garbage", ends("protocol", 0)),
    ("bad_chunk:deltas=2", ends("protocol", 2)),
    ("malformed,deltas=2", retried("malformed_event", 2)),
    ("error,deltas=2", retried("api_error", 2)),
    ("gzip=lying", ends("decode", 0)),
    ("timeout:deltas=2", retried("timeout", 2)),
];

/// The rules as `fluxloop mock --fault` takes them.
pub(super) fn rules() -> impl Iterator<Item = String> {
    let percent = PERCENT / FAULTS.len() as f64;
    FAULTS.iter().map(move |(fault, _)| format!("{fault}@{percent}%"))
}

/// The effect of a fault, as the mock's log spells it.
pub(super) fn effect(fault: Option<&str>) -> Option<Effect> {
    let Some(fault) = fault else { return Some(Effect::Whole) };
    FAULTS.iter().find(|(rule, _)| logged(rule) == fault).map(|(_, effect)| *effect)
}

/// How the log spells a fault.
fn logged(fault: &str) -> String {
    let rule: Rule = fault.parse().expect("the table holds faults");
    rule.to_string()
}

/// The input of a case: no two are alike, and each has more deltas than any fault needs.
pub(super) fn input(case: u64, chance: &mut Rng) -> String {
    const WORDS: [&str; 8] =
        ["sky", "harbour", "Brücke", "to", "\u{1f980}", "Question", "1,000", "\"so\""];
    let mut text = format!("case {case}");
    for _ in 0..chance.usize(MOST_DELTAS..3 * MOST_DELTAS) {
        text.push(' ');
        text.push_str(WORDS[chance.usize(..WORDS.len())]);
    }
    text
}

#[cfg(test)]
mod tests {
    use fluxloop_mock::{Faults, deltas};

    use super::*;

    #[test]
    fn every_fault_is_found_again_as_the_log_spells_it() {
        for (fault, expected) in FAULTS {
            assert_eq!(effect(Some(&logged(fault))), Some(*expected), "{fault}");
        }
        assert_eq!(effect(None), Some(Effect::Whole));
        assert_eq!(effect(Some("bom")), None);
    }

    #[test]
    fn the_rules_are_ten_percent_together() {
        let rules = rules().map(|rule| rule.parse().expect("a rule"));
        Faults::new(rules).expect("not more than all");
    }

    #[test]
    fn every_text_is_long_enough_to_break_anywhere() {
        let mut chance = Rng::with_seed(1);
        for case in 0..1_000 {
            assert!(deltas(&input(case, &mut chance)).count() > MOST_DELTAS);
        }
    }
}
