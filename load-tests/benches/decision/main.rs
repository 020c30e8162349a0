//! What a decision costs, each beside its floor: of a known token beside one hash of its text, of an unknown one beside
//! one Ed25519 verification. Both go the gateway's own way, from the header to the answer.

mod case;

use std::hint::black_box;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use http::header;
use sha2::{Digest as _, Sha256};

use crate::case::{Case, headers};

fn cached(c: &mut Criterion) {
    let case = Case::new();
    let known = headers(&case.token);
    let text = known[header::AUTHORIZATION].as_bytes();
    let seasoned = case.gateway();
    case.decide(&seasoned, &known);

    let mut group = c.benchmark_group("cached decision");
    group.bench_function("floor: one SHA-256 of the token's text", |b| b.iter(|| Sha256::digest(black_box(text))));
    group.bench_function("header to answer", |b| b.iter(|| case.decide(&seasoned, black_box(&known))));
    group.finish();
}

fn cold(c: &mut Criterion) {
    let case = Case::new();
    let pair = Ed25519KeyPair::generate().expect("a key");
    let signature = pair.sign(case.token.bytes());
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key());

    let mut group = c.benchmark_group("cold verification");
    group.bench_function("floor: one Ed25519 verification", |b| {
        b.iter(|| public.verify(black_box(case.token.bytes()), signature.as_ref()));
    });
    for (blocks, token) in [("one block", &case.token), ("three blocks", &case.narrowed())] {
        let unknown = headers(token);
        group.bench_function(format!("header to answer, {blocks}"), |b| {
            b.iter_batched_ref(
                || case.gateway(),
                |fresh| case.decide(fresh, black_box(&unknown)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, cached, cold);
criterion_main!(benches);
