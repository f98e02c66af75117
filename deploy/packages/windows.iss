; The installers for Windows: for one person, without an administrator. One is the user's; the helper's (/DHelper) has both
; programs, and what shows the screen in the helper's window. Both lay the same thing into the same place, one instead of the
; other; but the user's does not take a helper's program away.
;
;   deploy/packages/installer.py compiles them
;
;   tasuki-setup-0.1.0.exe                            asks for the folder only
;   tasuki-setup-0.1.0.exe /ENROL=tasuki-enrol:1:…    with the operator's line; so does a tasuki-enrol.txt beside the installer
;   tasuki-setup-0.1.0.exe /VERYSILENT /TASKS=""      for software distribution, run as the person
;   tasuki-helper-setup-0.1.0.exe /TYPE=helper        shortcuts of the helper's program alone; else of both
;   tasuki-setup-0.1.0.exe /VNC=FILE /VNCARGS="…"     and run FILE, the VNC server's own installer (.exe or .msi; beside this
;                                                     one, or a whole path) with these arguments, where no server is installed
;
; The line is laid beside the programs, which find it there at their first start and ask the person before they use it.
; The exit code is 20 where Tasuki was installed and the VNC server was not; a box, or with /LOG the log, says why.
; What the person's agents hold (identity, history, settings: %LOCALAPPDATA%\tasuki) is the person's, and stays when this goes.
; Paths are those of the project's folder, or whole ones.

#ifndef Version
  #error Version is not defined: iscc /DVersion=…
#endif

; What belongs to the user's program, of which the helper's installer asks whether it is wanted.
#ifdef Helper
  #define ForUser "; Components: user"
#else
  #define ForUser ""
#endif

; What user_agent/servers looks for, in the folders for programs and as services.
#define UltraVnc "uvnc bvba\UltraVNC\winvnc.exe"
#define UltraVncOld "UltraVNC\winvnc.exe"
#define TightVnc "TightVNC\tvnserver.exe"
#define UltraVncService "uvnc_service"
#define TightVncService "tvnserver"

#define Id "6E0B5C52-6B3F-4E1E-9B52-57C1A0F2D5B7"

; common/agent/packaged.py
#define Mutex "Tasuki-6E0B5C52-6B3F-4E1E-9B52-57C1A0F2D5B7"

