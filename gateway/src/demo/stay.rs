//! After the walk the gateway stays up for whoever wants to try it: with three lines to paste for people, and one that
//! says where and as whom for programs.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    DemoError, Signals,
    stage::{KEY, Stage},
    voice::Voice,
};

/// Stays up until somebody ends it.
pub(super) async fn up(stage: &Stage, voice: &mut Voice, signals: &mut Signals) -> Result<(), DemoError> {
    let program = program()?;
    let git = stage.path("gitconfig");
    std::fs::write(&git, git_configuration(stage, &program))?;
    let copy = stage.path("yours");
    let (git, copy, socket) = (git.display(), copy.display(), stage.path("spanner.sock"));
    voice.say(&format!(
        "\nIt stays up until Ctrl-C. Try it from another terminal, here:\n\n  \
         git clone -c include.path={git} {} {copy}\n  \
         git -C {copy} push origin HEAD:refs/heads/release    # refused\n  \
         {} audit tail --socket {}\n",
        stage.remote(),
        program.display(),
        socket.display()
    ))?;
    voice.tell_programs(&invitation(stage)?)?;
    signals.stop().await;
    Ok(())
}

/// Everything a program needs to be the agent of the show: a key, and a fresh proof the identity provider signed.
fn invitation(stage: &Stage) -> io::Result<Value> {
    Ok(json!({ "ready": {
        "url": stage.url,
        "agent": stage.cast.agent,
        "key_file": stage.path(KEY),
        "assertion_file": stage.vouch()?,
        "repositories": stage.cast.repositories().collect::<Vec<_>>(),
        "socket": stage.path("spanner.sock"),
    } }))
}

/// This program, as it is called from the directory it was called from.
fn program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let here = std::env::current_dir()?;
    Ok(program.strip_prefix(here).map(Path::to_owned).unwrap_or(program))
}

/// A helper gets git its tokens for the gateway, where none of the machine's own helpers is asked.
fn git_configuration(stage: &Stage, program: &Path) -> String {
    let (url, agent) = (&stage.url, &stage.cast.agent);
    let (program, key) = (quoted(&std::path::absolute(program).unwrap_or_default()), quoted(&stage.path(KEY)));
    let get = format!("{program} token get --url {url} --agent {agent} --key-file {key} --format git");
    let helper = format!("!f() {{ test \"$1\" = get && {get}; }}; f");
    let helper = helper.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "[credential \"{url}\"]\n\thelper =\n\thelper = \"{helper}\"\n[user]\n\tname = {agent}\n\temail = {agent}@agents.invalid\n"
    )
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
