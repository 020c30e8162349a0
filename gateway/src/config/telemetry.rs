//! `[telemetry]`: where traces, metrics and logs go.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::spelling::{Spelled, Spelling, spelled, spelled_if_there};

/// OTLP; the variables `OTEL_EXPORTER_OTLP_*` override it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The collector; without one nothing is exported.
    #[serde(deserialize_with = "spelled_if_there")]
    #[schemars(with = "Option<Spelled<Url>>")]
    pub otlp_endpoint: Option<Url>,
    /// How the collector is spoken to.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<Protocol>", extend("default" = "grpc"))]
    pub protocol: Protocol,
}

/// OTLP's transports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC.
    #[default]
    Grpc,
    /// HTTP with protobuf.
    Http,
}

impl Spelling for Protocol {
    const KIND: &'static str = "a protocol of OTLP";
    const SHAPE: &'static str = "`grpc` or `http`";

    fn read(text: &str) -> Option<Self> {
        match text {
            "grpc" => Some(Self::Grpc),
            "http" => Some(Self::Http),
            _ => None,
        }
    }
}
