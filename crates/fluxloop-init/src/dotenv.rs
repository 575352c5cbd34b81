//! Writes `.env`.

/// A line of `.env` that gives a variable this value, whatever characters it has.
pub fn line(name: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+=@%~".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return format!("{name}={value}\n");
    }
    // In single quotes everything stands for itself, but for a quote and what is before it.
    if !value.contains(['\'', '\\', '\n', '\r']) {
        return format!("{name}='{value}'\n");
    }
    let mut quoted = String::new();
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\\' | '"' | '$' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    format!("{name}=\"{quoted}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_quoted_as_it_needs() {
        assert_eq!(line("A", "sk-1"), "A=sk-1\n");
        assert_eq!(line("A", "a=b; c=${d} #e"), "A='a=b; c=${d} #e'\n");
        assert_eq!(line("A", "it's \"$x\"\n"), "A=\"it's \\\"\\$x\\\"\\n\"\n");
    }
}
