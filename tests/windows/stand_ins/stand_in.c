/* See stand_in.h. The login is RFC 6143, 7.1 and 7.2.2; DES comes from Windows. */

#include "stand_in.h"

#include <stdarg.h>
#include <stdio.h>
#include <wincrypt.h>

#define MOST 64

Settings settings = {.input = 1, .loopback = 1, .types = {2, 0}};

typedef struct {
    SOCKET client, server;
    int view_only;
} Session;

static CRITICAL_SECTION clients_lock;
static SOCKET clients[MOST];  /* those that are logged in */

void beside(char *path, const char *name) {
    GetModuleFileNameA(NULL, path, MAX_PATH);
    strcpy(strrchr(path, '\\') + 1, name);
}

void say(const char *format, ...) {
    char path[MAX_PATH], line[1024];
    DWORD written;
    va_list arguments;
    int length = sprintf(line, "%lu ", GetCurrentProcessId());
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - length - 2, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    beside(path, "log.txt");
    HANDLE file = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    WriteFile(file, line, length, &written, NULL);
    CloseHandle(file);
}

void window(const char *class) {
    WNDCLASSA of = {.lpfnWndProc = DefWindowProcA, .hInstance = GetModuleHandleA(NULL), .lpszClassName = class};
    MSG message;
    RegisterClassA(&of);
    CreateWindowA(class, "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, of.hInstance, NULL);
    while (GetMessageA(&message, NULL, 0, 0) > 0 && message.message != WM_CLOSE) {}
    say("closed");
}

void box(const char *text) {
    say("box: %s", text);
    window("box");
}

void start_sockets(void) {
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
    InitializeCriticalSection(&clients_lock);
}

/* DES in blocks of eight, under a key whose bits VNC turns around. */
static void des(const BYTE key[8], BYTE *blocks, DWORD length, int decrypt) {
    struct {
        BLOBHEADER header;
        DWORD size;
        BYTE key[8];
    } blob = {{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, CALG_DES}, 8, {0}};
    HCRYPTPROV provider;
    HCRYPTKEY imported;
    DWORD mode = CRYPT_MODE_ECB;
    for (int byte = 0; byte < 8; byte++)
        for (int bit = 0; bit < 8; bit++) blob.key[byte] |= (key[byte] >> bit & 1) << (7 - bit);
    CryptAcquireContextA(&provider, NULL, MS_ENHANCED_PROV_A, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
    CryptImportKey(provider, (BYTE *)&blob, sizeof blob, 0, 0, &imported);
    CryptSetKeyParam(imported, KP_MODE, (BYTE *)&mode, 0);
    if (decrypt)
        CryptDecrypt(imported, 0, FALSE, 0, blocks, &length);
    else
        CryptEncrypt(imported, 0, FALSE, 0, blocks, &length, length);
    CryptDestroyKey(imported);
    CryptReleaseContext(provider, 0);
}

void answer(const BYTE kept[8], const BYTE challenge[16], BYTE response[16]) {
    static const BYTE fixed[8] = {23, 82, 107, 6, 35, 78, 88, 7};
    BYTE plain[8];
    memcpy(plain, kept, 8);
    memcpy(response, challenge, 16);
    des(fixed, plain, 8, 1);
    des(plain, response, 16, 0);
}

int answers(const BYTE kept[8], const BYTE challenge[16], const BYTE response[16]) {
    BYTE expected[16];
    answer(kept, challenge, expected);
    return memcmp(expected, response, 16) == 0;
}

/* Wine tells whose a socket is by looking whether the process has it open; the process does once it has asked for an option. */
static void be_owner(SOCKET socket) {
    int value, size = sizeof value;
    getsockopt(socket, SOL_SOCKET, SO_RCVBUF, (char *)&value, &size);
}

static int take(SOCKET from, void *data, int length) {
    return recv(from, data, length, MSG_WAITALL) == length;
}

static int give(SOCKET to, const void *data, int length) {
    return send(to, data, length, 0) == length;
}

static void refuse(SOCKET client, const BYTE *code, int length, const char *why) {
    DWORD size = htonl((DWORD)strlen(why));
    say("refused: %s", why);
    give(client, code, length);
    give(client, &size, 4);
    give(client, why, (int)strlen(why));
}

/* From the version to the result. -1: it failed; else whether the password was the one for looking alone. */
static int login(SOCKET client, DWORD address) {
    static const BYTE failed[4] = {0, 0, 0, 1};
    BYTE version[12], challenge[16], response[16], chosen, count = settings.types[1] ? 2 : 1;
    HCRYPTPROV provider;
    if (!give(client, "RFB 003.008\n", 12) || !take(client, version, 12)) return -1;
    if (!settings.loopback && address == htonl(INADDR_LOOPBACK))
        return refuse(client, failed, 1, "loopback connections are not enabled"), -1;
    if (settings.no_login) {
        if (!give(client, "\1\1", 2) || !take(client, &chosen, 1) || chosen != 1) return -1;
        return give(client, "\0\0\0\0", 4) ? 0 : -1;
    }
    if (!memcmp(settings.password, "\0\0\0\0\0\0\0\0", 8))
        return refuse(client, failed, 1, "the server has no password"), -1;
    if (!give(client, &count, 1) || !give(client, settings.types, count) || !take(client, &chosen, 1)) return -1;
    if (chosen != 2) {
        say("security type %d was chosen, which this stand-in does not have", chosen);
        return -1;
    }
    CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
    CryptGenRandom(provider, 16, challenge);
    CryptReleaseContext(provider, 0);
    if (!give(client, challenge, 16) || !take(client, response, 16)) return -1;
    if (answers(settings.password, challenge, response)) return give(client, "\0\0\0\0", 4) ? 0 : -1;
    if (settings.with_view_only && answers(settings.view_only, challenge, response))
        return give(client, "\0\0\0\0", 4) ? 1 : -1;
    refuse(client, failed, 4, "the password is wrong");
    return -1;
}

/* The desktop's own server, its handshake done up to ClientInit. */
static SOCKET desktop(void) {
    char ports[64] = "";
    BYTE text[12], count, types[256], result[4];
    GetEnvironmentVariableA("STAND_IN_DESKTOPS", ports, sizeof ports);
    char *port = ports;
    for (int monitor = settings.monitor; monitor > 0 && strchr(port, ','); monitor--) port = strchr(port, ',') + 1;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SOCKET server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&where, sizeof where) || !take(server, text, 12) ||
        !give(server, "RFB 003.008\n", 12) || !take(server, &count, 1) || !take(server, types, count) ||
        !give(server, "\1", 1) || !take(server, result, 4)) {
        say("no desktop at port %s", port);
        closesocket(server);
        return INVALID_SOCKET;
    }
    return server;
}

