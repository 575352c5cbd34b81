//! Reads thresholds and objectives.

use fluxloop_plan::parse_share;
use fluxloop_schema::nearest;
use fluxloop_trace::{Amount, Metric, MetricUnit, Objective, Quantity, Threshold};
use serde_json::{Map, Value};

use crate::check::{milliseconds, rate};
use crate::fault::{ExpectFault, ExpectFaultKind as Kind};
use crate::item::below;

/// Reads what the figures of a run have to reach (`thresholds`): a map of metrics to limits.
///
/// # Errors
///
/// With everything that is wrong, and where.
pub fn read_thresholds(value: &Value) -> Result<Vec<Threshold>, Vec<ExpectFault>> {
    let expected = "a map such as `{success: 95%, first_token_p95: 500ms}`";
    each(value, expected, |name, value| {
        let Some(metric) = Metric::named(name) else {
            let names: Vec<String> = Metric::all().map(|metric| metric.name().into()).collect();
            return Err(unknown("metric", name, names));
        };
        let limit = match metric.unit() {
            MetricUnit::Share => share(value)?,
            MetricUnit::PerSecond => rate(value)?,
            MetricUnit::Milliseconds => milliseconds(value)?,
        };
        Ok(Threshold { metric, limit })
    })
}

/// Reads what each case has to keep (`slo`): a map of quantities to limits.
///
/// # Errors
///
/// With everything that is wrong, and where.
pub fn read_objectives(value: &Value) -> Result<Vec<Objective>, Vec<ExpectFault>> {
    let expected = "a map such as `{first_token: 500ms, chunk_gap_p95: 80ms}`";
    each(value, expected, |name, value| {
        let Some(quantity) = Quantity::ALL.iter().find(|it| it.name() == name).copied() else {
            let names = Quantity::ALL.iter().map(|it| it.name().to_owned()).collect();
            return Err(unknown("quantity", name, names));
        };
        let limit = if quantity.is_rate() { rate(value)? } else { milliseconds(value)? };
        Ok(Objective { quantity, limit })
    })
}

fn each<T>(
    value: &Value,
    expected: &'static str,
    read: impl Fn(&str, &Value) -> Result<T, ExpectFault>,
) -> Result<Vec<T>, Vec<ExpectFault>> {
    let Value::Object(map) = value else {
        return Err(vec![ExpectFault::new(&[], Kind::shape(expected, value))]);
    };
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    // A layer unsets a name by null.
    for (name, value) in set(map) {
        match read(name, value) {
            Ok(one) => all.push(one),
            Err(fault) => faults.push(fault.within(&below(&[], name))),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn set(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    map.iter().filter(|(_, value)| !value.is_null())
}

fn unknown(what: &'static str, name: &str, names: Vec<String>) -> ExpectFault {
    let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    ExpectFault::new(&[], Kind::UnknownName { what, nearest, names })
}

fn share(value: &Value) -> Result<Amount, ExpectFault> {
    let share = value.as_str().and_then(parse_share);
    share.map(Amount::part).ok_or_else(|| ExpectFault::new(&[], Kind::Share))
}

#[cfg(test)]
mod tests {
    use fluxloop_schema::key;
    use serde_json::json;

    use super::*;

    fn shown(faults: &[ExpectFault]) -> Vec<String> {
        faults.iter().map(|fault| format!("{}: {fault}", key(&fault.at))).collect()
    }

    #[test]
    fn a_limit_has_the_unit_of_its_metric() {
        let value = json!({
            "success": "95%", "first_token_p95": "500ms", "tokens_per_second_p50": 20,
            "goodput_per_s": "1.5", "duration_max": 2, "passed": null,
        });
        let thresholds = read_thresholds(&value).expect("they are sound");
        let limits: Vec<f64> = thresholds.iter().map(|it| it.limit.as_f64()).collect();
        assert_eq!(limits, [0.95, 500.0, 20.0, 1.5, 2_000.0]);
        let faults =
            read_thresholds(&json!({"success": 0.95, "first_token": "1s", "duration_p95": 0}));
        assert_eq!(
            shown(&faults.expect_err("they are wrong"))[..1],
            ["success: is not a share; write for example `95%`"]
        );
    }

    #[test]
    fn a_misspelt_name_is_a_fault_with_the_nearest() {
        let faults = read_thresholds(&json!({"first_token_p59": "1s"})).expect_err("it is wrong");
        assert_eq!(
            shown(&faults),
            ["first_token_p59: unknown metric; did you mean `first_token_p50`?"]
        );
        let faults =
            read_objectives(&json!({"first_tokens": "1s", "tpot": "x"})).expect_err("wrong");
        assert_eq!(
            shown(&faults),
            [
                "first_tokens: unknown quantity; did you mean `first_token`?",
                "tpot: is not a duration longer than zero; write for example `500ms` or `2s`",
            ]
        );
        let faults = read_objectives(&json!([])).expect_err("wrong");
        assert_eq!(
            shown(&faults),
            [": must be a map such as `{first_token: 500ms, chunk_gap_p95: 80ms}`, not a list"]
        );
    }
}
