//! The platform, simulated: written from its documentation, with types of its own.
