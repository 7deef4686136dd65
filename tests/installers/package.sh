# The package for group policy, under Wine; scripts/windows-installers reads this file.

# The number of Ringside's entries among the system's programs.
listed() { [ "$(wine reg query "$uninstall_key" /s /reg:64 | tr -d '\r' | grep -cE ' DisplayName +REG_SZ +Ringside$')" -eq "$1" ]; }

rm -f "$netsh"
check 'package: a wrong word for the firewall is refused' ends_with "$refused" msi /i "$old_package" FIREWALL=perhaps
check 'package: nothing is installed' no_key "$key"
check 'package: installs silently' msi /i "$old_package"
check 'package: the folder has the programs and nothing else' has_only "$folder" ringside.exe WebView2Loader.dll
check 'package: the version is known' value_is "$key" Version 0\\.0\\.1
check 'package: the system lists the program once' listed 1
check 'package: the notifications have a sender' value_is "$identity" DisplayName Ringside
check 'package: the start menu has it' in_menu
check 'package: the firewall is left alone' not has "$netsh"
check 'package: the inner program is signed' signed "$folder/ringside.exe"
check 'package: the setup is refused where the package was' ends_with 4 setup "$new_setup"

make_data
check 'package: the old version runs' start_old
check 'package: upgrades while the old version runs' msi /i "$new_package" FIREWALL=yes
check 'package: the old version runs on' runs_on
check 'package: the new version is in place' value_is "$key" Version 0\\.0\\.2
check 'package: the system lists the new version only' listed 1
check 'package: the new program starts' wine "$folder/ringside.exe" --version
check 'package: the firewall is opened on request' logged "$netsh" 'add rule name=Ringside dir=in'
check 'package: the old version ends well' stop_old
check 'package: the data is untouched' has "$data/ringside.db"

rm -f "$netsh"
check 'package: a wrong word at a repair is refused' ends_with "$refused" msi /i "$new_package" REINSTALL=ALL FIREWALL=perhaps
check 'package: the firewall stays open' not has "$netsh"
touch "${netsh%.log}.fails"
check 'package: a rule that cannot be made does not end the installation' msi /i "$new_package" REINSTALL=ALL FIREWALL=yes
check 'package: but is said' logged "$events" 'The rule of the firewall could not be made.'
rm "${netsh%.log}.fails"

echo damaged >"$folder/WebView2Loader.dll"
rm "$folder/ringside.exe"
# «msiexec /fa» is this request; Wine does not know the short form.
check 'package: repairs' msi /i "$new_package" REINSTALL=ALL REINSTALLMODE=amus
check 'package: the damaged file is whole' same "$folder/WebView2Loader.dll" "$work/new/WebView2Loader.dll"
check 'package: the missing program is back' signed "$folder/ringside.exe"
check 'package: an older version is refused' ends_with "$refused" msi /i "$old_package"
check 'package: the newer version stays' value_is "$key" Version 0\\.0\\.2

rm -f "$netsh"
check 'package: removes silently' msi /x "$new_package"
check 'package: the folder is gone' not has "$folder"
check 'package: the start menu has it no more' not in_menu
check 'package: the system lists it no more' listed 0
check 'package: nothing is left in the registry' no_key "$key"
check 'package: the firewall is closed' logged "$netsh" 'delete rule name=Ringside'
check 'package: a removal keeps the data' has "$data/ringside.db"

# Another folder than usual.
chosen="$drive/Our programs/Ringside"
check 'package: installs into a chosen folder' msi /i "$old_package" 'INSTALLFOLDER=C:\Our programs\Ringside'
check 'package: the programs are there' has_only "$chosen" ringside.exe WebView2Loader.dll
check 'package: an upgrade needs not be told' msi /i "$new_package"
check 'package: the new programs are in the chosen folder' has_only "$chosen" "${package_files[@]}"
check 'package: and not in the usual one' not has "$folder"
rm "$chosen/ringside.exe"
check 'package: a repair is in the chosen folder' msi /i "$new_package" REINSTALL=ALL REINSTALLMODE=amus
check 'package: the missing program is back there' signed "$chosen/ringside.exe"
check 'package: it is removed from there' msi /x "$new_package"
check 'package: the chosen folder is gone' not has "$chosen"
msi /i "$old_package" 'INSTALLFOLDER=C:\Our programs\Ringside' >/dev/null 2>&1
check 'package: an upgrade can choose again' msi /i "$new_package" 'INSTALLFOLDER=C:\Program Files\Ringside'
check 'package: the programs have moved' has_only "$folder" "${package_files[@]}"
check 'package: nothing is left in the folder before' not has "$chosen"
msi /x "$new_package" >/dev/null 2>&1

msi /i "$old_package" >/dev/null 2>&1
make_data
make_links
check 'package: a wrong word for the data is refused' ends_with "$refused" msi /x "$old_package" DATA=perhaps
check 'package: the old version runs again' start_old
msi /x "$old_package" DATA=delete &
removal=$!
check 'package: the running version is told' wait_for no_key "$key"
check 'package: its data stays until it has ended' has "$data/ringside.db"
check 'package: it ends well' stop_old
check 'package: removes with the data on request' wait "$removal"
check 'package: the data is gone' not has "$data"
check 'package: the data of every user is gone' not has "$other"
check 'package: links do not lead the removal elsewhere' has "$work/elsewhere/Ringside/kept"
check 'package: data that is left is said' logged "$events" 'Some data of Ringside is left'
check 'package: what was set aside is gone with the folder' not has "$folder"
