//! Signals to what a test has started.

use std::process::{Child, Command};

/// Sends a signal, called as `kill` calls it: `-INT`.
#[track_caller]
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}
