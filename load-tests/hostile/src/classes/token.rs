//! What is no token, and what is somebody else's. Before a signature holds there are three public answers, and they tell
//! nothing apart that a caller could learn from.

use super::REPOSITORY;
use crate::case::{Case, case, forwards, get, refused};

/// Where Git is asked, which takes Basic.
const REFS: &str = "/acme/handbook.git/info/refs?service=git-upload-pack";

const MALFORMED: &str = "token-malformed";
const NOT_ACCEPTED: &str = "token-not-accepted";

/// Credentials of the API, and the reason each is refused for.
const OF_THE_API: &[(&str, &str, &str)] = &[
    ("nothing behind the scheme", "Bearer", MALFORMED),
    ("a space behind the scheme", "Bearer ", MALFORMED),
    ("a scheme nobody takes", "Digest $TOKEN", MALFORMED),
    ("no scheme", "$TOKEN", MALFORMED),
    ("Basic at the API", "Basic $PASSWORD", MALFORMED),
    ("two spaces", "Bearer  $TOKEN", MALFORMED),
    ("a tab for a space", "Bearer\t$TOKEN", MALFORMED),
    ("more behind the token", "Bearer $TOKEN x", MALFORMED),
    ("a list of credentials", "Bearer $TOKEN, Basic eDp4", MALFORMED),
    ("a quoted token", "Bearer \"$TOKEN\"", MALFORMED),
    ("a token beyond ASCII", "Bearer $TOKEN\u{e9}", MALFORMED),
    ("another prefix", "Bearer ghp_0123456789abcdef", MALFORMED),
    ("the prefix in capitals", "Bearer GSP_AAAAAAAA", MALFORMED),
    ("the prefix alone", "Bearer gsp_", MALFORMED),
    ("a token of Gogs", "token 0123456789abcdef0123456789abcdef01234567", MALFORMED),
    ("a token cut by a character", "Bearer $CUT", MALFORMED),
    ("a token with a character more", "Bearer $TOKENA", MALFORMED),
    ("a padded token", "Bearer $TOKEN=", MALFORMED),
    ("a token of the other alphabet", "Bearer gsp_++++////", MALFORMED),
    ("a token twice", "Bearer $TOKEN$TOKEN", MALFORMED),
    ("an escaped token", "Bearer %67sp_AAAAAAAA", MALFORMED),
    ("more bytes than a token has", "Bearer $TOOLONG", MALFORMED),
    ("a token of nothing but noise", "Bearer $GARBAGE", NOT_ACCEPTED),
    ("a token with a bit turned over", "Bearer $FLIPPED", NOT_ACCEPTED),
    ("a token another key signed", "Bearer $FOREIGN", NOT_ACCEPTED),
];

/// Credentials at Git's door.
const OF_GIT: &[(&str, &str, &str)] = &[
    ("Basic of nothing", "Basic ", MALFORMED),
    ("Basic that is no base64", "Basic !!!!", MALFORMED),
    ("Basic without a colon", "Basic $NOCOLON", MALFORMED),
    ("a token as user and as password", "Basic $BOTH", MALFORMED),
    ("a password of Gogs", "Basic cm9vdDE6cGFzc3dvcmQ=", MALFORMED),
    ("Basic beyond UTF-8", "Basic /zr/", MALFORMED),
    ("Basic with more behind it", "Basic $PASSWORD x", MALFORMED),
    ("a scheme of the API", "token $TOKEN", MALFORMED),
    ("a token another key signed, at Git", "Bearer $FOREIGN", NOT_ACCEPTED),
];

pub(super) fn cases() -> Vec<Case> {
    let refusal = |target: &'static str| {
        move |(name, credential, reason): &(&str, &str, &'static str)| {
            case(*name, get(target).by(credential), refused().with(401).naming(reason))
        }
    };
    OF_THE_API.iter().map(refusal(REPOSITORY)).chain(OF_GIT.iter().map(refusal(REFS))).chain(others()).collect()
}

fn others() -> Vec<Case> {
    let (read, refs) = (|| forwards("GET /api/v1/repos/acme/handbook"), || forwards(&format!("GET {REFS}")));
    let missing = || refused().with(401).naming("credential-missing");
    let nobody = |target: &str| get(target).without("Authorization");
    vec![
        case("no credential at the API", nobody(REPOSITORY), missing()),
        case("no credential at Git", nobody(REFS), missing()),
        case("a token in the query alone", nobody(&format!("{REPOSITORY}?token=$TOKEN")), refused().never("gsp_")),
        case("a token in the path", get("/api/v1/repos/$TOKEN/handbook"), refused().never("gsp_")),
        case(
            "a token in a line of 28 KiB",
            get(REPOSITORY).by(&format!("Bearer {}$TOKEN", "x".repeat(28 * 1024))),
            refused(),
        ),
        case("a bearer", get(REPOSITORY), read()),
        case("a bearer in small letters", get(REPOSITORY).by("bearer $TOKEN"), read()),
        case("a token as Gogs's clients send theirs", get(REPOSITORY).by("token $TOKEN"), read()),
        case("a bearer at Git", get(REFS), refs()),
        case("a password at Git", get(REFS).by("Basic $PASSWORD"), refs()),
        case("a user name at Git", get(REFS).by("Basic $USERNAME"), refs()),
    ]
}
