//! The words and the rules of a call-centre agent's day: no I/O, no clock, no async.
