//! The layer of `--set key=value`.

use super::outside::outside_value;
use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::Node;

/// The layer of `--set`, in the order of the arguments.
pub(super) fn layer(arguments: &[String], report: &mut Report) -> Node {
    let mut root = Node::empty_map(Origin::Flag("--set"));
    for argument in arguments {
        let Some((path, value)) = split(argument) else {
            report.fault(&Origin::Flag("--set"), "", Fault::SetSyntax);
            continue;
        };
        let key = path.join(".");
        let origin = Origin::Set(key.clone());
        if let Some(value) = outside_value(value, &origin, &key, report) {
            root.set(&path, value);
        }
    }
    root
}

/// Splits `a.'b.c'=value` into the keys `a`, `b.c` and the value.
fn split(argument: &str) -> Option<(Vec<String>, &str)> {
    let mut path = Vec::new();
    let mut key = String::new();
    let mut quote = None;
    for (index, c) in argument.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '.') => path.push(std::mem::take(&mut key)),
            (None, '=') => {
                path.push(key);
                let complete = path.iter().all(|key| !key.is_empty());
                return complete.then(|| (path, &argument[index + 1..]));
            }
            _ => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(argument: &str, expected: Option<(&[&str], &str)>) {
        let expected = expected
            .map(|(path, value)| (path.iter().map(|key| (*key).to_owned()).collect(), value));
        assert_eq!(split(argument), expected);
    }

    #[test]
    fn dots_separate_keys_and_the_first_equals_sign_ends_them() {
        check("a.b=c=d", Some((&["a", "b"], "c=d")));
        check("a=", Some((&["a"], "")));
    }

    #[test]
    fn a_quoted_dot_belongs_to_the_key() {
        check("a.'b.c'.\"d=e\"=1", Some((&["a", "b.c", "d=e"], "1")));
    }

    #[test]
    fn an_argument_without_key_or_value_is_none() {
        check("a.b", None);
        check("=x", None);
        check("a..b=x", None);
        check("'a=x", None);
    }
}
