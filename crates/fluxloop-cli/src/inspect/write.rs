//! Puts the proposal into the configuration.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use fluxloop_config::{Edit, Edited, edit};
use fluxloop_learn::Proposal;
use fluxloop_redact::Redactor;
use fluxloop_report::visible;

use super::proposed::{KEYS, Setting, setting};
use crate::args::InspectArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{confirm, output};

/// Changes the file, shows how, and asks before.
pub(super) fn write(
    args: &InspectArgs,
    file: &Path,
    proposal: &Proposal,
    redactor: &Redactor,
) -> Result<Exit, Ended> {
    let refused = |message: String| Ended::message(Exit::Failure, message);
    let Some(setting) = setting(proposal) else {
        return Err(refused("nothing was written: nothing that was learned is sure enough".into()));
    };
    if setting.holds_secret(redactor) {
        let why = "nothing was written: a name in the answer holds a secret, or looks like one";
        let hint = "have the server keep keys out of the names of members and types";
        return Err(refused(why.into()).hint(Some(hint)));
    }
    let shown = output::shown_path(file).display().to_string();
    let failed = |error: io::Error| refused(format!("`{shown}` cannot be changed: {error}"));
    // A link stays a link: what it leads to is changed.
    let target = file.canonicalize().map_err(failed)?;
    let text = fs::read_to_string(&target).map_err(failed)?;
    let edited =
        changed(&text, &setting).map_err(|why| by_hand(&why, &shown, &setting, redactor))?;
    check(args, &setting, &edited).map_err(|why| by_hand(&why, &shown, &setting, redactor))?;
    if edited.text == text {
        output::note(format_args!("`{shown}` says so already"));
        return Ok(Exit::Success);
    }
    for line in diff(&text, &edited.text) {
        output::note(visible(redactor.mask(&line).as_str()));
    }
    let question = format!("Write this to `{shown}`?");
    if !confirm::write(&question, args.yes, output::can_ask()) {
        let hint = "add `--yes` to write it without a question";
        return Err(refused("nothing was written".into()).hint(Some(hint)));
    }
    replace(&target, &edited.text).map_err(failed)?;
    output::note(format_args!("`{shown}` was changed"));
    Ok(Exit::Success)
}

fn changed(text: &str, setting: &Setting) -> Result<Edited, String> {
    let (lines, keys, remove) = (setting.lines(0), setting.names(), superseded(setting));
    let edit_of =
        Edit { mapping: &["runner", "http"], keys: &keys, lines: &lines, remove: &remove };
    edit(text, &edit_of).map_err(|error| error.to_string())
}

/// The keys that the setting makes superfluous, or that contradict it.
fn superseded(setting: &Setting) -> Vec<&'static str> {
    let names = setting.names();
    KEYS.into_iter().filter(|key| !names.contains(key)).collect()
}

/// Whether the configuration would still load.
fn check(args: &InspectArgs, setting: &Setting, edited: &Edited) -> Result<(), String> {
    let removed = edited.removed.iter().map(|key| format!("runner.http.{key}=null"));
    let own = setting.keys.iter().map(|(key, value)| format!("runner.http.{key}={value}"));
    let set = args.load.set.iter().cloned().chain(removed).chain(own).collect();
    super::load_with(args, set).map(drop).map_err(|ended| ended.text().to_owned())
}

/// Says what to write where the file cannot be changed.
fn by_hand(why: &str, shown: &str, setting: &Setting, redactor: &Redactor) -> Ended {
    let lines = setting.lines(4).join("\n");
    let block = redactor.mask(&format!("runner:\n  http:\n{lines}"));
    let superseded = superseded(setting).join("`, `");
    let hint = format!("write it yourself, in place of `{superseded}`:\n\n{}", block.as_str());
    Ended::message(Exit::Failure, format!("`{shown}` was not changed: {why}")).hint(Some(hint))
}

/// The lines that differ: `-` before old ones, `+` before new ones.
fn diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[same..], &new[same..]);
    let rest = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - rest], &new[..new.len() - rest]);
    let mut lines = Vec::new();
    let mut next = 0;
    for line in old {
        // A line that stayed comes later in the new text.
        match new[next..].iter().position(|other| other == line) {
            Some(at) => {
                lines.extend(new[next..next + at].iter().map(|line| format!("+{line}")));
                lines.push(format!(" {line}"));
                next += at + 1;
            }
            None => lines.push(format!("-{line}")),
        }
    }
    lines.extend(new[next..].iter().map(|line| format!("+{line}")));
    lines
}

/// Replaces a file by a whole one, with its permissions.
fn replace(target: &Path, text: &str) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().set_permissions(fs::metadata(target)?.permissions())?;
    draft.as_file().sync_all()?;
    draft.persist(target).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_went_and_what_came() {
        let lines = diff("a\nb\nc\nd\n", "a\nx\ny\nc\nd\n");
        assert_eq!(lines, ["-b", "+x", "+y"]);
        let lines = diff("a\nb\nc\nd\ne\n", "a\nc\nx\ne\n");
        assert_eq!(lines, ["-b", " c", "-d", "+x"]);
        assert!(diff("a\n", "a\n").is_empty());
    }
}
