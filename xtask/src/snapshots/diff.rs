//! Two texts, line by line.

use std::fmt::Write;

/// Shows how one text becomes the other: every line with ` `, `-` or `+` in front.
///
/// Snapshots are short, so the table of the longest common subsequence may be quadratic; equal
/// lines at both ends are left out of it.
pub(super) fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = |(left, right): &(&&str, &&str)| left == right;
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);

    let mut shown = String::new();
    push(&mut shown, ' ', &old[..head]);
    middle(&mut shown, old_middle, new_middle);
    push(&mut shown, ' ', &old[old.len() - tail..]);
    shown
}

fn push(shown: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        writeln!(shown, "{mark} {line}").expect("a string takes any text");
    }
}

fn middle(shown: &mut String, old: &[&str], new: &[&str]) {
    let lengths = common_lengths(old, new);
    let (mut left, mut right) = (0, 0);
    while left < old.len() && right < new.len() {
        if old[left] == new[right] {
            push(shown, ' ', &old[left..=left]);
            (left, right) = (left + 1, right + 1);
        } else if lengths[left + 1][right] >= lengths[left][right + 1] {
            push(shown, '-', &old[left..=left]);
            left += 1;
        } else {
            push(shown, '+', &new[right..=right]);
            right += 1;
        }
    }
    push(shown, '-', &old[left..]);
    push(shown, '+', &new[right..]);
}

/// How many lines the rest of `old` from a line and the rest of `new` from a line have in common.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; new.len() + 1]; old.len() + 1];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            lengths[left][right] = if old[left] == new[right] {
                lengths[left + 1][right + 1] + 1
            } else {
                lengths[left + 1][right].max(lengths[left][right + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        assert_eq!(super::diff(&old.replace(' ', "\n"), &new.replace(' ', "\n")), expected);
    }

    #[test]
    fn equal_texts_have_no_marks() {
        check("a b", "a b", "  a\n  b\n");
        check("", "", "");
    }

    #[test]
    fn a_changed_line_is_taken_out_and_put_in() {
        check("a b c", "a x c", "  a\n- b\n+ x\n  c\n");
    }

    #[test]
    fn lines_that_stay_are_kept_between_changes() {
        check("a b c d", "b x d y", "- a\n  b\n- c\n+ x\n  d\n+ y\n");
    }

    #[test]
    fn a_line_is_never_counted_from_both_ends() {
        check("a", "a a", "  a\n+ a\n");
        check("a a", "a", "  a\n- a\n");
    }
}
