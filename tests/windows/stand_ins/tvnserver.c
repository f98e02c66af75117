/* What tvnserver.exe of TightVNC 2.8 does with its command line, its registry, its control pipe and a second instance of itself.

   It follows tvnserver/tvnserver.cpp (which of its programs runs), tvnserver-app/TvnServerApplication.cpp (one instance of a
   session), TvnServer.cpp (what listens, DisconnectAction), RfbServer.cpp (IpAccessControl), ExtraRfbServers.cpp,
   RfbClientManager.cpp (shared or not), ControlClient.cpp, WsConfigRunner.cpp, rfb-sconn/RfbInitializer.cpp (loopback, login),
   server-config-lib/Configurator.cpp, ServerConfig.cpp (defaults), IpAccessRule.cpp, tvncontrol-app/ControlApplication.cpp,
   ControlPipeName.cpp and ControlProto.h, and names of NamingDefs.cpp, all of TightVNC 2.8.

   - `-run`, or nothing: the server of this session; a second one shows a box, and so does any where an administrator's ServiceOnly
     is there (2.8.75 and later). WM_CLOSE ends it in good order. It starts `-controlapp -slave` of itself, which
     stays as long as the pipe does; RunControlInterface only says whether that has an icon.
   - `-controlapp COMMAND` goes through the pipe: -shutdown, -reload, -disconnectall, -shareprimary, -sharefull,
     -sharedisplay N, -sharerect WxH+X+Y. Without the pipe it shows a box; where UseControlAuthentication is set it logs in with
     ControlPassword out of the registry (ControlMessage.cpp); without one the order is not given, and nothing says so.
     STAND_IN_WITHOUT_PIPE makes a server whose pipe could not be made: it serves all the same, as in a
     session that is not the console's, whose number is in the pipe's name.
   - -sharedisplay and the like count for all clients in the real one; here for those that come later.
   Not here: the service, the web page, file transfers, the ban after ten wrong passwords. */

#include "stand_in.h"

#include <stdio.h>

#define KEY "Software\\TightVNC\\Server"
enum { RELOAD = 5, DISCONNECT_ALL = 6, SHUTDOWN = 7, CONTROL_LOGIN = 0x13, SHARE_PRIMARY = 0x20, SHARE_DISPLAY = 0x21, SHARE_RECT = 0x23, SHARE_FULL = 0x24 };
enum { OK = 0, REFUSED = 1, AUTH_NEEDED = 2 };

static int control_login, disconnect_action;
static char access_rules[1024];

/* A value of this type under the key; `size` bytes at most. 0: there is none, and `into` keeps the default. */
static int value(const char *name, DWORD kind, void *into, DWORD size) {
    return RegGetValueA(HKEY_CURRENT_USER, KEY, name, kind, NULL, into, &size) == ERROR_SUCCESS;
}

static int number(const char *name, int otherwise) {
    value(name, RRF_RT_REG_DWORD, &otherwise, sizeof otherwise);
    return otherwise;
}

/* Rules "FIRST-LAST:ACTION,…" or "ADDRESS:ACTION"; the first that fits counts. Actions: 0 lets in, 1 refuses, 2 asks in a window. */
static int denies(DWORD address) {
    char rules[sizeof access_rules];
    strcpy(rules, access_rules);
    for (char *rule = strtok(rules, ","); rule; rule = strtok(NULL, ",")) {
        char *action = strchr(rule, ':'), *last = strchr(rule, '-');
        if (!action) continue;
        *action++ = 0;
        if (last) *last++ = 0;
        DWORD from = ntohl(inet_addr(rule)), to = last ? ntohl(inet_addr(last)) : from;
        if (ntohl(address) < from || ntohl(address) > to) continue;
        if (*action == '2') box("Accept this connection?");
        return *action == '1';
    }
    return 0;
}

static void last_left(void) {
    if (disconnect_action == 1) say("locks the workstation");
    if (disconnect_action == 2) say("logs the person out");
}

