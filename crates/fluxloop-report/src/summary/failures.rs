//! What failed: by kind, the first example in full.

use fluxloop_trace::FailureKind;

use super::digest::{Digest, Example, FailureGroup};
use super::figures::case_names;
use crate::page::Page;
use crate::visible::wrap;
use crate::{failure, units};

/// The failures, the most frequent kind first.
pub(super) fn failures(page: &mut Page, digest: &Digest) {
    let mut groups: Vec<_> = digest.failures.iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.cases.count));
    for (kind, group) in groups {
        page.gap();
        show(page, *kind, group);
    }
}

fn show(page: &mut Page, kind: FailureKind, group: &FailureGroup) {
    let style = page.style();
    let cases = units::counted(group.cases.count, "case", "cases");
    let names = format!("{cases}: {}", case_names(page, &group.cases));
    let names = style.cut(&names, style.columns() - kind.name().len() - 4).into_owned();
    page.line(2, &format!("{}  {names}", style.bad(&style.bold(kind.name()))));
    for example in group.example.iter() {
        for line in wrap(&message(page, group, example), style.columns() - 4) {
            page.line(4, &line);
        }
        for (label, text) in failure::notes(&example.failure, style) {
            page.row(4, label, &text);
        }
    }
}

/// The message of the example, of which case it is, and how often it was tried.
fn message(page: &Page, group: &FailureGroup, example: &Example) -> String {
    let style = page.style();
    let mut message = style.one_line(example.failure.message.as_str(), 600);
    if group.cases.count > 1 {
        message = format!("{}: {message}", style.case_id(&example.case_id));
    }
    if example.attempts > 1 {
        message = format!("{message} (after {} attempts)", example.attempts);
    }
    message
}
