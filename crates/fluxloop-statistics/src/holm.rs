//! Several tests at once.

/// The p-values after the correction of Holm, "A Simple Sequentially Rejective Multiple Test
/// Procedure" (1979), in the order in which they came.
///
/// If no figure differs, the chance that any corrected value is at most 5 % is at most 5 %, whatever
/// the figures have to do with each other.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let tests: Vec<(f64, f64)> = p_values.iter().map(|&p_value| (p_value, 1.0)).collect();
    weighted_holm(&tests)
}

/// The same of p-values with weights (Holm 1979, section 4): a figure with twice the weight of
/// another gets twice its part of the 5 %. Weights are above zero.
pub fn weighted_holm(tests: &[(f64, f64)]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    let ratio = |place: usize| tests[place].0 / tests[place].1;
    order.sort_by(|&one, &other| ratio(one).total_cmp(&ratio(other)));
    let mut left: f64 = tests.iter().map(|(_, weight)| weight).sum();
    let mut corrected = vec![0.0; tests.len()];
    let mut largest = 0.0_f64;
    for place in order {
        largest = largest.max((ratio(place) * left).min(1.0));
        corrected[place] = largest;
        left -= tests[place].1;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
        }
    }

    #[test]
    fn the_smallest_is_corrected_most() {
        check(&holm(&[]), &[]);
        check(&holm(&[0.04]), &[0.04]);
        check(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
    }

    #[test]
    fn a_corrected_value_is_no_smaller_than_the_one_before() {
        check(&holm(&[0.02, 0.021]), &[0.04, 0.04]);
        check(&holm(&[0.6, 0.7, 0.9]), &[1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_figure_with_half_of_the_weight_is_doubled() {
        check(&weighted_holm(&[(0.02, 2.0), (0.2, 1.0), (0.5, 1.0)]), &[0.04, 0.4, 0.5]);
        check(&weighted_holm(&[(0.5, 2.0), (0.01, 1.0), (0.5, 1.0)]), &[0.75, 0.04, 0.75]);
    }
}
