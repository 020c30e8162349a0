//! What a decision costs, each beside its floor: a known token beside one hash of its text, an unknown one beside one
//! Ed25519 verification.

use std::{hint::black_box, net::IpAddr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use criterion::{Criterion, criterion_group, criterion_main};
use gogs_spanner_capability::{
    Action, Coverage, Effect, Patterns, RepositoryName, RepositoryPattern, Right, Rights,
    token::{Circumstances, Claims, Narrowing, PublicKeys, SigningKey, TokenText, Verified, attenuate, mint, verify},
};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

const SERVICE: &str = "https://agents.example.com";

/// A token as an agent of one repository gets it, and what it is asked about.
struct Case {
    keys: PublicKeys,
    token: TokenText,
    effect: Effect,
    now: Timestamp,
}

impl Case {
    fn new() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let key = SigningKey::from_bytes(1, &[7; 32]);
        let repository = RepositoryName::parse("acme/web").expect("a repository");
        let right = Right {
            repositories: Patterns::new([RepositoryPattern::parse("acme/web").expect("a pattern")]).expect("not empty"),
            actions: [Action::ContentsRead, Action::IssuesRead, Action::IssuesWrite].into(),
            refs: Patterns::any(),
            paths: Patterns::any(),
        };
        let claims = Claims {
            agent: "docs-writer".parse().expect("a name"),
            nonce: "01J00000000000000000000000".into(),
            issuer: "https://idp.example.com".into(),
            user: None,
            issued: now,
            max_depth: 3,
            rights: Rights(vec![right]),
            service: SERVICE.into(),
            expires: now + SignedDuration::from_mins(15),
        };
        let token = mint(&key, &claims).expect("a token");
        let effect = Effect::on_repository(Action::ContentsRead, &repository);
        Self { keys: [key.public()].into_iter().collect(), token, effect, now }
    }

    fn narrowed(&self) -> TokenText {
        let read = Narrowing::new().actions([Action::ContentsRead]);
        let once = attenuate(&self.token, &read).expect("narrower");
        attenuate(&once, &read.delegate("reader")).expect("narrower still")
    }

    /// Everything a token nobody has seen costs.
    fn decide(&self, token: &TokenText) -> Verified {
        let verified = verify(&self.keys, token, &|_| false).expect("a good token");
        let circumstances = Circumstances { time: self.now, service: SERVICE, client: None::<IpAddr> };
        verified.check(&self.effect, &circumstances).expect("nothing forbids it");
        assert_eq!(verified.rights().cover(&self.effect), Coverage::Granted);
        verified
    }
}

fn cached(c: &mut Criterion) {
    let case = Case::new();
    let (text, verified) = (case.token.expose(), case.decide(&case.token));
    let known: Cache<[u8; 32], Verified> = Cache::new(1_000);
    let decided: Cache<([u8; 32], Effect), bool> = Cache::new(1_000);
    known.insert(case.token.digest(), verified);
    decided.insert((case.token.digest(), case.effect.clone()), true);

    let mut group = c.benchmark_group("cached decision");
    group.bench_function("floor: one SHA-256 of the token's text", |b| b.iter(|| Sha256::digest(black_box(text))));
    group.bench_function("token from its text, digest, two look-ups", |b| {
        b.iter(|| {
            let digest = TokenText::parse(black_box(text)).expect("a token").digest();
            (known.get(&digest), decided.get(&(digest, case.effect.clone())))
        });
    });
    group.finish();
}

fn cold(c: &mut Criterion) {
    let case = Case::new();
    let narrowed = case.narrowed();
    let pair = Ed25519KeyPair::generate().expect("a key");
    let signature = pair.sign(case.token.bytes());
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key());

    let mut group = c.benchmark_group("cold verification");
    group.bench_function("floor: one Ed25519 verification", |b| {
        b.iter(|| public.verify(black_box(case.token.bytes()), signature.as_ref()));
    });
    group.bench_function("verify and decide, one block", |b| b.iter(|| case.decide(black_box(&case.token))));
    group.bench_function("verify and decide, three blocks", |b| b.iter(|| case.decide(black_box(&narrowed))));
    group.finish();
}

criterion_group!(benches, cached, cold);
criterion_main!(benches);
