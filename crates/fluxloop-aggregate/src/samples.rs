//! Events that are remembered until the first text comes, to explain an answer without any.

/// How many events of one type are remembered.
const PER_TYPE: usize = 8;

/// How many are remembered in all.
const MAX_SAMPLES: usize = 64;

/// The longest data that is remembered whole, in bytes.
pub(crate) const MAX_SAMPLE_BYTES: usize = 8 << 10;

/// Events that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    kept: Vec<Sample>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The number of its type.
    pub(crate) event_type: usize,
    /// Its data, cut at [`MAX_SAMPLE_BYTES`].
    pub(crate) data: String,
    /// Whether it passed the filter.
    pub(crate) passed: bool,
}

impl Samples {
    /// Remembers an event, if there is room.
    pub(crate) fn offer(&mut self, event_type: usize, data: &str, passed: bool) {
        if self.kept.len() == MAX_SAMPLES || data.is_empty() {
            return;
        }
        if self.kept.iter().filter(|sample| sample.event_type == event_type).count() == PER_TYPE {
            return;
        }
        let data = data[..data.floor_char_boundary(MAX_SAMPLE_BYTES)].to_owned();
        self.kept.push(Sample { event_type, data, passed });
    }

    pub(crate) fn kept(&self) -> &[Sample] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_every_type_are_kept() {
        let mut samples = Samples::default();
        for _ in 0..9 {
            samples.offer(0, "{}", true);
            samples.offer(2, "{}", true);
        }
        assert_eq!(samples.kept().len(), 2 * PER_TYPE);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut samples = Samples::default();
        let data = "é".repeat(MAX_SAMPLE_BYTES);
        for event_type in 0..1000 {
            samples.offer(event_type, &data, true);
        }
        let bytes: usize = samples.kept().iter().map(|sample| sample.data.len()).sum();
        assert_eq!(bytes, MAX_SAMPLES * MAX_SAMPLE_BYTES);
    }
}