static void load(void) {
    char extra[1024] = "";
    int port = number("RfbPort", 5900), loopback_only = number("LoopbackOnly", 0) == 1;
    static int listening;
    memset(settings.password, 0, 8);
    value("Password", RRF_RT_REG_BINARY, settings.password, 8);
    settings.with_view_only = value("PasswordViewOnly", RRF_RT_REG_BINARY, settings.view_only, 8);
    settings.input = number("BlockRemoteInput", 0) != 1;
    settings.loopback = number("AllowLoopback", 0) == 1;
    settings.no_login = number("UseVncAuthentication", 1) != 1;
    settings.types[1] = 16; /* Tight's own, beside the usual one */
    if (number("AlwaysShared", 0) != 1 && number("NeverShared", 0) == 1)
        settings.exclusive = number("DisconnectClients", 1) == 1 ? 1 : 2;
    settings.denies = denies;
    settings.last_left = last_left;
    control_login = number("UseControlAuthentication", 0) == 1;
    disconnect_action = number("DisconnectAction", 0);
    access_rules[0] = 0;
    value("IpAccessControl", RRF_RT_REG_SZ, access_rules, sizeof access_rules);
    if (listening++) return;
    if (number("AcceptRfbConnections", 1) == 1) {
        listen_on(port, loopback_only, 1);
        value("ExtraPorts", RRF_RT_REG_SZ, extra, sizeof extra);
        for (char *one = strtok(extra, ","); one; one = strtok(NULL, ",")) listen_on(atoi(one), loopback_only, 1);
    }
    if (number("AcceptHttpConnections", 1) == 1) listen_on(number("HttpPort", 5800), 0, 0);
}

static void pipe_name(char *name) {
    sprintf(name, "\\\\.\\pipe\\TightVNC_Application_Control_On_Session_%lu", WTSGetActiveConsoleSessionId());
}

static int take(HANDLE pipe, void *data, DWORD length) {
    DWORD done = 0;
    for (DWORD got = 0; got < length; got += done)
        if (!ReadFile(pipe, (char *)data + got, length - got, &done, NULL) || !done) return 0;
    return 1;
}

static int give(HANDLE pipe, const void *data, DWORD length) {
    DWORD done;
    return WriteFile(pipe, data, length, &done, NULL) && done == length;
}

/* One who gives orders: a number, a length and what belongs to it, in network order; the answer is a number. */
static DWORD WINAPI obey(void *given) {
    HANDLE pipe = given;
    DWORD order[2], reply;
    BYTE body[256], kept[8] = {0}, challenge[16], response[16];
    int passed = !control_login;
    value("ControlPassword", RRF_RT_REG_BINARY, kept, 8);
    while (take(pipe, order, 8)) {
        DWORD length = ntohl(order[1]);
        if (length > sizeof body || !take(pipe, body, length)) break;
        DWORD kind = ntohl(order[0]);
        if (kind == CONTROL_LOGIN) {
            for (int at = 0; at < 16; at++) challenge[at] = (BYTE)rand();
            if (!give(pipe, challenge, 16) || !take(pipe, response, 16)) break;
            passed = answers(kept, challenge, response);
            reply = htonl(passed ? OK : REFUSED);
        } else
            reply = htonl(passed || kind == RELOAD ? OK : AUTH_NEEDED);
        if (!give(pipe, &reply, 4)) break;
        FlushFileBuffers(pipe);
        if (reply || kind == CONTROL_LOGIN) continue;
        say("order %lu", kind);
        if (kind == SHUTDOWN) ExitProcess(0);
        if (kind == RELOAD) load();
        if (kind == DISCONNECT_ALL) say("all are disconnected");
        if (kind == SHARE_FULL) settings.monitor = 0;
        if (kind == SHARE_PRIMARY) settings.monitor = 1;
        if (kind == SHARE_DISPLAY) settings.monitor = body[0];
    }
    CloseHandle(pipe);
    return 0;
}

static DWORD WINAPI hear_orders(void *unused) {
    char name[128];
    pipe_name(name);
    for (;;) {
        HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, NULL);
        if (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED) CreateThread(NULL, 0, obey, pipe, 0, NULL);
    }
}

