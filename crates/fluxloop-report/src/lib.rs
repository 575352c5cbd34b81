//! Shows a run to people and machines, from its events and traces alone.
