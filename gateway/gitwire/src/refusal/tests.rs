use super::*;
use crate::capabilities::Capabilities;
use crate::commands::RefUpdate;
use crate::object_id::ObjectId;
use crate::report::ReportReader;

fn name(text: &str) -> RefName {
    RefName::parse(text).expect("a ref name")
}

fn push(capabilities: &str) -> Commands {
    let new = ObjectId::parse(&[b'1'; 40]).expect("an id");
    let update = |text| RefUpdate { old: ObjectId::ZERO, new, name: name(text) };
    Commands {
        updates: vec![update("refs/heads/main"), update("refs/heads/agents/x")],
        capabilities: Capabilities::parse(capabilities.as_bytes()).expect("capabilities"),
        shallow: Vec::new(),
        raw: Bytes::new(),
    }
}

fn refuse_main(capabilities: &str) -> Bytes {
    refuse_push(&push(capabilities), &[(name("refs/heads/main"), "not-granted".to_owned())], "no\nway")
}

#[test]
fn the_message_comes_first_and_the_report_says_whose_fault_it_is() {
    let answer = refuse_main("report-status-v2 side-band-64k");
    assert!(answer.starts_with(b"000c\x02no\nway\n"));
    assert!(answer.ends_with(b"00000000"));
    let mut reader = ReportReader::new(&push("report-status-v2 side-band-64k").capabilities);
    reader.feed(&answer);
    let report = reader.finish().expect("the refusal is a report");
    assert_eq!(report.unpack, Ok(()));
    assert_eq!(report.of(&name("refs/heads/main")), Some(&Err("not-granted".to_owned())));
    assert_eq!(report.of(&name("refs/heads/agents/x")), Some(&Err(NOT_ATTEMPTED.to_owned())));
}

#[test]
fn a_caller_without_side_band_gets_the_report_alone() {
    let expected = "000eunpack ok\n0023ng refs/heads/main not-granted\n\
                    0042ng refs/heads/agents/x not attempted: another ref was refused\n0000";
    assert_eq!(refuse_main("report-status").as_ref(), expected.as_bytes());
}

#[test]
fn a_caller_that_wants_no_report_is_told_fatally() {
    assert_eq!(refuse_main("side-band-64k").as_ref(), b"000c\x03no\nway\n0000");
    assert_eq!(refuse_main("").as_ref(), b"000eERR no\nway");
}

#[test]
fn a_reason_stays_on_its_line_and_obeys_no_terminal() {
    let refused = [(name("refs/heads/main"), "a\nb\u{1b}[2J".to_owned())];
    let answer = refuse_push(&push("report-status"), &refused, "");
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(text.contains("ng refs/heads/main a b\u{fffd}[2J\n"), "{text}");
}

#[test]
fn a_refused_advertisement_says_error_behind_the_name_of_the_service() {
    assert_eq!(
        advertisement_error(Service::ReceivePack, "not-granted").as_ref(),
        b"001f# service=git-receive-pack\n00000013ERR not-granted"
    );
}

#[test]
fn a_long_text_is_cut_where_it_still_fits_one_packet() {
    let text = "é".repeat(100_000);
    assert!(advertisement_error(Service::UploadPack, &text).len() < 64 * 1024);
}