static void start_slave(void) {
    char path[MAX_PATH], line[MAX_PATH + 32];
    STARTUPINFOA how = {.cb = sizeof how};
    PROCESS_INFORMATION started;
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" -controlapp -slave", path);
    CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, &started);
}

static int serve(void) {
    HKEY service_only;
    if (!RegOpenKeyA(HKEY_LOCAL_MACHINE, KEY "\\ServiceOnly", &service_only)) return box("Only the service may run"), 1;
    CreateMutexA(NULL, FALSE, "Local\\tvnserverApplication");
    if (GetLastError() == ERROR_ALREADY_EXISTS) return box("TightVNC Server is already running"), 1;
    load();
    start_slave();
    if (!GetEnvironmentVariableA("STAND_IN_WITHOUT_PIPE", NULL, 0)) CreateThread(NULL, 0, hear_orders, NULL, 0, NULL);
    window("TvnWindowsApplicationClass");
    return 0;
}

/* The command of a control program, as it goes through the pipe; its length. 0: there is no such command. */
static int command(char **words, int count, BYTE *message) {
    static const struct { const char *name; BYTE kind, length; } known[] = {
        {"-shutdown", SHUTDOWN, 0}, {"-reload", RELOAD, 0}, {"-disconnectall", DISCONNECT_ALL, 0}, {"-shareprimary", SHARE_PRIMARY, 0},
        {"-sharefull", SHARE_FULL, 0}, {"-sharedisplay", SHARE_DISPLAY, 1}, {"-sharerect", SHARE_RECT, 16},
    };
    memset(message, 0, 24);
    for (int at = 0; count && at < (int)(sizeof known / sizeof *known); at++) {
        if (strcmp(words[0], known[at].name) || count != 1 + (known[at].length != 0)) continue;
        message[3] = known[at].kind;
        message[7] = known[at].length;
        if (known[at].kind == SHARE_DISPLAY) message[8] = (BYTE)atoi(words[1]);
        if (known[at].kind == SHARE_RECT) {
            int width, height, x, y;
            if (sscanf(words[1], "%dx%d%d%d", &width, &height, &x, &y) != 4) return 0;
            int edges[4] = {htonl(x), htonl(y), htonl(x + width), htonl(y + height)};
            memcpy(message + 8, edges, sizeof edges);
        }
        return 8 + known[at].length;
    }
    return 0;
}

static int control(char **words, int count) {
    char name[128];
    BYTE message[24], kept[8], challenge[16], response[16];
    DWORD reply, login[2] = {htonl(CONTROL_LOGIN), 0};
    int slave = count == 1 && !strcmp(words[0], "-slave"), length = command(words, count, message);
    if (!slave && !length) return box("usage"), 1;
    pipe_name(name);
    HANDLE pipe = INVALID_HANDLE_VALUE;
    for (int tries = slave ? 10 : 1; tries > 0 && pipe == INVALID_HANDLE_VALUE; tries--) {
        pipe = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (pipe == INVALID_HANDLE_VALUE && tries > 1) Sleep(2000);
    }
    if (pipe == INVALID_HANDLE_VALUE) return slave ? 1 : (box("Failed to connect to the control server"), 1);
    if (slave) return take(pipe, &reply, 4), 0; /* its icon goes when the server does */
    if (!give(pipe, message, length) || !take(pipe, &reply, 4)) return 1;
    if (ntohl(reply) != AUTH_NEEDED || !value("ControlPassword", RRF_RT_REG_BINARY, kept, 8)) return 0;
    if (!give(pipe, login, 8) || !take(pipe, challenge, 16)) return 1;
    answer(kept, challenge, response);
    if (!give(pipe, response, 16) || !take(pipe, &reply, 4) || reply) return 1;
    return give(pipe, message, length) && take(pipe, &reply, 4) && !reply ? 0 : 1;
}

int main(int count, char **words) {
    start_sockets();
    say("started with %s", count > 1 ? words[1] : "nothing");
    if (count > 1 && !strcmp(words[1], "-controlapp")) return control(words + 2, count - 2);
    if (count == 1 || (count == 2 && !strcmp(words[1], "-run"))) return serve();
    return box("usage"), 0;
}
