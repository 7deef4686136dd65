; The installer for one computer and all its users. scripts/bundle-windows gives:
;   VERSION   such as 1.2.3
;   PROGRAMS  a folder with ringside.exe and WebView2Loader.dll, and ringsidectl.exe if there is one
;   ICON      the icon
;   AUMID     the program's AppUserModelID
;   OUT       the file to write
;   FAST      optional: packs quickly, into a larger file
;   SIGN      optional: a command that signs the file named by its last argument
; README.md, «Install on Windows», describes the switches and the exit statuses.
Target amd64-unicode
!ifdef FAST
    SetCompressor zlib
!else
    SetCompressor /SOLID lzma
!endif
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WordFunc.nsh

!define KEY "Software\Ringside"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Ringside"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define IDENTITY "Software\Classes\AppUserModelId\${AUMID}"
; The web view's entry among the programs that Microsoft's updater keeps.
!define WEBVIEW "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
!define WEBVIEW_SETUP "MicrosoftEdgeWebView2RuntimeInstallerX64.exe"
; The statuses that Windows Installer uses for the same.
!define STATUS_OTHER_SETUP 1618
!define STATUS_NEWER 1638
; Installed, but without the rule that was asked for.
!define STATUS_NO_RULE 3
; The package for group policy is installed.
!define STATUS_PACKAGE 4

Name "Ringside"
OutFile "${OUT}"
BrandingText "Ringside ${VERSION}"
RequestExecutionLevel admin
ManifestSupportedOS Win10
InstallDir "$PROGRAMFILES64\Ringside"
InstallDirRegKey HKLM "${KEY}" "Folder"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Ringside"
VIAddVersionKey FileDescription "Ringside Setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "The Ringside maintainers"

!ifdef SIGN
    !finalize '"${SIGN}" "%1"' = 0
    !uninstfinalize '"${SIGN}" "%1"' = 0
!endif

Var firewall ; 1: the firewall lets connections to Ringside in
Var data     ; 1: the uninstaller deletes the users' data
Var left     ; 1: the uninstaller could not delete all of it
Var number

; A file that cannot be written fails the setup, also a silent one.
AllowSkipFiles off

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"
!include texts.nsh
!include data.nsh
!insertmacro DataFunctions "un."

; Ends a setup with this status, in a silent one without the message.
!macro Refuse TEXT STATUS
    MessageBox MB_OK|MB_ICONEXCLAMATION "${TEXT}" /SD IDOK
    SetErrorLevel ${STATUS}
    Quit
!macroend
!define Refuse "!insertmacro Refuse"

; Only one setup at a time. The system removes the mutex with the process.
!macro OnlyOne
    System::Call 'kernel32::CreateMutexW(p 0, i 0, w "Global\RingsideSetup") p ?e'
    Pop $0
    ${If} $0 = 183 ; it exists already
        ${Refuse} "$(OTHER_SETUP)" ${STATUS_OTHER_SETUP}
    ${EndIf}
!macroend

; Refuses a mistyped switch. OWN is what the only switch of this program's own begins with; the system's are case-sensitive. Switches that
; must come last are not among the parameters.
!macro KnownSwitches OWN
    ${GetParameters} $0
    StrCpy $0 "$0 "
    StrLen $3 "${OWN}"
    StrCpy $1 ""
    ${DoUntil} $0 == ""
        StrCpy $2 $0 1
        StrCpy $0 $0 "" 1
        ${If} $2 != " "
            StrCpy $1 "$1$2"
        ${ElseIf} $1 != ""
            StrCpy $2 $1 $3
            ${If} $1 S!= "/S"
            ${AndIf} $1 S!= "/NCRC"
            ${AndIf} $2 != "${OWN}"
                ${Refuse} "$(UNKNOWN_SWITCH) $1" 87
            ${EndIf}
            StrCpy $1 ""
        ${EndIf}
    ${Loop}
!macroend

; Makes room for a file without ending a program that uses it: such a file cannot be replaced, but renamed. A running Ringside goes on, notices
; within a minute that another version is installed, and starts that one when no call is in progress.
!macro Aside FILE
    StrCpy $number 0
    ${If} ${FileExists} "$INSTDIR\${FILE}"
        ${Do}
            IntOp $number $number + 1
            ClearErrors
            Rename "$INSTDIR\${FILE}" "$INSTDIR\${FILE}.$number.old"
            ${IfNot} ${Errors}
                ${Break}
            ${EndIf}
        ${LoopUntil} $number = 20
    ${EndIf}
!macroend

; Removes what was set aside; a file that is still used stays.
!macro RemoveOld
    Delete "$INSTDIR\ringside*.exe.*.old"
    Delete "$INSTDIR\WebView2Loader.dll.*.old"
!macroend

