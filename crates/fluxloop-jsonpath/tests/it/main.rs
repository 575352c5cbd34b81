//! What the crate promises, held against `serde_json` and another implementation of RFC 9535.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as the tests do")]

mod accepted_json;
mod compliance;
mod refused_paths;
mod singular_paths;
mod wide_paths;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, the same ones in every run; `PROPTEST_RNG_SEED` tries others.
fn cases(cases: u32) -> Config {
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(9535);
    }
    config
}
