//! Loads a configuration.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_expect::{JudgePlan, Judging};
use fluxloop_plan::Plan;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_schema::Schema;

use crate::error::{Oddity, WhyNot};
use crate::inputs::{self, Inputs};
use crate::keys::{self, keys};
use crate::layers::{self, Project};
use crate::report::Report;
use crate::resolve::{self, Reader};
use crate::settings::{Places, literal};
use crate::variables::Variables;
use crate::yaml::Node;
use crate::{ConfigErrors, ConfigWarning, Finding, LoadOptions, Origin, Settings};

/// A configuration that can be run.
#[derive(Debug)]
pub struct Loaded {
    /// What to do.
    pub plan: Plan,
    /// What to send.
    pub inputs: Inputs,
    /// What judges the answers.
    pub judging: Arc<Judging>,
    /// The endpoint that judges them, too.
    pub judge: Option<JudgePlan>,
    /// The configuration as it was written.
    pub settings: Settings,
    /// The folder that relative paths of the configuration start from.
    pub project_root: PathBuf,
    /// The folder in which each run leaves a folder of its own; need not exist.
    pub output_directory: PathBuf,
    /// Whether the run leaves `report.html`.
    pub writes_report: bool,
    /// What is odd, in the order in which it was found.
    pub warnings: Vec<ConfigWarning>,
    /// The same, to be shown.
    pub findings: Vec<Finding>,
    /// Whether the project was found above the current folder.
    pub is_above: bool,
}

/// Loads the configuration that the options mean.
///
/// # Errors
///
/// If there is none, if it says nothing about what to send, or with everything that is wrong with
/// it at once.
pub fn load(options: &LoadOptions) -> Result<Loaded, ConfigErrors> {
    let Merged { options, project, root, is_complete, variables, report, .. } =
        Merged::read(options)?;
    resolve(&options, &project, root, is_complete, variables, report)
}

/// Everything that the user wrote, read and merged; what it means is not looked at yet.
pub(crate) struct Merged {
    pub(crate) options: LoadOptions,
    pub(crate) project: Project,
    /// What each layer wrote, the weakest first.
    pub(crate) layers: Vec<Node>,
    /// All layers together, with the defaults.
    pub(crate) root: Node,
    /// Whether all files could be read.
    pub(crate) is_complete: bool,
    pub(crate) variables: Variables,
    pub(crate) report: Report,
}

impl Merged {
    /// Finds the project that the options mean, and reads its files.
    pub(crate) fn read(options: &LoadOptions) -> Result<Self, ConfigErrors> {
        let options = options.with_current_dir();
        // Nothing is known before there is a project whose `.env` can be read.
        let project = Project::find(&options)
            .map_err(|why| ConfigErrors::new(why, &Report::default(), &Redactor::none()))?;
        let mut report = Report::default();
        let (layers, is_complete) = layers::read(&options, &project, &mut report);
        let root = merged(layers.clone(), &mut report);
        let variables = Variables::read(&options, &project.root, &mut report);
        Ok(Self { options, project, layers, root, is_complete, variables, report })
    }
}

/// The folder in which the runs of a project are, as far as its configuration can be read: other keys
/// may be wrong, and variables may be missing.
///
/// # Errors
///
/// If there is no project.
pub fn find_output_directory(options: &LoadOptions) -> Result<PathBuf, ConfigErrors> {
    let options = LoadOptions { dry_run: true, ..options.clone() };
    let Merged { options, project, root, variables, report, .. } = Merged::read(&options)?;
    let config = Origin::file(&Arc::from(layers::shown(&project.main, &options.current_dir)));
    let mut reader = Reader::new(&root, config, &project.root, &options, variables, report);
    Ok(reader.output_directory(&options))
}

/// A schema in full, as YAML.
#[derive(Debug)]
pub struct ShownSchema {
    /// The schema, which extends nothing; it loads to the same rules.
    pub yaml: Masked,
    /// The same as rules.
    pub schema: Schema,
    /// What is odd about it.
    pub findings: Vec<Finding>,
}

