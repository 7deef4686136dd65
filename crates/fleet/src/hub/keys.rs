//! The folder of private keys. Whoever has it is the operator of the NATS server, so each file is readable by its owner only.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use nkeys::{KeyPair, KeyPairType, XKey};

use crate::jwt::{ROLE_VERSION, RoleKeys};

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the key folder {0}: {1}")]
    Folder(PathBuf, io::Error),
    #[error("the key {0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0} holds no key of this kind; restore it from the backup")]
    NoKey(PathBuf),
    #[error("{0} may be read by others than its owner: chmod 600 it")]
    Readable(PathBuf),
    #[error("{0:?} cannot be the name of a company: only a to z, 0 to 9 and -, at most 32 characters")]
    Name(String),
}

/// The private keys of a gateway. Several gateways have copies of one folder.
pub struct Keys {
    pub(super) operator: KeyPair,
    pub(super) system: KeyPair,
    /// The account of machines that are no desks yet, and its signing keys.
    pub(super) enrol: KeyPair,
    pub(super) enrol_machines: KeyPair,
    pub(super) enrol_gateways: KeyPair,
    /// The user as whom a machine without credentials connects.
    pub(super) sentinel: KeyPair,
    /// Seals answers to enrolling machines, and secrets that the gateways share.
    pub(super) sealing: XKey,
    pub(super) companies: BTreeMap<String, CompanyKeys>,
}

/// The keys of one company.
pub(super) struct CompanyKeys {
    pub company: KeyPair,
    pub gateways: KeyPair,
    pub desks: KeyPair,
    pub roles: RoleKeys,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("companies", &self.companies.keys()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys of these companies; those that do not exist are made.
    pub fn open(folder: &Path, companies: &[&str]) -> Result<Self, KeysError> {
        make_folder(folder)?;
        let key = |name: &str, kind| open(&folder.join(name), kind);
        let named = companies.iter().map(|name| Ok(((*name).to_owned(), CompanyKeys::open(folder, name)?)));
        Ok(Self {
            operator: key("operator", KeyPairType::Operator)?,
            system: key("system", KeyPairType::Account)?,
            enrol: key("enrol", KeyPairType::Account)?,
            enrol_machines: key("enrol-machines", KeyPairType::Account)?,
            enrol_gateways: key("enrol-gateways", KeyPairType::Account)?,
            sentinel: key("sentinel", KeyPairType::User)?,
            sealing: open_sealing(&folder.join("sealing"))?,
            companies: named.collect::<Result<_, KeysError>>()?,
        })
    }

    /// Seals a secret that only gateways with these keys can open, such as the platform's token in a bucket.
    pub fn seal(&self, secret: &[u8]) -> Vec<u8> {
        #[allow(clippy::expect_used)]
        self.sealing.seal(secret, &self.sealing).expect("the program's own key is a private key")
    }

    /// None: it was not sealed with these keys, or was changed.
    pub fn open_sealed(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.sealing.open(sealed, &self.sealing).ok()
    }
}

impl CompanyKeys {
    fn open(folder: &Path, name: &str) -> Result<Self, KeysError> {
        let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 32 || !name.bytes().all(is_of_name) {
            return Err(KeysError::Name(name.to_owned()));
        }
        let folder = folder.join(format!("company-{name}"));
        make_folder(&folder)?;
        let key = |name: &str| open(&folder.join(name), KeyPairType::Account);
        Ok(Self {
            company: key("company")?,
            gateways: key("gateways")?,
            desks: key("desks")?,
            roles: RoleKeys { desk: key(&format!("desk-{ROLE_VERSION}"))?, supervisor: key(&format!("supervisor-{ROLE_VERSION}"))? },
        })
    }
}

fn open(file: &Path, kind: KeyPairType) -> Result<KeyPair, KeysError> {
    let no_key = || KeysError::NoKey(file.to_owned());
    let seed = match read(file)? {
        Some(seed) => seed,
        None => keep(file, &KeyPair::new(kind.clone()).seed().map_err(|_| no_key())?)?,
    };
    let key = KeyPair::from_seed(&seed).map_err(|_| no_key())?;
    if key.key_pair_type() == kind { Ok(key) } else { Err(no_key()) }
}

fn open_sealing(file: &Path) -> Result<XKey, KeysError> {
    let no_key = || KeysError::NoKey(file.to_owned());
    let seed = match read(file)? {
        Some(seed) => seed,
        None => keep(file, &XKey::new().seed().map_err(|_| no_key())?)?,
    };
    XKey::from_seed(&seed).map_err(|_| no_key())
}

fn read(file: &Path) -> Result<Option<String>, KeysError> {
    let failed = |error| KeysError::File(file.to_owned(), error);
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(file).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Readable(file.to_owned()));
        }
    }
    Ok(Some(text.trim().to_owned()))
}

/// Keeps a new key, whole or not at all; if another gateway was faster, the answer is that one's.
fn keep(file: &Path, seed: &str) -> Result<String, KeysError> {
    let failed = |error| KeysError::File(file.to_owned(), error);
    let new = file.with_extension(format!("new-{:08x}", fastrand::u32(..)));
    let kept = write(&new, seed).and_then(|()| fs::hard_link(&new, file));
    let removed = fs::remove_file(&new);
    match kept {
        Ok(()) => sync_folder(file).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // Told before what follows from it: a file that could not be made cannot be removed either.
        Err(error) => return Err(failed(error)),
    }
    // A file that is left over here is removed by the administrator; it is as secret as a key.
    removed.map_err(failed)?;
    read(file)?.ok_or_else(|| KeysError::NoKey(file.to_owned()))
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Without this a power cut may take the new name, and with it the company's only key.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn make_folder(folder: &Path) -> Result<(), KeysError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| KeysError::Folder(folder.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("keys");
        let made = Keys::open(&folder, &["lantern"]).unwrap();
        let read = Keys::open(&folder, &["lantern", "other"]).unwrap();
        assert_eq!(made.operator.public_key(), read.operator.public_key());
        assert_eq!(made.companies["lantern"].desks.public_key(), read.companies["lantern"].desks.public_key());
        assert_ne!(read.companies["lantern"].desks.public_key(), read.companies["other"].desks.public_key());
        assert_eq!(read.open_sealed(&made.seal(b"token")).as_deref(), Some(&b"token"[..]));
        assert_eq!(read.open_sealed(b"xkv1 something else that is long enough to be one"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), &[]).unwrap();
        let file = folder.path().join("system");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(folder.path(), &[]), Err(KeysError::Readable(path)) if path == file));
    }

    #[test]
    fn a_damaged_key_or_one_of_another_kind_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), &[]).unwrap();
        let system = fs::read(folder.path().join("system")).unwrap();
        for content in [&b""[..], b"SA", &system] {
            fs::write(folder.path().join("operator"), content).unwrap();
            assert!(matches!(Keys::open(folder.path(), &[]), Err(KeysError::NoKey(_))));
            assert_eq!(fs::read(folder.path().join("operator")).unwrap(), content);
        }
    }

    #[test]
    fn a_company_is_named_by_a_word_that_is_also_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "..", "a/b", "Lantern", "号", "a b", &"a".repeat(33)] {
            assert!(matches!(Keys::open(folder.path(), &[name]), Err(KeysError::Name(_))), "{name}");
        }
    }
}
