//! A run on disk, from its first file to its last.

mod artifacts;
mod folder;
mod journal;
mod resume;
mod run;
mod stored;