/// Shows the schema of a preset or a file (`./mine.yaml`, relative to the current folder), with
/// what it extends. Variables without a value become `<NAME>`.
///
/// # Errors
///
/// With everything that is wrong with it.
pub fn show_schema(name: &str, options: &LoadOptions) -> Result<ShownSchema, ConfigErrors> {
    let options = LoadOptions { dry_run: true, ..options.with_current_dir() };
    let mut report = Report::default();
    let variables = Variables::read(&options, &options.current_dir, &mut report);
    let argument = Origin::Flag("schema");
    let mut root = Node::empty_map(argument.clone());
    let node = Node::text(argument.clone(), name.replace("${", "$${"));
    root.set(&resolve::SCHEMA.split('.').collect::<Vec<_>>(), node);
    let mut reader =
        Reader::new(&root, argument, &options.current_dir, &options, variables, report);
    match reader.schema() {
        Some(mut schema) => {
            let redactor = reader.redactor();
            schema.loaded.value = literal(&schema.loaded.value, &redactor);
            let yaml = redactor.mask(&schema.loaded.to_yaml());
            let findings = reader.report.findings(&redactor);
            Ok(ShownSchema { yaml, schema: schema.loaded.schema, findings })
        }
        None => Err(reader.into_errors()),
    }
}

/// Makes everything of the merged tree.
fn resolve(
    options: &LoadOptions,
    project: &Project,
    root: Node,
    complete: bool,
    mut variables: Variables,
    mut report: Report,
) -> Result<Loaded, ConfigErrors> {
    let shown_main: Arc<Path> = layers::shown(&project.main, &options.current_dir).into();
    let config = Origin::file(&shown_main);
    let files = project.files.iter().chain(&variables.files).cloned().collect();
    let mut effective = root.clone();
    if options.fills_undefined() {
        resolve::withdraw_undefined(&mut effective, &mut variables);
    }
    if options.mock || options.judge_only {
        resolve::withdraw_tls_files(&mut effective);
    }
    let judge = resolve::AsRun::of(&effective, options, &mut variables, &mut report);
    let mut reader =
        Reader::new(&effective, config.clone(), &project.root, options, variables, report);
    // A file that cannot be read takes its keys with it: what is missing then is no fault.
    if !complete {
        return Err(reader.into_errors());
    }
    // Before the plan, whose redactor has to know every variable that is used.
    let output_directory = reader.output_directory(options);
    let writes_report = reader.one_of("report") == Some("auto");
    let mut plan = resolve::plan(&mut reader, &project.folder_name(), options.mock, judge.as_ref());
    let judging = plan.as_ref().map(|plan| reader.judged_by(&plan.redactor));
    // Records are judged by what they hold themselves.
    let judging = judging.filter(|_| !options.recorded);
    let inputs = inputs::load(&mut reader, options, plan.as_ref(), judging.as_ref());
    if let (Some(plan), inputs::Found::Inputs(inputs)) = (&mut plan, &inputs)
        && let Some(redactor) = reader.redactor_with_inputs(inputs)
    {
        plan.redactor = Arc::new(redactor);
    }
    warn_unneeded_lines(&mut reader);
    warn_without_effect(&mut reader);
    if let Some(path) =
        reader.variables.not_ignored().map(|path| layers::shown(path, &options.current_dir))
    {
        reader.report.warn_all(Oddity::DotenvNotIgnored(path));
    }
    if let Some(plan) = &plan {
        warn_secret_arguments(options, &plan.redactor, &mut reader.report);
    }
    debug_assert_eq!(unread(&reader.asked), [""; 0], "keys of the table that nothing reads");
    let places = Places { project: &project.root, current_dir: &options.current_dir };
    match (plan, inputs) {
        (Some(plan), inputs::Found::Inputs(inputs)) if !reader.report.is_faulty() => Ok(Loaded {
            inputs,
            // With the secrets of the inputs.
            judging: reader.judged_by(&plan.redactor),
            judge: reader.written_judge.take().map(|judge| judge.masked_by(&plan.redactor)),
            settings: Settings::new(
                root,
                [reader.schema_of_files.as_ref(), reader.schema_of_judge.as_ref()],
                files,
                &places,
                &plan.name,
                &plan.redactor,
            ),
            findings: reader.report.findings(&plan.redactor),
            plan,
            project_root: project.root.clone(),
            is_above: project.is_above,
            output_directory,
            writes_report,
            warnings: reader.report.into_warnings(),
        }),
        (_, inputs::Found::None) if !reader.report.is_faulty() => {
            let redactor = reader.redactor();
            Err(ConfigErrors::new(WhyNot::NoInputs { config }, &reader.report, &redactor))
        }
        _ => Err(reader.into_errors()),
    }
}

/// How many lines of `.env` are worth a warning each.
const MAX_LINES: usize = 10;

/// Warns about lines of `.env` that cannot be read and whose variables nothing uses.
fn warn_unneeded_lines(reader: &mut Reader<'_>) {
    let faults = reader.variables.unreported_faults();
    for (error, is_used) in faults.iter().take(MAX_LINES) {
        let words = error.fault.to_string();
        let oddity = if *is_used { Oddity::NeededLine } else { Oddity::UnneededLine }(words);
        reader.report.warn(&error.origin, "", oddity);
    }
    if faults.len() > MAX_LINES {
        reader.report.warn_all(Oddity::UnneededLines(faults.len() - MAX_LINES));
    }
}

