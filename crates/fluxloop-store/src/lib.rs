//! Keeps a run on disk and finds it again: journal, artifacts, lock, resume.
