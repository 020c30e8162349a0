use super::*;

const TIME: Duration = Duration::from_secs(30);

fn git() -> (tempfile::TempDir, Git) {
    let home = tempfile::tempdir().expect("a directory");
    let git = Git::new(home.path());
    (home, git)
}

#[tokio::test]
async fn git_says_what_it_has_to_say() {
    let (_home, git) = git();
    let finished = git.run(Job::new(["version"], TIME)).await.expect("git runs");
    assert_eq!(finished.code, 0);
    assert!(finished.output.starts_with(b"git version "));
    let failed = git.run(Job::new(["no-such-command"], TIME)).await.expect("git runs");
    assert_eq!(failed.code, 1);
    assert!(failed.complaint.contains("no-such-command"));
}

#[tokio::test]
async fn a_secret_is_in_the_environment_and_not_among_the_arguments() {
    let (_home, git) = git();
    let secret = || Zeroizing::new("Authorization: Basic canary".to_owned());
    let job = Job::new(["config", "http.extraHeader"], TIME).configure("http.extraHeader", secret());
    let command = git.command(Job::new(["version"], TIME).configure("http.extraHeader", secret()));
    assert!(!command.as_std().get_args().any(|argument| argument.to_string_lossy().contains("canary")));
    let finished = git.run(job).await.expect("git runs");
    assert_eq!(finished.output, b"Authorization: Basic canary\n");
}

#[tokio::test]
async fn nothing_of_the_hosts_configuration_reaches_git() {
    let (home, git) = git();
    let finished = git.run(Job::new(["config", "--list", "--show-origin"], TIME)).await.expect("git runs");
    let listed = String::from_utf8(finished.output).expect("text");
    assert!(listed.lines().all(|line| line.starts_with("command line:")), "{listed}");
    let command = git.command(Job::new(["version"], TIME));
    let names = command.as_std().get_envs().map(|(name, _)| name.to_string_lossy().into_owned());
    assert!(names.into_iter().all(|name| name.starts_with("GIT_") || ["HOME", "LC_ALL", "PATH"].contains(&&*name)));
    assert_eq!(std::fs::read_dir(home.path()).expect("a directory").count(), 0);
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_ended() {
    let (_home, git) = git();
    let (reader, _writer) = std::io::pipe().expect("a pipe");
    let waiting = Job::new(["hash-object", "--stdin"], Duration::from_millis(50));
    let job = waiting.reading(File::from(std::os::fd::OwnedFd::from(reader)));
    assert!(matches!(git.run(job).await, Err(ProcessError::TimeLimit(_))));
}

#[tokio::test]
async fn an_answer_above_the_bound_is_not_read() {
    let (home, git) = git();
    let long = home.path().join("long");
    std::fs::write(&long, "x\n".repeat(MAX_OUTPUT)).expect("a file");
    let job = Job::new(["stripspace"], TIME).reading(File::open(&long).expect("a file"));
    assert!(matches!(git.run(job).await, Err(ProcessError::OutputTooLong(MAX_OUTPUT))));
    let job = Job::new(["stripspace"], TIME).reading(File::open(&long).expect("a file"));
    assert!(git.run(job.answering_at_most(2 * MAX_OUTPUT)).await.is_ok(), "a job may expect more");
}

#[tokio::test]
async fn a_file_above_its_bound_is_not_written() {
    let (home, git) = git();
    let long = home.path().join("long");
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    std::fs::write(&long, noise).expect("a file");
    git.run(Job::new(["init", "-q", "--bare", "x.git"], TIME)).await.expect("git runs");
    let job = Job::new(["--git-dir=x.git", "hash-object", "-w", "--stdin"], TIME).writing_at_most(4096);
    let ended = git.run(job.reading(File::open(&long).expect("a file"))).await;
    assert!(matches!(&ended, Ok(said) if said.code != 0 && said.complaint.contains("File too large")), "{ended:?}");
}
