//! Whether only administrators can have written a file, or can replace it in its folder.

use std::{fs::File, io, path::Path};

/// Opens a file once, so that what is read is what was checked. The text is the reason why others than administrators can have written it.
#[cfg(unix)]
pub fn open(path: &Path) -> io::Result<(File, Result<(), String>)> {
    let file = File::open(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let trusted = check(path, &file.metadata()?).and_then(|()| match folder.metadata() {
        Ok(found) => check(folder, &found),
        Err(error) => Err(format!("{}: its owner is not known: {error}", folder.display())),
    });
    Ok((file, trusted))
}

#[cfg(unix)]
fn check(path: &Path, found: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;

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

/// Opens a file once, so that what is read is what was checked. The text is the reason why others than administrators can have written it.
#[cfg(windows)]
pub fn open(path: &Path) -> io::Result<(File, Result<(), String>)> {
    let file = native::open(path, native::READ)?;
    // While a file is open, the folders above it cannot be renamed, so this is the one that it lies in.
    let parent = path.parent().unwrap_or(path);
    let folder = native::open(parent, native::LOOK).map_err(|error| format!("its owner is not known: {error}"));
    let trusted = native::check(&file).map_err(|reason| (path, reason));
    let trusted = trusted.and_then(|()| folder.and_then(|folder| native::check(&folder)).map_err(|reason| (parent, reason)));
    Ok((file, trusted.map_err(|(path, reason)| format!("{}: {reason}", path.display()))))
}

#[cfg(windows)]
mod native {
    // Owner and access list are pointers into a descriptor that the system allocates.
    #![allow(unsafe_code)]

    use std::{
        ffi::c_void,
        fs::{File, OpenOptions},
        io,
        os::windows::{
            fs::{MetadataExt, OpenOptionsExt},
            io::AsRawHandle,
        },
        ptr,
    };

    use windows_sys::Win32::{
        Foundation::{ERROR_SUCCESS, GENERIC_READ, LocalFree},
        Security::{
            ACCESS_ALLOWED_ACE, ACL,
            Authorization::{ConvertSidToStringSidW, GetSecurityInfo, SE_FILE_OBJECT},
            DACL_SECURITY_INFORMATION, GetAce, INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION, PSID,
        },
        Storage::FileSystem::{
            FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_SHARE_READ,
            FILE_SHARE_WRITE, READ_CONTROL,
        },
    };

    use crate::life::policy::wide;

    /// Administrators, the system, the installer of Windows. The last two stand for the owner, which is checked itself.
    const TRUSTED: [&str; 5] =
        ["S-1-5-32-544", "S-1-5-18", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", "S-1-3-0", "S-1-3-4"];
    /// Kinds of entries that only deny or report.
    const HARMLESS: [u8; 13] = [1, 2, 3, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17];
    /// Kinds that allow something and name who may right after the rights: plain, and with a condition, which counts as met.
    const PLAIN: [u8; 2] = [0, 9];
    /// To delete, to change the rights or the owner, or all.
    const RULE: u32 = 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | 0x1000_0000;
    /// To change a file's content.
    const WRITE: u32 = 0x2 | 0x4 | 0x4000_0000;
    /// To delete what is in a folder. Who may only add files to it cannot replace one.
    const DELETE_CHILD: u32 = 0x40;

    /// The right to read a file, and who owns it.
    pub const READ: u32 = GENERIC_READ;
    /// The rights to see who owns a folder and who may do what with it. A user who may read a file in it may be forbidden to list the folder.
    pub const LOOK: u32 = READ_CONTROL | FILE_READ_ATTRIBUTES;

    /// Opens a file or a folder itself, also if it is a link to another.
    pub fn open(path: &std::path::Path, rights: u32) -> io::Result<File> {
        OpenOptions::new()
            .access_mode(rights)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
            .open(path)
    }

    pub fn check(file: &File) -> Result<(), String> {
        let unknown = |error: io::Error| format!("its owner is not known: {error}");
        let found = file.metadata().map_err(unknown)?;
        if found.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
            return Err("it is a link to another place".to_owned());
        }
        let forbidden = RULE | if found.is_dir() { DELETE_CHILD } else { WRITE };
        let (mut owner, mut list, mut descriptor): (PSID, *mut ACL, *mut c_void) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        // SAFETY: the handle is open as long as `file` lives, and the system writes the other pointers. Owner and list point into the
        // descriptor, which is freed after both were read.
        unsafe {
            let none = ptr::null_mut();
            let handle = file.as_raw_handle();
            let result = GetSecurityInfo(handle, SE_FILE_OBJECT, wanted, &mut owner, none, &mut list, none.cast(), &mut descriptor);
            if result != ERROR_SUCCESS {
                return Err(unknown(io::Error::from_raw_os_error(result.cast_signed())));
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
        // SAFETY: the caller guarantees that the list is valid, so each entry that the system finds in it is. Every entry begins with its
        // kind and its rights. In one of a plain kind an identifier follows, whose first part is `SidStart`.
        unsafe {
            for at in 0..u32::from((*list).AceCount) {
                let mut entry = ptr::null_mut();
                if GetAce(list, at, &mut entry) == 0 {
                    return others();
                }
                let entry: *const ACCESS_ALLOWED_ACE = entry.cast();
                let kind = (*entry).Header.AceType;
                let is_here = u32::from((*entry).Header.AceFlags) & INHERIT_ONLY_ACE == 0;
                if HARMLESS.contains(&kind) || !is_here || (*entry).Mask & forbidden == 0 {
                    continue;
                }
                // Whom an entry of another kind is for is not known here, so it may be others.
                let who = if PLAIN.contains(&kind) { text(ptr::addr_of!((*entry).SidStart).cast_mut().cast()) } else { None };
                if !who.is_some_and(|who| TRUSTED.contains(&who.as_str())) {
                    return others();
                }
            }
        }
        Ok(())
    }

    /// # Safety
    /// `sid` points to a valid identifier, or is null.
    unsafe fn text(sid: PSID) -> Option<String> {
        let mut text = ptr::null_mut();
        // SAFETY: the caller guarantees it. The system allocates a text that ends with a zero, which is freed after it was read.
        unsafe {
            if sid.is_null() || ConvertSidToStringSidW(sid, &mut text) == 0 {
                return None;
            }
            let found = wide(text).to_string_lossy().into_owned();
            LocalFree(text.cast());
            Some(found)
        }
    }

    #[cfg(test)]
    mod tests {
        use std::path::Path;

        use windows_sys::Win32::Security::{
            Authorization::{ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1},
            GetSecurityDescriptorDacl, GetSecurityDescriptorOwner,
        };

        use super::*;

        /// What is said of a file with this owner and list. `kinds`: the kinds that its entries get.
        fn said(descriptor: &str, kinds: &[u8]) -> Result<(), String> {
            let name: Vec<u16> = descriptor.encode_utf16().chain([0]).collect();
            let (mut whole, mut owner, mut list) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            let (mut has, mut by_default) = (0, 0);
            // SAFETY: the text ends with a zero; owner and list point into the descriptor, which is freed after both were read. The list has
            // as many entries as kinds are given, or more.
            unsafe {
                let none = ptr::null_mut();
                let made = ConvertStringSecurityDescriptorToSecurityDescriptorW(name.as_ptr(), SDDL_REVISION_1, &mut whole, none);
                assert_ne!(made, 0, "{descriptor}");
                assert_ne!(GetSecurityDescriptorOwner(whole, &mut owner, &mut by_default), 0);
                assert_ne!(GetSecurityDescriptorDacl(whole, &mut has, &mut list, &mut by_default), 0);
                for (at, kind) in (0..).zip(kinds) {
                    let mut entry = ptr::null_mut();
                    assert_ne!(GetAce(list, at, &mut entry), 0);
                    (*entry.cast::<ACCESS_ALLOWED_ACE>()).Header.AceType = *kind;
                }
                let checked = check_owner(owner).and_then(|()| check_list(list, RULE | WRITE));
                LocalFree(whole);
                checked
            }
        }

        #[test]
        fn only_entries_that_let_nobody_else_write_are_trusted() {
            // Administrators and the system may do everything, users may read.
            let trusted = "O:BAD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;FR;;;BU)";
            assert_eq!(said(trusted, &[]), Ok(()));
            assert_eq!(said("O:SYD:(D;;FA;;;BU)(A;;FA;;;BA)", &[]), Ok(()), "to deny harms nothing");
            assert_eq!(said("O:BAD:(A;OICIIO;FA;;;BU)(A;;FA;;;BA)", &[]), Ok(()), "only for what is made in it");
            assert!(said("O:BUD:(A;;FA;;;BA)", &[]).unwrap_err().contains("owner"));
            assert!(said("O:BAD:(A;;FA;;;BA)(A;;FW;;;BU)", &[]).is_err());
            assert!(said("O:BAD:(A;;FA;;;BA)(A;;WD;;;BU)", &[]).is_err(), "who may change the rights may write");
        }

        #[test]
        fn an_entry_of_another_kind_counts_as_one_that_allows() {
            const CALLBACK: u8 = 9;
            let others = "O:BAD:(A;;FW;;;BU)(A;;FA;;;BA)";
            assert!(said(others, &[CALLBACK]).is_err());
            assert_eq!(said("O:BAD:(A;;FR;;;BU)(A;;FA;;;BA)", &[CALLBACK, CALLBACK]), Ok(()), "with a condition, but only to read");
            // Object, object with a condition, compound, and one of a later system.
            for kind in [5, 11, 4, 200] {
                assert!(said(others, &[kind]).is_err(), "{kind}");
            }
            for kind in [1, 6, 10, 12, 2, 17] {
                assert_eq!(said(others, &[kind]), Ok(()), "{kind}");
            }
        }

        #[test]
        fn a_file_of_the_user_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("config.toml");
            std::fs::write(&file, "").unwrap();
            for (path, rights) in [(file.as_path(), READ), (folder.path(), LOOK)] {
                let said = check(&open(path, rights).unwrap()).unwrap_err();
                assert_eq!(said, "its owner is not the group of administrators", "{}", path.display());
            }
            let said = super::super::open(&file).unwrap().1.unwrap_err();
            assert!(said.starts_with(&file.display().to_string()), "{said}");
            for missing in [folder.path().join("none"), Path::new(r"C:\none\config.toml").to_owned()] {
                assert_eq!(super::super::open(&missing).unwrap_err().kind(), io::ErrorKind::NotFound);
            }
        }

        #[test]
        fn a_link_is_refused_and_not_followed() {
            let folder = tempfile::tempdir().unwrap();
            let (real, link) = (folder.path().join("real"), folder.path().join("link"));
            std::fs::create_dir(&real).unwrap();
            let made = std::process::Command::new("cmd").args(["/d", "/c", "mklink", "/j"]).args([&link, &real]).output().unwrap();
            assert!(made.status.success(), "{made:?}");
            assert!(check(&open(&link, LOOK).unwrap()).unwrap_err().contains("link"));
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
        assert!(open(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn the_file_that_is_read_and_its_folder_are_checked() {
        // The system's own file, and one that lies where everybody may write.
        assert_eq!(open(Path::new("/etc/passwd")).unwrap().1, Ok(()));
        let file = tempfile::Builder::new().tempfile_in("/tmp").unwrap();
        let said = open(file.path()).unwrap().1.unwrap_err();
        assert!(said.starts_with("/tmp"), "{said}");
    }
}
