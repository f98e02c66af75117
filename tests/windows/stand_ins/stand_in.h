/* What the stand-ins for winvnc.exe and tvnserver.exe share: a log, boxes that nobody closes, and the RFB server.

   The picture is real, and so is where keys go: after the login a stand-in carries on to a VNC server without a password on
   Linux' loopback. STAND_IN_DESKTOPS names its ports: "5901" for the whole desktop, "5901,5902,5903" where there are two
   monitors, each shown alone on a port of its own. */

#ifndef STAND_IN_H
#define STAND_IN_H

#include <winsock2.h>
#include <windows.h>

typedef struct {
    BYTE password[8];      /* as it is kept: encrypted by the fixed key that all VNC programs share; zeros are none */
    BYTE view_only[8];
    int with_view_only;
    int input;             /* 0: keys and pointer are dropped */
    int loopback;          /* 0: whoever comes from 127.0.0.1 is turned away in words */
    int no_login;
    int exclusive;         /* what becomes of others where a client does not share: 0 nothing, 1 they go, 2 the new one does */
    BYTE types[2];         /* security types, in the order in which they are offered */
    int monitor;           /* 0 all of them, 1 the first… */
    int (*denies)(DWORD address);  /* asked before the first word; network byte order */
    void (*last_left)(void);
} Settings;

extern Settings settings;

/* A line of log.txt, which lies beside the program. */
void say(const char *format, ...);

/* A window, which is never seen. Returns once it was told to close (WM_CLOSE), as the real one's would be by a person. */
void window(const char *class);

/* A window with a sentence and a button, which nobody presses. */
void box(const char *text);

/* Listen on a port of loopback, or of all addresses; each client is served by threads of its own. 0: the port is taken. */
int listen_on(int port, int loopback_only, int serves);

/* The response to a challenge under a password as it is kept, and whether one is right. */
void answer(const BYTE kept[8], const BYTE challenge[16], BYTE response[16]);
int answers(const BYTE kept[8], const BYTE challenge[16], const BYTE response[16]);

/* The path of a file in the program's own folder. */
void beside(char *path, const char *name);

void start_sockets(void);

#endif
