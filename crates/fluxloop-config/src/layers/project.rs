//! Finds the files of a project.

use std::path::{Path, PathBuf};

use fluxloop_schema::nearest;

use crate::LoadOptions;
use crate::error::WhyNot;

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
    pub(crate) fn find(options: &LoadOptions) -> Result<Self, WhyNot> {
        if let Some(config) = &options.config {
            let main = options.current_dir.join(config);
            let Ok(metadata) = main.metadata() else {
                return Err(WhyNot::NotFound(vec![config.clone()]));
            };
            if !metadata.is_file() && !metadata.is_dir() {
                // A pipe stands in no project.
                let root = options.current_dir.clone();
                return Ok(Self { root, files: vec![main.clone()], main });
            }
            return Ok(Self::of(main));
        }
        let candidates = candidates(options);
        if let Some(main) = candidates.iter().find(|path| is_there(&options.current_dir.join(path)))
        {
            return Ok(Self::of(options.current_dir.join(main)));
        }
        let near = options.project.as_deref().and_then(|name| similar(name, options));
        Err(match near {
            Some(near) => WhyNot::NoSuchProject { looked: candidates, near },
            None => WhyNot::NotFound(candidates),
        })
    }

    fn of(main: PathBuf) -> Self {
        let folder = main.parent().unwrap_or(Path::new("")).to_owned();
        if !is_configs(&folder) {
            return Self { root: folder, files: vec![main.clone()], main };
        }
        let siblings = SIBLINGS.map(|name| folder.join(name));
        let files = siblings
            .into_iter()
            .filter(|path| *path != main && is_there(path))
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

/// Whether something has this path, be it a folder or a link that leads nowhere: who made it meant
/// it, and hears what is wrong with it when it is read.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The project below the root whose name is most like the one given.
fn similar(name: &str, options: &LoadOptions) -> Option<String> {
    let root = options.root.clone().unwrap_or_else(|| DEFAULT_ROOT.into());
    let entries = std::fs::read_dir(options.current_dir.join(root)).ok()?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| is_there(&entry.path().join(FOLDER).join(MAIN)))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
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

/// The path of a file as messages show it: relative to the current folder where it lies inside, or
/// beside it.
pub(crate) fn shown(path: &Path, current_dir: &Path) -> PathBuf {
    match (path.strip_prefix(current_dir), path.file_name()) {
        (Ok(relative), _) if !relative.as_os_str().is_empty() => relative.to_owned(),
        (Err(_), Some(name)) if path.parent() == current_dir.parent() => Path::new("..").join(name),
        _ => path.to_owned(),
    }
}