; The firewall's rule is for the program, so it fits every port. Removing comes first, since rules of one name add up.
!macro CloseFirewall
    nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall delete rule name=Ringside'
    Pop $0
!macroend

Function .onInit
    SetRegView 64
    SetShellVarContext all
    !insertmacro OnlyOne
    ReadRegStr $0 HKLM "${KEY}" "Installer"
    ${If} $0 == "msi"
        ${Refuse} "$(BY_MSI)" ${STATUS_PACKAGE}
    ${EndIf}
    ReadRegStr $0 HKLM "${KEY}" "Version"
    ${If} $0 != ""
        ${VersionCompare} "$0" "${VERSION}" $1
        ${If} $1 = 1
            ${Refuse} "$(NEWER)" ${STATUS_NEWER}
        ${EndIf}
    ${EndIf}
    ReadRegDWORD $firewall HKLM "${KEY}" "Firewall"
    !insertmacro KnownSwitches "/FIREWALL="
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/FIREWALL=" $1
    ${IfNot} ${Errors}
        ${Select} $1
            ${Case} "yes"
                StrCpy $firewall 1
            ${Case} "no"
                StrCpy $firewall 0
            ${CaseElse}
                ${Refuse} "/FIREWALL=yes|no" 87
        ${EndSelect}
    ${EndIf}
    ${If} $firewall = 1
        !insertmacro SelectSection 1
    ${EndIf}
FunctionEnd

Section "Ringside"
    SectionIn RO
    ; The new files come beside the old ones first, so that a full disk leaves the old version whole.
    SetOutPath "$INSTDIR\ringside-new"
    Delete "$INSTDIR\ringside-new\*"
    ClearErrors
    File "${PROGRAMS}\*"
    ${If} ${Errors}
        ${Refuse} "$(CANNOT_REPLACE) $INSTDIR\ringside-new" 2
    ${EndIf}
    !insertmacro RemoveOld
    FindFirst $R0 $R1 "$INSTDIR\ringside-new\*.*"
    ${DoUntil} $R1 == ""
        ${If} $R1 != "."
        ${AndIf} $R1 != ".."
            !insertmacro Aside "$R1"
            ClearErrors
            Rename "$INSTDIR\ringside-new\$R1" "$INSTDIR\$R1"
            ${If} ${Errors}
                Rename "$INSTDIR\$R1.$number.old" "$INSTDIR\$R1"
                ${Refuse} "$(CANNOT_REPLACE) $INSTDIR\$R1" 2
            ${EndIf}
        ${EndIf}
        FindNext $R0 $R1
    ${Loop}
    FindClose $R0
    SetOutPath "$INSTDIR"
    RMDir "$INSTDIR\ringside-new"
    !insertmacro RemoveOld
    WriteUninstaller "$INSTDIR\uninstall.exe"

    CreateShortcut "$SMPROGRAMS\Ringside.lnk" "$INSTDIR\ringside.exe"
    Call NameShortcut
    WriteRegStr HKLM "${IDENTITY}" "DisplayName" "Ringside"
    WriteRegStr HKLM "${IDENTITY}" "IconUri" "$INSTDIR\ringside.exe"

    WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "Ringside"
    WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\ringside.exe"
    WriteRegStr HKLM "${UNINSTALL}" "Publisher" "Ringside"
    WriteRegStr HKLM "${UNINSTALL}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKLM "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKLM "${UNINSTALL}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD HKLM "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section /o "$(FIREWALL)" SECTION_FIREWALL
SectionEnd

; Last: a running Ringside reads the version here, and may start the new program from then on.
Section
    ${If} ${SectionIsSelected} ${SECTION_FIREWALL}
        !insertmacro CloseFirewall
        nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall add rule name=Ringside dir=in action=allow protocol=TCP profile=domain,private program="$INSTDIR\ringside.exe"'
        Pop $0
        ${If} $0 != 0
            DetailPrint "netsh: $0"
            MessageBox MB_OK|MB_ICONEXCLAMATION "$(FIREWALL_FAILED)" /SD IDOK
            SetErrorLevel ${STATUS_NO_RULE}
        ${EndIf}
        WriteRegDWORD HKLM "${KEY}" "Firewall" 1
    ${Else}
        ReadRegDWORD $0 HKLM "${KEY}" "Firewall"
        ${If} $0 = 1
            !insertmacro CloseFirewall
        ${EndIf}
        WriteRegDWORD HKLM "${KEY}" "Firewall" 0
    ${EndIf}
    Call BringWebView
    WriteRegStr HKLM "${KEY}" "Installer" "setup"
    WriteRegStr HKLM "${KEY}" "Folder" "$INSTDIR"
    WriteRegStr HKLM "${KEY}" "Version" "${VERSION}"
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
    !insertmacro MUI_DESCRIPTION_TEXT ${SECTION_FIREWALL} "$(FIREWALL_WHY)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