/// Warns about variables of `.env` that do not do what they seem to do.
fn warn_without_effect(reader: &mut Reader<'_>) {
    for name in reader.variables.hidden() {
        reader.report.warn_all(Oddity::EmptyHides(name));
    }
    for name in reader.variables.proxies() {
        reader.report.warn_all(Oddity::ProxyInDotenv(name));
    }
}

/// Warns about every argument of the command line that holds a known secret, without its value.
fn warn_secret_arguments(options: &LoadOptions, redactor: &Redactor, report: &mut Report) {
    let has_secret = |text: &str| redactor.mask_counted(text).1 > 0;
    for argument in options.set.iter().filter(|argument| has_secret(argument)) {
        if let Some(key) = layers::set_key(argument) {
            let key = redactor.mask(&key).as_str().to_owned();
            report.warn_argument(Origin::Set(key), Oddity::SecretArgument);
        }
    }
    let paths = [
        ("--config", &options.config),
        ("--root", &options.root),
        ("--env-file", &options.env_file),
        ("--output", &options.output),
    ];
    let paths = paths.iter().filter_map(|(flag, path)| Some((*flag, path.as_ref()?)));
    let texts = paths.map(|(flag, path)| (flag, path.to_string_lossy()));
    let names = options.project.iter().map(|name| ("--project", Cow::from(name)));
    let profile = options.profile.iter().map(|name| ("--profile", Cow::from(name)));
    let personas = options.personas.iter().map(|name| ("--personas", Cow::from(name)));
    let inputs = options.inputs.iter().map(|text| ("--input", Cow::from(text)));
    let only = options.only.iter().map(|id| ("--only", Cow::from(id)));
    for (flag, text) in texts.chain(names).chain(profile).chain(personas).chain(inputs).chain(only)
    {
        if has_secret(&text) {
            report.warn_argument(Origin::Flag(flag), Oddity::SecretInFlag);
        }
    }
}

/// Keys of the table that were not asked for; without a sound runner, its keys are not.
fn unread(asked: &BTreeSet<&'static str>) -> Vec<&'static str> {
    let complete = asked.contains("runner.http.url");
    let paths = keys().iter().map(|key| key.path);
    paths.filter(|path| complete && !asked.contains(path) && !layers::is_older_name(path)).collect()
}

/// Merges layers, the weakest first, and reports keys that nobody knows.
pub(crate) fn merged(layers: Vec<Node>, report: &mut Report) -> Node {
    let mut root = layers::merge(layers);
    restore_defaults(&mut root);
    keys::check(&root, report);
    root
}

/// Puts defaults back where a layer wrote `null`, which means that nothing is written, be it for a
/// key or for all keys of a section.
fn restore_defaults(root: &mut Node) {
    for key in keys() {
        unset_sections(root, key.path);
        let path: Vec<&str> = key.path.split('.').collect();
        if root.at(&path).is_none_or(Node::is_null)
            && let Some(default) = layers::default_of(key.path)
        {
            root.set_if_possible(&path, default);
        }
    }
}

/// Makes an unwritten section of each part of a path that is `null`.
fn unset_sections(root: &mut Node, path: &str) {
    for (end, _) in path.match_indices('.') {
        let section: Vec<&str> = path[..end].split('.').collect();
        if let Some(node) = root.at_mut(&section).filter(|node| node.is_null()) {
            *node = Node::empty_map(Origin::Default);
        }
    }
}

impl Reader<'_> {
    /// What judges the answers, masked.
    fn judged_by(&self, redactor: &Redactor) -> Arc<Judging> {
        Arc::new(self.written_judging.ready(redactor))
    }

    /// What is wrong, masked.
    fn into_errors(mut self) -> ConfigErrors {
        debug_assert!(self.report.is_faulty(), "what is left out was reported");
        let redactor = self.redactor();
        ConfigErrors::of_faults(&self.report, &redactor)
    }

    /// Where results go: from the project's folder, or from the current one if a flag says so.
    fn output_directory(&mut self, options: &LoadOptions) -> PathBuf {
        let path = "output_directory";
        let from_flag = self.node(path).is_some_and(|node| matches!(node.origin, Origin::Flag(_)));
        match (&options.output, from_flag) {
            (Some(output), true) => options.current_dir.join(output),
            _ => match self.file(path) {
                Some(folder) => folder.path,
                None => self.project.join("experiments"),
            },
        }
    }
}
