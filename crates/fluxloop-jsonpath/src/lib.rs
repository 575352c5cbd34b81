//! Finds values in JSON text by path.
