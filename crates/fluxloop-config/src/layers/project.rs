//! Finds the files of a project.

use std::path::{Path, PathBuf};

use crate::{ConfigErrors, LoadOptions};

/// The folder that holds the configuration of a project.
const FOLDER: &str = "configs";
/// What to run and how.
const MAIN: &str = "simulation.yaml";
/// What stands beside it, the weakest first.
const SIBLINGS: [&str; 2] = ["project.yaml", "input.yaml"];
/// Where projects are looked for without `--root`.
const DEFAULT_ROOT: &str = "fluxloop";

/// A project on disk.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that relative paths start from.
    pub(crate) root: PathBuf,
    /// The main file.
    pub(crate) main: PathBuf,
    /// All files that are layers, the weakest first; the last one is the main file.
    pub(crate) files: Vec<PathBuf>,
}

impl Project {
    /// Finds the project that the options mean.
    pub(crate) fn find(options: &LoadOptions) -> Result<Self, ConfigErrors> {
        if let Some(config) = &options.config {
            let main = options.current_dir.join(config);
            if !main.is_file() {
                return Err(ConfigErrors::NotFound(vec![config.clone()]));
            }
            return Ok(Self::of(main));
        }
        let candidates = candidates(options);
        match candidates.iter().find(|path| options.current_dir.join(path).is_file()) {
            Some(main) => Ok(Self::of(options.current_dir.join(main))),
            None => Err(ConfigErrors::NotFound(candidates)),
        }
    }

    fn of(main: PathBuf) -> Self {
        let folder = main.parent().unwrap_or(Path::new("")).to_owned();
        if !is_configs(&folder) {
            return Self { root: folder, files: vec![main.clone()], main };
        }
        let siblings = SIBLINGS.map(|name| folder.join(name));
        let files = siblings
            .into_iter()
            .filter(|path| *path != main && path.is_file())
            .chain([main.clone()])
            .collect();
        let root = folder.parent().unwrap_or(Path::new("")).to_owned();
        Self { root, main, files }
    }

    /// The name of the project's folder.
    pub(crate) fn folder_name(&self) -> String {
        let absolute = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        absolute
            .file_name()
            .map_or_else(|| "experiment".to_owned(), |name| name.to_string_lossy().into_owned())
    }
}

/// Whether a folder is a project's folder of configurations.
fn is_configs(folder: &Path) -> bool {
    let named = folder.file_name().map(ToOwned::to_owned);
    let named = named.or_else(|| Some(folder.canonicalize().ok()?.file_name()?.to_owned()));
    named.is_some_and(|name| name == FOLDER)
}

/// Where the main file may be, in the order of preference.
fn candidates(options: &LoadOptions) -> Vec<PathBuf> {
    let below = |folder: PathBuf| folder.join(FOLDER).join(MAIN);
    let root = options.root.clone().unwrap_or_else(|| DEFAULT_ROOT.into());
    match (&options.project, &options.root) {
        (Some(project), _) => vec![below(root.join(project))],
        (None, Some(_)) => vec![below(root)],
        (None, None) => vec![below(PathBuf::new()), below(root)],
    }
}
