-- What wixl cannot express; scripts/bundle-windows puts these statements into the package, with the values for @NAMES@.

-- An older version, or another build of the same one, is removed after the new one has been found to fit.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('@UPGRADE@', '0.0.0', '@VERSION@', 768, 'OLDER')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('RemoveExistingProducts', 'NOT Installed', 1501)
UPDATE `InstallExecuteSequence` SET `Condition` = 'NOT Installed' WHERE `Action` = 'FindRelatedProducts'
UPDATE `InstallUISequence` SET `Condition` = 'NOT Installed' WHERE `Action` = 'FindRelatedProducts'
UPDATE `Property` SET `Value` = 'OLDER;NEWER;FIREWALL;DATA;INSTALLFOLDER;FORMERFOLDER' WHERE `Property` = 'SecureCustomProperties'
-- The registry as 64-bit programs see it.
UPDATE `RegLocator` SET `Type` = 18 WHERE `Signature_` = 'Installer'
UPDATE `RegLocator` SET `Type` = 18 WHERE `Signature_` = 'Folder'

-- An upgrade, a repair and a removal are in the folder that was chosen at the first installation.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('KeepFolder', 51, 'INSTALLFOLDER', '[FORMERFOLDER]')
INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepFolder', 'FORMERFOLDER AND NOT INSTALLFOLDER', 150)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('KeepFolder', 'FORMERFOLDER AND NOT INSTALLFOLDER', 150)

-- The shortcut's AppUserModelID: Windows shows notifications of programs whose id it knows from a shortcut.
CREATE TABLE `MsiShortcutProperty` (`MsiShortcutProperty` CHAR(72) NOT NULL, `Shortcut_` CHAR(72) NOT NULL, `PropertyKey` CHAR(0) NOT NULL, `PropVariantValue` CHAR(0) NOT NULL PRIMARY KEY `MsiShortcutProperty`)
INSERT INTO `MsiShortcutProperty` (`MsiShortcutProperty`, `Shortcut_`, `PropertyKey`, `PropVariantValue`) VALUES ('Identity', 'StartMenu', 'System.AppUserModel.ID', '@AUMID@')

-- Makes room for files without ending a program that uses them: such a file cannot be replaced, but renamed. The copy under the old name is what an
-- installation goes back to if it fails. A running Ringside goes on, and changes over by itself.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('SetAside', 98, 'INSTALLFOLDER', '"[System64Folder]cmd.exe" /d /c "for %F in (ringside.exe ringsidectl.exe WebView2Loader.dll) do (del /q %F.*.old & copy /b %F %F.new && ren %F %F.%RANDOM%.old && ren %F.new %F)"')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('SetAside', '(Installed OR OLDER) AND NOT UPGRADINGPRODUCTCODE', 1399)
-- With the product goes what was set aside; a file that is still used stays until the next installation.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Tidy', 3170, 'TARGETDIR', '"[System64Folder]cmd.exe" /d /c "del /q "[INSTALLFOLDER]ringside*.exe.*.old" "[INSTALLFOLDER]WebView2Loader.dll.*.old" & rd "[INSTALLFOLDER]""')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('Tidy', 'REMOVE = "ALL" AND NOT UPGRADINGPRODUCTCODE', 6598)

-- FIREWALL=yes|no: a rule for the program, so it fits every port. Removing comes first, since rules of one name add up. A rule that cannot be made is
-- no reason to go back to the version before; the system's log of events says it.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('CloseFirewall', 3170, 'TARGETDIR', '"[System64Folder]netsh.exe" advfirewall firewall delete rule name=Ringside')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('CloseFirewall', 'FIREWALL OR (REMOVE = "ALL" AND NOT UPGRADINGPRODUCTCODE)', 6400)
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('OpenFirewall', 3170, 'TARGETDIR', '"[System64Folder]cmd.exe" /d /c ""[System64Folder]netsh.exe" advfirewall firewall add rule name=Ringside dir=in action=allow protocol=TCP profile=domain,private program="[INSTALLFOLDER]ringside.exe" || "[System64Folder]eventcreate.exe" /t warning /id 1 /l application /so Ringside /d "The rule of the firewall could not be made.""')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('OpenFirewall', 'FIREWALL ~= "yes" AND NOT REMOVE = "ALL"', 6410)

-- DATA=delete, of all users: waits until a running Ringside has ended, and does what the setup's removal does (data.nsh).
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('DeleteData', 3138, 'RemoveData', '/D=[INSTALLFOLDER]')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('DeleteData', 'REMOVE = "ALL" AND DATA ~= "delete" AND NOT UPGRADINGPRODUCTCODE', 6597)