/* What the client says after its ClientInit, message by message, so that input can be left out. Returns at its end. */
static void carry_client(Session *session) {
    BYTE rest[4096];
    BYTE message[32];
    for (;;) {
        int length, more = 0;
        if (!take(session->client, message, 1)) return;
        switch (message[0]) {
            case 0: length = 20; break;
            case 2: length = 4; break;
            case 3: length = 10; break;
            case 4: length = 8; break;
            case 5: length = 6; break;
            case 6: length = 8; break;
            default: say("message %d of a client", message[0]); return;
        }
        if (!take(session->client, message + 1, length - 1)) return;
        if (message[0] == 2) more = 4 * (message[2] << 8 | message[3]);
        if (message[0] == 6) more = message[4] << 24 | message[5] << 16 | message[6] << 8 | message[7];
        int dropped = (message[0] == 4 || message[0] == 5) && (session->view_only || !settings.input);
        if (!dropped && !give(session->server, message, length)) return;
        while (more > 0) {
            int part = more < (int)sizeof rest ? more : (int)sizeof rest;
            if (!take(session->client, rest, part) || !give(session->server, rest, part)) return;
            more -= part;
        }
    }
}

static DWORD WINAPI carry_server(void *given) {
    Session *session = given;
    char data[65536];
    int length;
    while ((length = recv(session->server, data, sizeof data, 0)) > 0 && give(session->client, data, length)) {}
    shutdown(session->client, SD_BOTH);
    return 0;
}

/* Whether the client may stay beside the others that are logged in, or instead of them. */
static int joins(SOCKET client, int shared) {
    int others = 0, free = -1;
    EnterCriticalSection(&clients_lock);
    for (int at = 0; at < MOST; at++) {
        if (!clients[at]) free = at;
        else if (others++, !shared && settings.exclusive == 1) shutdown(clients[at], SD_BOTH);
    }
    int stays = free >= 0 && (shared || !others || settings.exclusive != 2);
    if (stays) clients[free] = client;
    LeaveCriticalSection(&clients_lock);
    return stays;
}

static void leaves(SOCKET client) {
    int left = 0;
    EnterCriticalSection(&clients_lock);
    for (int at = 0; at < MOST; at++) {
        if (clients[at] == client) clients[at] = 0;
        else if (clients[at]) left++;
    }
    LeaveCriticalSection(&clients_lock);
    if (!left && settings.last_left) settings.last_left();
}

static DWORD WINAPI serve(void *given) {
    Session session = {.client = (SOCKET)given, .server = INVALID_SOCKET};
    struct sockaddr_in peer;
    int size = sizeof peer;
    BYTE shared;
    be_owner(session.client);
    getpeername(session.client, (struct sockaddr *)&peer, &size);
    if (settings.denies && settings.denies(peer.sin_addr.s_addr))
        say("refused: its address");
    else if ((session.view_only = login(session.client, peer.sin_addr.s_addr)) >= 0 &&
             take(session.client, &shared, 1) && (session.server = desktop()) != INVALID_SOCKET) {
        if (joins(session.client, shared) && give(session.server, "\1", 1)) {
            say("a client is logged in%s", session.view_only ? ", and may only look" : "");
            HANDLE other = CreateThread(NULL, 0, carry_server, &session, 0, NULL);
            carry_client(&session);
            shutdown(session.server, SD_BOTH);
            WaitForSingleObject(other, INFINITE);
            leaves(session.client);
        }
        closesocket(session.server);
    }
    closesocket(session.client);
    return 0;
}

typedef struct {
    SOCKET socket;
    int serves;
} Listener;

static DWORD WINAPI accept_all(void *given) {
    Listener *listener = given;
    SOCKET client;
    while ((client = accept(listener->socket, NULL, NULL)) != INVALID_SOCKET) {
        if (listener->serves) CreateThread(NULL, 0, serve, (void *)client, 0, NULL);
        else closesocket(client);
    }
    return 0;
}

int listen_on(int port, int loopback_only, int serves) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    where.sin_addr.s_addr = htonl(loopback_only ? INADDR_LOOPBACK : INADDR_ANY);
    Listener *listener = malloc(sizeof *listener);
    listener->serves = serves;
    listener->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener->socket, (struct sockaddr *)&where, sizeof where) || listen(listener->socket, 5)) {
        say("port %d is taken", port);
        return 0;
    }
    be_owner(listener->socket);
    say("listens on %s:%d", loopback_only ? "127.0.0.1" : "0.0.0.0", port);
    CreateThread(NULL, 0, accept_all, listener, 0, NULL);
    return 1;
}
