//! Lines whose parts stand below each other.

/// Writes rows with their cells in columns, two blanks between them.
pub(crate) fn lines(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let length = |row: &Vec<String>, column: usize| row.get(column).map(|it| it.chars().count());
    let width = |column| rows.iter().filter_map(|row| length(row, column)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let row = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
        let rows: [Vec<String>; 3] = [row(&["a", "bb", "c"]), row(&["é…é", ""]), row(&[])];
        assert_eq!(lines(&rows), ["a    bb  c", "é…é", ""]);
    }
}
