//! The registry of Windows.

use windows_registry::Result;

/// The system's error for a key or a value that does not exist.
const NOT_FOUND: i32 = 0x8007_0002_u32.cast_signed();

/// None: there is no such key or value.
pub fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code().0 == NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    }
}
