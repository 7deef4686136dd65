; Deletes the data of all users of this computer, for the setup's removal and for the package's (remove-data.nsi). The administrator's own file
; in ProgramData stays. Needs the variable $left, which becomes 1 if data is left.
!define PROFILES "SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"

; Sets $0 to 0 if this is a file or a folder, and no link to another place.
!macro IsElsewhere PATH
    System::Call 'kernel32::GetFileAttributesW(w "${PATH}") i.r0'
    IntOp $0 $0 & 0x400 ; a reparse point, or nothing is there: then all bits are set
!macroend

; UN: «un.» in an uninstaller.
!macro DataFunctions UN
Function ${UN}DeleteData
    StrCpy $left 0
    ; A running Ringside uses its data until it has ended. What it runs from was set aside, and cannot be deleted before that.
    StrCpy $R0 0
    ${DoWhile} ${FileExists} "$INSTDIR\ringside.exe.*.old"
        Delete "$INSTDIR\ringside.exe.*.old"
        Sleep 1000
        IntOp $R0 $R0 + 1
        ${If} $R0 > 180
            ${Break}
        ${EndIf}
    ${Loop}
    StrCpy $R0 0
    ${Do}
        EnumRegKey $R1 HKLM "${PROFILES}" $R0
        ${If} $R1 == ""
            ${Break}
        ${EndIf}
        ReadRegStr $R2 HKLM "${PROFILES}\$R1" "ProfileImagePath"
        ExpandEnvStrings $R2 "$R2"
        StrCpy $R3 "$R2\AppData\Local"
        Call ${UN}DeleteDataIn
        StrCpy $R3 "$R2\AppData\Roaming"
        Call ${UN}DeleteDataIn
        IntOp $R0 $R0 + 1
    ${Loop}
FunctionEnd

; $R2: the user's folder, $R3: the folder in it. A user who makes a link of one of them could otherwise lead this program, and its rights,
; elsewhere.
Function ${UN}DeleteDataIn
    ${IfNot} ${FileExists} "$R3\Ringside\*.*"
        Return
    ${EndIf}
    !insertmacro IsElsewhere "$R2\AppData"
    ${If} $0 = 0
        !insertmacro IsElsewhere "$R3"
    ${EndIf}
    ${If} $0 <> 0
        StrCpy $left 1
        Return
    ${EndIf}
    !insertmacro IsElsewhere "$R3\Ringside"
    ${If} $0 <> 0
        ; Only the link.
        RMDir "$R3\Ringside"
        Return
    ${EndIf}
    ; «rd» removes a link in the folder, but not what is where it leads.
    nsExec::Exec '"$SYSDIR\cmd.exe" /d /c rd /s /q "$R3\Ringside"'
    Pop $0
    ${If} ${FileExists} "$R3\Ringside\*.*"
        StrCpy $left 1
    ${EndIf}
FunctionEnd
!macroend
