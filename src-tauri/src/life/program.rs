//! The file by which this program is started again.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// The file of this program; if it runs from an AppImage, which is mounted elsewhere at each start, the image.
pub fn file() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    #[cfg(target_os = "linux")]
    let program = image().unwrap_or_else(|| present(program));
    Ok(program)
}

/// The folder at which the AppImage that this program runs from is mounted.
pub fn mount() -> Option<PathBuf> {
    mount_of(&env::current_exe().ok()?, env::var_os("APPDIR"))
}

/// A program that another AppImage starts inherits that one's variables; it is not in that one's folder.
fn mount_of(program: &Path, folder: Option<OsString>) -> Option<PathBuf> {
    // As the system names the program, without links.
    let folder = fs::canonicalize(folder?).ok()?;
    program.starts_with(&folder).then_some(folder)
}

/// The AppImage that this program runs from.
#[cfg(target_os = "linux")]
pub fn image() -> Option<PathBuf> {
    mount()?;
    env::var_os("APPIMAGE").map(PathBuf::from).filter(|image| image.is_absolute() && image.is_file())
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
    fn a_program_runs_from_the_image_whose_files_contain_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| fs::canonicalize(folder.path()).unwrap().join(name);
        fs::create_dir(at("mount")).unwrap();
        std::os::unix::fs::symlink(at("mount"), at("link")).unwrap();
        let found = |program: &str, mount: &str| mount_of(&at(program), Some(at(mount).into()));
        assert_eq!(found("mount/usr/bin/ringside", "mount"), Some(at("mount")));
        assert_eq!(found("mount/usr/bin/ringside", "link"), Some(at("mount")));
        assert_eq!(found("usr/bin/ringside", "mount"), None, "another program's image");
        assert_eq!(found("mount-of-another/ringside", "mount"), None);
        assert_eq!(found("mount/usr/bin/ringside", "gone"), None);
        assert_eq!(mount_of(&at("mount/ringside"), None), None);
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
