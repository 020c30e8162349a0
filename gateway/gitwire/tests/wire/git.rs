//! Real git at both ends: what it prints of our refusals, and that it takes what we forward.

use bytes::{Bytes, BytesMut};
use gogs_spanner_capability::RefName;
use gogs_spanner_gitwire::{
    AdvertisementReader, CommandParser, Commands, Progress, ReportReader, Service, advertisement_error, refuse_push,
};

use crate::forge::{Request, Sandbox, serve};

const WHY: &str = "not-granted: docs-writer may not write here\nhint: ask the owner of the repository";

/// What git says when it gives up.
fn complaint(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.try_git(arguments);
    assert!(!output.status.success(), "git {arguments:?} succeeded");
    String::from_utf8(output.stderr).unwrap()
}

/// An advertisement of the bare repository `forge.git`, framed as smart HTTP wants it.
fn advertise(sandbox: &Sandbox) -> Bytes {
    let mut out = BytesMut::from(&b"001f# service=git-receive-pack\n0000"[..]);
    out.extend_from_slice(&sandbox.pipe(&["receive-pack", "--http-backend-info-refs", "forge.git"], b""));
    out.freeze()
}

fn commands(request: &Request) -> (Commands, Bytes) {
    match CommandParser::new().feed(&request.body).unwrap() {
        Progress::Complete { commands, rest } => (commands, rest),
        progress => panic!("the list is incomplete: {progress:?}"),
    }
}

#[test]
fn git_prints_why_an_advertisement_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.work();
    let pushing = serve(|_| advertisement_error(Service::ReceivePack, WHY));
    let printed = complaint(&sandbox, &["-C", "work", "push", &pushing, "main"]);
    assert!(printed.contains(&format!("fatal: remote error: {WHY}")), "{printed}");
    let cloning = serve(|_| advertisement_error(Service::UploadPack, WHY));
    for version in ["protocol.version=0", "protocol.version=2"] {
        let printed = complaint(&sandbox, &["-c", version, "clone", &cloning, "copy"]);
        assert!(printed.contains(&format!("fatal: remote error: {WHY}")), "{version}: {printed}");
    }
}

#[test]
fn git_prints_why_a_push_is_refused_and_for_which_ref() {
    let sandbox = Sandbox::new();
    sandbox.work();
    sandbox.git(&["init", "-q", "--bare", "forge.git"]);
    let advertisement = advertise(&sandbox);
    let url = serve(move |request| {
        if request.target.contains("info/refs") {
            return advertisement.clone();
        }
        let refused = [(RefName::parse("refs/heads/main").unwrap(), "not-granted".to_owned())];
        refuse_push(&commands(request).0, &refused, WHY)
    });
    for atomic in ["--no-atomic", "--atomic"] {
        let printed = complaint(&sandbox, &["-C", "work", "push", atomic, &url, "main", "main:agents/x"]);
        for expected in [
            "remote: not-granted: docs-writer may not write here",
            "remote: hint: ask the owner of the repository",
            "! [remote rejected] main -> main (not-granted)",
            "! [remote rejected] main -> agents/x (not attempted: another ref was refused)",
        ] {
            assert!(printed.contains(expected), "{atomic}: {expected}: {printed}");
        }
    }
}

#[test]
fn git_takes_the_list_as_it_was_read() {
    let client = Sandbox::new();
    client.work();
    let server = Sandbox::new();
    server.git(&["init", "-q", "--bare", "forge.git"]);
    let forge = server.path().join("forge.git");
    let url = serve(move |request| {
        if request.target.contains("info/refs") {
            let advertisement = advertise(&server);
            let mut reader = AdvertisementReader::new(Service::ReceivePack);
            reader.feed(&advertisement).unwrap();
            assert!(reader.finish().unwrap().capabilities.has("report-status"));
            return advertisement;
        }
        let (commands, rest) = commands(request);
        let forwarded = [commands.raw.as_ref(), rest.as_ref()].concat();
        let answer = server.pipe(&["receive-pack", "--stateless-rpc", "forge.git"], &forwarded);
        let mut reader = ReportReader::new(&commands.capabilities);
        reader.feed(&answer);
        let report = reader.finish().unwrap();
        assert!(commands.updates.iter().all(|update| report.of(&update.name) == Some(&Ok(()))));
        answer
    });
    client.git(&["-C", "work", "push", "-q", &url, "main", "main:refs/tags/v1"]);
    client.git(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "second"]);
    client.git(&["-C", "work", "push", "-q", &url, "main", ":refs/tags/v1"]);
    let refs = client.git(&["--git-dir", forge.to_str().unwrap(), "for-each-ref", "--format=%(objectname) %(refname)"]);
    assert_eq!(refs, format!("{} refs/heads/main", client.git(&["-C", "work", "rev-parse", "main"])));
}
