//! Whatever is accepted is shown as a schema that loads to the same.

use fluxloop_schema::load;
use proptest::prelude::*;
use serde_json::{Value, json};

fn path() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["a", "$.b.c", "c[0].d", "['x y']", "$[1].id"]).prop_map(Value::from)
}

fn paths() -> impl Strategy<Value = Value> {
    prop_oneof![path(), prop::collection::vec(path(), 1..3).prop_map(Value::from)]
}

fn frame_type() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["run:end", "a|*", "TEXT", "yes", "1", "*", "# no"])
        .prop_map(Value::from)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("two\nlines ")),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        frame_type(),
        prop::collection::vec(frame_type(), 1..3).prop_map(Value::from),
        (paths(), scalar()).prop_map(|(path, value)| json!({"path": path, "equals": value})),
        (path(), prop::collection::vec(scalar(), 1..3))
            .prop_map(|(path, values)| json!({"path": path, "in": values})),
        (path(), any::<bool>()).prop_map(|(path, is)| json!({"path": path, "exists": is})),
        path().prop_map(|path| json!({"path": path, "matches": "^x: [a-z]+$"})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|all| json!({"all": all})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|any| json!({"any": any})),
            (frame_type(), inner).prop_map(|(kind, not)| json!({"type": kind, "not": not})),
        ]
    })
}

fn channel() -> impl Strategy<Value = Value> {
    let rule =
        (condition(), paths(), paths(), any::<bool>()).prop_map(|(when, path, group, all)| {
            let join = if all { "replace" } else { "append" };
            json!({"when": when, "path": path, "group": group, "join": join})
        });
    prop_oneof![path(), prop::collection::vec(rule, 0..3).prop_map(Value::from)]
}

fn member() -> impl Strategy<Value = (&'static str, Value)> {
    let name = || "[a-z. ]{1,6}";
    prop_oneof![
        channel().prop_map(|channel| ("text", channel)),
        channel().prop_map(|channel| ("reasoning", channel)),
        prop::collection::btree_map(name(), channel(), 0..3).prop_map(|it| ("channels", json!(it))),
        prop::collection::btree_map(name(), paths(), 0..3).prop_map(|it| ("captures", json!(it))),
        condition().prop_map(|when| ("end", json!([{"when": when, "as": "needs_input"}]))),
        condition().prop_map(|when| ("error", json!({"when": when, "message": "a[*]"}))),
        (paths(), path()).prop_map(|(input, by)| {
            ("usage", json!({"input": input, "count": {"sum_of_last_by": by}}))
        }),
        (path(), path())
            .prop_map(|(id, key)| ("tool_calls", json!({"id": id, "key": [key, "^a"]}))),
        prop::sample::select(vec!["text", "end", "usage", "model", "error"])
            .prop_map(|key| (key, Value::Null)),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    prop::collection::vec(member(), 0..6).prop_map(|members| {
        let members = members.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Object(members.collect())
    })
}

proptest! {
    #[test]
    fn what_is_shown_loads_to_the_same(top in schema(), parent in schema()) {
        let mut top = top;
        top["extends"] = "./parent.yaml".into();
        let open = &mut |path: &str, _: &str| Some((path.to_owned(), parent.clone()));
        let first = load(&top, "mine", open);
        prop_assert!(first.is_ok(), "{first:?}");
        let first = first.expect("a sound schema");
        let yaml = first.to_yaml();
        let shown: Value = serde_yaml::from_str(&yaml).expect("YAML");
        let second = load(&shown, "mine", &mut |_, _| None).expect("a schema");
        prop_assert_eq!(&second.schema, &first.schema, "{}", yaml);
        prop_assert_eq!(second.value, first.value);
    }
}
