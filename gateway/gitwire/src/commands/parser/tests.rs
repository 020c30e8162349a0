use super::*;
use crate::commands::UpdateKind;
use crate::pkt_line::{FLUSH, write};

const ZERO: &str = "0000000000000000000000000000000000000000";
const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";

/// A body of these lines, a flush, and `tail`.
fn body(lines: &[String], tail: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    for line in lines {
        write(&mut out, line.as_bytes());
    }
    out.extend_from_slice(FLUSH);
    out.extend_from_slice(tail);
    out.freeze()
}

fn parse(lines: &[String], tail: &[u8]) -> Result<(Commands, Bytes), WireError> {
    match CommandParser::new().feed(&body(lines, tail))? {
        Progress::Complete { commands, rest } => Ok((commands, rest)),
        Progress::Probe | Progress::More => Err(WireError::Truncated),
    }
}

fn refused(line: impl Into<String>) -> WireError {
    parse(&[line.into()], b"").expect_err("the line is refused")
}

#[test]
fn a_command_says_what_becomes_of_its_ref() {
    let lines = [
        format!("{ZERO} {ONE} refs/heads/new\0 report-status"),
        format!("{ONE} {TWO} refs/heads/moved"),
        format!("{ONE} {ZERO} refs/heads/gone\n"),
    ];
    let (commands, rest) = parse(&lines, b"PACK").expect("the list is well formed");
    let kinds = commands.updates.iter().map(|update| (update.name.as_str(), update.kind()));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            ("refs/heads/new", UpdateKind::Create),
            ("refs/heads/moved", UpdateKind::Update),
            ("refs/heads/gone", UpdateKind::Delete)
        ]
    );
    assert!(commands.capabilities.has("report-status"));
    assert_eq!(commands.raw, body(&lines, b""));
    assert_eq!(rest.as_ref(), b"PACK");
}

#[test]
fn a_shallow_clone_names_its_borders_first() {
    let (commands, _) = parse(&[format!("shallow {TWO}"), format!("{ZERO} {ONE} refs/heads/x\0")], b"")
        .expect("the list is well formed");
    assert_eq!(commands.shallow, [ObjectId::parse(TWO.as_bytes()).expect("an id")]);
    let late = parse(&[format!("{ZERO} {ONE} refs/heads/x\0"), format!("shallow {TWO}")], b"");
    assert_eq!(late, Err(WireError::LateShallow));
}

#[test]
fn the_probe_is_four_bytes_and_nothing_else() {
    let mut parser = CommandParser::new();
    assert_eq!(parser.feed(b"00"), Ok(Progress::More));
    assert_eq!(parser.finish(), Err(WireError::Truncated));
    assert_eq!(parser.feed(b"00"), Ok(Progress::Probe));
    assert_eq!(parser.finish(), Ok(()));
    assert_eq!(parser.feed(b""), Ok(Progress::Probe));
    assert_eq!(parser.feed(b"P"), Err(WireError::NoCommands));
    assert_eq!(CommandParser::new().feed(b"0000P"), Err(WireError::NoCommands));
}

#[test]
fn a_list_of_borders_alone_has_no_commands() {
    assert_eq!(refused(format!("shallow {ONE}")), WireError::NoCommands);
}

#[test]
fn a_list_of_deletions_has_nothing_behind_it() {
    let line = format!("{ONE} {ZERO} refs/heads/gone\0");
    let (commands, _) = parse(std::slice::from_ref(&line), b"").expect("the list is well formed");
    assert!(!commands.expects_pack());
    assert_eq!(parse(&[line], b"PACK"), Err(WireError::TrailingBytes));
}

#[test]
fn a_complete_parser_takes_nothing_more() {
    let mut parser = CommandParser::new();
    parser.feed(&body(&[format!("{ZERO} {ONE} refs/heads/x\0")], b"")).expect("the list is well formed");
    assert_eq!(parser.feed(b"PACK"), Err(WireError::TrailingBytes));
}

