//! Whether a folder is on a network drive: a write-ahead log needs memory shared between processes, which no network drive has (S8).

use std::path::Path;

/// Linux's names of network file systems.
const NETWORK: &[&str] =
    &["nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone"];

/// Whether the folder is on a network drive; false if that is unknown.
pub fn is_network(folder: &Path) -> bool {
    if cfg!(windows) {
        return is_unc(&folder.to_string_lossy());
    }
    let Ok(folder) = folder.canonicalize() else { return false };
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else { return false };
    file_system(&mounts, &folder).is_some_and(|kind| NETWORK.contains(&kind))
}

/// The type of the file system of `folder`: that of the longest mount point above it, of equal ones the last (proc(5), mountinfo).
fn file_system<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, source) = line.split_once(" - ")?;
            let point = mount.split(' ').nth(4)?.replace("\\040", " ");
            folder.starts_with(&point).then_some((point.len(), source.split(' ').next()?))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)
}

/// Whether the path is `\\server\share\…`, or `\\?\UNC\server\share\…`.
fn is_unc(folder: &str) -> bool {
    folder.starts_with(r"\\?\UNC\") || (folder.starts_with(r"\\") && !folder.starts_with(r"\\?\") && !folder.starts_with(r"\\.\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 28 0:21 / /proc rw,nosuid shared:14 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
90 28 0:50 / /home rw shared:40 - nfs4 files:/home rw,vers=4.2
91 90 8:2 / /home/local\\040disk rw shared:41 - xfs /dev/sda2 rw
";

    #[test]
    fn s8_the_longest_mount_point_decides() {
        assert_eq!(file_system(MOUNTS, Path::new("/var/lib")), Some("ext4"));
        assert_eq!(file_system(MOUNTS, Path::new("/home/agent")), Some("nfs4"));
        assert_eq!(file_system(MOUNTS, Path::new("/home/local disk/agent")), Some("xfs"));
        assert_eq!(file_system(MOUNTS, Path::new("/homestead")), Some("ext4"));
    }

    #[test]
    fn s8_unc_paths_are_on_a_network() {
        assert!(is_unc(r"\\files\home"));
        assert!(is_unc(r"\\?\UNC\files\home"));
        assert!(!is_unc(r"\\?\C:\Users"));
        assert!(!is_unc(r"C:\Users"));
    }
}
