//! Which of the texts of an answer is its text, and which is reasoning.

use crate::names::{Means, is_reasoning, means};
use crate::proposal::Confidence;
use crate::strand::Strand;

/// The least share of the pieces that go on where the one before stopped, in a text.
const FLOWS: f64 = 0.5;

/// In how many pieces a text has to come before its place can be certain.
const MANY: usize = 6;

/// What the texts of an answer are. The numbers are those of the strands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) text: Option<Chosen>,
    pub(crate) reasoning: Vec<Chosen>,
    /// Equally good candidates for the text.
    pub(crate) undecided: Vec<usize>,
    /// Texts that repeat another one: the copy, and the original.
    pub(crate) copies: Vec<(usize, usize)>,
}

/// A text and why it was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) strand: usize,
    pub(crate) confidence: Confidence,
    pub(crate) reason: String,
}

/// Chooses among the texts of an answer.
pub(crate) fn choose(strands: &[Strand]) -> Choice {
    let mut all: Vec<usize> = (0..strands.len())
        .filter(|it| strands[*it].is_enough() && !strands[*it].look.is_json)
        .collect();
    let copies = copies(strands, &all);
    all.retain(|it| !copies.iter().any(|(copy, _)| copy == it));
    // Items of a list and messages about the work are no text, as long as there is a better one.
    let flowing: Vec<usize> =
        all.iter().copied().filter(|it| strands[*it].look.flow >= FLOWS).collect();
    let mut all = if flowing.is_empty() { all } else { flowing };
    all.sort_by_key(|it| strands[*it].first());
    let choice = Choice { copies, ..Choice::default() };
    // The place is right, but a rule would read the text twice.
    if all.iter().any(|it| strands[*it].repeats_itself()) {
        return Choice { undecided: all, ..choice };
    }
    match all.as_slice() {
        [] => choice,
        [only] => of_one(strands, *only, choice),
        _ => of_several(strands, &all, choice),
    }
}

/// Texts that are the same as another one: in several members of each frame, or as a whole after
/// the pieces.
fn copies(strands: &[Strand], enough: &[usize]) -> Vec<(usize, usize)> {
    let texts: Vec<String> = strands.iter().map(Strand::text).collect();
    let rank = |it: usize| {
        let strand = &strands[it];
        let is_joined = strand.look.is_cumulative;
        let depth = strand.place.as_ref().map_or(0, |place| place.0.len());
        (strand.look.filled < 2, is_joined, depth, it)
    };
    let is_same =
        |a: usize, b: usize| a != b && !texts[a].is_empty() && texts[a].trim() == texts[b].trim();
    (0..strands.len())
        .filter_map(|copy| {
            let mut originals = enough.iter().copied();
            let original = originals.find(|it| is_same(copy, *it) && rank(*it) < rank(copy))?;
            Some((copy, original))
        })
        .collect()
}

fn of_one(strands: &[Strand], only: usize, mut choice: Choice) -> Choice {
    let strand = &strands[only];
    let grows = grows(strand);
    let chosen = |confidence, reason: String| Chosen { strand: only, confidence, reason };
    match means(&strand.names()) {
        Some(Means::NotText) if is_reasoning(&strand.names()) => {
            let reason = format!("{grows}; its name speaks for reasoning");
            choice.reasoning.push(chosen(Confidence::Likely, reason));
        }
        Some(Means::NotText) => choice.undecided.push(only),
        Some(Means::Text) if strand.look.flow >= FLOWS => {
            let reason = format!("{grows}; no other text does, and the name fits");
            choice.text = Some(chosen(surest(strand), reason));
        }
        _ if strand.look.flow >= FLOWS => {
            let reason = format!("{grows}; no other text does");
            choice.text = Some(chosen(Confidence::Likely, reason));
        }
        _ => {
            let reason = format!("{grows}, but its pieces read like items of a list");
            choice.text = Some(chosen(Confidence::Guess, reason));
        }
    }
    choice
}

/// Several texts: the one that comes last, after all others have ended, is the answer. Where their
/// order does not tell, or speaks against what their names say, nothing is decided.
fn of_several(strands: &[Strand], all: &[usize], mut choice: Choice) -> Choice {
    let Some((last, before)) = all.split_last() else { return choice };
    let begins = strands[*last].first();
    let is_after = before.iter().all(|it| strands[*it].last() <= begins);
    let names: Vec<Option<Means>> = all.iter().map(|it| means(&strands[*it].names())).collect();
    let of_last = names.last().copied().flatten();
    let speak_for_it = of_last == Some(Means::Text)
        && names[..before.len()].iter().all(|it| *it == Some(Means::NotText));
    let speak_against = of_last == Some(Means::NotText)
        || names[..before.len()].contains(&Some(Means::Text))
            && !speak_for_it
            && of_last != Some(Means::Text);
    let is_repeated = |it: &usize| {
        choice
            .copies
            .iter()
            .any(|(copy, original)| original == it && strands[*copy].look.filled == 1)
    };
    let only_others_repeat = !is_repeated(last) && before.iter().any(is_repeated);
    if speak_against || (!speak_for_it && (!is_after || only_others_repeat)) {
        choice.undecided = all.to_vec();
        return choice;
    }
    let grows = grows(&strands[*last]);
    let order =
        if is_after { "it comes after the other text" } else { "it comes beside other text" };
    let (confidence, names) = if speak_for_it {
        (surest(&strands[*last]), ", and the names fit")
    } else {
        (Confidence::Likely, "")
    };
    let reason = format!("{grows}; {order}{names}");
    choice.text = Some(Chosen { strand: *last, confidence, reason });
    choice.reasoning = before.iter().map(|it| reasoning(strands, *it)).collect();
    // What is known to be something else is not reasoning.
    choice.reasoning.retain(|it| {
        let names = strands[it.strand].names();
        means(&names) != Some(Means::NotText) || is_reasoning(&names)
    });
    choice
}

fn reasoning(strands: &[Strand], strand: usize) -> Chosen {
    let grows = grows(&strands[strand]);
    let is_named = is_reasoning(&strands[strand].names());
    let (confidence, names) = if is_named {
        (Confidence::Certain, ", and the name fits")
    } else {
        (Confidence::Guess, "")
    };
    let reason = format!("{grows}; it ends before the text begins{names}");
    Chosen { strand, confidence, reason }
}

/// How sure it is at most that a text is the answer's.
fn surest(strand: &Strand) -> Confidence {
    if strand.look.filled >= MANY { Confidence::Certain } else { Confidence::Likely }
}

fn grows(strand: &Strand) -> String {
    let (filled, characters) = (strand.look.filled, strand.look.characters);
    if strand.look.is_cumulative {
        format!(
            "{filled} frames repeat the text so far and add to it, {characters} characters in the end"
        )
    } else {
        format!("{filled} pieces make {characters} characters of text")
    }
}