; Gives the shortcut the program's AppUserModelID: Windows shows notifications of programs whose id it knows from a shortcut.
Function NameShortcut
    System::Call 'ole32::CoInitialize(p 0)'
    System::Call 'shell32::SHGetPropertyStoreFromParsingName(w "$SMPROGRAMS\Ringside.lnk", p 0, i 2, g "{886D8EEB-8CF2-4446-8D02-CDBA1DBDCF99}", *p .r1) i.r0'
    ${If} $0 = 0
        ; The key System.AppUserModel.ID, and a PROPVARIANT with a text.
        System::Call '*(&g16 "{9F4C2855-9F79-4B39-A8D0-E1D42DE1D5F3}", &i4 5) p.r2'
        System::Call '*(&w128 "${AUMID}") p.r3'
        System::Call '*(&i2 31, &i2 0, &i2 0, &i2 0, p r3, p 0) p.r4'
        System::Call '$1->6(p r2, p r4) i.r0' ; SetValue
        ${If} $0 = 0
            System::Call '$1->7() i.r0' ; Commit
        ${EndIf}
        System::Call '$1->2()' ; Release
        System::Free $2
        System::Free $3
        System::Free $4
    ${EndIf}
    ${If} $0 <> 0
        DetailPrint "AppUserModelID: $0"
    ${EndIf}
    System::Call 'ole32::CoUninitialize()'
FunctionEnd

; Windows 11 brings the web view. Where it lacks, its offline installer is started if it lies beside this setup; nothing is fetched.
Function BringWebView
    ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW}" "pv"
    ${If} $0 != ""
    ${AndIf} $0 != "0.0.0.0"
        Return
    ${EndIf}
    ${If} ${FileExists} "$EXEDIR\${WEBVIEW_SETUP}"
        DetailPrint "${WEBVIEW_SETUP}"
        ExecWait '"$EXEDIR\${WEBVIEW_SETUP}" /silent /install' $0
        DetailPrint "${WEBVIEW_SETUP}: $0"
        ${If} $0 = 0
            Return
        ${EndIf}
    ${EndIf}
    MessageBox MB_OK|MB_ICONINFORMATION "$(NO_WEBVIEW)" /SD IDOK
FunctionEnd

Function un.onInit
    SetRegView 64
    SetShellVarContext all
    !insertmacro OnlyOne
    StrCpy $data 0
    !insertmacro KnownSwitches "/DATA="
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/DATA=" $1
    ${IfNot} ${Errors}
        ${Select} $1
            ${Case} "delete"
                StrCpy $data 1
            ${Case} "keep"
                StrCpy $data 0
            ${CaseElse}
                ${Refuse} "/DATA=keep|delete" 87
        ${EndSelect}
    ${Else}
        MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(DELETE_DATA)" /SD IDNO IDNO kept
        StrCpy $data 1
    kept:
    ${EndIf}
FunctionEnd

Section "un.Ringside"
    !insertmacro RemoveOld
    !insertmacro Aside "ringside.exe"
    !insertmacro Aside "ringsidectl.exe"
    !insertmacro Aside "WebView2Loader.dll"
    ; Without the program and its version a running Ringside ends, when no call is in progress.
    DeleteRegKey HKLM "${KEY}"
    ${If} $data = 1
        Call un.DeleteData
        ${If} $left = 1
            MessageBox MB_OK|MB_ICONEXCLAMATION "$(DATA_LEFT)" /SD IDOK
            SetErrorLevel 2
        ${EndIf}
    ${EndIf}
    Delete /REBOOTOK "$INSTDIR\ringside*.exe.*.old"
    Delete /REBOOTOK "$INSTDIR\WebView2Loader.dll.*.old"
    Delete "$INSTDIR\uninstall.exe"
    RMDir /REBOOTOK "$INSTDIR"
    Delete "$SMPROGRAMS\Ringside.lnk"
    !insertmacro CloseFirewall
    Call un.ForgetUsers
    DeleteRegKey HKLM "${IDENTITY}"
    DeleteRegKey HKLM "${UNINSTALL}"
SectionEnd

; The start with the system, of each user who is logged on. With another user the entry names a missing file, which Windows passes over.
Function un.ForgetUsers
    StrCpy $R0 0
    ${Do}
        EnumRegKey $R1 HKU "" $R0
        ${If} $R1 == ""
            ${Break}
        ${EndIf}
        DeleteRegValue HKU "$R1\${RUN}" "Ringside"
        DeleteRegKey HKU "$R1\${IDENTITY}"
        IntOp $R0 $R0 + 1
    ${Loop}
FunctionEnd
