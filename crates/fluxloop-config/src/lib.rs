//! Reads what the user wrote, configuration and inputs, and resolves it to a plan.
