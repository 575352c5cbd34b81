//! Which inputs of two runs are the same.

use std::collections::{HashMap, VecDeque};

use crate::facts::{Input, Run};

/// The inputs of two runs, by their places there.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Joined {
    /// The same question.
    pub(crate) same: Vec<(u32, u32)>,
    /// The same written id, and another question.
    pub(crate) changed: Vec<(u32, u32)>,
    pub(crate) only_a: Vec<u32>,
    pub(crate) only_b: Vec<u32>,
}

/// Joins inputs by their id and the hash of what was asked.
///
/// An id that is a number is taken for the place of the entry, which says nothing once an entry
/// was added before it. So inputs of which at least one has such an id are joined by the hash alone;
/// of several with the same question, by the same number first, then in their order.
pub(crate) fn join(a: &Run, b: &Run) -> Joined {
    let (a, b) = (a.inputs(), b.inputs());
    let mut joined = Joined::default();
    let (mut free_a, mut free_b) = (vec![true; a.len()], vec![true; b.len()]);
    let mut take = |joined: &mut Vec<(u32, u32)>, one: usize, other: usize| {
        (free_a[one], free_b[other]) = (false, false);
        joined.push((place(one), place(other)));
    };

    let written = |input: &&Input| !input.is_numbered();
    let by_id: HashMap<_, _> =
        (0..).zip(b).filter(|(_, input)| written(input)).map(|(at, it)| (&it.id, at)).collect();
    for (one, input) in a.iter().enumerate().filter(|(_, input)| written(input)) {
        if let Some(&other) = by_id.get(&input.id) {
            let is_same = input.hash == b[other].hash;
            let list = if is_same { &mut joined.same } else { &mut joined.changed };
            take(list, one, other);
        }
    }

    // By the number, where question and number are the same.
    let numbered: HashMap<_, _> = (0..)
        .zip(b)
        .filter(|(_, input)| input.is_numbered())
        .map(|(at, it)| ((&it.id, &it.hash), at))
        .collect();
    for (one, input) in a.iter().enumerate() {
        if let Some(&other) = numbered.get(&(&input.id, &input.hash)) {
            take(&mut joined.same, one, other);
        }
    }
    by_question(&mut joined, (a, &mut free_a), (b, &mut free_b));
    let left =
        |free: &[bool]| (0..).zip(free).filter(|(_, free)| **free).map(|(at, _)| at).collect();
    (joined.only_a, joined.only_b) = (left(&free_a), left(&free_b));
    joined
}

/// Joins what is left by the question, where at least one of both ids is a number.
fn by_question(
    joined: &mut Joined,
    (a, free_a): (&[Input], &mut [bool]),
    (b, free_b): (&[Input], &mut [bool]),
) {
    // Those with a number first: a written id finds them, too.
    let mut left: HashMap<_, [VecDeque<usize>; 2]> = HashMap::new();
    for at in in_order(b).into_iter().filter(|&at| free_b[at]) {
        let lists = left.entry(&b[at].hash).or_default();
        lists[usize::from(!b[at].is_numbered())].push_back(at);
    }
    for at in in_order(a) {
        let Some(lists) = left.get_mut(&a[at].hash).filter(|_| free_a[at]) else { continue };
        let reachable = if a[at].is_numbered() { 2 } else { 1 };
        if let Some(other) = lists[..reachable].iter_mut().find_map(VecDeque::pop_front) {
            (free_a[at], free_b[other]) = (false, false);
            joined.same.push((place(at), place(other)));
        }
    }
}

/// The places of inputs in the order of their run.
fn in_order(inputs: &[Input]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..inputs.len()).collect();
    places.sort_by_key(|&at| inputs[at].order());
    places
}

/// A run numbers its inputs with 32 bits.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Redactor;

    use super::*;
    use crate::Facts;

    /// A run of inputs with these ids and questions, in this order.
    fn run(inputs: &[(&str, &str)]) -> Run {
        let mut run = Run::default();
        for (case_index, (id, hash)) in (0..).zip(inputs) {
            let facts = Facts { case_index, ..Facts::default() };
            run.add(&Redactor::none().mask(id), hash, facts);
        }
        run
    }

    /// Which inputs are the same, which changed, and which stand in one run alone.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "what is expected is written in place")]
    fn check(a: &[(&str, &str)], b: &[(&str, &str)], expected: Joined) {
        let mut found = join(&run(a), &run(b));
        found.same.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn written_ids_join_whatever_their_order() {
        let same = vec![(0, 1), (1, 0)];
        check(
            &[("a", "1"), ("b", "2")],
            &[("b", "2"), ("a", "1")],
            Joined { same, ..Joined::default() },
        );
    }

    #[test]
    fn the_same_id_with_another_question_is_named() {
        check(
            &[("a", "1"), ("b", "2"), ("c", "3")],
            &[("a", "9"), ("b", "2"), ("d", "3")],
            Joined { same: vec![(1, 1)], changed: vec![(0, 0)], only_a: vec![2], only_b: vec![2] },
        );
    }

    #[test]
    fn numbers_do_not_join_by_themselves() {
        // An entry was put in front of the others, and the last one is gone.
        check(
            &[("0", "x"), ("1", "y"), ("2", "z")],
            &[("0", "new"), ("1", "x"), ("2", "y")],
            Joined {
                same: vec![(0, 1), (1, 2)],
                only_a: vec![2],
                only_b: vec![0],
                ..Joined::default()
            },
        );
    }

    #[test]
    fn the_same_question_twice_joins_by_number_and_then_in_order() {
        check(
            &[("0", "x"), ("1", "x"), ("2", "x")],
            &[("2", "x"), ("7", "x"), ("8", "x"), ("9", "x")],
            Joined { same: vec![(0, 1), (1, 2), (2, 0)], only_b: vec![3], ..Joined::default() },
        );
    }

    #[test]
    fn ids_that_were_written_later_join_by_the_question() {
        check(
            &[("0", "x"), ("1", "y")],
            &[("a", "x"), ("b", "y")],
            Joined { same: vec![(0, 0), (1, 1)], ..Joined::default() },
        );
        check(
            &[("a", "x"), ("b", "y")],
            &[("0", "y"), ("c", "x")],
            Joined { same: vec![(1, 0)], only_a: vec![0], only_b: vec![1], ..Joined::default() },
        );
    }
}
