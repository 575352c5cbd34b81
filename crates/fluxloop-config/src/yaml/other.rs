//! Recognizes files of other formats than YAML.

use std::path::Path;

/// What a file is that is not YAML, by its name or by its first lines.
pub(crate) fn format(path: &Path, text: &str) -> Option<&'static str> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match extension.as_str() {
        "toml" => return Some("TOML"),
        "ini" | "cfg" | "properties" => return Some("INI"),
        "py" => return Some("Python"),
        "js" | "mjs" | "ts" => return Some("JavaScript"),
        _ => {}
    }
    let is_comment = |line: &&str| line.is_empty() || line.starts_with(['#', ';']);
    let first = text.lines().map(str::trim).find(|line| !is_comment(line))?;
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
    };
    let of_section = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let of_pair = first.split_once('=').map(|(name, _)| name.trim_end());
    match first {
        _ if of_section.is_some_and(is_name) && has_pair(text) => Some("TOML"),
        _ if of_pair.is_some_and(is_name) && !first.contains(": ") => Some("TOML"),
        _ if first.starts_with("<?xml") || first.starts_with("<!DOCTYPE") => Some("XML or HTML"),
        _ if first.starts_with("import ") || first.starts_with("export default") => {
            Some("JavaScript")
        }
        _ => None,
    }
}

fn has_pair(text: &str) -> bool {
    text.lines().any(|line| line.contains('=') && !line.contains(": "))
}
