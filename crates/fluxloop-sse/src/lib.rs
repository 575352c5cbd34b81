//! Turns the bytes of an event stream into events, and back, without I/O.
