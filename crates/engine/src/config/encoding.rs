//! Decodes the bytes of a configuration file.

use std::path::Path;

use super::ConfigError;

/// The text of a configuration file, which must be UTF-8. The error names the encoding if it can be recognised.
pub fn text(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    let error = |at: usize, what: &str| {
        let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        ConfigError { file: path.to_owned(), line: Some(line), message: format!("{what}; save it as UTF-8") }
    };
    let marked = [&b"\xff\xfe"[..], b"\xfe\xff", b"\0\0\xfe\xff"].iter().any(|mark| bytes.starts_with(mark));
    if marked {
        return Err(error(0, "the file is in UTF-16 or UTF-32"));
    }
    if let Some(nul) = bytes.iter().position(|byte| *byte == 0) {
        return Err(error(nul, "there is a zero byte, as in UTF-16 without a byte order mark"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(String::from_utf8(bytes).unwrap_or_default()),
        Err(bad) => Err(error(bad.valid_up_to(), "there is a byte that is not UTF-8, as in GBK or Windows-1252")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> ConfigError {
        text(Path::new("c.toml"), bytes.to_vec()).unwrap_err()
    }

    #[test]
    fn fr5_the_error_for_another_encoding_names_it_and_the_line() {
        let file = "[platform]\r\nurl = \"https://a.example/\"\r\n";
        let little: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = file.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&[b"\xff\xfe", &little[..]].concat(), &[b"\xfe\xff", &big[..]].concat(), &little, &big] {
            let error = refused(bytes);
            assert_eq!(error.line, Some(1));
            assert!(error.message.contains("UTF-16") && error.message.ends_with("save it as UTF-8"), "{error}");
        }
        let gbk = refused(b"[agent]\n# ok\nqueues = [\"\xcf\xfa\xca\xdb\"]\n");
        assert_eq!((gbk.line, gbk.message.ends_with("save it as UTF-8")), (Some(3), true));
        assert!(text(Path::new("c.toml"), "\u{feff}# 销售\n".into()).is_ok());
        assert!(text(Path::new("c.toml"), Vec::new()).is_ok_and(|text| text.is_empty()));
    }
}
