//! What other programs call what we have keys for.

use super::keys;

/// Names of other programs (promptfoo, k6, hurl, load generators for language models, clients of
/// providers), and what stands for them here: the path of a key, or words after an `=`.
const SYNONYMS: &[(&str, &str)] = &[
    (
        "retries max_retries num_retries retry_count retry_max max_attempts max_tries tries retry_attempts",
        "runner.http.retry.attempts",
    ),
    (
        "retry_delay retry_interval retry_wait initial_backoff backoff_ms retry_backoff",
        "runner.http.retry.backoff",
    ),
    ("retry_on retry_codes retry_status_codes retry_statuses", "runner.http.retry.status_codes"),
    (
        "concurrency max_concurrency concurrent concurrent_requests workers num_workers threads \
         num_threads vus users connections parallel parallel_requests num_concurrent_requests jobs \
         max_connections batch_size",
        "simulation.parallelism",
    ),
    (
        "qps rps request_rate requests_per_second rate_limit throughput arrival_rate rpm",
        "simulation.rate",
    ),
    ("burstiness", "simulation.arrival"),
    (
        "prompts prompt questions question queries tests test_cases testcases cases scenarios \
         messages_list examples input",
        "base_inputs",
    ),
    (
        "dataset dataset_path dataset_name data_file data input_file inputs_path prompts_file \
         prompt_file samples test_file",
        "inputs_file",
    ),
    ("repeat repetitions num_runs runs loops rounds n_runs", "iterations"),
    ("num_prompts num_requests total_requests max_samples max_examples max_inputs", "inputs.limit"),
    (
        "endpoint base_url api_base api_url uri host address target_url server server_url target \
         targets provider providers backend hostname",
        "runner.http.url",
    ),
    (
        "model model_name temperature top_p top_k max_tokens max_completion_tokens system \
         system_prompt system_message messages tools tool_choice stop_sequences frequency_penalty \
         presence_penalty response_format reasoning_effort logprobs extra_body body payload json \
         request_body post_data form",
        "runner.http.body_template.mapping",
    ),
    ("params query_params query_string query_string_params url_params", "runner.http.query"),
    (
        "api_key api_token auth authorization bearer bearer_token access_token basic_auth \
         credentials token http_headers",
        "runner.http.headers",
    ),
    (
        "verify ssl_verify verify_ssl tls_verify skip_tls_verify insecure_skip_verify \
         insecure_skip_tls_verify reject_unauthorized",
        "runner.http.tls.insecure",
    ),
    ("cacert ca_cert ca_bundle ca", "runner.http.tls.ca_file"),
    (
        "timeout_ms timeout_seconds request_timeout request_timeout_ms read_timeout max_time timeout_s",
        "runner.http.timeout",
    ),
    ("connection_timeout connect_timeout_ms", "runner.http.connect_timeout"),
    (
        "transform_response response_path response_parser json_path text_path content_path \
         response_transform output_key",
        "runner.http.stream_output_path",
    ),
    (
        "event_filter events event_type event_types event event_name",
        "runner.http.stream_event_filter",
    ),
    ("done done_event done_marker end_marker end_event stop_token", "runner.http.stream_done"),
    ("streaming sse stream_type stream_format is_stream", "runner.http.stream"),
    ("preset protocol api api_type", "runner.http.stream_schema"),
    ("follow_redirects max_redirects location", "runner.http.redirects"),
    ("http_proxy https_proxy proxies proxy_url", "runner.http.proxy"),
    ("http_version", "runner.http.http2"),
    (
        "output_dir output_path outputs out_dir results_dir result_dir results output save_to",
        "output_directory",
    ),
    ("delay sleep wait think_time delay_ms pause", "run_delay_seconds"),
    ("random_seed", "seed"),
    (
        "env envs environment vars variables secrets",
        "=define variables in the environment or in `.env`, and write `${NAME}` where one belongs",
    ),
    (
        "assert asserts assertions checks expectations expected_output default_test evaluate \
         validations",
        "expect",
    ),
    ("slos objectives goodput service_level_objectives", "slo"),
    ("threshold limits_of_run fail_on max_error_rate", "thresholds"),
    ("metrics options", "=take it out, and see `fluxloop config explain thresholds`"),
    (
        "duration stages ramp_up executor iterations_per_vu max_vus warmup cooldown",
        "=take it out; a run sends each input `iterations` times, at `simulation.rate`",
    ),
    ("verbose debug log_level quiet", "=take it out, and use the option `--verbose`"),
    ("mock dry_run resume", "=take it out, and use the option of the command line"),
];

/// What to write in place of a key that other programs have.
pub(super) fn of_others(name: &str) -> Option<String> {
    let name = folded(name);
    let is_same = |names: &str| names.split_whitespace().any(|known| folded(known) == name);
    let (_, target) = SYNONYMS.iter().find(|(names, _)| is_same(names))?;
    if let Some(words) = target.strip_prefix('=') {
        return Some(words.to_owned());
    }
    let key = keys().iter().find(|key| key.path == *target)?;
    Some(match key.path {
        "runner.http.body_template.mapping" => "it belongs into the body: write it below \
                                                `runner.http.body_template.mapping`, beside \
                                                `input: $.input`"
            .to_owned(),
        "runner.http.headers" => "send it as a header: write `runner.http.headers`, for example \
                                  `headers: {Authorization: \"Bearer ${API_KEY}\"}`"
            .to_owned(),
        path => format!("write `{path}` instead: {}", key.kind.in_sentence()),
    })
}

/// A name without regard to case and separators.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_synonym_leads_to_a_key_and_is_none_itself() {
        for (names, target) in SYNONYMS {
            assert!(
                target.starts_with('=') || keys().iter().any(|key| key.path == *target),
                "{target}"
            );
            for name in names.split_whitespace() {
                assert!(!keys().iter().any(|key| key.path == name), "{name}");
                assert!(of_others(name).is_some());
            }
        }
    }

    #[test]
    fn case_and_separators_do_not_count() {
        assert_eq!(of_others("maxConcurrency"), of_others("max-concurrency"));
        assert!(of_others("zebra").is_none());
    }
}
