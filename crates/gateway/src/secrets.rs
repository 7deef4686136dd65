//! The gateway's secrets, each from the place that the administrator chose: a credential of the service manager, a file, or the key folder.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use ringside_listener::secret;
use secrecy::SecretString;

use crate::config::Company;

/// The packaged unit makes a credential of it.
const PACKAGED: &str = "/etc/ringside-gateway/accesskey";

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0} is empty")]
    Empty(PathBuf),
    #[error(
        "the accesskey of {0} is nowhere: put it into {PACKAGED}, or name its file by platform.accesskey_file or RINGSIDE_ACCESSKEY_FILE"
    )]
    NoAccesskey(String),
}

/// The accesskey: `platform.accesskey_file`, else the credential `accesskey-NAME` or `accesskey` of the service manager, else the file in
/// `RINGSIDE_ACCESSKEY_FILE`, else the packaged unit's file: a command of the administrator has no credentials.
pub fn accesskey(company: &Company) -> Result<SecretString, SecretError> {
    if let Some(file) = company.platform.as_ref().and_then(|platform| platform.accesskey_file.as_deref()) {
        return read(file);
    }
    let credentials = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let named = credentials
        .into_iter()
        .flat_map(|folder| [format!("accesskey-{}", company.name), "accesskey".to_owned()].map(|name| folder.join(name)));
    let packaged = Some(PathBuf::from(PACKAGED)).filter(|file| file.exists());
    let files = named.filter(|file| file.exists()).chain(env::var_os("RINGSIDE_ACCESSKEY_FILE").map(PathBuf::from)).chain(packaged);
    match files.into_iter().next() {
        Some(file) => read(&file),
        None => Err(SecretError::NoAccesskey(company.name.clone())),
    }
}

/// The secret of the company's callback address: from the file that the settings name, or made once and kept in the key folder.
pub fn callback_secret(company: &Company, keys: &Path) -> Result<SecretString, SecretError> {
    match &company.callbacks.secret_file {
        Some(file) => read(file),
        None => made_once(&keys.join(format!("callback-{}", company.name))),
    }
}

/// The word by which this machine's administrator is known to a running gateway, which makes it.
pub fn make_admin_token(keys: &Path) -> Result<SecretString, SecretError> {
    made_once(&keys.join("admin"))
}

/// The same for a command. It makes nothing: the command may run as another user than the gateway.
pub fn admin_token(keys: &Path) -> Result<SecretString, SecretError> {
    read(&keys.join("admin"))
}

/// A secret that is made at the first start and then stays.
fn made_once(file: &Path) -> Result<SecretString, SecretError> {
    if file.exists() {
        return read(file);
    }
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| SecretError::File(file.to_owned(), io::Error::other(error.to_string())))?;
    let made = secret(random);
    write_private(file, secrecy::ExposeSecret::expose_secret(&made).as_bytes())
        .map_err(|error| SecretError::File(file.to_owned(), error))?;
    Ok(made)
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(file: &Path, mut content: impl io::Read) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        private_folder(folder)?;
    }
    let draft = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&draft)?;
    io::copy(&mut content, &mut open)?;
    open.sync_all()?;
    fs::rename(draft, file)
}

/// Makes the folder; only its owner can enter it.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn read(file: &Path) -> Result<SecretString, SecretError> {
    let text = fs::read_to_string(file).map_err(|error| SecretError::File(file.to_owned(), error))?;
    let text = text.trim();
    if text.is_empty() { Err(SecretError::Empty(file.to_owned())) } else { Ok(text.into()) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_company_without_an_accesskey_is_told_each_place_where_it_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.toml");
        fs::write(&file, "[company.lantern.platform]\nurl = \"https://p.example\"\nappid = \"a\"").unwrap();
        let said = accesskey(&crate::config::read(&file).unwrap().companies[0]).unwrap_err().to_string();
        for place in ["lantern", "/etc/ringside-gateway/accesskey", "platform.accesskey_file", "RINGSIDE_ACCESSKEY_FILE"] {
            assert!(said.contains(place), "{said}");
        }
    }

    #[test]
    fn a_made_secret_stays_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        assert!(matches!(admin_token(&keys), Err(SecretError::File(..))), "a command makes nothing");
        let made = make_admin_token(&keys).unwrap();
        assert_eq!(made.expose_secret().len(), 64);
        assert_eq!(admin_token(&keys).unwrap().expose_secret(), made.expose_secret());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(keys.join("admin")).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
        }
        fs::write(keys.join("admin"), " \n").unwrap();
        assert!(matches!(admin_token(&keys), Err(SecretError::Empty(_))), "an empty file is no secret");
    }
}
