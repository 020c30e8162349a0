//! The samples of the Biscuit specification: the raw verifier answers as they say, and admission takes none of them,
//! each for the reason written here, so that a loosened profile fails a test.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use biscuit_auth::{
    Algorithm, AuthorizerBuilder, AuthorizerLimits, Biscuit, BlockBuilder, PublicKey, UnverifiedBiscuit, builder::Term,
    datalog::ExternFunc, error,
};
use gogs_spanner_capability::token::{
    AdmissionError::{self, Authority, Bounds, CaveatUnknown, Key, NotDecodable, ThirdParty},
    admit,
};
use serde::Deserialize;

use crate::common::minted;

#[derive(Deserialize)]
struct Samples {
    root_public_key: String,
    testcases: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    filename: String,
    token: Vec<Block>,
    validations: BTreeMap<String, Validation>,
}

#[derive(Deserialize)]
struct Block {
    code: String,
}

#[derive(Deserialize)]
struct Validation {
    authorizer_code: String,
    result: Result<usize, error::Token>,
    revocation_ids: Vec<String>,
}

fn samples() -> Samples {
    serde_json::from_slice(&read("samples.json")).expect("samples")
}

fn read(file: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(file)).expect("a sample")
}

/// The function `test035_ffi` calls.
fn extern_test() -> ExternFunc {
    ExternFunc::new(Arc::new(|left, right| match (left, right) {
        (Term::Str(left), Some(Term::Str(right))) if left == right => Ok(Term::Str("equal strings".to_owned())),
        (Term::Str(_), Some(Term::Str(_))) => Ok(Term::Str("different strings".to_owned())),
        (left, None) => Ok(left),
        _ => Err("unsupported operands".to_owned()),
    }))
}

fn validate(root: PublicKey, token: &[u8], code: &str) -> (Result<usize, error::Token>, Vec<String>) {
    let token = match Biscuit::from(token, root) {
        Ok(token) => token,
        Err(error) => return (Err(error), vec![]),
    };
    let ids = token.revocation_identifiers().iter().map(hex::encode).collect();
    let limits = AuthorizerLimits { max_time: Duration::from_secs(10), ..AuthorizerLimits::default() };
    let builder = AuthorizerBuilder::new().set_limits(limits).register_extern_func("test".to_owned(), extern_test());
    let builder = builder.code(code).expect("a sample's policy");
    (builder.build(&token).and_then(|mut authorizer| authorizer.authorize()), ids)
}

#[test]
fn the_raw_verifier_agrees_with_all_fifty_validations() {
    let samples = samples();
    let root = PublicKey::from_bytes_hex(&samples.root_public_key, Algorithm::Ed25519).expect("a key");
    let mut count = 0;
    for sample in &samples.testcases {
        let token = read(&sample.filename);
        for (name, validation) in &sample.validations {
            let (result, ids) = validate(root, &token, &validation.authorizer_code);
            assert_eq!(result, validation.result, "{} {name:?}", sample.filename);
            assert_eq!(ids, validation.revocation_ids, "{} {name:?}", sample.filename);
            count += 1;
        }
    }
    assert_eq!(count, 50);
}

/// File, why its bytes are refused, and what its blocks say that no token of ours may.
const ADMISSION: [(&str, AdmissionError, &str); 38] = [
    ("test001_basic.bc", Authority, "a right of two texts; a join of three facts"),
    ("test002_different_root_key.bc", Authority, "a right of two texts"),
    ("test003_invalid_signature_format.bc", Key, "a signature of 16 bytes"),
    ("test004_random_block.bc", NotDecodable, "a block that is noise"),
    ("test005_invalid_signature.bc", Authority, "a right of two texts"),
    ("test006_reordered_blocks.bc", Authority, "a join; a check by equality"),
    ("test007_scoped_rules.bc", Authority, "a rule; a fact of the name user_id"),
    ("test008_scoped_checks.bc", Authority, "a join; a right in a later block"),
    ("test009_expired_token.bc", Authority, "an authority block that states nothing"),
    ("test010_authorizer_scope.bc", Authority, "a right in a later block"),
    ("test011_authorizer_authority_caveats.bc", Authority, "a right of two texts"),
    ("test012_authority_caveats.bc", Authority, "no claims, one check by equality"),
    ("test013_block_rules.bc", Authority, "a rule"),
    ("test014_regex_constraint.bc", Authority, "a regular expression"),
    ("test015_multi_queries_caveats.bc", Authority, "a fact of the name must_be_present"),
    ("test016_caveat_head_name.bc", Authority, "a fact of the name query"),
    ("test017_expressions.bc", Bounds, "more than 16 checks"),
    ("test018_unbound_variables_in_rule.bc", Authority, "a rule with an unbound variable"),
    ("test019_generating_ambient_from_variables.bc", Authority, "a rule that states an operation"),
    ("test020_sealed.bc", Authority, "a right of two texts"),
    ("test021_parsing.bc", Authority, "a fact of the name ns::fact_123"),
    ("test022_default_symbols.bc", Authority, "every built-in name as a fact"),
    ("test023_execution_scope.bc", Authority, "facts and checks on them"),
    ("test024_third_party.bc", ThirdParty, "a third-party block"),
    ("test025_check_all.bc", Authority, "check all with a set of operations"),
    ("test026_public_keys_interning.bc", ThirdParty, "third-party blocks"),
    ("test027_integer_wraparound.bc", Authority, "arithmetic"),
    ("test028_expressions_v4.bc", Authority, "bitwise operators"),
    ("test029_reject_if.bc", Authority, "reject if"),
    ("test030_null.bc", Authority, "null"),
    ("test031_heterogeneous_equal.bc", Bounds, "more than 16 checks"),
    ("test032_laziness_closures.bc", Authority, "closures"),
    ("test033_typeof.bc", Authority, "type()"),
    ("test034_array_map.bc", Bounds, "more than 16 checks"),
    ("test035_ffi.bc", Authority, "a call of an extern function"),
    ("test036_secp256r1.bc", Key, "P-256 keys"),
    ("test037_secp256r1_third_party.bc", Key, "P-256 keys"),
    ("test038_try_op.bc", Authority, "try_or"),
];

#[test]
fn admission_takes_none_of_them_each_for_its_reason() {
    let samples = samples();
    assert_eq!(samples.testcases.len(), ADMISSION.len());
    for (sample, (file, error, why)) in samples.testcases.iter().zip(ADMISSION) {
        assert_eq!((&*sample.filename, admit(&read(file)).err()), (file, Some(error)), "{why}");
    }
}

#[test]
fn no_block_of_theirs_is_admitted_on_a_token_of_ours() {
    let blocks = samples().testcases.into_iter().flat_map(|sample| sample.token).filter(|block| !block.code.is_empty());
    for Block { code } in blocks {
        // The library itself refuses to read back a rule with an unbound variable.
        let Ok(block) = BlockBuilder::new().code(&code) else { continue };
        let token =
            UnverifiedBiscuit::from(minted().bytes()).and_then(|token| token.append(block)?.to_vec()).expect(&code);
        let error = admit(&token).err();
        assert!(matches!(error, Some(CaveatUnknown | Bounds)), "{code} gave {error:?}");
    }
}
