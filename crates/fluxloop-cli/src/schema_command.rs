//! `fluxloop schema`: the presets, and what a schema says.

use fluxloop_config::{LoadOptions, show_schema};
use fluxloop_report::visible;
use fluxloop_schema::{PRESETS, Preset, preset};

use crate::args::{SchemaWhat, ShowArgs};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, output};

pub(crate) fn run(what: &SchemaWhat) -> Result<Exit, Ended> {
    match what {
        SchemaWhat::List => list(),
        SchemaWhat::Show(ShowArgs { schema, page: true }) => page(schema)?,
        SchemaWhat::Show(ShowArgs { schema, page: false }) => show(schema)?,
    }
    Ok(Exit::Success)
}

/// Prints a line for each preset.
fn list() {
    let rows: Vec<[String; 4]> = PRESETS.iter().filter_map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let [names, titles, states] = [0, 1, 2].map(|column| width(column).unwrap_or_default());
    for [name, title, status, framing] in &rows {
        let line = format!("{name:names$}  {title:titles$}  {status:states$}  {framing}");
        output::result(line.trim_end());
    }
}

fn row(preset: &Preset) -> Option<[String; 4]> {
    let page = preset.page()?;
    let framing = preset.schema().framing.unwrap_or_default().name();
    Some([preset.name.to_owned(), page.title, page.status.name().to_owned(), framing.to_owned()])
}

fn show(schema: &str) -> Result<(), Ended> {
    let options = LoadOptions::from_process().map_err(|error| Ended::new(Exit::Failure, &error))?;
    let shown = show_schema(schema, &options).map_err(|errors| findings::ended(&errors))?;
    findings::show(&shown.findings);
    output::result(visible(shown.yaml.as_str().trim_end()));
    Ok(())
}

fn page(name: &str) -> Result<(), Ended> {
    let Some(preset) = preset(name).filter(|preset| preset.page().is_some()) else {
        let hint = "`fluxloop schema list` prints the presets that have a page";
        let message = "`--page` needs the name of a preset";
        return Err(Ended::message(Exit::Usage, message).hint(Some(hint)));
    };
    output::result(preset.page.trim_end());
    Ok(())
}
