//! Inputs of every form.
