//! Whole configurations, from files to plans and messages.

mod again;
mod dotenv;
mod editor_schema;
mod faults;
mod kinds;
mod layers;
mod of_case;
mod proposed;
mod samples;
mod schema;
mod secrets;
mod values;

use std::path::Path;

use tempfile::TempDir;

use crate::{ConfigErrors, Environment, LoadOptions, Loaded, load};

/// A project in a folder of its own, and the options to load it with.
struct Project {
    folder: TempDir,
    options: LoadOptions,
}

impl Project {
    /// A project with these files.
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let current_dir = folder.path().canonicalize().expect("the folder is there");
        let project =
            Self { folder, options: LoadOptions { current_dir, ..LoadOptions::default() } };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project whose `simulation.yaml` has this below `runner.http`, beside a URL and an input.
    fn http(lines: &str) -> Self {
        let indented: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
        let indented = indented.join("\n");
        Self::simulation(&format!(
            "base_inputs: [Hello]\nrunner:\n  http:\n    url: http://localhost:8000/chat\n{indented}"
        ))
    }

    fn simulation(text: &str) -> Self {
        Self::new(&[("configs/simulation.yaml", text)])
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        std::fs::write(path, text).expect("a writable file");
    }

    fn path(&self, path: impl AsRef<Path>) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn env(mut self, variables: &[(&str, &str)]) -> Self {
        self.options.environment = variables.iter().copied().collect::<Environment>();
        self
    }

    fn set(mut self, arguments: &[&str]) -> Self {
        self.options.set = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    fn mock(mut self) -> Self {
        self.options.mock = true;
        self
    }

    /// What the program accepts, the schema for editors accepts too.
    fn load(&self) -> Result<Loaded, ConfigErrors> {
        let loaded = load(&self.options);
        // A stronger layer may hide what is wrong in a file.
        let is_alone =
            self.options.set.is_empty() && self.options.environment.iter().next().is_none();
        if loaded.is_ok() && is_alone {
            editor_schema::accepts_files_of(self.folder.path());
        }
        loaded
    }

    #[track_caller]
    fn loaded(&self) -> Loaded {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// All errors, one in each line.
    #[track_caller]
    fn errors(&self) -> String {
        self.load().map(|_| ()).expect_err("faults").to_string()
    }

    /// All warnings, one in each line.
    #[track_caller]
    fn warnings(&self) -> String {
        let lines: Vec<String> = self.loaded().warnings.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}
