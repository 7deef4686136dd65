//! Reads files of numbers as a stream of rows.
