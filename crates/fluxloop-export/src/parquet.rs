//! The table of cases as Parquet, in row groups.

use std::io::Write;
use std::sync::Arc;

use fluxloop_trace::Trace;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::columns::{COLUMNS, Cell, Column, ColumnType};
use crate::{ExportError, Exporter};

/// How many rows a group has at most.
const ROWS: usize = 10_000;

/// How many bytes of texts a group has at most, unless one row is larger.
const BYTES: usize = 16 << 20;

/// Writes the table.
pub(crate) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    group: Group,
}

/// The rows of the next group, by column.
struct Group {
    columns: Vec<Values>,
    rows: usize,
    bytes: usize,
}

/// The values of a column, and for each row whether there is one.
struct Values {
    levels: Vec<i16>,
    kind: Kind,
}

enum Kind {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Bool(Vec<bool>),
}

impl<W: Write + Send> Parquet<W> {
    /// Begins the file.
    pub(crate) fn begin(out: W) -> Result<Self, ExportError> {
        let fields = COLUMNS.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let schema = Type::group_type_builder("case").with_fields(fields).build();
        // Without a library of its own for compression; dictionaries make repeated texts small.
        let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
        let schema = Arc::new(schema.map_err(refused)?);
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()));
        Ok(Self { writer: writer.map_err(refused)?, group: Group::new() })
    }

    fn write(&mut self) -> Result<(), ExportError> {
        let group = std::mem::replace(&mut self.group, Group::new());
        if group.rows == 0 {
            return Ok(());
        }
        let mut row_group = self.writer.next_row_group().map_err(refused)?;
        for values in group.columns {
            values.write(&mut row_group).map_err(refused)?;
        }
        row_group.close().map_err(refused)?;
        Ok(())
    }
}

impl<W: Write + Send> Exporter for Parquet<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        self.group.add(trace);
        if self.group.rows >= ROWS || self.group.bytes >= BYTES { self.write() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.write()?;
        self.writer.close().map_err(refused)?;
        Ok(())
    }
}

impl Group {
    fn new() -> Self {
        Self { columns: COLUMNS.iter().map(Values::of).collect(), rows: 0, bytes: 0 }
    }

    fn add(&mut self, trace: &Trace) {
        self.rows += 1;
        for (column, values) in COLUMNS.iter().zip(&mut self.columns) {
            self.bytes += values.push(column.of(trace));
        }
    }
}

impl Values {
    fn of(column: &Column) -> Self {
        let kind = match column.holds {
            ColumnType::Text => Kind::Text(Vec::new()),
            ColumnType::Integer | ColumnType::Time => Kind::Integer(Vec::new()),
            ColumnType::Number => Kind::Number(Vec::new()),
            ColumnType::Bool => Kind::Bool(Vec::new()),
        };
        Self { levels: Vec::new(), kind }
    }

    /// Adds the value of a row; gives how many bytes of text it has. A value that the column cannot
    /// hold counts as none.
    fn push(&mut self, cell: Cell<'_>) -> usize {
        let mut bytes = 0;
        let is_there = match (&mut self.kind, cell) {
            (Kind::Text(all), Cell::Text(text)) => {
                bytes = text.len();
                all.push(ByteArray::from(text.into_owned().into_bytes()));
                true
            }
            (Kind::Integer(all), Cell::Integer(number)) => {
                all.push(i64::try_from(number).unwrap_or(i64::MAX));
                true
            }
            (Kind::Integer(all), Cell::Time(time)) => {
                all.push(time.as_microsecond());
                true
            }
            (Kind::Number(all), Cell::Number(number)) => {
                all.push(number);
                true
            }
            (Kind::Bool(all), Cell::Bool(bool)) => {
                all.push(bool);
                true
            }
            _ => false,
        };
        self.levels.push(i16::from(is_there));
        bytes
    }

    fn write<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match &self.kind {
            Kind::Text(all) => write::<ByteArrayType, W>(group, all, &self.levels),
            Kind::Integer(all) => write::<Int64Type, W>(group, all, &self.levels),
            Kind::Number(all) => write::<DoubleType, W>(group, all, &self.levels),
            Kind::Bool(all) => write::<BoolType, W>(group, all, &self.levels),
        }
    }
}

/// Writes the next column of a group.
fn write<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: &[i16],
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, Some(levels), None)?;
    column.close()
}

/// The column as the schema of the file names it.
fn field(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.holds {
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Integer => (Physical::INT64, None),
        ColumnType::Number => (Physical::DOUBLE, None),
        ColumnType::Bool => (Physical::BOOLEAN, None),
        ColumnType::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    Ok(Arc::new(field.build()?))
}

fn refused(error: ParquetError) -> ExportError {
    ExportError::form("Parquet")(error)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use fluxloop_trace::ExportKind;
    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    use super::*;
    use crate::sample::{self, export_bytes};

    fn read(cases: &[Trace]) -> SerializedFileReader<Bytes> {
        let written = export_bytes(ExportKind::Parquet, cases);
        SerializedFileReader::new(Bytes::from(written)).expect("it is Parquet")
    }

    /// The values of a column of texts.
    fn texts(reader: &SerializedFileReader<Bytes>, name: &str) -> Vec<Option<String>> {
        let place = COLUMNS.iter().position(|column| column.name == name).expect("a column");
        let rows = reader.get_row_iter(None).expect("it has rows");
        rows.map(|row| row.expect("a row").get_string(place).ok().cloned()).collect()
    }

    #[test]
    fn each_case_has_a_row() {
        let reader = read(&sample::cases());
        let outputs = ["Hello, \"world\"\nof CSV", "", "<b>no</b>\u{1b}[31m", "half an"];
        assert_eq!(texts(&reader, "output"), outputs.map(|it| Some(it.to_owned())));
        let kinds = [None, Some("status"), Some("contains"), Some("max_duration")];
        assert_eq!(texts(&reader, "problem_kind"), kinds.map(|it| it.map(str::to_owned)));
    }

    #[test]
    fn rows_come_in_groups() {
        let cases: Vec<_> = (0..=ROWS).map(|_| sample::case(0, "q", "a")).collect();
        let metadata = read(&cases).metadata().clone();
        let rows: Vec<_> = metadata.row_groups().iter().map(RowGroupMetaData::num_rows).collect();
        assert_eq!(rows, [10_000, 1]);
    }

    #[test]
    fn a_run_without_cases_is_a_table() {
        let reader = read(&[]);
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
        let schema = reader.metadata().file_metadata().schema_descr().num_columns();
        assert_eq!(schema, COLUMNS.len());
    }
}
