; The installer for Windows: for one person, without an administrator.
;
;   iscc /DVersion=0.1.0 /DFolder=dist\tasuki /DIcons=build\packages\icons /Odist deploy\packages\windows.iss
;
;   tasuki-setup-0.1.0.exe                            asks for the folder only
;   tasuki-setup-0.1.0.exe /ENROL=tasuki-enrol:1:…    with the operator's line; so does a tasuki-enrol.txt beside the installer
;   tasuki-setup-0.1.0.exe /VERYSILENT /TASKS=""      for software distribution, run as the person
;
; The line is laid beside the programs, which find it there at their first start and ask the person before they use it.

#ifndef Version
  #error Version is not defined: iscc /DVersion=…
#endif

[Setup]
AppId={{6E0B5C52-6B3F-4E1E-9B52-57C1A0F2D5B7}
AppName=Tasuki
AppVersion={#Version}
AppPublisher=Tasuki
DefaultDirName={localappdata}\Programs\Tasuki
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputBaseFilename=tasuki-setup-{#Version}
SetupIconFile={#SourcePath}\..\..\{#Icons}\tasuki.ico
UninstallDisplayIcon={app}\tasuki-user.exe
LicenseFile={#SourcePath}\..\..\LICENSE
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
RestartApplications=no
ShowLanguageDialog=no

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "ja"; MessagesFile: "compiler:Languages\Japanese.isl"

[CustomMessages]
en.GetHelp=Get help (Tasuki)
ja.GetHelp=助けを求める（Tasuki）
en.Helper=Tasuki helper
ja.Helper=Tasuki ヘルパー
en.ForUsers=Get help on this computer
ja.ForUsers=このコンピューターで助けを求める
en.ForHelpers=Help others from this computer
ja.ForHelpers=このコンピューターからほかの人を助ける
en.OnDesktop=A shortcut on the desktop
ja.OnDesktop=デスクトップにショートカットを置く

[Types]
Name: "user"; Description: "{cm:ForUsers}"
Name: "helper"; Description: "{cm:ForHelpers}"
Name: "both"; Description: "{cm:ForUsers} + {cm:ForHelpers}"; Flags: iscustom

[Components]
Name: "user"; Description: "{cm:ForUsers}"; Types: user both
Name: "helper"; Description: "{cm:ForHelpers}"; Types: helper both

[Tasks]
Name: "desktop"; Description: "{cm:OnDesktop}"; Components: user

[InstallDelete]
; what an older version had and this one has not must not be loaded
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#SourcePath}\..\..\{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion
Source: "{src}\tasuki-enrol*.txt"; DestDir: "{app}"; Flags: external skipifsourcedoesntexist ignoreversion

[Icons]
Name: "{userprograms}\{cm:GetHelp}"; Filename: "{app}\tasuki-user.exe"; WorkingDir: "{app}"; Components: user
Name: "{userprograms}\{cm:Helper}"; Filename: "{app}\tasuki-helper.exe"; WorkingDir: "{app}"; Components: helper
Name: "{userdesktop}\{cm:GetHelp}"; Filename: "{app}\tasuki-user.exe"; WorkingDir: "{app}"; Tasks: desktop

[Run]
Filename: "{app}\tasuki-user.exe"; Description: "{cm:GetHelp}"; Flags: postinstall nowait skipifsilent; Components: user
Filename: "{app}\tasuki-helper.exe"; Description: "{cm:Helper}"; Flags: postinstall nowait skipifsilent unchecked; Components: helper

[Registry]
; starting with the desktop is switched on in the programs; with them it goes
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "tasuki-user"; Flags: uninsdeletevalue dontcreatekey
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "tasuki-helper"; Flags: uninsdeletevalue dontcreatekey

[UninstallDelete]
Type: files; Name: "{app}\tasuki-enrol*.txt"

[Code]
procedure CurStepChanged(CurStep: TSetupStep);
var
  Line: String;
begin
  Line := Trim(ExpandConstant('{param:ENROL|}'));
  if (CurStep = ssPostInstall) and (Line <> '') then
    if not SaveStringToFile(ExpandConstant('{app}\tasuki-enrol.txt'), AnsiString(Line + #13#10), False) then
      Log('The enrolment line could not be written.');
end;
