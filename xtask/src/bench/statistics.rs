//! Figures from several rounds.

/// The middle one of an odd number of values; of an even number the upper of the two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], expected: &str) {
        assert_eq!(median(values.iter().copied()).to_string(), expected);
    }

    #[test]
    fn the_median_is_a_value_that_was_there() {
        check(&[3.0, 1.0, 2.0], "2");
        check(&[4.0, 1.0, 3.0, 2.0], "3");
        check(&[], "0");
    }
}
