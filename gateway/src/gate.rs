//! The pipeline every request of an automation goes through.
