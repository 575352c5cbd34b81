//! Style, script and markup of the page, which are the same for every run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style.
pub(crate) const STYLE: &str =
    concat!(include_str!("../assets/style.css"), include_str!("../assets/case.css"));

/// The markup that is there before the script.
pub(crate) const BODY: &str = include_str!("../assets/body.html");

/// The script: one function, so that none of its names is global.
pub(crate) const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("../assets/base.js"),
    include_str!("../assets/data.js"),
    include_str!("../assets/state.js"),
    include_str!("../assets/verdict.js"),
    include_str!("../assets/figures.js"),
    include_str!("../assets/pixels.js"),
    include_str!("../assets/timeline.js"),
    include_str!("../assets/strips.js"),
    include_str!("../assets/table.js"),
    include_str!("../assets/diff.js"),
    include_str!("../assets/player.js"),
    include_str!("../assets/case.js"),
    include_str!("../assets/compare.js"),
    include_str!("../assets/main.js"),
    "})();\n",
);

/// The content security policy: nothing is loaded, and only this script and this style count (CSP
/// level 3, section 6.7.2).
pub(crate) fn policy() -> String {
    let [script, style] = [SCRIPT, STYLE].map(|text| STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; \
         base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 150 kB are the most that a page without cases may have.
    #[test]
    fn the_shell_is_small() {
        let bytes = STYLE.len() + SCRIPT.len() + BODY.len();
        assert!(bytes < 145_000, "{bytes} bytes");
    }

    /// No text becomes markup or code.
    #[test]
    fn the_script_makes_text_nodes_alone() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "fetch(",
            "XMLHttpRequest",
            "import(",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }

    #[test]
    fn nothing_ends_its_element_early() {
        assert!(!SCRIPT.contains("</"), "a closing tag in the script");
        assert!(!STYLE.contains("</"), "a closing tag in the style");
    }
}
