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
/// The folder of the profiles beside it.
const PROFILES: &str = "profiles";
/// How the names of YAML files end.
const EXTENSIONS: [&str; 2] = [".yaml", ".yml"];
/// Where projects are looked for without `--root`.
const DEFAULT_ROOT: &str = "fluxloop";

/// A project on disk.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder that relative paths start from.
    pub(crate) root: PathBuf,
    /// The main file.
    pub(crate) main: PathBuf,
    /// All files that are layers, the weakest first: what stands beside the main file, the main
    /// file, and the profile.
    pub(crate) files: Vec<PathBuf>,
    /// Whether it was found above the current folder.
    pub(crate) is_above: bool,
}

impl Project {
    /// Finds the project that the options mean, and in it the profile.
    pub(crate) fn find(options: &LoadOptions) -> Result<Self, WhyNot> {
        let mut project = Self::without_profile(options)?;
        if let Some(name) = &options.profile {
            let file = profile(&project.main, name)?;
            project.files.push(file);
        }
        Ok(project)
    }

    fn without_profile(options: &LoadOptions) -> Result<Self, WhyNot> {
        if let Some(config) = &options.config {
            let main = options.current_dir.join(config);
            if options.proposed(&main).is_some() {
                return Ok(Self::of(main));
            }
            let Ok(metadata) = main.metadata() else {
                let near = near_file(&main)
                    .and_then(|near| Some(config.with_file_name(near).to_str()?.to_owned()));
                return Err(WhyNot::NotFound { looked: vec![config.clone()], near });
            };
            if !metadata.is_file() && !metadata.is_dir() {
                // A pipe stands in no project.
                let root = options.current_dir.clone();
                return Ok(Self { root, files: vec![main.clone()], main, is_above: false });
            }
            return Ok(Self::of(main));
        }
        let candidates = candidates(options);
        if let Some(main) = candidates.iter().find(|path| is_there(&options.current_dir.join(path)))
        {
            return Ok(Self::of(options.current_dir.join(main)));
        }
        if options.project.is_none()
            && options.root.is_none()
            && let Some(main) = above(options)
        {
            return Ok(Self { is_above: true, ..Self::of(main) });
        }
        let near = options.project.as_deref().and_then(|name| similar(name, options));
        let near = near.map(|near| format!("--project {near}"));
        let other = || other_file(&options.current_dir).map(|near| format!("--config {near}"));
        Err(WhyNot::NotFound { near: near.or_else(other), looked: candidates })
    }

    fn of(main: PathBuf) -> Self {
        let folder = main.parent().unwrap_or(Path::new("")).to_owned();
        if !is_configs(&folder) {
            return Self { root: folder, files: vec![main.clone()], main, is_above: false };
        }
        let siblings = SIBLINGS.map(|name| folder.join(name));
        let files = siblings
            .into_iter()
            .filter(|path| *path != main && is_there(path))
            .chain([main.clone()])
            .collect();
        let root = folder.parent().unwrap_or(Path::new("")).to_owned();
        Self { root, main, files, is_above: false }
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

/// The main file of the nearest project above the current folder, up to the root of the repository
/// or the home folder. A project of another user is not taken: it would say where keys are sent.
fn above(options: &LoadOptions) -> Option<PathBuf> {
    let home = options.environment.get("HOME").map(|home| PathBuf::from(home.expose()));
    let is_last = |folder: &Path| folder.join(".git").exists() || Some(folder) == home.as_deref();
    let mut folder = options.current_dir.as_path();
    while !is_last(folder) {
        folder = folder.parent()?;
        let mains = [folder.join(FOLDER), folder.join(DEFAULT_ROOT).join(FOLDER)];
        let mut mains = mains.map(|configs| configs.join(MAIN)).into_iter();
        if let Some(main) = mains.find(|main| is_there(main)) {
            return have_one_owner(&main, &options.current_dir).then_some(main);
        }
    }
    None
}

#[cfg(unix)]
fn have_one_owner(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| path.metadata().map(|it| it.uid()).ok();
    owner(one).is_some() && owner(one) == owner(other)
}

#[cfg(not(unix))]
fn have_one_owner(_: &Path, _: &Path) -> bool {
    true
}

/// The file of a profile, which lies beside the main file.
fn profile(main: &Path, name: &str) -> Result<PathBuf, WhyNot> {
    let folder = main.parent().unwrap_or(Path::new("")).join(PROFILES);
    let mut there: Vec<String> = names_in(&folder)
        .iter()
        .filter_map(|file| Some(EXTENSIONS.iter().find_map(|it| file.strip_suffix(it))?.to_owned()))
        .collect();
    there.sort();
    let files = EXTENSIONS.map(|extension| folder.join(format!("{name}{extension}")));
    match files.into_iter().find(|file| is_there(file)) {
        Some(file) if there.iter().any(|known| known == name) => Ok(file),
        _ => {
            let near = nearest(name, there.iter().map(String::as_str)).map(str::to_owned);
            Err(WhyNot::NoSuchProfile { name: name.to_owned(), there, near })
        }
    }
}

/// The names of the files in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// The name of a file in the same folder that was probably meant: a similar one, or one that
/// differs in its extension alone.
pub(crate) fn near_file(path: &Path) -> Option<String> {
    let mut names = names_in(path.parent()?);
    names.sort();
    let name = path.file_name()?.to_string_lossy();
    let similar = nearest(&name, names.iter().map(String::as_str)).map(str::to_owned);
    let same_stem = |other: &&String| {
        let stem = Path::new(other.as_str()).file_stem();
        stem.is_some() && stem == path.file_stem() && **other != name
    };
    similar.or_else(|| names.iter().find(same_stem).cloned())
}

/// A configuration in another place than ours: ours in another folder, or the only file in a folder
/// of configurations.
fn other_file(current_dir: &Path) -> Option<String> {
    let folders = [FOLDER, "config", "conf", ""];
    let ours = folders.into_iter().map(|folder| Path::new(folder).join(MAIN));
    let ours = ours.filter(|path| is_there(&current_dir.join(path)));
    let only = folders[..3].iter().filter_map(|folder| {
        let mut names = names_in(&current_dir.join(folder));
        names.retain(|name| {
            let is_yaml = EXTENSIONS.iter().any(|it| name.to_lowercase().ends_with(it));
            is_yaml && !SIBLINGS.contains(&name.as_str())
        });
        let [name] = names.as_slice() else { return None };
        Some(Path::new(folder).join(name))
    });
    ours.chain(only).next()?.to_str().map(str::to_owned)
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