[Setup]
SourceDir={#SourcePath}\..\..
AppId={{{#Id}}
AppName=Tasuki
AppVersion={#Version}
AppPublisher=Tasuki
DefaultDirName={localappdata}\Programs\Tasuki
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
SetupIconFile={#Icons}\tasuki.ico
UninstallDisplayIcon={app}\tasuki-user.exe
LicenseFile=LICENSE
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
en.NoServer=This computer has no VNC server yet, the program that shows its screen. To get help here, have an administrator install UltraVNC or TightVNC.
ja.NoServer=このコンピューターには、画面を見せるためのプログラム（VNC サーバー）がまだありません。ここで助けを求めるには、管理者に UltraVNC か TightVNC をインストールしてもらってください。
en.ServerMissing=Tasuki is installed, but the VNC server is not: its installer %1 is not there.
ja.ServerMissing=Tasuki はインストールされましたが、VNC サーバーはインストールされていません: インストーラー %1 が見つかりません。
en.ServerRefused=Tasuki is installed, but the VNC server is not: Windows did not start %1 (%2). Only an administrator can install a VNC server.
ja.ServerRefused=Tasuki はインストールされましたが、VNC サーバーはインストールされていません: Windows が %1 を起動しませんでした（%2）。VNC サーバーをインストールできるのは管理者だけです。
en.ServerFailed=Tasuki is installed, but the VNC server is not: %1 ended with exit code %2. Only an administrator can install a VNC server.
ja.ServerFailed=Tasuki はインストールされましたが、VNC サーバーはインストールされていません: %1 は終了コード %2 で終わりました。VNC サーバーをインストールできるのは管理者だけです。
en.ServerNotFound=Tasuki is installed, but neither UltraVNC nor TightVNC is: %1 has installed neither.
ja.ServerNotFound=Tasuki はインストールされましたが、UltraVNC も TightVNC もインストールされていません: %1 はどちらもインストールしませんでした。
en.HelperIsHere=Here Tasuki is installed for helping others, with which you can ask for help too. To renew it run the installer for helpers: tasuki-helper-setup.
ja.HelperIsHere=ここには、ほかの人を助けるための Tasuki がインストールされています。助けを求めることもできます。新しくするには、ヘルパー用のインストーラー tasuki-helper-setup を実行してください。
en.StillRuns=Tasuki is running. Quit it, also beside the clock, and then uninstall it again.
ja.StillRuns=Tasuki が動いています。時計の横のアイコンからも終了してから、もう一度アンインストールしてください。

#ifdef Helper
[Types]
Name: "both"; Description: "{cm:ForHelpers} + {cm:ForUsers}"
Name: "helper"; Description: "{cm:ForHelpers}"

[Components]
Name: "user"; Description: "{cm:ForUsers}"; Types: both
Name: "helper"; Description: "{cm:ForHelpers}"; Types: helper both; Flags: fixed
#endif

[Tasks]
Name: "desktop"; Description: "{cm:OnDesktop}"{#ForUser}

[InstallDelete]
; what an older version had and this one has not must not be loaded
Type: filesandordirs; Name: "{app}\_internal"
Type: files; Name: "{app}\tasuki-helper*.exe"

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion
Source: "{src}\tasuki-enrol*.txt"; DestDir: "{app}"; Flags: external skipifsourcedoesntexist ignoreversion

[Icons]
Name: "{userprograms}\{cm:GetHelp}"; Filename: "{app}\tasuki-userw.exe"; WorkingDir: "{app}"{#ForUser}
#ifdef Helper
Name: "{userprograms}\{cm:Helper}"; Filename: "{app}\tasuki-helperw.exe"; WorkingDir: "{app}"; Components: helper
#endif
Name: "{userdesktop}\{cm:GetHelp}"; Filename: "{app}\tasuki-userw.exe"; WorkingDir: "{app}"; Tasks: desktop

[Run]
Filename: "{app}\tasuki-userw.exe"; Description: "{cm:GetHelp}"; Flags: postinstall nowait skipifsilent{#ForUser}
#ifdef Helper
Filename: "{app}\tasuki-helperw.exe"; Description: "{cm:Helper}"; Flags: postinstall nowait skipifsilent unchecked; Components: helper
#endif

[Registry]
; starting with the desktop is switched on in the programs; with them it goes
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "tasuki-user"; Flags: uninsdeletevalue dontcreatekey
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "tasuki-helper"; Flags: uninsdeletevalue dontcreatekey

[UninstallDelete]
Type: files; Name: "{app}\tasuki-enrol*.txt"

[Code]
const
  OurKey = 'Software\Microsoft\Windows\CurrentVersion\Uninstall\{{#Id}}_is1';
  ServerNotInstalled = 20;
  RestartLater = 3010;  { msiexec's word for: done, and Windows wants to be restarted some time }

var
  OurExitCode: Integer;

{ Whether the programs that are laid here are for whoever asks for help. }
function IsForUsers: Boolean;
begin
#ifdef Helper
  Result := WizardIsComponentSelected('user');
#else
  Result := True;
#endif
end;

#ifndef Helper
function InitializeSetup: Boolean;
var
  Components: String;
begin
  Result := not (RegQueryStringValue(HKCU, OurKey, 'Inno Setup: Selected Components', Components) and (Pos('helper', Components) > 0));
  if not Result then begin
    Log(CustomMessage('HelperIsHere'));
    SuppressibleMsgBox(CustomMessage('HelperIsHere'), mbError, MB_OK, IDOK);
  end;
end;
#endif

function IsUnder(const Base: String): Boolean;
begin
  Result :=
    FileExists(ExpandConstant(Base + '\{#UltraVnc}')) or FileExists(ExpandConstant(Base + '\{#UltraVncOld}')) or
    FileExists(ExpandConstant(Base + '\{#TightVnc}'));
end;

function IsService(const Name: String): Boolean;
begin
  Result := RegKeyExists(HKEY_LOCAL_MACHINE, 'SYSTEM\CurrentControlSet\Services\' + Name);
end;

function ServerIsInstalled: Boolean;
begin
  Result :=
    IsUnder('{commonpf64}') or IsUnder('{commonpf32}') or IsUnder('{localappdata}\Programs') or
    IsService('{#UltraVncService}') or IsService('{#TightVncService}');
end;

{ Run the VNC server's own installer, by the shell, so that Windows asks for an administrator where it wants one.
  What went wrong; empty where nothing did. }
function ServerProblem(FileName, Arguments: String): String;
var
  Code: Integer;
  Started: Boolean;
begin
  Result := '';
  if ExtractFileDrive(FileName) = '' then
    FileName := AddBackslash(ExpandConstant('{src}')) + FileName;
  if not FileExists(FileName) then
    Result := FmtMessage(CustomMessage('ServerMissing'), [FileName])
  else begin
    if CompareText(ExtractFileExt(FileName), '.msi') = 0 then
      Started := ShellExec('', 'msiexec.exe', '/i "' + FileName + '" ' + Arguments, '', SW_SHOW, ewWaitUntilTerminated, Code)
    else
      Started := ShellExec('', FileName, Arguments, '', SW_SHOW, ewWaitUntilTerminated, Code);
    Log(Format('%s %s: started %d, code %d', [FileName, Arguments, Ord(Started), Code]));
    if not Started then
      Result := FmtMessage(CustomMessage('ServerRefused'), [FileName, SysErrorMessage(Code)])
    else if (Code <> 0) and (Code <> RestartLater) then
      Result := FmtMessage(CustomMessage('ServerFailed'), [FileName, IntToStr(Code)])
    else if not ServerIsInstalled then
      Result := FmtMessage(CustomMessage('ServerNotFound'), [FileName]);
  end;
end;

procedure InstallServer;
var
  FileName, Problem: String;
begin
  FileName := Trim(ExpandConstant('{param:VNC|}'));
  if FileName = '' then
    exit;
  if ServerIsInstalled then
    Log('A VNC server is installed: /VNC has nothing to do.')
  else if not IsForUsers then
    Log('Nobody asks for help from here: /VNC has nothing to do.')
  else begin
    Problem := ServerProblem(FileName, ExpandConstant('{param:VNCARGS|}'));
    if Problem <> '' then begin
      OurExitCode := ServerNotInstalled;
      Log(Problem);
      SuppressibleMsgBox(Problem, mbError, MB_OK, IDOK);
    end;
  end;
end;

procedure CurStepChanged(CurStep: TSetupStep);
var
  Line: String;
begin
  if CurStep <> ssPostInstall then
    exit;
  Line := Trim(ExpandConstant('{param:ENROL|}'));
  if Line <> '' then
    if not SaveStringToFile(ExpandConstant('{app}\tasuki-enrol.txt'), AnsiString(Line + #13#10), False) then
      Log('The enrolment line could not be written.');
  InstallServer;
end;

procedure CurPageChanged(CurPageID: Integer);
begin
  if (CurPageID = wpFinished) and IsForUsers and not ServerIsInstalled then begin
    WizardForm.FinishedLabel.Caption := WizardForm.FinishedLabel.Caption + #13#10#13#10 + CustomMessage('NoServer');
    WizardForm.IncTopDecHeight(WizardForm.RunList, WizardForm.AdjustLabelHeight(WizardForm.FinishedLabel));
  end;
end;

function GetCustomSetupExitCode: Integer;
begin
  Result := OurExitCode;
end;

{ Files of a program that runs cannot be removed, and a session that is cut off helps nobody. }
function InitializeUninstall: Boolean;
begin
  Result := not CheckForMutexes('{#Mutex}');
  if not Result then
    SuppressibleMsgBox(CustomMessage('StillRuns'), mbError, MB_OK, IDOK);
end;
