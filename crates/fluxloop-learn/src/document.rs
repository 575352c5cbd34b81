//! Which of the texts of a body that is one JSON document is the answer.
//!
//! There is nothing to compare it with: one document has no frames that differ. So the longest text
//! that reads like a person's counts, and names count for more than in a stream.

use crate::choose::{Choice, Chosen};
use crate::names::{Means, is_reasoning, means, names_answer, names_label, names_other};
use crate::place::Place;
use crate::proposal::Confidence;
use crate::prose::is_prose;
use crate::strand::Strand;

/// How many times as long as any other text the answer has to be, if no name speaks for it.
const FAR_LONGER: usize = 3;

/// How many times as long as the next text a text has to be, if the names of both speak for it.
const LONGER: usize = 2;

/// A text that may be the answer.
#[derive(Clone, Copy)]
struct Candidate {
    strand: usize,
    characters: usize,
    /// Whether the name of its member speaks for the answer.
    is_named: bool,
    /// Whether it reads like a person's.
    is_prose: bool,
    /// Whether it is put together from several elements of a list.
    is_joined: bool,
}

/// Chooses among the texts of a document.
pub(crate) fn choose(strands: &[Strand]) -> Choice {
    let mut choice = Choice::default();
    let mut candidates = Vec::new();
    for (number, strand) in strands.iter().enumerate() {
        let (names, text) = (strand.names(), strand.text());
        if strand.look.is_json || text.trim().is_empty() {
            continue;
        }
        if is_reasoning(&names) {
            if is_prose(&text) {
                let reason = "its name speaks for reasoning".to_owned();
                choice.reasoning.push(Chosen {
                    strand: number,
                    confidence: Confidence::Likely,
                    reason,
                });
            }
            continue;
        }
        let name = strand.place.as_ref().map(Place::name).unwrap_or_default();
        let (is_named, is_prose) = (names_answer(name), is_prose(&text));
        let is_other = means(&names) == Some(Means::NotText) || names_other(&names);
        // A word is an answer only if its name says so.
        if is_other || names_label(name) || !(is_named || is_prose) {
            continue;
        }
        candidates.push(Candidate {
            strand: number,
            characters: text.chars().count(),
            is_named,
            is_prose,
            is_joined: strand.look.filled > 1,
        });
    }
    candidates.sort_by_key(|it| std::cmp::Reverse((it.is_named, it.characters)));
    match decided(&candidates) {
        Some((confidence, reason)) => {
            let first = candidates[0];
            choice.text = Some(Chosen { strand: first.strand, confidence, reason });
        }
        None => choice.undecided = candidates.iter().map(|it| it.strand).collect(),
    }
    choice
}

/// Whether the first candidate is the answer, how surely, and why.
fn decided(candidates: &[Candidate]) -> Option<(Confidence, String)> {
    let (first, others) = candidates.split_first()?;
    let Candidate { characters, is_named, is_prose, is_joined, .. } = *first;
    let longest = others.iter().map(|it| it.characters).max().unwrap_or_default();
    let next_named = others.iter().filter(|it| it.is_named).map(|it| it.characters).max();
    let (confidence, why) = match (is_named, others.is_empty()) {
        (true, true) if is_prose => {
            (Confidence::Certain, "the only text that may be the answer, and the name fits")
        }
        (true, true) => {
            (Confidence::Likely, "the only text that may be the answer, and the name fits")
        }
        (true, false) if next_named.is_some_and(|next| characters < next * LONGER) => return None,
        (true, false) if characters > longest => {
            (Confidence::Likely, "the longest text, and the name fits")
        }
        (true, false) => (Confidence::Likely, "the name fits, and that of longer texts does not"),
        (false, true) => (Confidence::Likely, "the only text that may be the answer"),
        (false, false) if characters >= longest * FAR_LONGER => {
            (Confidence::Likely, "by far the longest text")
        }
        (false, false) => (Confidence::Guess, "the longest text"),
    };
    if is_joined {
        let why = format!("{characters} characters: {why}, joined from elements of a list");
        return Some((Confidence::Guess, why));
    }
    Some((confidence, format!("{characters} characters: {why}")))
}
