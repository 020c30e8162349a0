#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| gogs_spanner_properties::lfs_batch(input));
