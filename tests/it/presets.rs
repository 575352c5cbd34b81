//! `fluxloop schema`: the presets, and schemas in full.

use crate::support::Project;

#[test]
fn every_preset_has_an_aligned_line() {
    let listed = Project::empty().fluxloop(&["schema", "list"]).exits(0).stdout;
    assert_eq!(listed.lines().count(), fluxloop_schema::PRESETS.len(), "{listed}");
    let status = |line: &str| line.find("  checked").or_else(|| line.find("  draft"));
    let places: Vec<_> = listed.lines().map(status).collect();
    assert!(places.iter().all(|place| place.is_some() && *place == places[0]), "{listed}");
    assert!(!listed.contains("auto "), "{listed}");
}

#[test]
fn what_is_shown_is_a_schema_that_shows_the_same() {
    let project = Project::empty();
    for preset in fluxloop_schema::PRESETS {
        let shown = project.fluxloop(&["schema", "show", preset.name]).exits(0).stdout;
        std::fs::write(project.path().join("again.yaml"), &shown).expect("a writable folder");
        let again = project.fluxloop(&["schema", "show", "./again.yaml"]).exits(0).stdout;
        assert_eq!(again, shown, "{}", preset.name);
    }
}

#[test]
fn a_page_is_printed_as_it_is_written() {
    let page = Project::empty().fluxloop(&["schema", "show", "ag-ui", "--page"]).exits(0).stdout;
    assert!(page.starts_with("---\npreset: ag-ui\n"), "{page}");
    Project::empty().fluxloop(&["schema", "show", "./mine.yaml", "--page"]).exits(2);
}

#[test]
fn an_unknown_schema_is_a_configuration_error() {
    let told = Project::empty().fluxloop(&["schema", "show", "agui"]).exits(3).stderr;
    assert!(told.contains("did you mean `ag-ui`?"), "{told}");
}
