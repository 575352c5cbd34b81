//! Wires the crates: drives a plan and tells what happens.
