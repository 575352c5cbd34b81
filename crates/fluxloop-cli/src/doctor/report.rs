//! What to paste into a bug report.

use std::fmt::Write as _;

use fluxloop_config::{LoadOptions, Survey};
use fluxloop_report::visible;

use super::check::{Check, Checks};

/// Markdown with all checks and the configuration, without secrets, inputs, and names of this
/// machine and its user.
pub(super) fn markdown(checks: &Checks, survey: Option<&Survey>, options: &LoadOptions) -> String {
    let mut text = "### fluxloop doctor\n\n| | check | result |\n| --- | --- | --- |\n".to_owned();
    for Check { name, state, message, remedy, .. } in checks.iter() {
        let remedy = remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        let cell = format!("{message}{remedy}").replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| {} | {name} | {cell} |", state.name());
    }
    if let Some(survey) = survey {
        let yaml = survey.without_inputs(true);
        let fence = fence(yaml.as_str());
        let _ = write!(text, "\n{fence}yaml\n{}\n{fence}", yaml.as_str().trim_end());
    }
    visible(&anonymous(&text, options)).into_owned()
}

/// A fence that the text does not close.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// Replaces folders of the user, and the names of the user and of this machine.
fn anonymous(text: &str, options: &LoadOptions) -> String {
    let variable = |name: &str| {
        let value = options.environment.get(name).map(|value| value.expose().to_owned());
        value.filter(|value| value.len() > 1)
    };
    let mut text = text.to_owned();
    let folder = options.current_dir.to_string_lossy();
    if folder.len() > 1 {
        text = text.replace(&*folder, ".");
    }
    if let Some(home) = variable("HOME") {
        text = text.replace(home.trim_end_matches('/'), "~");
    }
    let users = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(variable);
    let machines = variable("HOSTNAME").into_iter().chain(node_name());
    let names = users.map(|name| (name, "<user>")).chain(machines.map(|name| (name, "<host>")));
    names.fold(text, |text, (name, stand_in)| without_word(&text, &name, stand_in))
}

#[cfg(unix)]
fn node_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    // Every machine is called so.
    Some(name).filter(|name| name.len() > 1 && name != "localhost")
}

#[cfg(not(unix))]
fn node_name() -> Option<String> {
    None
}

/// Replaces a word, where no letter or digit stands beside it.
fn without_word(text: &str, word: &str, stand_in: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !shown_or(before, &shown).is_some_and(char::is_alphanumeric)
            && !after.chars().next().is_some_and(char::is_alphanumeric);
        shown.push_str(before);
        shown.push_str(if is_whole { stand_in } else { word });
        rest = after;
    }
    shown + rest
}

/// The last character before a place.
fn shown_or(before: &str, shown: &str) -> Option<char> {
    before.chars().next_back().or_else(|| shown.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_replaced() {
        assert_eq!(
            without_word("/users/ann/x ann, anna", "ann", "<user>"),
            "/users/<user>/x <user>, anna"
        );
        assert_eq!(without_word("annann", "ann", "<user>"), "annann");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fence("a ``` b ```` c"), "`````");
        assert_eq!(fence("a"), "```");
    }
}
