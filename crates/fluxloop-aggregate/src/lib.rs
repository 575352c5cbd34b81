//! Selects text from events and joins it, without I/O.
