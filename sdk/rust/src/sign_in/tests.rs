//! Where a sign-in lies, and when it is not used.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use super::*;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn gateway() -> Origin {
    "https://agents.example.com".parse().unwrap()
}

fn sign_in() -> SignIn {
    let expires = "2026-11-23T18:00:00Z".parse().unwrap();
    SignIn::new(gateway(), "gsi_secret".into(), "alice@example.com".to_owned(), expires)
}

#[test]
fn the_state_directory_is_that_of_xdg() {
    let found = |variables: &[(&str, &str)]| {
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, path)| PathBuf::from(path));
        SignIns::found(variable).map(|sign_ins| sign_ins.directory().to_owned())
    };
    let below = |path: &str| Some(PathBuf::from(path).join(OURS));
    assert_eq!(found(&[(HOME, "/home/a")]), below("/home/a/.local/state"));
    assert_eq!(found(&[(HOME, "/home/a"), (STATE, "/state")]), below("/state"));
    assert_eq!(found(&[(HOME, "/home/a"), (STATE, "state")]), below("/home/a/.local/state"), "relative");
    assert_eq!(found(&[]), None);
}

#[test]
fn a_sign_in_is_found_again_until_it_ends_and_says_nothing_of_its_secret() {
    let directory = tempfile::tempdir().unwrap();
    let sign_ins = SignIns::within(directory.path().join("new/sign-ins"));
    let file = sign_ins.save(&sign_in()).unwrap();
    assert_eq!(file, directory.path().join("new/sign-ins/https___agents.example.com.json"));
    let found = sign_ins.standing(&gateway(), at("2026-11-23T17:59:59Z")).unwrap();
    assert_eq!((found.person(), found.secret().expose_secret()), ("alice@example.com", "gsi_secret"));
    assert!(!format!("{found:?}").contains("secret"));
    let over = sign_ins.standing(&gateway(), at("2026-11-23T18:00:00Z")).unwrap_err();
    assert_eq!(over.to_string(), "the sign-in of alice@example.com at https://agents.example.com has ended");
    sign_ins.save(&sign_in()).unwrap();
    assert!(sign_ins.remove(&gateway()).unwrap() && !sign_ins.remove(&gateway()).unwrap());
    assert!(matches!(sign_ins.load(&gateway()), Err(SignInError::Nobody { .. })));
}

#[test]
fn a_sign_in_serves_the_gateway_it_is_for_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let sign_ins = SignIns::within(directory.path());
    let file = sign_ins.save(&sign_in()).unwrap();
    let other: Origin = "https://evil.example.com".parse().unwrap();
    assert!(matches!(sign_ins.load(&other), Err(SignInError::Nobody { .. })));
    std::fs::rename(&file, sign_ins.file(&other)).unwrap();
    assert!(matches!(sign_ins.load(&other), Err(SignInError::NotOne { .. })));
}

#[cfg(unix)]
#[test]
fn a_file_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let sign_ins = SignIns::within(directory.path().join("new"));
    let file = sign_ins.save(&sign_in()).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(sign_ins.directory()).unwrap().permissions().mode() & 0o777, 0o700);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(sign_ins.load(&gateway()), Err(SignInError::Open { .. })));
}
