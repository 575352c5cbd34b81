//! The layer of `--set key=value`.

use super::merge::HEADERS;
use super::outside::outside_value;
use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::Node;

/// The layer of `--set`, in the order of the arguments.
pub(super) fn layer(arguments: &[String], report: &mut Report) -> Node {
    let mut root = Node::empty_map(Origin::Flag("--set"));
    for argument in arguments {
        let (path, value) = match split(argument) {
            Ok(split) => split,
            Err(fault) => {
                report.fault(&Origin::Flag("--set"), "", fault);
                continue;
            }
        };
        let origin = Origin::Set(path.join("."));
        if let Some(value) = outside_value(value, &origin, &path, report) {
            forget_same_header(&mut root, &path);
            root.set(&path, value);
        }
    }
    root
}

/// The key of an argument, as origins show it.
pub(crate) fn key_of(argument: &str) -> Option<String> {
    split(argument).ok().map(|(path, _)| path.join("."))
}

/// Takes a header away that an earlier argument set, in whatever spelling.
fn forget_same_header(root: &mut Node, path: &[String]) {
    if let [parents @ .., name] = path
        && parents == HEADERS
        && let Some(headers) = root.at_mut(HEADERS)
    {
        headers.remove(|known| !known.eq_ignore_ascii_case(name));
    }
}

/// Splits `a.'b.c'=value` into the keys `a`, `b.c` and the value.
fn split(argument: &str) -> Result<(Vec<String>, &str), Fault> {
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
                return match path.iter().any(String::is_empty) {
                    true if path.len() > 1 => Err(Fault::SetEmptyPart),
                    true => Err(Fault::SetSyntax),
                    false => Ok((path, &argument[index + 1..])),
                };
            }
            _ => key.push(c),
        }
    }
    Err(Fault::SetSyntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(argument: &str, expected: Result<(&[&str], &str), Fault>) {
        let expected = expected
            .map(|(path, value)| (path.iter().map(|key| (*key).to_owned()).collect(), value));
        assert_eq!(split(argument), expected);
    }

    #[test]
    fn dots_separate_keys_and_the_first_equals_sign_ends_them() {
        check("a.b=c=d", Ok((&["a", "b"], "c=d")));
        check("a=", Ok((&["a"], "")));
    }

    #[test]
    fn a_quoted_dot_belongs_to_the_key() {
        check("a.'b.c'.\"d=e\"=1", Ok((&["a", "b.c", "d=e"], "1")));
    }

    #[test]
    fn an_argument_without_key_or_value_is_refused() {
        check("a.b", Err(Fault::SetSyntax));
        check("=x", Err(Fault::SetSyntax));
        check("'a=x", Err(Fault::SetSyntax));
        check("a..b=x", Err(Fault::SetEmptyPart));
        check("a.=x", Err(Fault::SetEmptyPart));
    }
}
