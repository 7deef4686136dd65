//! The one task that owns the session, and what carries out its effects.
