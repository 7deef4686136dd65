//! Phone numbers: typed ones, and stored ones that are not in their normal form.

use ringside_domain::{Call, plain_number};
use rusqlite::Connection;

use crate::call::id_number;

/// The normal forms of customers' numbers that are stored in another spelling, so that an index finds them.
pub(crate) const V9: &str = "
CREATE TABLE spelt (
    call  INTEGER PRIMARY KEY, -- call.id
    plain TEXT NOT NULL -- the customer's number without what is put into numbers for reading
) STRICT;
CREATE INDEX spelt_by_plain ON spelt (plain);
CREATE TRIGGER spelt_deleted AFTER DELETE ON call BEGIN
    DELETE FROM spelt WHERE call = old.id;
END;
CREATE TRIGGER spelt_updated AFTER UPDATE ON call WHEN old.customer_number <> new.customer_number BEGIN
    DELETE FROM spelt WHERE call = old.id;
END;
INSERT INTO search_pending SELECT started_at, id FROM call
WHERE customer_number GLOB '*[^0-9]*' OR customer_number GLOB '00*' ON CONFLICT DO NOTHING;
";

/// The typed number in its normal form, without separators; `None` if the word is not a number.
pub(crate) fn typed(word: &str) -> Option<String> {
    let number = plain_number(word);
    let digits = number.strip_prefix('+').unwrap_or(&number);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.into_owned())
}

/// The number's normal form, by which numbers are compared; `None` if the number is in it already.
pub(crate) fn spelt(number: &str) -> Option<String> {
    let plain = plain_number(number);
    (plain != number).then(|| plain.into_owned())
}

/// Keeps the normal form of the call's number. After the call was written: the trigger then has deleted the form of a former number.
pub(crate) fn put(db: &Connection, call: &Call) -> rusqlite::Result<()> {
    if let Some(plain) = spelt(&call.customer_number) {
        db.prepare_cached("INSERT INTO spelt (call, plain) VALUES (?1, ?2) ON CONFLICT (call) DO UPDATE SET plain = excluded.plain")?
            .execute((id_number(call.id), plain))?;
    }
    Ok(())
}
