//! The certificate of the gateway's own NATS server where the administrator configured none. It is signed by an authority of the company's
//! own, which is made once; desks trust it by `fleet.ca`.

use std::{
    collections::BTreeSet,
    fs, io,
    net::{Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use url::{Host, Url};

use crate::{config::Nats, secrets::write_private};

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The authority's certificate, without its key: this file is for the desks.
    pub authority: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("the certificate of nats-server: {0}")]
    Made(#[from] rcgen::Error),
}

/// The authority's certificate, whether it was made already or not.
pub fn authority_file(keys: &Path) -> PathBuf {
    keys.join("authority.pem")
}

/// Makes the authority if there is none, and a certificate if there is none for these names. None: the settings need no certificate of ours.
pub fn certificate(settings: &Nats, keys: &Path) -> Result<Option<Certificate>, AuthorityError> {
    if !settings.needs_certificate() {
        return Ok(None);
    }
    let files = Certificate { certificate: keys.join("server.pem"), key: keys.join("server.key"), authority: authority_file(keys) };
    let issuer = authority(keys, &files.authority)?;
    let names: Vec<String> = names(settings).into_iter().collect();
    let names_file = keys.join("server.names");
    // A new authority signs a new certificate.
    let signed_by = fs::read_to_string(&files.authority).map_err(|error| AuthorityError::File(files.authority.clone(), error))?;
    // The servers of a cluster prove to one another who they are, and each is the client of another.
    let key_uses = match settings.cluster {
        Some(_) => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
        None => vec![ExtendedKeyUsagePurpose::ServerAuth],
    };
    let in_cluster = if key_uses.len() > 1 { "of a cluster\n" } else { "" };
    let noted = format!("{}\n{in_cluster}{signed_by}", names.join("\n"));
    let made = [&files.certificate, &files.key].iter().all(|file| file.exists())
        && fs::read_to_string(&names_file).is_ok_and(|text| text == noted);
    if !made {
        let mut params = valid(CertificateParams::new(names)?);
        params.distinguished_name.push(DnType::CommonName, "Ringside gateway");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = key_uses;
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &issuer)?;
        write(&files.key, &key.serialize_pem())?;
        write(&files.certificate, &signed.pem())?;
        // Last, since it says that the others are complete.
        write(&names_file, &noted)?;
    }
    Ok(Some(files))
}

/// The issuer needs the authority's name and key only, so its certificate is never read back.
fn authority(keys: &Path, certificate: &Path) -> Result<Issuer<'static, KeyPair>, AuthorityError> {
    let mut params = valid(CertificateParams::default());
    params.distinguished_name.push(DnType::CommonName, "Ringside gateway authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let file = keys.join("authority.key");
    if file.exists() && certificate.exists() {
        let text = fs::read_to_string(&file).map_err(|error| AuthorityError::File(file, error))?;
        return Ok(Issuer::new(params, KeyPair::from_pem(&text)?));
    }
    let key = KeyPair::generate()?;
    write(&file, &key.serialize_pem())?;
    write(certificate, &params.self_signed(&key)?.pem())?;
    Ok(Issuer::new(params, key))
}

/// A period that does not end while the gateway is used, and has begun on a desk whose clock is years behind: the authority serves this
/// company alone, and is replaced by deleting its files.
fn valid(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

/// The names by which desks and other servers reach the server, and the ones by which the gateway does.
fn names(settings: &Nats) -> BTreeSet<String> {
    let public = settings.public_url.as_deref().unwrap_or_default().split(',');
    let hosts = public.filter_map(|url| match Url::parse(url.trim()).ok()?.host()? {
        Host::Ipv6(address) => Some(address.to_string()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Domain(name) => Some(name.to_owned()),
    });
    let listened = [Some(settings.listen), settings.websocket, settings.cluster].into_iter().flatten().map(|address| address.ip());
    let own = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
    hosts.chain(listened.filter(|address| !address.is_unspecified()).map(|address| address.to_string())).chain(own).collect()
}

fn write(file: &Path, text: &str) -> Result<(), AuthorityError> {
    write_private(file, text.as_bytes()).map_err(|error| AuthorityError::File(file.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str, public: Option<&str>) -> Nats {
        Nats { listen: listen.parse().unwrap(), public_url: public.map(str::to_owned), ..Nats::default() }
    }

    #[test]
    fn a_server_for_this_machine_needs_no_certificate_and_another_one_is_given_ours() {
        let keys = tempfile::tempdir().unwrap();
        assert_eq!(certificate(&settings("127.0.0.1:4222", None), keys.path()).unwrap(), None);
        let given = Nats { tls_cert: Some("cert.pem".into()), ..settings("10.1.2.3:4222", None) };
        assert_eq!(certificate(&given, keys.path()).unwrap(), None);
        assert_eq!(fs::read_dir(keys.path()).unwrap().count(), 0);
        let made = certificate(&settings("10.1.2.3:4222", None), keys.path()).unwrap().unwrap();
        assert_eq!(made.authority, authority_file(keys.path()));
    }

    #[test]
    fn the_authority_stays_and_the_certificate_changes_with_its_names_only() {
        let keys = tempfile::tempdir().unwrap();
        let make = |public| {
            let made = certificate(&settings("0.0.0.0:4222", Some(public)), keys.path()).unwrap().unwrap();
            [made.certificate, made.key, made.authority].map(|file| fs::read_to_string(file).unwrap())
        };
        let first = make("tls://gateway.example.com:4222");
        assert_eq!(make("tls://gateway.example.com:4222"), first);
        let [certificate, key, authority] = make("tls://other.example.com:4222");
        assert!(certificate != first[0] && key != first[1] && authority == first[2]);
        // An authority whose files were deleted is replaced, and so is the certificate that it had signed.
        fs::remove_file(keys.path().join("authority.key")).unwrap();
        fs::remove_file(authority_file(keys.path())).unwrap();
        let replaced = make("tls://other.example.com:4222");
        assert!(replaced[0] != certificate && replaced[2] != authority);
        let certificate = replaced[0].clone();
        assert_eq!(make("tls://other.example.com:4222"), replaced);
        // An interrupted start is made good by the next one.
        fs::remove_file(keys.path().join("server.names")).unwrap();
        assert_ne!(make("tls://other.example.com:4222")[0], certificate);
    }

    #[test]
    fn the_certificate_names_what_desks_and_the_gateway_connect_to() {
        let of = |listen, public| names(&settings(listen, public)).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("10.1.2.3:4222", None), "10.1.2.3 127.0.0.1 ::1 localhost");
        let cluster = Nats { cluster: Some("10.9.9.1:6222".parse().unwrap()), ..settings("10.1.2.3:4222", None) };
        assert!(names(&cluster).contains("10.9.9.1"));
        assert_eq!(of("[::]:4222", Some("tls://a.example.com:4222, wss://[fd00::1]")), "127.0.0.1 ::1 a.example.com fd00::1 localhost");
    }
}
