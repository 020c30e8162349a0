use super::*;
use crate::pkt_line;

const REPORT: &[&str] = &["unpack ok\n", "ok refs/heads/main\n", "ng refs/heads/x hook declined\n"];

/// A report of these lines.
fn plain(lines: &[&str]) -> Vec<u8> {
    let mut out = bytes::BytesMut::new();
    for line in lines {
        pkt_line::write(&mut out, line.as_bytes());
    }
    out.extend_from_slice(pkt_line::FLUSH);
    out.to_vec()
}

fn read(capabilities: &str, chunks: &[&[u8]]) -> Option<Report> {
    let mut reader = ReportReader::new(&Capabilities::parse(capabilities.as_bytes()).expect("capabilities"));
    for chunk in chunks {
        reader.feed(chunk);
    }
    reader.finish()
}

fn name(text: &str) -> RefName {
    RefName::parse(text).expect("a ref name")
}

#[test]
fn every_ref_has_its_own_outcome() {
    let report = read("report-status", &[&plain(REPORT)]).expect("a report");
    assert_eq!(report.of(&name("refs/heads/main")), Some(&Ok(())));
    assert_eq!(report.of(&name("refs/heads/x")), Some(&Err("hook declined".to_owned())));
    assert_eq!(report.of(&name("refs/heads/y")), None);
}

#[test]
fn a_report_is_read_out_of_the_content_stream_wherever_it_is_cut() {
    let plain = plain(REPORT);
    let (one, two) = plain.split_at(20);
    let mut answer = bytes::BytesMut::new();
    sideband::write(&mut answer, Band::Progress, b"remote text\n");
    sideband::write(&mut answer, Band::Content, one);
    sideband::write(&mut answer, Band::Progress, b"more\n");
    sideband::write(&mut answer, Band::Content, two);
    answer.extend_from_slice(pkt_line::FLUSH);
    let bytewise: Vec<_> = answer.chunks(1).collect();
    let report = read("report-status side-band-64k", &bytewise).expect("a report");
    assert_eq!(Some(report), read("report-status", &[&plain]));
}

#[test]
fn a_pack_that_was_not_taken_says_why() {
    let report = read("report-status", &[&plain(&["unpack index-pack abnormal exit\n"])]).expect("a report");
    assert_eq!(report.unpack, Err("index-pack abnormal exit".to_owned()));
}

#[test]
fn options_of_the_second_version_are_passed_over() {
    let answer = plain(&["unpack ok\n", "ok refs/heads/main\n", "option refname refs/heads/y\n"]);
    let report = read("report-status-v2", &[&answer]).expect("a report");
    assert_eq!(report.refs, [(name("refs/heads/main"), Ok(()))]);
}

#[test]
fn anything_less_than_a_whole_report_is_unknown() {
    let whole = plain(REPORT);
    assert_eq!(read("report-status", &[]), None);
    assert_eq!(read("report-status", &[&whole[..whole.len() - 4]]), None);
    assert_eq!(read("report-status", &[b"0000"]), None, "no unpack line");
    assert_eq!(read("report-status", &[&plain(&REPORT[1..])]), None, "no unpack line");
    assert_eq!(read("report-status side-band-64k", &[b"0009\x03dead0000"]), None);
    assert_eq!(read("report-status", &[b"<html>"]), None);
    assert_eq!(read("side-band-64k", &[&whole]), None, "none was asked for");
}

#[test]
fn a_report_above_the_bound_is_unknown() {
    let mut reader = ReportReader::new(&Capabilities::parse(b"report-status").expect("capabilities"));
    reader.feed(b"000eunpack ok\n");
    for n in 0..=MAX_REPORT_BYTES / 30 {
        reader.feed(&pkt_line::packet(format!("ok refs/heads/branch-{n:010}\n").as_bytes()));
    }
    reader.feed(b"0000");
    assert_eq!(reader.finish(), None);
}
