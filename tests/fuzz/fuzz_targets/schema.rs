//! Hands what libFuzzer comes up with to the property `schema`.

#![no_main]

// The macro makes the `extern "C"` function that libFuzzer calls: its code, not ours.
libfuzzer_sys::fuzz_target!(|input: &[u8]| fluxloop_properties::schema(input));
