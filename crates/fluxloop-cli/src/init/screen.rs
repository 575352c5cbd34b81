//! What a user sees of a new project.

use fluxloop_init::Proposal;
use fluxloop_report::visible;

use super::write::Written;
use crate::args::InitArgs;
use crate::dotenv_file::InGit;
use crate::output;

/// Says what was written, how answers are read, and what was left out.
pub(super) fn show(args: &InitArgs, proposal: &Proposal, written: &Written) {
    let path = args.path.as_deref().filter(|path| !path.as_os_str().is_empty());
    let place = path.map_or_else(|| "this folder".into(), |path| format!("`{}`", path.display()));
    let files: Vec<_> = written.files.iter().map(|file| format!("  {}", file.display())).collect();
    say(&format!("Wrote a project to {place}:\n{}\n", files.join("\n")));
    let schema = &proposal.schema;
    let is_found = args.from_curl.is_some() || args.from_promptfoo.is_some();
    let reason = if is_found { format!(", because {}", proposal.reason) } else { String::new() };
    say(&format!("Answers are read with the schema `{schema}`{reason}."));
    if let Some(place) = &proposal.input {
        say(&format!("Each input is sent as `{place}`."));
    }
    if !proposal.remarks.is_empty() {
        say("\nCheck these parts, which are not carried over as they are:");
        for remark in &proposal.remarks {
            say(&format!("  {}: {}", remark.what, remark.why));
        }
    }
    secrets(args, proposal, written);
}

/// Says where secrets are, and which are missing.
fn secrets(args: &InitArgs, proposal: &Proposal, written: &Written) {
    if !written.stored.is_empty() {
        let names = listed(&written.stored);
        say(&format!("\n`.env` has the values of {names}{}.", who_reads(written)));
    }
    if !written.kept.is_empty() {
        let names = listed(&written.kept);
        say(&format!("\n`.env` already had {names}, and was left as it is."));
    }
    if let Some((names, in_git)) = &written.refused {
        let names = listed(names);
        let what = match in_git {
            InGit::Tracked => "git tracks `.env` and would commit them. Run `git rm --cached .env`",
            _ => "git would commit `.env`. Add `.env` to `.gitignore`",
        };
        say(&format!(
            "\nThe values of {names} were written to no file, because {what}, copy `.env.example` to \
             `.env`, and fill in the values."
        ));
    }
    if !proposal.secrets.is_empty() && args.from_curl.is_some() {
        say(
            "The history of your shell may have the command line with its secrets: remove it there \
             (bash: `history -d NUMBER`).",
        );
    }
    if !proposal.missing.is_empty() {
        let names = listed(&proposal.missing);
        say(&format!("\nSet {names} in `.env` or in the environment (see `.env.example`)."));
    }
}

/// Who else can read `.env`. Only Unix has permissions that say so.
fn who_reads(written: &Written) -> String {
    match (written.open_mode, written.mode_before) {
        _ if !cfg!(unix) => String::new(),
        (Some(mode), _) => {
            format!("; others can read it, too (mode {mode:04o}): `chmod 600 .env`")
        }
        (None, Some(mode)) => {
            format!("; only you can read it, with mode 0600 in place of {mode:04o}")
        }
        (None, None) => "; only you can read it".to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Says what to do next. How answers are read is known with a preset alone.
pub(super) fn next(args: &InitArgs, proposal: &Proposal) {
    say("\nNext:");
    if let Some(path) = args.path.as_deref().filter(|path| !path.as_os_str().is_empty()) {
        say(&format!("  cd {}", path.display()));
    }
    say("  fluxloop run experiment --mock       # without the server");
    say("  fluxloop run experiment --dry-run    # show the first request");
    if proposal.schema == "auto" {
        say(
            "  fluxloop inspect --write             # send one request, find out how to read answers",
        );
    }
    say("  fluxloop run experiment              # send every input");
}

fn say(text: &str) {
    output::result(visible(text));
}