#[test]
fn what_the_forge_could_read_another_way_is_refused() {
    assert_eq!(refused(""), WireError::Command);
    assert_eq!(refused(format!("{ONE} {TWO}")), WireError::Command);
    assert_eq!(refused(format!("{ONE}  {TWO} refs/heads/x")), WireError::Command);
    assert_eq!(refused(format!("{} {TWO} refs/heads/x", "A".repeat(40))), WireError::Command);
    assert_eq!(refused(format!("shallow {ONE} ")), WireError::Command);
    let late = parse(&[format!("{ZERO} {ONE} refs/heads/x\0"), format!("{ZERO} {ONE} refs/heads/y\0atomic")], b"");
    assert_eq!(late, Err(WireError::Capabilities));
    assert_eq!(refused(format!("{ONE} {TWO} refs/heads/x\0agent=\u{7}")), WireError::Capabilities);
}

#[test]
fn a_mark_of_version_two_does_not_end_the_list() {
    let mut list = BytesMut::new();
    write(&mut list, format!("{ZERO} {ONE} refs/heads/allowed\0").as_bytes());
    list.extend_from_slice(b"0001");
    assert_eq!(CommandParser::new().feed(&list.freeze()), Err(WireError::Marker));
}

#[test]
fn other_object_formats_are_refused_by_name() {
    let long = "3".repeat(64);
    assert_eq!(refused(format!("{long} {long} refs/heads/x\0object-format=sha256")), WireError::ObjectFormat);
    assert_eq!(refused(format!("{ONE} {TWO} refs/heads/x\0object-format=sha256")), WireError::ObjectFormat);
    let both = format!("{ONE} {TWO} refs/heads/x\0object-format=sha1 object-format=sha256");
    assert_eq!(refused(both), WireError::ObjectFormat);
}

#[test]
fn signed_pushes_and_push_options_are_refused_by_name() {
    assert_eq!(refused("push-cert\0report-status"), WireError::PushCertificate);
    assert_eq!(refused(format!("{ONE} {TWO} refs/heads/x\0push-options")), WireError::PushOptions);
}

#[test]
fn a_ref_that_is_not_canonical_is_refused() {
    for name in
        ["HEAD", "main", "refs/heads/", "refs/heads/a..b", "refs/heads/-x", "refs/heads/a\n", "refs/heads/x.lock"]
    {
        let refusal = refused(format!("{ONE} {TWO} {name}\0"));
        assert!(matches!(refusal, WireError::RefName(_)), "{name}: {refusal}");
    }
}

#[test]
fn a_bad_ref_name_is_repeated_without_what_a_terminal_would_obey() {
    let refusal = refused(format!("{ONE} {TWO} refs/heads/\u{1b}[2J{}\0", "x".repeat(500)));
    let text = refusal.to_string();
    assert!(text.contains(r"refs/heads/\u{1b}[2J") && text.len() < 200, "{text}");
}

#[test]
fn one_ref_in_two_commands_is_refused() {
    let lines = [format!("{ZERO} {ONE} refs/heads/x\0"), format!("{ONE} {TWO} refs/heads/x")];
    assert!(matches!(parse(&lines, b""), Err(WireError::DuplicateRef(_))));
}

#[test]
fn nothing_cannot_become_nothing() {
    assert!(matches!(refused(format!("{ZERO} {ZERO} refs/heads/x\0")), WireError::NothingToNothing(_)));
}

#[test]
fn more_commands_than_the_bound_are_refused() {
    let lines: Vec<_> = (0..=MAX_COMMANDS).map(|n| format!("{ZERO} {ONE} refs/heads/b{n}")).collect();
    assert_eq!(parse(&lines, b""), Err(WireError::TooManyCommands));
    let (commands, _) = parse(&lines[..MAX_COMMANDS], b"").expect("as many as the bound are taken");
    assert_eq!(commands.updates.len(), MAX_COMMANDS);
}

#[test]
fn a_list_longer_than_the_bound_is_refused_while_it_arrives() {
    let border = pkt_line::packet(format!("shallow {ONE}").as_bytes());
    let mut parser = CommandParser::new();
    let fed = (0..=MAX_LIST_BYTES / border.len() + 1).try_for_each(|_| parser.feed(&border).map(drop));
    assert_eq!(fed, Err(WireError::ListTooLong));
    assert!(parser.buffer.len() <= MAX_LIST_BYTES + border.len());
}

#[test]
fn a_pack_in_the_chunk_of_the_list_does_not_count_for_the_list() {
    let (_, rest) = parse(&[format!("{ZERO} {ONE} refs/heads/x\0")], &vec![0; MAX_LIST_BYTES + 1])
        .expect("only the list is bounded");
    assert_eq!(rest.len(), MAX_LIST_BYTES + 1);
}
