//! Keys that FluxLoop's configuration knows and that do not concern an HTTP run.

/// Keys at the top level.
pub(crate) const FOREIGN: &str = "\
    version source_root save_traces save_aggregated_metrics evaluators \
    custom_variation_prompt input_generation replay_args multi_turn collector_url \
    collector_api_key";

/// Keys below `runner`.
pub(crate) const FOREIGN_RUNNER: &str = "\
    module_path function_name target factory factory_kwargs working_directory python_path \
    environment_vars requirements_file setup_commands timeout_seconds max_retries \
    retry_delay use_docker";

/// Whether FluxLoop knows the key `name` below `parent` and it has no effect here.
pub(crate) fn is_foreign(parent: &str, name: &str) -> bool {
    match parent {
        "" => FOREIGN.split(' ').any(|known| known == name) || name.starts_with("variation_"),
        "runner" => {
            FOREIGN_RUNNER.split(' ').any(|known| known == name) || name.starts_with("docker_")
        }
        _ => false,
    }
}
