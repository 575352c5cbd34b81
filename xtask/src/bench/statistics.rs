//! Figures from several rounds.

/// The middle one of an odd number of values; of an even number the upper of the two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Between which values the middle half lies.
pub(super) fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let quarter = values.len() / 4;
    let (low, high) = (values.get(quarter), values.iter().nth_back(quarter));
    [low, high].map(|value| value.copied().unwrap_or_default())
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

    #[test]
    fn quartiles_leave_out_a_quarter_at_each_end() {
        let check = |values: &[f64], expected: &str| {
            assert_eq!(format!("{:?}", quartiles(values.iter().copied())), expected);
        };
        check(&[9.0, 1.0, 3.0, 2.0, 4.0], "[2.0, 4.0]");
        check(&[7.0], "[7.0, 7.0]");
        check(&[], "[0.0, 0.0]");
    }
}
