//! The file by which this program is started again.

use std::{env, io, path::PathBuf};
#[cfg(target_os = "linux")]
use std::{ffi::OsString, fs, path::Path};

/// The file of this program; if it runs from an AppImage, which is mounted elsewhere at each start, the image.
pub fn file() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    #[cfg(target_os = "linux")]
    let program = image().unwrap_or_else(|| present(program));
    Ok(program)
}

/// The AppImage that this program runs from.
#[cfg(target_os = "linux")]
pub fn image() -> Option<PathBuf> {
    image_of(&env::current_exe().ok()?, env::var_os("APPDIR"), env::var_os("APPIMAGE"))
}

/// The image whose files, at `mount`, contain the program. A program that another AppImage starts inherits that one's variables.
#[cfg(target_os = "linux")]
fn image_of(program: &Path, mount: Option<OsString>, image: Option<OsString>) -> Option<PathBuf> {
    let mount = fs::canonicalize(mount?).ok()?;
    let image = PathBuf::from(image?);
    (program.starts_with(mount) && image.is_absolute() && image.is_file()).then_some(image)
}

/// The system marks the name of a file that was removed while the program runs. After an upgrade another one has the name.
#[cfg(target_os = "linux")]
fn present(program: PathBuf) -> PathBuf {
    let name = program.to_str().and_then(|name| name.strip_suffix(" (deleted)")).map(PathBuf::from);
    name.filter(|name| name.exists()).unwrap_or(program)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_image_that_the_program_runs_from_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| fs::canonicalize(folder.path()).unwrap().join(name);
        fs::create_dir(at("mount")).unwrap();
        fs::write(at("Ringside.AppImage"), "").unwrap();
        let found = |program: &str, mount: &str, named: &str| image_of(&at(program), Some(at(mount).into()), Some(at(named).into()));
        assert_eq!(found("mount/usr/bin/ringside", "mount", "Ringside.AppImage"), Some(at("Ringside.AppImage")));
        assert_eq!(found("usr/bin/ringside", "mount", "Ringside.AppImage"), None, "another program's image");
        assert_eq!(found("mount-of-another/ringside", "mount", "Ringside.AppImage"), None);
        assert_eq!(found("mount/usr/bin/ringside", "gone", "Ringside.AppImage"), None);
        assert_eq!(found("mount/usr/bin/ringside", "mount", "gone.AppImage"), None);
        assert_eq!(found("mount/usr/bin/ringside", "mount", "mount"), None, "a folder");
        let (program, mount) = (at("mount/ringside"), Some(at("mount").into_os_string()));
        assert_eq!(image_of(&program, mount.clone(), Some("Ringside.AppImage".into())), None, "relative to a folder that may have changed");
        assert_eq!((image_of(&program, mount, None), image_of(&program, None, Some(at("Ringside.AppImage").into()))), (None, None));
    }

    #[test]
    fn after_an_upgrade_the_new_file_is_started() {
        let folder = tempfile::tempdir().unwrap();
        let (program, marked) = (folder.path().join("ringside"), folder.path().join("ringside (deleted)"));
        assert_eq!(present(marked.clone()), marked, "there is none");
        fs::write(&program, "").unwrap();
        assert_eq!((present(marked), present(program.clone())), (program.clone(), program));
    }
}
