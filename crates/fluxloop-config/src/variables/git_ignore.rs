//! Tells whether git would commit a file.

use std::path::Path;

use crate::yaml::read_beginning;

/// Whether git ignores the file, as far as the plain lines of `.gitignore` in its folder and above
/// say. Where there is no repository, nothing can be committed.
pub fn is_ignored(path: &Path) -> bool {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for folder in absolute.ancestors().skip(1) {
        if let Ok(rules) = read_beginning(&folder.join(".gitignore"))
            && mentions(&rules, &name)
        {
            return true;
        }
        if folder.join(".git").exists() {
            return false;
        }
    }
    true
}

/// Whether a line of `.gitignore` matches the name. A path to the file counts by its last part:
/// better no warning than a wrong one.
fn mentions(rules: &str, name: &str) -> bool {
    let mut ignored = false;
    for rule in rules.lines().map(str::trim) {
        let (negated, rule) = match rule.strip_prefix('!') {
            Some(rule) => (true, rule),
            None => (false, rule),
        };
        let last = rule.trim_end_matches('/').rsplit('/').next().unwrap_or(rule);
        let matches = match last.split_once('*') {
            _ if rule.starts_with('#') || last.is_empty() => false,
            Some((start, end)) => {
                name.starts_with(start) && (end.contains('*') || name.ends_with(end))
            }
            None => last == name,
        };
        if matches {
            ignored = !negated;
        }
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rules(rules: &str, ignored: bool) {
        assert_eq!(mentions(rules, ".env"), ignored, "{rules:?}");
    }

    #[test]
    fn plain_rules_and_wildcards_ignore() {
        for rules in [".env", "/.env", "**/.env", ".env*", "*.env", "target\n.env\n", "a/.env"] {
            check_rules(rules, true);
        }
    }

    #[test]
    fn comments_negations_and_other_names_do_not() {
        for rules in ["", "#.env", ".env\n!.env", ".envrc", ".env.*"] {
            check_rules(rules, false);
        }
    }
}
