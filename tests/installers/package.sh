# The package for group policy, under Wine; scripts/windows-installers reads this file.

# The number of Ringside's entries among the system's programs.
listed() { [ "$(wine reg query "$uninstall_key" /s /reg:64 | tr -d '\r' | grep -cE ' DisplayName +REG_SZ +Ringside$')" -eq "$1" ]; }

rm -f "$netsh"
check 'package: installs silently' msi /i "$old_package"
check 'package: the folder has the programs and nothing else' has_only "$folder" ringside.exe WebView2Loader.dll
check 'package: the version is known' value_is "$key" Version 0\\.0\\.1
check 'package: the system lists the program once' listed 1
check 'package: the notifications have a sender' value_is "$identity" DisplayName Ringside
check 'package: the start menu has it' in_menu
check 'package: the firewall is left alone' not has "$netsh"
check 'package: the inner program is signed' signed "$folder/ringside.exe"
check 'package: the setup is refused where the package was' ends_with $((1638 % 256)) setup "$new_setup"

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

echo damaged >"$folder/WebView2Loader.dll"
rm "$folder/ringside.exe"
# «msiexec /fa» is this request; Wine does not know the short form.
check 'package: repairs' msi /i "$new_package" REINSTALL=ALL REINSTALLMODE=amus
check 'package: the damaged file is whole' same "$folder/WebView2Loader.dll" "$work/new/WebView2Loader.dll"
check 'package: the missing program is back' signed "$folder/ringside.exe"
check 'package: an older version is refused' not msi /i "$old_package"
check 'package: the newer version stays' value_is "$key" Version 0\\.0\\.2

rm -f "$netsh"
check 'package: removes silently' msi /x "$new_package"
check 'package: the folder is gone' not has "$folder"
check 'package: the start menu has it no more' not in_menu
check 'package: the system lists it no more' listed 0
check 'package: nothing is left in the registry' not is_key "$key"
check 'package: the firewall is closed' logged "$netsh" 'delete rule name=Ringside'
check 'package: a removal keeps the data' has "$data/ringside.db"

msi /i "$new_package" >/dev/null 2>&1
check 'package: removes with the data on request' msi /x "$new_package" DATA=delete
check 'package: the data is gone' not has "$data"
check 'package: the data of every user is gone' not has "$other"
