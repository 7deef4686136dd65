; The part of the package's removal that deletes the users' data, as the setup's does. Its command line is /D=FOLDER, where Ringside was
; installed; its status is 2 if data is left. scripts/bundle-windows gives OUT and SIGN as for ringside.nsi.
Target amd64-unicode
!include LogicLib.nsh

Name "Ringside"
OutFile "${OUT}"
; The installer of Windows has the rights, and starts this with them.
RequestExecutionLevel user
SilentInstall silent
Unicode true

!ifdef SIGN
    !finalize '"${SIGN}" "%1"' = 0
!endif

Var left
!include data.nsh
!insertmacro DataFunctions ""

Section
SectionEnd

Function .onInit
    SetRegView 64
    Call DeleteData
    ${If} $left = 1
        ; The package's removal goes on whatever the status is, so the system's log of events says it.
        nsExec::Exec '"$SYSDIR\eventcreate.exe" /t warning /id 2 /l application /so Ringside /d "Some data of Ringside is left. Is a file still in use, or a folder a link?"'
        Pop $0
        SetErrorLevel 2
    ${Else}
        SetErrorLevel 0
    ${EndIf}
    Quit
FunctionEnd
