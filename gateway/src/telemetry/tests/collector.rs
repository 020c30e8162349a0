//! A collector that notes which signals it got.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};
use url::Url;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::config::telemetry::Protocol;

/// One of either kind.
pub(super) enum Collector {
    Grpc { url: Url, got: Noted },
    Http(MockServer),
}

/// The signals that came.
#[derive(Clone, Default)]
pub(super) struct Noted(Arc<Mutex<BTreeSet<String>>>);

impl Collector {
    pub(super) async fn start(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Grpc => Self::grpc().await,
            Protocol::Http => {
                let server = MockServer::start().await;
                Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
                Self::Http(server)
            }
        }
    }

    async fn grpc() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let got = Noted::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(got.clone()))
            .add_service(MetricsServiceServer::new(got.clone()))
            .add_service(LogsServiceServer::new(got.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self::Grpc { url, got }
    }

    pub(super) fn url(&self) -> Url {
        match self {
            Self::Grpc { url, .. } => url.clone(),
            Self::Http(server) => server.uri().parse().unwrap(),
        }
    }

    pub(super) async fn signals(&self) -> BTreeSet<String> {
        match self {
            Self::Grpc { got, .. } => got.0.lock().unwrap().clone(),
            Self::Http(server) => {
                let requests = server.received_requests().await.unwrap();
                requests.iter().map(|request| request.url.path().trim_start_matches("/v1/").to_owned()).collect()
            }
        }
    }
}

impl Noted {
    fn note(&self, signal: &str) {
        self.0.lock().unwrap().insert(signal.to_owned());
    }
}

#[async_trait::async_trait]
impl TraceService for Noted {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.note("traces");
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[async_trait::async_trait]
impl MetricsService for Noted {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.note("metrics");
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[async_trait::async_trait]
impl LogsService for Noted {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.note("logs");
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
