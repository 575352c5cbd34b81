//! What holds of a frame.

use std::borrow::Cow;

use fluxloop_jsonpath::{Found, RawFound};
use fluxloop_schema::Test;
use serde_json::Value;

use crate::compile::{Bits, Place, bits_in, set_bit, share_a_bit};
use crate::look::Look;

/// A condition made ready.
#[derive(Debug)]
pub(crate) enum Cond {
    Types(Bits),
    Data(String),
    Test(Tested),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// What can hold only where one of these paths found a value, as bits: mostly, none did.
    IfFound(Bits, Box<Self>),
}

/// A test of one value, wherever it is found.
#[derive(Debug)]
pub(crate) struct Tested {
    pub(crate) places: Vec<Place>,
    pub(crate) test: Test,
}

impl Cond {
    /// Whether it holds of a frame.
    pub(crate) fn holds(&self, look: &Look<'_>) -> bool {
        match self {
            Self::Types(bits) => share_a_bit(bits, look.types()),
            Self::Data(text) => look.is_data(text),
            Self::Test(tested) => tested.holds(look),
            Self::All(all) => all.iter().all(|condition| condition.holds(look)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(look)),
            Self::Not(condition) => !condition.holds(look),
            Self::IfFound(needs, condition) => {
                share_a_bit(needs, look.found()) && condition.holds(look)
            }
        }
    }

    /// The condition, asked only in frames in which it can hold.
    pub(crate) fn guarded(self) -> Self {
        match self.needs() {
            Some(needs) => Self::IfFound(needs, Box::new(self)),
            None => self,
        }
    }

    /// The paths of which one has to find a value; `None` where it may hold without.
    fn needs(&self) -> Option<Bits> {
        match self {
            Self::Test(Tested { test: Test::Exists(false), .. })
            | Self::Types(_)
            | Self::Data(_)
            | Self::Not(_)
            | Self::IfFound(..) => None,
            Self::Test(tested) => {
                let mut needs = Bits::new();
                tested.places.iter().for_each(|place| set_bit(&mut needs, place.slot));
                Some(needs)
            }
            // What is asked last is the rarest, mostly.
            Self::All(all) => all.iter().rev().find_map(Self::needs),
            Self::Any(any) => any.iter().try_fold(Bits::new(), |mut all, condition| {
                bits_in(&condition.needs()?).for_each(|slot| set_bit(&mut all, slot));
                Some(all)
            }),
        }
    }

    /// Whether it asks for a type that a frame has, of which only the types can be read.
    pub(crate) fn asks_for_type(&self, look: &Look<'_>) -> bool {
        match self {
            Self::Types(_) => self.holds(look),
            Self::Data(_) | Self::Test(_) | Self::Not(_) => false,
            Self::IfFound(_, condition) => condition.asks_for_type(look),
            Self::All(all) => {
                self.may_hold(look) && all.iter().any(|condition| condition.asks_for_type(look))
            }
            Self::Any(any) => any.iter().any(|condition| condition.asks_for_type(look)),
        }
    }

    /// Whether it may hold of a frame of which only the types can be read.
    pub(crate) fn may_hold(&self, look: &Look<'_>) -> bool {
        match self {
            Self::Types(_) | Self::Data(_) => self.holds(look),
            Self::Test(_) | Self::Not(_) => true,
            Self::IfFound(_, condition) => condition.may_hold(look),
            Self::All(all) => all.iter().all(|condition| condition.may_hold(look)),
            Self::Any(any) => any.iter().any(|condition| condition.may_hold(look)),
        }
    }
}

impl Tested {
    fn holds(&self, look: &Look<'_>) -> bool {
        if let Test::Exists(wanted) = self.test {
            let exists = self.places.iter().any(|place| {
                let mut exists = false;
                look.each(place, &mut |value| exists |= !value.is_null());
                exists
            });
            return exists == wanted;
        }
        self.places.iter().any(|place| {
            let mut passes = false;
            look.each(place, &mut |value| passes |= self.passes(value));
            passes
        })
    }

    fn passes(&self, value: RawFound<'_>) -> bool {
        match &self.test {
            Test::Equals(wanted) => equals(value, wanted),
            Test::In(wanted) => wanted.iter().any(|wanted| equals(value, wanted)),
            Test::Exists(_) => false,
            Test::Matches(expression) => {
                value.string().is_some_and(|text| expression.is_match(&text))
            }
        }
    }
}

/// Whether a value is the wanted one. Numbers are compared by value: 1 is 1.0.
fn equals(found: RawFound<'_>, wanted: &Value) -> bool {
    match (found.read(), wanted) {
        (Found::Null, Value::Null) => true,
        (Found::Bool(found), Value::Bool(wanted)) => found == *wanted,
        (Found::String(found), Value::String(wanted)) => found == Cow::Borrowed(wanted.as_str()),
        (Found::Number(found), Value::Number(wanted)) => {
            found.parse().is_ok_and(|found: serde_json::Number| {
                found == *wanted || found.as_f64() == wanted.as_f64()
            })
        }
        (Found::Array(found), Value::Array(_)) | (Found::Object(found), Value::Object(_)) => {
            serde_json::from_str::<Value>(found).is_ok_and(|found| found == *wanted)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::{JsonPath, PathSet, StreamScanner};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(found: &str, wanted: &Value, equal: bool) {
        let document = format!(r#"{{"a": {found}}}"#);
        let path = JsonPath::parse("a").unwrap();
        let mut scanner = StreamScanner::new(&PathSet::new(&[path]).unwrap());
        scanner.next(&document).unwrap();
        assert_eq!(scanner.value(0, &document).map(|value| equals(value, wanted)), Some(equal));
    }

    #[test]
    fn scalars_are_equal_by_value() {
        check("true", &json!(true), true);
        check("true", &json!("true"), false);
        check(r#""st\u006fp""#, &json!("stop"), true);
        check("null", &json!(null), true);
    }

    #[test]
    fn numbers_are_equal_however_they_are_written() {
        check("1.0", &json!(1), true);
        check("1e0", &json!(1), true);
        check("2", &json!(1), false);
        check("18446744073709551615", &json!(u64::MAX), true);
    }

    #[test]
    fn objects_are_equal_in_any_order() {
        check(r#"{"a": 1, "b": [2]}"#, &json!({"b": [2], "a": 1}), true);
        check(r#"{"a": 1}"#, &json!({"a": 2}), false);
    }
}
