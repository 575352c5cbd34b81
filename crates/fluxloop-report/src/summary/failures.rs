//! What failed: by kind, the first example in full.

use fluxloop_trace::FailureKind;

use super::digest::{Digest, FailureGroup};
use super::figures::case_names;
use super::page::Page;
use crate::failure;
use crate::units;
use crate::visible::wrap;

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
    let names = case_names(page, &group.cases);
    page.line(
        2,
        &format!("{}  {cases}: {names}", style.bad(&style.bold(kind.name()))),
    );
    for (case_id, failure) in group.example.iter() {
        let message = style.one_line(failure.message.as_str(), 600);
        let message = if group.cases.count > 1 {
            format!("{}: {message}", style.case_id(case_id))
        } else {
            message
        };
        for line in wrap(&message, style.columns() - 4) {
            page.line(4, &line);
        }
        for (label, text) in failure::notes(failure, style) {
            page.row(4, label, &text);
        }
    }
}
