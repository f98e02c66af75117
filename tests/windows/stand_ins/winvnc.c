/* What winvnc.exe of UltraVNC does with its command line, its settings file and a second instance of itself.

   Compiled for one version: -DVERSION=1,4,3,6 and -DNUMBER=1436, where NUMBER decides what that version knows. It follows
   winvnc/winvnc/winvnc.cpp (WinMain, extractConfig, WinVNCAppMain), vncinsthandler.cpp, inifile.cpp or common/inifile.cpp,
   SettingsManager.cpp (load, setDefaults), vncserver.cpp (monitors) and vncclient.cpp (AuthenticateClient) at these commits of
   github.com/ultravnc/UltraVNC: 0f2d35f1 (1.2.0.4), 792b2b9c (1.2.5), a3b39b92 (1.4.3.6), 62a23de6 (1.5.0), e2b9c251 (1.6).

   - The command line is read from left to right, each switch by its first letters; -run starts the server and ends the reading,
     and so does what is not known, by a box with the usage, after which nothing runs.
   - Settings: `-config FILE` from 1.5.0 on, `-inifile FILE` from 1.2.2.2 to 1.4, else ultravnc.ini: beside the program before
     1.5.0, later in ProgramData (an administrator) or in the person's LocalAppData where it is there.
   - A second instance shows a box and does not serve, but for `-multi`.
   - `-kill` tells one instance that runs to close.
   - Of two settings for monitors `secondary` alone counts: 1 shows all of them, else only the first is shown. */

#include "stand_in.h"

#include <ctype.h>
#include <shlobj.h>
#include <stdio.h>

#define TRAY "WinVNC Tray Icon"
#define TAKES_CONFIG (NUMBER >= 1500)
#define TAKES_INIFILE (NUMBER >= 1222 && NUMBER < 1500)

static char settings_file[MAX_PATH];

static int number(const char *name, int otherwise) {
    return GetPrivateProfileIntA("admin", name, otherwise, settings_file);
}

/* In ultravnc.ini of this folder; whether it is there. */
static int in_folder(int which) {
    SHGetFolderPathA(NULL, which, NULL, 0, settings_file);
    strcat(settings_file, "\\UltraVNC\\ultravnc.ini");
    return GetFileAttributesA(settings_file) != INVALID_FILE_ATTRIBUTES;
}

static void find_settings(void) {
    if (settings_file[0]) return;
    if (NUMBER < 1500) beside(settings_file, "ultravnc.ini");
    else if (IsUserAnAdmin() || !in_folder(CSIDL_LOCAL_APPDATA)) in_folder(CSIDL_COMMON_APPDATA);
}

/* A path behind a switch, in quotes or up to the next blank; where the command line goes on. */
static const char *path_from(const char *at) {
    while (*at == ' ') at++;
    char until = *at == '"' ? *at++ : ' ';
    int length = 0;
    while (at[length] && at[length] != until) length++;
    snprintf(settings_file, sizeof settings_file, "%.*s", length, at);
    return at + length + (at[length] == '"');
}

/* The older switch: one sign behind it is skipped, and the path goes up to the first blank behind its last dot. */
static const char *inifile_from(const char *at) {
    at += *at != 0;
    const char *dot = strrchr(at, '.');
    int length = (int)strlen(at);
    if (dot && strchr(dot, ' ')) length = (int)(strchr(dot, ' ') - at);
    snprintf(settings_file, sizeof settings_file, "%.*s", length, at);
    return at + length;
}

static void serve(int several) {
    CreateMutexA(NULL, FALSE, "WinVNC_Win32_Instance_Mutex");
    if (!several && GetLastError() == ERROR_ALREADY_EXISTS) {
        box("Another instance is running");
        return;
    }
    find_settings();
    int port = number("PortNumber", 5900), loopback_only = number("LoopbackOnly", 0);
    GetPrivateProfileStructA("UltraVNC", "passwd", settings.password, 8, settings_file);
    settings.with_view_only = GetPrivateProfileStructA("UltraVNC", "passwd2", settings.view_only, 8, settings_file);
    settings.input = number("InputsEnabled", 1);
    settings.loopback = number("AllowLoopback", 1);
    settings.no_login = !number("AuthRequired", 1);
    settings.monitor = number("secondary", 0) ? 0 : 1;
    settings.exclusive = number("ConnectPriority", 0) == 0 ? 1 : number("ConnectPriority", 0) == 2 ? 2 : 0;
    settings.types[0] = 17; /* UltraVNC's own, first */
    settings.types[1] = number("MSLogonRequired", 0) ? 113 : 2;
    say("settings of %s", settings_file);
    if (number("HTTPConnect", 1)) listen_on(number("HTTPPortNumber", port - 100), loopback_only, 0);
    if (number("SocketConnect", 1)) {
        if (number("AutoPortSelect", 1))
            for (port = 5900; port < 6000 && !listen_on(port, loopback_only, 1);) port++;
        else
            listen_on(port, loopback_only, 1);
    }
    window(TRAY);
}

static int known(const char **at, const char *name) {
    if (strncmp(*at, name, strlen(name))) return 0;
    *at += strlen(name);
    return 1;
}

int WINAPI WinMain(HINSTANCE instance, HINSTANCE before, LPSTR line, int show) {
    int several = 0;
    start_sockets();
    say("started with %s", line);
    if (NUMBER < 1500)
        for (char *letter = line; *letter; letter++) *letter = (char)tolower(*letter);
    for (const char *at = line; *at;) {
        if (*at <= ' ') at++;
        else if (known(&at, "-kill")) return PostMessageA(FindWindowExA(HWND_MESSAGE, NULL, TRAY, NULL), WM_CLOSE, 0, 0), 0;
        else if (known(&at, "-multi")) several = 1;
        else if (TAKES_CONFIG && known(&at, "-config")) at = path_from(at);
        else if (TAKES_INIFILE && known(&at, "-inifile")) at = inifile_from(at);
        else if (known(&at, "-run")) return serve(several), 0;
        else return box("winvnc [-run] ..."), 0;
    }
    if (!*line) serve(several);
    return 0;
}
