//! Reads a pipeline as its system does: the shell steps of its one job, and the environment they run in.

use yaml_rust2::{Yaml, YamlLoader};

/// A job: what its shell runs, and with what.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) environment: Vec<(String, String)>,
    pub(super) script: String,
    /// How the system starts the shell.
    pub(super) options: &'static str,
}

impl Job {
    /// The job of a pipeline; its one secret is this.
    pub(super) fn of(name: &str, text: &str, secret: &str) -> Self {
        if name == "Jenkinsfile" {
            return Self::of_jenkins(name, text);
        }
        let [document] = &YamlLoader::load_from_str(text).expect(name)[..] else { panic!("{name}: one document") };
        let (step, environment, script) = match name {
            "drone.yml" | "woodpecker.yml" => (&document["steps"][0], "environment", "commands"),
            "woodpecker-0.15.yml" => (&document["pipeline"]["build"], "environment", "commands"),
            "gitlab-ci.yml" => (&document["build"], "variables", "script"),
            "github-actions.yml" => (&document["jobs"]["build"], "env", "steps"),
            _ => panic!("{name} is none of the pipelines"),
        };
        let mut environment = variables(&step[environment], secret);
        // Woodpecker 0.15 gives a step its secrets under their names in capitals.
        let secrets = step["secrets"].as_vec().into_iter().flatten().filter_map(Yaml::as_str);
        environment.extend(secrets.map(|name| (name.to_uppercase(), secret.to_owned())));
        let script = commands(&step[script]);
        assert!(script.contains("git push"), "{name} has steps");
        Self { name: name.to_owned(), environment, script, options: "-e" }
    }

    /// The `environment` and the `sh` step of a declarative Jenkinsfile. Jenkins starts the shell with `-xe`.
    fn of_jenkins(name: &str, text: &str) -> Self {
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{name}: a brace is missing");
        let environment = between(text, "environment {", "}").lines().filter_map(|line| {
            let (name, value) = line.trim().split_once(" = ")?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        });
        let script = between(text, "sh '''", "'''").to_owned();
        assert!(!script.contains('\\'), "{name}: Groovy would read a backslash");
        let environment = environment.collect();
        Self { name: name.to_owned(), environment, script, options: "-xe" }
    }

    /// The settings and the one command of a crontab (crontab(5)).
    pub(super) fn of_crontab(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let (settings, commands): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.split_once('=').is_some_and(|(name, _)| !name.contains(' ')));
        let environment = settings.iter().filter_map(|line| line.split_once('='));
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let [command] = commands[..] else { panic!("one command") };
        let mut fields = command.splitn(6, ' ');
        for (field, most) in fields.by_ref().take(5).zip([59, 23, 31, 12, 7]) {
            assert!(field == "*" || field.parse::<u32>().is_ok_and(|at| at <= most), "{field} in {command}");
        }
        let script = fields.next().expect("a command").to_owned();
        assert!(!script.contains('%'), "cron reads % as the end of a line");
        Self { name: "crontab".to_owned(), environment, script, options: "-e" }
    }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let rest = text.split_once(begin).unwrap_or_else(|| panic!("no {begin}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

/// A mapping of texts and secrets, or a list of `NAME=value`.
fn variables(yaml: &Yaml, secret: &str) -> Vec<(String, String)> {
    if let Some(list) = yaml.as_vec() {
        let pairs = list.iter().filter_map(|entry| entry.as_str()?.split_once('='));
        return pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    let pairs = yaml.as_hash().into_iter().flatten();
    let value = |value: &Yaml| match &value["from_secret"] {
        Yaml::String(name) => {
            assert_eq!(name, "spanner_key");
            secret.to_owned()
        }
        _ => value.as_str().expect("a text").to_owned(),
    };
    pairs.map(|(name, given)| (name.as_str().expect("a name").to_owned(), value(given))).collect()
}

/// A list of commands, or of steps that `run` some.
fn commands(yaml: &Yaml) -> String {
    let list = yaml.as_vec().into_iter().flatten();
    let lines = list.filter_map(|entry| entry.as_str().or_else(|| entry["run"].as_str()));
    lines.collect::<Vec<_>>().join("\n")
}
