//! Shows what is wrong and what is odd about a configuration, as rustc does: what, where, the line,
//! and what to do.

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use fluxloop_config::{ConfigErrors, Finding};
use fluxloop_explain::counted;
use fluxloop_report::{Style, visible_line};

use crate::errors::Ended;
use crate::{loading, output};

/// How many errors, and how many warnings, are shown: whoever has more mends the first ones first.
const MAX_SHOWN: usize = 50;

/// Shows findings.
pub(crate) fn show(findings: &[Finding]) {
    let style = output::stderr_style();
    for is_error in [false, true] {
        let of_kind = findings.iter().filter(|finding| finding.is_error == is_error);
        for finding in of_kind.take(MAX_SHOWN) {
            output::rendered(&render(finding, style));
        }
    }
}

/// Shows everything that keeps a configuration from being used, and gives what ends the command.
pub(crate) fn ended(errors: &ConfigErrors) -> Ended {
    let findings = errors.findings();
    show(findings);
    Ended::shown(loading::exit(errors), count(findings))
}

/// How many errors and warnings there are, if there are several.
fn count(findings: &[Finding]) -> Option<String> {
    let errors = findings.iter().filter(|finding| finding.is_error).count();
    let warnings = findings.len() - errors;
    let warned = match warnings {
        0 => String::new(),
        warnings => format!(", {}", counted(warnings as u64, "warning", "warnings")),
    };
    let more = errors.saturating_sub(MAX_SHOWN) + warnings.saturating_sub(MAX_SHOWN);
    let more = if more > 0 { format!(" ({more} not shown)") } else { String::new() };
    let errors = counted(errors as u64, "error", "errors");
    (findings.len() > 1).then(|| format!("{errors}{warned}{more}"))
}

/// A finding as text, with colors where the style has them.
fn render(finding: &Finding, style: Style) -> String {
    let level = if finding.is_error { Level::ERROR } else { Level::WARNING };
    let (message, remedy) =
        (visible_line(finding.message.as_str()), visible_line(finding.remedy.as_str()));
    let mut group = Group::with_title(level.primary_title(message));
    let place = finding.place.as_ref().map(|place| visible_line(place.as_str()));
    // A line with control characters is not shown.
    let quote =
        finding.quote.as_ref().filter(|it| visible_line(it.line.as_str()) == it.line.as_str());
    match (quote, finding.position, place) {
        (Some(quote), Some(position), Some(place)) => {
            let snippet = Snippet::source(quote.line.as_str())
                .line_start(position.line)
                .path(place)
                .annotation(AnnotationKind::Primary.span(quote.mark.clone()));
            group = group.element(snippet);
        }
        (_, Some(position), Some(place)) => {
            let origin = Origin::path(place).line(position.line).char_column(position.column);
            group = group.element(origin);
        }
        (_, None, Some(place)) => group = group.element(Origin::path(place)),
        (_, _, None) => {}
    }
    if !remedy.is_empty() {
        group = group.element(Level::HELP.message(remedy));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let width = if style.width == 0 { DEFAULT_TERM_WIDTH } else { style.width.into() };
    renderer.term_width(width).render(&[group])
}
