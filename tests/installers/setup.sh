# The setup program, under Wine; scripts/windows-installers reads this file.

check 'setup: installs silently' setup "$old_setup"
check 'setup: the folder has the programs and nothing else' has_only "$folder" ringside.exe WebView2Loader.dll uninstall.exe
check 'setup: the version is known' value_is "$key" Version 0\\.0\\.1
check 'setup: the system lists the program' value_is "$uninstall_key\\Ringside" DisplayVersion 0\\.0\\.1
check 'setup: the system can remove it silently' value_is "$uninstall_key\\Ringside" QuietUninstallString '"C:\\Program Files\\Ringside\\uninstall.exe" /S'
check 'setup: the notifications have a sender' value_is "$identity" DisplayName Ringside
check 'setup: the start menu has it' in_menu
check 'setup: the firewall is left alone' not has "$netsh"
check 'setup: the inner program is signed' signed "$folder/ringside.exe"
check 'setup: the uninstaller is signed' signed "$folder/uninstall.exe"

make_data
check 'setup: the old version runs' start_old
check 'setup: upgrades while the old version runs' setup_now "$new_setup"
check 'setup: the old version runs on' runs_on
check 'setup: the new version is in place' value_is "$key" Version 0\\.0\\.2
check 'setup: the new program is in place' signed "$folder/ringside.exe"
check 'setup: the new program starts' wine "$folder/ringside.exe" --version
check 'setup: the old version ends well' stop_old
check 'setup: the data is untouched' has "$data/ringside.db"

echo damaged >"$folder/WebView2Loader.dll"
rm "$folder/ringside.exe"
check 'setup: the same setup repairs' setup "$new_setup"
check 'setup: the damaged file is whole' same "$folder/WebView2Loader.dll" "$work/new/WebView2Loader.dll"
check 'setup: what was set aside is gone' has_only "$folder" "${new_files[@]}"
check 'setup: an older version is refused' ends_with $((1638 % 256)) setup "$old_setup"
check 'setup: the newer version stays' value_is "$key" Version 0\\.0\\.2

check 'setup: a wrong switch is refused' ends_with 87 setup "$new_setup" /FIREWALL=perhaps
check 'setup: a mistyped switch is refused' ends_with 87 setup "$new_setup" /FIREWAL=yes
check 'setup: what is no switch is refused' ends_with 87 setup "$new_setup" FIREWALL=yes
check 'setup: the firewall is opened on request' setup "$new_setup" /FIREWALL=yes
check 'setup: by a rule for the program' logged "$netsh" 'add rule name=Ringside dir=in action=allow protocol=TCP profile=domain,private program="C:\Program Files\Ringside\ringside.exe"'
rm -f "$netsh"
check 'setup: installs again' setup "$new_setup"
check 'setup: the choice for the firewall stays' logged "$netsh" 'add rule name=Ringside'
rm -f "$netsh"
check 'setup: the firewall is closed on request' setup "$new_setup" /FIREWALL=no
check 'setup: the rule is deleted' logged "$netsh" 'delete rule name=Ringside'
check 'setup: the rule is not made again' not logged "$netsh" 'add rule'
touch "${netsh%.log}.fails"
check 'setup: a rule that cannot be made is said' ends_with 3 setup "$new_setup" /FIREWALL=yes
check 'setup: the rest is installed' value_is "$key" Version 0\\.0\\.2
rm "${netsh%.log}.fails"
setup "$new_setup" /FIREWALL=no

cp "$work/tools/stand_in.exe" "$work/out/MicrosoftEdgeWebView2RuntimeInstallerX64.exe"
check 'setup: brings the web view that lies beside it' setup "$new_setup"
check 'setup: the web view is installed silently' logged "$work/out/MicrosoftEdgeWebView2RuntimeInstallerX64.exe.log" '/silent /install'
rm -f "$work/out/MicrosoftEdgeWebView2RuntimeInstallerX64.exe.log"
web_view='HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}'
wine reg add "$web_view" /v pv /d 120.0.0.0 /f /reg:64 >/dev/null
check 'setup: installs where there is a web view' setup "$new_setup"
check 'setup: leaves the web view alone' not has "$work/out/MicrosoftEdgeWebView2RuntimeInstallerX64.exe.log"

rm -f "$work/held" "$work/held.ready"
wine "$work/tools/stand_in.exe" hold "Z:${work//\//\\}\\held" &
check 'setup: another setup runs' wait_for has "$work/held.ready"
check 'setup: a second setup is refused' ends_with $((1618 % 256)) setup_now "$new_setup"
touch "$work/held"
wait $!

check 'setup: the package is refused where the setup was' ends_with "$refused" msi /i "$new_package"
check 'setup: still there' value_is "$key" Installer setup

check 'setup: removes silently' setup "$folder/uninstall.exe"
check 'setup: the folder is gone' not has "$folder"
check 'setup: the start menu has it no more' not in_menu
check 'setup: the system lists it no more' no_key "$uninstall_key\\Ringside"
check 'setup: nothing is left in the registry' no_key "$key"
check 'setup: the sender of notifications is gone' no_key "$identity"
check 'setup: it starts with the system no more' no_value 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' Ringside
check 'setup: a silent removal keeps the data' has "$data/ringside.db"

setup "$new_setup" >/dev/null 2>&1
# The removal's status is always 0: it goes on as a copy of itself.
setup "$folder/uninstall.exe" /DATA=perhaps
check 'setup: a wrong switch of the removal removes nothing' has "$folder/ringside.exe"
# This keeps the removal from going on as a copy, so that its status is known. It comes last, and without quotation marks.
in_place=('_?=C:\Program' 'Files\Ringside')
check 'setup: a mistyped switch of the removal is refused' ends_with 87 setup_now "$folder/uninstall.exe" /DAT=delete "${in_place[@]}"
check 'setup: and removes nothing' has "$folder/ringside.exe"
rm -f "$work/kept" "$work/kept.ready"
wine "$work/tools/stand_in.exe" keep "Z:${work//\//\\}\\kept" "C:\\users\\$(id -un)\\AppData\\Local\\Ringside\\ringside.db" &
check 'setup: a program has a file of the data open' wait_for has "$work/kept.ready"
check 'setup: data that is left is said' ends_with 2 setup_now "$folder/uninstall.exe" /DATA=delete "${in_place[@]}"
touch "$work/kept"
wait $!
setup "$new_setup" >/dev/null 2>&1
make_data
check 'setup: a removal that is waited for says that it is done' setup "$folder/uninstall.exe" /DATA=delete "${in_place[@]}"
check 'setup: the data of every user is gone' not has "$other"
setup "$old_setup" >/dev/null 2>&1
make_data
make_links
check 'setup: the old version runs again' start_old
check 'setup: removes with the data on request' setup_now "$folder/uninstall.exe" /DATA=delete
check 'setup: the running version is told' wait_for no_key "$key"
check 'setup: its data stays until it has ended' has "$data/ringside.db"
check 'setup: it ends well' stop_old
check 'setup: the data is gone' wait_for not has "$data"
check 'setup: the removal ends' wait_for no_key "$uninstall_key\\Ringside"
wineserver -w
check 'setup: links do not lead the removal elsewhere' has "$work/elsewhere/Ringside/kept"
