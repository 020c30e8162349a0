//! `GET openapi.json`: this API for programs (`OpenAPI` 3.1), made from the very types that are read and written.

use gogs_spanner_capability::Reason;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    CAN, OPENAPI, REASONS, WHOAMI,
    can::{Asked, Decisions},
    reasons::Reasons,
    whoami::Whoami,
};

/// Where schemas stand in the document.
const SCHEMAS: &str = "/components/schemas";

/// A refusal (RFC 9457), as [`refuse`](crate::refuse) writes it.
#[derive(Serialize, JsonSchema)]
struct Problem {
    /// `urn:gogs-spanner:reason:` and the reason.
    #[serde(rename = "type")]
    kind: String,
    /// What the reason means.
    title: String,
    /// The status of the answer.
    status: u16,
    /// Why, in the caller's terms.
    detail: String,
    /// The stable code.
    reason: String,
    /// What to do next.
    hint: String,
    /// What to do next, for programs.
    next: String,
    /// Seconds after which the same request may succeed; null: not by waiting.
    retry: Option<u32>,
    /// Names the refusal in the gateway's journal.
    request_id: String,
    /// The reason, why and what to do next as one text, for clients that read what Gogs says of a failure.
    message: String,
    /// What stands in the way, a line each; there only where there is any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<String>,
}

/// The document for the gateway of this origin.
pub(super) fn document(public_url: &str) -> Value {
    // What is answered is always whole; of what is asked members may be left out.
    let (mut schemas, mut questions) =
        (schemas(SchemaSettings::for_serialize), schemas(SchemaSettings::for_deserialize));
    let problem = schemas.subschema_for::<Problem>().to_value();
    let refused = |reasons: &[Reason]| {
        let codes: Vec<_> = reasons.iter().map(|reason| format!("`{reason}`")).collect();
        json!({ "description": format!("Refused: {}", codes.join(", ")),
            "content": { "application/problem+json": { "schema": problem } } })
    };
    let credential = [
        Reason::CredentialMissing,
        Reason::TokenMalformed,
        Reason::TokenNotAccepted,
        Reason::TokenRevoked,
        Reason::TokenExpired,
    ];
    let bearer = json!([{ "token": [] }]);
    let paths = json!({
        WHOAMI: { "get": {
            "operationId": "whoami",
            "summary": "Who the caller is, and what is left of its rights",
            "security": bearer,
            "responses": {
                "200": answered::<Whoami>(&mut schemas, "Who, until when, and what it may do now"),
                "401": refused(&credential),
                "403": refused(&[Reason::CaveatUnknown, Reason::AgentUnknown]),
                "429": refused(&[Reason::LimitReached]),
                "503": refused(&[Reason::JournalUnavailable]),
            },
        } },
        CAN: { "post": {
            "operationId": "can",
            "summary": "What would be decided of these effects",
            "security": bearer,
            "requestBody": { "required": true, "content": content::<Asked>(&mut questions) },
            "responses": {
                "200": answered::<Decisions>(&mut schemas, "A decision for each effect, in their order"),
                "400": refused(&[Reason::RequestMalformed]),
                "401": refused(&credential),
                "403": refused(&[Reason::CaveatUnknown, Reason::AgentUnknown]),
                "413": refused(&[Reason::TooLarge]),
                "415": refused(&[Reason::MediaTypeRefused]),
                "429": refused(&[Reason::LimitReached]),
                "503": refused(&[Reason::JournalUnavailable, Reason::PolicyChanged]),
            },
        } },
        REASONS: { "get": {
            "operationId": "reasons",
            "summary": "Every reason of a refusal, and what to do next",
            "security": [],
            "responses": { "200": answered::<Reasons>(&mut schemas, "The table") },
        } },
        OPENAPI: { "get": {
            "operationId": "openapi",
            "summary": "This document",
            "security": [],
            "responses": { "200": { "description": "OpenAPI 3.1", "content": { "application/json": {} } } },
        } },
    });
    let mut definitions = schemas.take_definitions(true);
    definitions.extend(questions.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gogs Spanner",
            "summary": "The gateway's own API, for agents",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": public_url }],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "A token of this gateway" } },
        },
    })
}

fn schemas(seen_from: fn(SchemaSettings) -> SchemaSettings) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    seen_from(settings).into_generator()
}

fn answered<T: JsonSchema>(schemas: &mut SchemaGenerator, what: &str) -> Value {
    json!({ "description": what, "content": content::<T>(schemas) })
}

fn content<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    json!({ "application/json": { "schema": schemas.subschema_for::<T>() } })
}
