//! The program that tests in other languages direct, directed.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

struct Directed {
    program: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Directed {
    #[expect(clippy::disallowed_methods, reason = "the scene is a program")]
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gogs-spanner-scene"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = command.spawn().expect("it starts");
        let said = BufReader::new(program.stdout.take().expect("a pipe")).lines();
        Self { program, said }
    }

    fn line(&mut self) -> Value {
        let line = self.said.next().expect("it goes on").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    fn tell(&mut self, command: &Value) -> Value {
        let input = self.program.stdin.as_mut().expect("a pipe");
        writeln!(input, "{command}").expect("it listens");
        self.line()
    }
}

#[test]
fn the_scene_says_where_it_is_obeys_line_by_line_and_ends_with_its_input() {
    let mut scene = Directed::start();
    let set = scene.line();
    let state = tempfile::tempdir().expect("a directory");
    let file = format!("{}/assertion", set["directory"].as_str().expect("a directory"));
    assert!(set["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{set}");
    for (command, ok) in [
        (json!({ "do": "vouch", "subject": set["vouched_for"], "file": file }), json!(null)),
        (json!({ "do": "rekey", "agent": "docs-writer" }), json!(null)),
        (json!({ "do": "stop" }), json!(null)),
        (json!({ "do": "count" }), json!({ "issued": 0.0, "forwarded": 0 })),
        (json!({ "do": "start" }), json!(null)),
    ] {
        assert_eq!(scene.tell(&command), json!({ "ok": ok }), "{command}");
    }
    let signed_in = scene.tell(&json!({ "do": "sign-in", "person": "alice@example.com", "state": state.path() }));
    let kept = signed_in["ok"]["file"].as_str().unwrap_or_else(|| panic!("{signed_in}"));
    assert!(std::fs::read_to_string(kept).is_ok_and(|kept| kept.contains("alice@example.com")));
    assert!(std::fs::read_to_string(file).is_ok_and(|assertion| assertion.split('.').count() == 3));
    for command in [json!({ "do": "start" }), json!({ "do": "dance" }), json!({ "do": "edit", "old": "\0", "new": "" })]
    {
        assert!(scene.tell(&command)["error"].is_string(), "{command}");
    }
    drop(scene.program.stdin.take());
    assert!(scene.program.wait().expect("it was started").success());
}
