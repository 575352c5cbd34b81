//! Tests of the public API: the standard's rules, and what must hold for every stream.

mod conformance;
mod hostile;
mod model;
mod properties;
mod seen;
mod strays;
