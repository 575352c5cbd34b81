//! The judge: another endpoint, described in the same language as the agent.
//!
//! What stands below `judge` is read as a configuration of its own, in which the judge stands in the
//! place of the agent. So every key means the same in both, and has one reader.

use std::mem::{replace, take};
use std::num::NonZeroU32;

use fluxloop_expect::{JudgePhase, JudgePlan, ReplyRules};
use fluxloop_jsonpath::JsonPath;
use fluxloop_plan::{Plan, TemplateScope};

use super::Reader;
use super::plan::endpoint;
use super::withdraw::{withdraw_tls_files, withdraw_undefined};
use crate::error::Fault;
use crate::report::Report;
use crate::variables::Variables;
use crate::yaml::{Node, Shape};
use crate::{LoadOptions, layers, load};

/// Where the keys of the judge stand in a configuration whose agent it is.
const PLACES: [(&str, &str); 4] = [
    ("judge.http", "runner.http"),
    ("judge.guards", "runner.guards"),
    ("judge.stop", "stop"),
    ("judge.parallelism", "simulation.parallelism"),
];

/// How many questions are under way at once, if nothing is written.
const PARALLELISM: &str = "4";

/// The way to a member. What stands below `judge.http` is as secret as what stands below
/// `runner.http`.
pub(crate) fn way_to<'p>(path: &[&'p str], name: &'p str) -> Vec<&'p str> {
    match (path, name) {
        (["judge"], "http") => vec!["runner", "http"],
        _ => [path, &[name]].concat(),
    }
}

/// The keys of the judge as a configuration whose agent it is.
pub(crate) struct AsRun {
    root: Node,
    fills_undefined: bool,
    is_mock: bool,
}

impl AsRun {
    /// Takes over what stands below `judge`; `None` where nothing does. What is wrong with its keys is
    /// reported.
    pub(crate) fn of(
        root: &Node,
        options: &LoadOptions,
        variables: &mut Variables,
        report: &mut Report,
    ) -> Option<Self> {
        let judge = root.get("judge").filter(|node| matches!(node.shape, Shape::Map(_)))?;
        let mut written = Node::empty_map(judge.origin.clone());
        for (of_judge, of_run) in PLACES {
            if let Some(node) = root.at_key(of_judge).filter(|node| !node.is_null()) {
                written.set(&of_run.split('.').collect::<Vec<_>>(), node.clone());
            }
        }
        let mut own = Report::default();
        let defaults = layers::defaults(&[("simulation.parallelism", PARALLELISM)]);
        let mut root = load::merged(vec![defaults, written], &mut own);
        report.absorb(own, as_written);
        let fills_undefined = options.mock || options.dry_run;
        if fills_undefined {
            withdraw_undefined(&mut root, variables);
        }
        if options.mock {
            withdraw_tls_files(&mut root);
        }
        Some(Self { root, fills_undefined, is_mock: options.mock })
    }
}

/// A key as the user wrote it, where it was read in a configuration of its own.
fn as_written(key: &str) -> String {
    let place = PLACES.iter().find_map(|(of_judge, of_run)| {
        let rest = key.strip_prefix(of_run)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{of_judge}{rest}"))
    });
    place.unwrap_or_else(|| match key {
        "runner" => "judge".to_owned(),
        _ => key.to_owned(),
    })
}

impl<'a> Reader<'a> {
    /// The judge, if there is one. `own` is its configuration.
    pub(super) fn judge(&mut self, own: Option<&'a AsRun>) -> Option<JudgePlan> {
        for path in ["judge.http", "judge.guards", "judge.stop", "judge.parallelism"] {
            self.node(path);
        }
        let written = self.node("judge.pass_when");
        let reason = match self.node("judge.reason") {
            Some(_) => self.path("judge.reason"),
            None => JsonPath::parse("reason").ok(),
        };
        let repeat = self.integer("judge.repeat").unwrap_or(1);
        let phase = match self.one_of("judge.phase") {
            Some("inline") => JudgePhase::Inline,
            _ => JudgePhase::After,
        };
        let own = own?;
        if !self.is_written("judge.http") {
            self.missing("judge.http", "http: {url: http://localhost:8000/judge}");
            return None;
        }
        let plan = self.endpoint_of(own);
        let rules = match written {
            None => {
                self.missing("judge.pass_when", "pass_when: {path: verdict, equals: pass}");
                None
            }
            Some(node) => {
                let value = self.expand_tree(node, "judge.pass_when");
                let read = ReplyRules::read(&value, reason?).map_err(|fault| vec![fault]);
                self.or_faults(read.map(Some), "judge.pass_when", node)
                    .map(|rules| (rules, value.to_string()))
            }
        };
        let plan = plan?;
        if !plan.request.reads_answer()
            && let Some(node) = self.node("judge.http")
        {
            self.fault(node, "judge.http.body_template.mapping", Fault::WithoutAnswer);
        }
        let (rules, pass_when) = rules?;
        let repeat = NonZeroU32::new(u32::try_from(repeat).ok()?)?;
        Some(JudgePlan::new(plan, rules, repeat, phase, &pass_when))
    }

    /// Reads the endpoint of another configuration in which the same variables stand.
    fn endpoint_of(&mut self, own: &'a AsRun) -> Option<Plan> {
        let root = replace(&mut self.root, &own.root);
        let report = take(&mut self.report);
        let asked = take(&mut self.asked);
        let schema = self.schema_of_files.take();
        let judging = take(&mut self.written_judging);
        let to_server = replace(&mut self.custody.to_server, self.custody.to_judge);
        let fills = replace(&mut self.fills_undefined, own.fills_undefined);
        self.variables.fills_undefined = own.fills_undefined;
        self.scope = TemplateScope::Judge;

        let plan = endpoint(self, "judge", own.is_mock);

        self.scope = TemplateScope::Request;
        self.variables.fills_undefined = fills;
        self.fills_undefined = fills;
        self.custody.to_server = to_server;
        self.written_judging = judging;
        self.schema_of_judge = replace(&mut self.schema_of_files, schema);
        self.asked = asked;
        let own = replace(&mut self.report, report);
        self.report.absorb(own, as_written);
        self.root = root;
        // What the tool calls of a reply say is read.
        plan.map(|plan| Plan { keeps_channels: true, ..plan })
    }
}
