//! Which requests suffer.

use std::fmt::{self, Display, Formatter};
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::Fault;
use super::grammar::{Cursor, Read};
use crate::MockError;

/// Faults that strike together, and when they do.
///
/// ```
/// use fluxloop_mock::Rule;
///
/// for text in [
///     "reset_peer@30%",
///     "status=503,retry_after=2@10%",
///     "reset_peer:bytes=100",
///     "slicer=1+gzip@2-4",
///     "status=429,header=\"x-tier: free, slow\"@1",
/// ] {
///     let rule: Rule = text.parse()?;
///     assert_eq!(rule.to_string().parse::<Rule>()?, rule);
/// }
/// let error = "reset_peer:byte=3".parse::<Rule>().unwrap_err();
/// assert!(error.to_string().ends_with("known are `at`, `deltas`, `inside`, `bytes`"), "{error}");
/// # Ok::<(), fluxloop_mock::MockError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    text: String,
    /// What goes wrong with the same answer, in any order.
    pub faults: Vec<Fault>,
    /// With which answers.
    pub when: When,
}

/// Which requests a [`Rule`] is for.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// All that no rule before it took.
    Always,
    /// Those of these numbers, from 1, in the order in which requests arrive.
    Numbers(RangeInclusive<NonZeroU64>),
    /// So many percent of them, chosen by the seed and the request's number alone. A request draws
    /// once for all rules: 30 % of one fault and 20 % of another are 50 % together.
    Percent(f64),
}

impl FromStr for Rule {
    type Err = MockError;

    /// Reads faults joined by `+`, and perhaps `@30%`, `@2` or `@2-4` after them.
    fn from_str(text: &str) -> Result<Self, MockError> {
        Cursor::read(text, rule)
    }
}

fn rule(cursor: &mut Cursor<'_>) -> Read<Rule> {
    let text = cursor.rest.to_owned();
    let mut faults = vec![Fault::next(cursor)?];
    while cursor.takes('+') {
        faults.push(Fault::next(cursor)?);
    }
    if !cursor.takes('@') {
        cursor.end("`,`, `+`, `@` or the end")?;
        return Ok(Rule { text, faults, when: When::Always });
    }
    let rest = cursor.rest;
    match when(rest) {
        Some(when) => Ok(Rule { text, faults, when }),
        None => Err(format!("`@{rest}`: expected `@30%`, or the number of a request, or `@2-4`")),
    }
}

fn when(text: &str) -> Option<When> {
    if let Some(percent) = text.strip_suffix('%') {
        let percent: f64 = percent.parse().ok()?;
        return (0.0..=100.0).contains(&percent).then_some(When::Percent(percent));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let numbers: RangeInclusive<NonZeroU64> = first.parse().ok()?..=last.parse().ok()?;
    (!numbers.is_empty()).then_some(When::Numbers(numbers))
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// All that goes wrong: the first rule that is for a request holds, and no other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// What the client may send as a header (or, with `_` for `-`, as a parameter of the query) to
    /// choose the faults of its own request, in place of the mock's: the text of a [`Rule`], or
    /// `none`.
    pub const HEADER: &str = "x-mock-fault";

    /// These rules.
    ///
    /// Fails with [`MockError::Fault`] if the chances are more than 100 % together.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Result<Self, MockError> {
        let rules: Vec<_> = rules.into_iter().collect();
        let mut percent = 0.0;
        for rule in &rules {
            percent += if let When::Percent(percent) = rule.when { percent } else { 0.0 };
            // Sums of decimals like 33.3 and 66.7 are off by less than this.
            if percent > 100.0 + 1e-9 {
                let problem = "all chances together are more than 100%".to_owned();
                return Err(MockError::Fault { text: rule.to_string(), problem });
            }
        }
        Ok(Self { rules })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the request of this number (from 0) suffers; `chance` gives a number in 0..1.
    pub(crate) fn of(&self, number: u64, chance: impl FnOnce() -> f64) -> &[Fault] {
        if self.rules.is_empty() {
            return &[];
        }
        let number = NonZeroU64::MIN.saturating_add(number);
        let mut drawn = chance() * 100.0;
        let found = self.rules.iter().find(|rule| match &rule.when {
            When::Always => true,
            When::Numbers(numbers) => numbers.contains(&number),
            When::Percent(percent) => {
                drawn -= percent;
                // Below zero only where the draw fell into this rule's share.
                (-percent..0.0).contains(&drawn)
            }
        });
        found.map_or(&[], |rule| &rule.faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: &[&str]) -> Result<Faults, MockError> {
        Faults::new(rules.iter().map(|rule| rule.parse().expect("a good rule")))
    }

    /// What requests suffer when this is what they draw.
    #[track_caller]
    fn check(rules: &[&str], drawn: f64, expected: &[&str]) {
        let faults = faults(rules).expect("not too many");
        let found: Vec<_> = (0..expected.len() as u64)
            .map(|number| faults.of(number, || drawn).iter().map(Fault::to_string).collect())
            .collect::<Vec<Vec<_>>>();
        let found: Vec<_> = found.iter().map(|faults| faults.join("+")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_rule_that_holds_is_the_only_one() {
        let rules = ["bom@2", "one_chunk+bom@2-3", "until_close"];
        check(&rules, 0.0, &["until_close", "bom", "one_chunk+bom", "until_close"]);
    }

    #[test]
    fn chances_add_up() {
        let rules = ["bom@30%", "one_chunk@20%"];
        check(&rules, 0.0, &["bom"]);
        check(&rules, 0.299, &["bom"]);
        check(&rules, 0.3, &["one_chunk"]);
        check(&rules, 0.499, &["one_chunk"]);
        check(&rules, 0.5, &[""]);
        check(&["bom@0%", "one_chunk@100%"], 0.0, &["one_chunk"]);
    }

    #[test]
    fn a_numbered_rule_between_chances_takes_its_request_alone() {
        let rules = ["bom@30%", "until_close@2", "one_chunk@20%"];
        check(&rules, 0.4, &["one_chunk", "until_close", "one_chunk"]);
    }

    #[test]
    fn more_than_all_is_refused() {
        let error = faults(&["bom@60%", "one_chunk@50%"]).expect_err("110 %");
        assert!(error.to_string().contains("more than 100%"), "{error}");
        faults(&["bom@33.3%", "one_chunk@66.7%"]).expect("100 %");
    }
}
