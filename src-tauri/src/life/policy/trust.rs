//! Whether only administrators can have written a file, or can replace it in its folder.

use std::path::Path;

/// An error is the reason why others can.
#[cfg(unix)]
pub fn check(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;

    let found = std::fs::metadata(path).map_err(|error| format!("its owner is not known: {error}"))?;
    rights(found.uid(), found.gid(), found.mode()).map_err(|reason| format!("{}: {reason}", path.display()))
}

#[cfg(unix)]
fn rights(user: u32, group: u32, mode: u32) -> Result<(), &'static str> {
    /// The group of administrators on macOS.
    const ADMIN: u32 = 80;
    let is_of_administrators = group == 0 || (cfg!(target_os = "macos") && group == ADMIN);
    match () {
        () if user != 0 => Err("its owner is not root"),
        () if mode & 0o002 != 0 || (mode & 0o020 != 0 && !is_of_administrators) => Err("others than root may write to it"),
        () => Ok(()),
    }
}

/// An error is the reason why others can.
#[cfg(windows)]
pub fn check(path: &Path) -> Result<(), String> {
    native::check(path).map_err(|reason| format!("{}: {reason}", path.display()))
}

#[cfg(windows)]
mod native {
    // Owner and access list are pointers into a descriptor that the system allocates.
    #![allow(unsafe_code)]

    use std::{ffi::c_void, os::windows::ffi::OsStrExt, path::Path, ptr};

    use windows_sys::Win32::{
        Foundation::{ERROR_SUCCESS, LocalFree},
        Security::{
            ACCESS_ALLOWED_ACE, ACL,
            Authorization::{ConvertSidToStringSidW, GetNamedSecurityInfoW, SE_FILE_OBJECT},
            DACL_SECURITY_INFORMATION, GetAce, INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION, PSID,
        },
    };

    /// Administrators, the system, the installer of Windows. The last two stand for the owner, which is checked itself.
    const TRUSTED: [&str; 5] =
        ["S-1-5-32-544", "S-1-5-18", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", "S-1-3-0", "S-1-3-4"];
    /// Of an entry that allows something.
    const ALLOWS: u8 = 0;
    /// To delete, to change the rights or the owner, or all.
    const RULE: u32 = 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000;
    /// To change a file's content.
    const WRITE: u32 = 0x2 | 0x4 | 0x4000_0000;
    /// To delete what is in a folder. Who may only add files to it cannot replace one.
    const DELETE_CHILD: u32 = 0x40;

    pub fn check(path: &Path) -> Result<(), String> {
        let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
        let (mut owner, mut list, mut descriptor): (PSID, *mut ACL, *mut c_void) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        let forbidden = RULE | if path.is_dir() { DELETE_CHILD } else { WRITE };
        // SAFETY: the name ends with a zero, and the system writes the other pointers. Owner and list point into the descriptor, which is freed
        // after both were read.
        unsafe {
            let none = ptr::null_mut();
            let result =
                GetNamedSecurityInfoW(name.as_ptr(), SE_FILE_OBJECT, wanted, &mut owner, none, &mut list, none.cast(), &mut descriptor);
            if result != ERROR_SUCCESS {
                return Err(format!("its owner is not known: {}", std::io::Error::from_raw_os_error(result.cast_signed())));
            }
            let checked = check_owner(owner).and_then(|()| check_list(list, forbidden));
            LocalFree(descriptor);
            checked
        }
    }

    /// # Safety
    /// `owner` points to a valid identifier, or is null.
    unsafe fn check_owner(owner: PSID) -> Result<(), String> {
        // SAFETY: the caller guarantees it.
        match unsafe { text(owner) } {
            Some(owner) if TRUSTED[..3].contains(&owner.as_str()) => Ok(()),
            _ => Err("its owner is not the group of administrators".to_owned()),
        }
    }

    /// # Safety
    /// `list` points to a valid access list, or is null: then everybody may do everything.
    unsafe fn check_list(list: *const ACL, forbidden: u32) -> Result<(), String> {
        let others = || Err("others than administrators may write to it".to_owned());
        if list.is_null() {
            return others();
        }
        // SAFETY: the caller guarantees that the list is valid, so each entry that the system finds in it is. An entry that allows something
        // ends with an identifier, whose first part is `SidStart`.
        unsafe {
            for at in 0..u32::from((*list).AceCount) {
                let mut entry = ptr::null_mut();
                if GetAce(list, at, &mut entry) == 0 {
                    return others();
                }
                let entry: *const ACCESS_ALLOWED_ACE = entry.cast();
                let is_here = u32::from((*entry).Header.AceFlags) & INHERIT_ONLY_ACE == 0;
                if (*entry).Header.AceType == ALLOWS && is_here && (*entry).Mask & forbidden != 0 {
                    let who = text(ptr::addr_of!((*entry).SidStart).cast_mut().cast());
                    if !who.is_some_and(|who| TRUSTED.contains(&who.as_str())) {
                        return others();
                    }
                }
            }
        }
        Ok(())
    }

    /// # Safety
    /// `sid` points to a valid identifier, or is null.
    unsafe fn text(sid: PSID) -> Option<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the caller guarantees it. The system allocates a text that ends with a zero; it is read up to there, then freed.
        unsafe {
            if sid.is_null() || ConvertSidToStringSidW(sid, &mut text) == 0 {
                return None;
            }
            let length = (0..).take_while(|at| *text.add(*at) != 0).count();
            let found = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
            LocalFree(text.cast());
            Some(found)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_file_of_the_user_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("config.toml");
            std::fs::write(&file, "").unwrap();
            for path in [file.as_path(), folder.path()] {
                assert!(check(path).is_err(), "{}", path.display());
            }
            assert!(check(&folder.path().join("none")).unwrap_err().contains("not known"));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_what_root_alone_can_write_is_trusted() {
        for mode in [0o100_644, 0o100_600, 0o100_664, 0o040_755] {
            assert_eq!(rights(0, 0, mode), Ok(()), "{mode:o}");
        }
        for (user, group, mode) in [(1000, 0, 0o100_600), (0, 0, 0o100_646), (0, 1000, 0o100_664), (0, 0, 0o040_777), (0, 1000, 0o040_775)]
        {
            assert!(rights(user, group, mode).is_err(), "{user}:{group} {mode:o}");
        }
        assert!(check(Path::new("/nonexistent")).is_err());
        // The system's own folder, and one that everybody may write to.
        assert_eq!(check(Path::new("/usr")), Ok(()));
        assert!(check(Path::new("/tmp")).unwrap_err().starts_with("/tmp: "));
    }
}
