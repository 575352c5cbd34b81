//! `configuration.md`: every key.

use super::Page;

/// The page.
pub(super) fn page() -> Page {
    Page::new("Configuration")
}
