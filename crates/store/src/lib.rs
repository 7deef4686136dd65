//! SQLite: one table, one file; one writer thread with group commit.
