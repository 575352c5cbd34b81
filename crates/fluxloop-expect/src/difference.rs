//! Where two values, or two texts, part.

use serde_json::{Number, Value};

/// What of a value has to be the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// All of it.
    Exact,
    /// The members that are expected; objects may have others.
    Members,
}

/// Where two values part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// A JSON Pointer (RFC 6901).
    pub(crate) pointer: String,
    /// What is expected there; `None` where nothing is.
    pub(crate) expected: Option<Value>,
    /// What is there; `None` where nothing is.
    pub(crate) actual: Option<Value>,
}

/// The first difference between two values, in the order of what is expected. Numbers are compared
/// by value: 1 is 1.0.
pub(crate) fn difference(expected: &Value, actual: &Value, mode: Mode) -> Option<Difference> {
    let mut pointer = String::new();
    find(Some(expected), Some(actual), mode, &mut pointer)
}

fn find(
    expected: Option<&Value>,
    actual: Option<&Value>,
    mode: Mode,
    pointer: &mut String,
) -> Option<Difference> {
    let here = |pointer: &str| {
        let (expected, actual) = (expected.cloned(), actual.cloned());
        Some(Difference { pointer: pointer.to_owned(), expected, actual })
    };
    match (expected, actual) {
        (Some(Value::Object(wanted)), Some(Value::Object(found))) => {
            let unexpected = found.keys().filter(|name| !wanted.contains_key(*name));
            let unexpected = unexpected.filter(|_| mode == Mode::Exact);
            wanted.keys().chain(unexpected).find_map(|name| {
                let name_here = name.replace('~', "~0").replace('/', "~1");
                below(pointer, &name_here, |pointer| {
                    find(wanted.get(name), found.get(name), mode, pointer)
                })
            })
        }
        (Some(Value::Array(wanted)), Some(Value::Array(found))) => {
            (0..wanted.len().max(found.len())).find_map(|index| {
                below(pointer, &index.to_string(), |pointer| {
                    find(wanted.get(index), found.get(index), mode, pointer)
                })
            })
        }
        (Some(Value::Number(wanted)), Some(Value::Number(found))) => {
            if is_same_number(wanted, found) { None } else { here(pointer) }
        }
        (wanted, found) if wanted == found => None,
        _ => here(pointer),
    }
}

/// Whether two numbers have the same value: digit by digit where one of them is too long for a float.
fn is_same_number(one: &Number, other: &Number) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one == other,
        _ if one == other => true,
        _ => {
            // 2^53: beyond it, two integers may be one float.
            let exact = |text: &str| {
                let float = text.parse::<f64>().ok()?;
                (float.abs() < 9_007_199_254_740_992.0).then_some(float)
            };
            exact(&one).is_some_and(|one| exact(&other) == Some(one))
        }
    }
}

fn below<T>(pointer: &mut String, step: &str, find: impl FnOnce(&mut String) -> T) -> T {
    let length = pointer.len();
    pointer.extend(["/", step]);
    let found = find(pointer);
    pointer.truncate(length);
    found
}

/// The first character that differs, counted from 0.
pub(crate) fn first_character(expected: &str, actual: &str) -> u64 {
    let alike = expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other);
    alike.count() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(expected: &Value, actual: &Value, mode: Mode, pointer: Option<&str>) {
        let found = difference(expected, actual, mode);
        assert_eq!(found.as_ref().map(|it| it.pointer.as_str()), pointer, "{found:?}");
    }

    #[test]
    fn long_numbers_are_compared_digit_by_digit() {
        let number = |text: &str| serde_json::from_str::<Value>(text).expect("a number");
        let check_numbers = |one: &str, other: &str, same: bool| {
            check(&number(one), &number(other), Mode::Exact, (!same).then_some(""));
        };
        check_numbers("1", "1.0", true);
        check_numbers("100", "1e2", true);
        check_numbers("9007199254740993", "9007199254740992", false);
        check_numbers("9007199254740993", "9007199254740993", true);
        check_numbers("1e400", "1e999", false);
        check_numbers("0.1", "0.10", true);
    }

    #[test]
    fn a_pointer_leads_to_the_first_difference() {
        let wanted = json!({"a": [1, {"b/c": "x"}], "d": null});
        check(&wanted, &wanted, Mode::Exact, None);
        check(&wanted, &json!({"a": [1.0, {"b/c": "y"}]}), Mode::Exact, Some("/a/1/b~1c"));
        check(&wanted, &json!({"a": [1, {"b/c": "x"}]}), Mode::Exact, Some("/d"));
        check(&json!([1]), &json!([1, 2]), Mode::Exact, Some("/1"));
        check(&json!("1"), &json!(1), Mode::Exact, Some(""));
        check(&json!(1), &json!(1.5), Mode::Exact, Some(""));
    }

    #[test]
    fn other_members_are_free_where_only_some_are_asked() {
        let wanted = json!({"city": "Paris", "unit": {"t": "C"}});
        let actual = json!({"city": "Paris", "unit": {"t": "C", "v": 1}, "days": 3});
        check(&wanted, &actual, Mode::Members, None);
        check(&wanted, &actual, Mode::Exact, Some("/unit/v"));
        check(&wanted, &json!({"city": "Paris"}), Mode::Members, Some("/unit"));
    }

    #[test]
    fn texts_part_at_a_character() {
        assert_eq!(first_character("été", "étè"), 2);
        assert_eq!(first_character("a", "ab"), 1);
    }
}
