//! What ended a run before its last case.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::closed_list::closed_list;

closed_list! {
    /// A limit that ends a run early: a key of `stop` in the configuration.
    EndedBy {
        FirstCases "first_cases"
            "The first cases failed alike, one after the other, with a failure that the configuration may cause."
        SameFailures "same_failures"
            "Cases in a row failed alike: with the same kind and status."
        NeverSucceeded "never_succeeded"
            "Cases failed, and no case of the run had succeeded."
        Late429 "late_429"
            "The server answered 429 to cases in a row, and asked them to wait for more than two minutes."
        Failures "failures"
            "More cases failed than the run may have failures."
        Requests "requests"
            "The run sent as many requests as it may."
        Duration "duration"
            "The run took as long as it may."
    }
}

/// What ended a run before its last case.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedEarly {
    /// How many cases were closed by then, in the whole run.
    pub after_cases: u64,
    /// The limit: a key of `stop`.
    pub by: EndedBy,
    /// What the limit was: a count; a share, from 0 to 1 (`failures`); or seconds (`duration`).
    pub limit: Amount,
    /// What was reached, in the unit of `limit`.
    pub value: Amount,
}

/// A count, a share or a number of seconds, exact to a millionth. A whole number is written as one.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Amount(u64);

/// A whole in millionths.
const WHOLE: u64 = 1_000_000;

impl Amount {
    /// A count.
    pub fn count(count: u64) -> Self {
        Self(count.saturating_mul(WHOLE))
    }

    /// A share, or a number of seconds. What is negative is zero.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates"
    )]
    pub fn part(number: f64) -> Self {
        Self((number * WHOLE as f64).round() as u64)
    }

    /// A whole number of millionths.
    pub fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// The number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / WHOLE as f64
    }

    /// The whole number that it is, if it is one.
    pub fn whole(self) -> Option<u64> {
        self.0.is_multiple_of(WHOLE).then_some(self.0 / WHOLE)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(whole) => serializer.serialize_u64(whole),
            None => serializer.serialize_f64(self.as_f64()),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(amount: Amount, json: &str) {
        assert_eq!(serde_json::to_string(&amount).expect("it is JSON"), json);
        assert_eq!(serde_json::from_str::<Amount>(json).expect("it is an amount"), amount);
    }

    #[test]
    fn counts_are_whole_and_parts_are_decimals() {
        check(Amount::count(20), "20");
        check(Amount::part(0.05), "0.05");
        check(Amount::part(1.5), "1.5");
        check(Amount::part(600.0), "600");
        check(Amount::part(-1.0), "0");
    }
}
