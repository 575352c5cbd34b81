//! Plays a streaming agent: dialects, pace and faults, on a loopback port.
