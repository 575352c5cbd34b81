//! Performs one exchange, and knows how long to wait before the next.
